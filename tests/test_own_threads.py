"""A terminal shows a person their own threads, and nobody else's, also after a crash."""

from io import StringIO
from pathlib import Path

from bot.bootstrap import application
from bot.settings import Settings
from bot.terminal.chat import PLATFORM, WORKSPACE, Chat
from storage.records import Incoming, Place


def test_resuming_neither_shows_nor_takes_what_waits_for_somebody_else(tmp_path: Path) -> None:
    with application(Settings(db=tmp_path / "sextant.db")) as app:
        place = Place(PLATFORM, WORKSPACE, "ada", "thread", private=True)
        app.turns.receive(Incoming(place, "1", "ada", "Our bot quotes prices of last year."))
        out = StringIO()
        Chat(app.turns, StringIO(), out, "bob").open(resume=True)
        assert "prices" not in out.getvalue()
        assert app.turns.queries.waiting_threads(PLATFORM, "bob") == []
        assert len(app.turns.queries.waiting_threads(PLATFORM, "ada")) == 1

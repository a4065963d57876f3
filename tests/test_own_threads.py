"""A terminal shows a person their own threads, and nobody else's, also after a crash."""

from io import StringIO
from pathlib import Path

import pytest

from bot.bootstrap import application
from bot.posts import Parts
from bot.settings import Settings
from bot.terminal.chat import PLATFORM, WORKSPACE, Chat
from storage.records import Incoming, Place


def test_resuming_neither_shows_nor_takes_what_waits_for_somebody_else(tmp_path: Path) -> None:
    with application(Settings(db=tmp_path / "sextant.db")) as app:
        place = Place(PLATFORM, WORKSPACE, "ada", "thread", private=True)
        app.turns.receive(Incoming(place, "1", "ada", "Our bot quotes prices of last year."))
        out = StringIO()
        Chat(app.turns, app.outbound, StringIO(), out, "bob").open(resume=True)
        assert "prices" not in out.getvalue()
        assert app.turns.queries.waiting_threads(PLATFORM, "bob") == []
        assert len(app.turns.queries.waiting_threads(PLATFORM, "ada")) == 1


def test_a_reply_that_cannot_be_shown_does_not_block_its_thread_for_ever(tmp_path: Path) -> None:
    def broken(parts: Parts) -> str:
        raise KeyError(parts[0].kind)

    with application(Settings(db=tmp_path / "sextant.db")) as app:
        place = Place(PLATFORM, WORKSPACE, "ada", "thread", private=True)
        app.turns.receive(Incoming(place, "1", "ada", "hello"))
        assert app.turns.handle_next(PLATFORM)
        for _ in range(2):
            with pytest.raises(KeyError):
                app.outbound.deliver_next(PLATFORM, broken)
        assert app.outbound.deliver_next(PLATFORM, broken)
        assert not app.outbound.deliver_next(PLATFORM, broken)

"""A terminal shows a person their own threads, and nobody else's, also after a crash."""

import sys
from io import StringIO
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from bot.bootstrap import application
from bot.posts import Parts
from bot.process import has_ended, runs_elsewhere, this_process
from bot.settings import Settings
from bot.terminal.chat import PLATFORM, WORKSPACE, Chat
from storage.records import Incoming, Place
from tests.bot_fixtures import ROOT


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


HOLDS = """
import sys
from io import StringIO
from pathlib import Path
from bot.bootstrap import application
from bot.settings import Settings
from bot.terminal.chat import Chat

with application(Settings(db=Path(sys.argv[1]))) as app:
    chat = Chat(app.turns, app.outbound, StringIO(), StringIO(), "ada")
    chat.receive("Our bot quotes prices of last year.")
    if sys.argv[2] == "waits":
        app.turns.receive(Incoming(chat._place, "w", "ada", "They change weekly."))
        assert app.turns.claim("terminal", chat._thread)
    print("ready", flush=True)
    sys.stdin.read()
""".replace("import sys\n", "import sys\nfrom storage.records import Incoming\n", 1)


@pytest.mark.parametrize("state", ["idle", "waits"])
def test_resuming_leaves_a_chat_alone_that_is_open_in_another_terminal(tmp_path: Path, state: str) -> None:
    path = tmp_path / "sextant.db"
    with application(Settings(db=path)) as app:
        other = Popen(
            [sys.executable, "-c", HOLDS, path, state], stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT
        )
        with other:
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"
            out = StringIO()
            Chat(app.turns, app.outbound, StringIO(), out, "ada").open(resume=True)
            assert "open in another terminal" in out.getvalue()
            assert len(app.turns.queries.waiting_threads(PLATFORM, "ada")) == (state == "waits")
            other.kill()
        out = StringIO()
        Chat(app.turns, app.outbound, StringIO(), out, "ada").open(resume=True)
        assert "Picking up your thread" in out.getvalue()
        assert app.turns.queries.waiting_threads(PLATFORM, "ada") == []


def test_a_thread_that_was_logged_and_started_over_is_not_picked_up_again(tmp_path: Path) -> None:
    with application(Settings(db=tmp_path / "sextant.db")) as app:
        chat = Chat(app.turns, app.outbound, StringIO(), StringIO(), "ada")
        for message in ("Our bot quotes prices of last year.", "decide now", "log it", "start over"):
            chat.receive(message)
        out = StringIO()
        Chat(app.turns, app.outbound, StringIO(), out, "ada").open(resume=True)
        assert "no open thread" in out.getvalue()
        chat.receive("Our bot sums up invoices wrongly.")
        Chat(app.turns, app.outbound, StringIO(), out, "ada").open(resume=True)
        assert "Picking up" in out.getvalue()


def test_a_process_is_known_to_run_only_while_it_does() -> None:
    script = "from bot.process import *; print(this_process(), flush=True); input()"
    with Popen([sys.executable, "-c", script], stdin=PIPE, stdout=PIPE, text=True, cwd=ROOT) as other:
        assert other.stdout is not None
        name = other.stdout.readline().strip()
        assert runs_elsewhere(name)
        assert not has_ended(name)
        assert not runs_elsewhere(f"{name}0")
        other.communicate("\n")
    assert has_ended(name)
    assert not runs_elsewhere(this_process())
    assert not has_ended("another-machine:1:2")
    assert not runs_elsewhere("")
    assert not has_ended("")

"""A chat is killed at every seam; whoever resumes finds everything that was acknowledged."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from io import StringIO

import pytest

from bot.terminal.chat import Chat
from storage.records import Incoming, Place
from tests.bot_fixtures import OUTDATED, ROOT, app, environment

MESSAGES = [OUTDATED, "why?", "not sure", "the facts change weekly", "decide now", "log this by Ada"]

DIES = """
import os, signal, sys
from io import StringIO
from pathlib import Path
from bot.bootstrap import application
from bot.settings import Settings
from bot.terminal.chat import Chat

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

seam, message = sys.argv[1:]
with application(Settings(db=Path(os.environ["SEXTANT_DB"]))) as app:
    chat = Chat(app.turns, StringIO(), StringIO(), "grace")
    for said in sys.stdin.read().splitlines():
        chat.receive(said)
    if seam == "received":
        app.turns.handle_next = die
    if seam == "claimed":
        app.turns._respond = die
    if seam == "recording":
        app.turns.log.record_turn = die
    if seam == "recorded":
        app.turns.deliver_next = die
    if seam == "showing":
        chat._show = die
    if seam == "shown":
        app.turns.log.outbox.delivered = die
    chat.receive(message)
"""
SEAMS = ["received", "claimed", "recording", "recorded", "showing", "shown"]


def killed(folder, seam: str, message: str, before: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIES, seam, message],
        input="\n".join(before),
        text=True,
        env=environment(folder),
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL


def resumed(folder) -> str:
    """What the same person sees who resumes at once."""
    out = StringIO()
    with app(folder) as built:
        Chat(built.turns, StringIO(), out, "grace").open(resume=True)
    return out.getvalue()


@pytest.mark.parametrize("seam", SEAMS)
def test_a_kill_in_the_first_turn_loses_neither_message_nor_reply(tmp_path, seam):
    killed(tmp_path, seam, OUTDATED, ())
    text = resumed(tmp_path)
    assert "Picking up your thread" in text
    assert text.count("Question 1:") == 1
    with app(tmp_path) as built:
        counts = built.turns.queries.counts()
    assert (counts.turns, counts.inbox_waiting, counts.outbox_waiting, counts.inbox_given_up) == (1, 0, 0, 0)


@pytest.mark.parametrize("seam", ["claimed", "recorded", "shown"])
def test_a_kill_while_logging_keeps_one_decision_and_says_so(tmp_path, seam):
    killed(tmp_path, seam, "log this by Ada", (OUTDATED, "decide now"))
    text = resumed(tmp_path)
    assert text.count("Logged as d-") == 1
    with app(tmp_path) as built:
        assert [decision.by for decision in built.archive.decisions()] == ["Ada"]


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_kill_after_any_acknowledged_message_keeps_them_all(tmp_path, count):
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(tmp_path, LOGNAME="grace"),
        cwd=tmp_path,
    )
    assert process.stdin
    assert process.stdout
    for message in MESSAGES[:count]:
        process.stdin.write(f"{message}\n".encode())
        process.stdin.flush()
        while not process.stdout.readline().rstrip().endswith((b"decide now.", b"what would change this.")):
            pass
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    text = resumed(tmp_path)
    assert f"{count} message" in text
    assert "Question" in text or "Verdict" in text


def test_what_another_thread_still_had_to_say_comes_before_the_open_question(tmp_path):
    killed(tmp_path, "recorded", "log this by Ada", (OUTDATED, "decide now"))
    with app(tmp_path) as built:
        Chat(built.turns, StringIO(), StringIO(), "grace").receive(OUTDATED)
    text = resumed(tmp_path)
    assert text.index("Logged as d-") < text.index("Question 1:")


def test_a_message_that_comes_twice_is_answered_once(tmp_path):
    incoming = Incoming(Place("terminal", "local", "grace", "k"), "m1", "grace", OUTDATED)
    with app(tmp_path) as built:
        assert built.turns.receive(incoming)
        assert not built.turns.receive(incoming)
        assert built.turns.handle_next("terminal")
        assert not built.turns.handle_next("terminal")
        shown = []
        while built.turns.deliver_next("terminal", lambda reply: shown.append(reply.kind) or "m2"):
            pass
    assert shown == ["ask"]


def test_a_reply_whose_delivery_failed_is_shown_the_next_time(tmp_path):
    incoming = Incoming(Place("terminal", "local", "grace", "k"), "m1", "grace", OUTDATED)

    def breaks(_reply):
        raise BrokenPipeError

    with app(tmp_path) as built:
        built.turns.receive(incoming)
        built.turns.handle_next("terminal")
        with pytest.raises(BrokenPipeError):
            built.turns.deliver_next("terminal", breaks)
        assert built.turns.deliver_next("terminal", lambda reply: reply.kind)


def test_two_who_log_the_same_verdict_at_once_leave_one_decision(tmp_path):
    with app(tmp_path) as built:
        chat = Chat(built.turns, StringIO(), out := StringIO(), "grace")
        for message in (OUTDATED, "decide now"):
            chat.receive(message)
        place, respond, raced = chat._place, built.turns._respond, []

        def late(claim):
            found = respond(claim)
            if not raced:
                raced.append(claim)
                built.turns.log.record_turn(replace(built.turns._record(claim, found, 0.0), claim=None))
            return found

        built.turns._respond = late
        built.turns.receive(Incoming(place, "m9", "grace", "log this by Ada"))
        built.turns.handle_next("terminal")
        built.turns.deliver_next("terminal", chat._show)
        built.turns.deliver_next("terminal", chat._show)
        assert built.archive.count() == 1
    assert "logged already" in out.getvalue()

"""A chat is killed at every seam; whoever resumes finds everything that was acknowledged."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
    chat = Chat(app.turns, app.outbound, StringIO(), StringIO(), "grace")
    for said in sys.stdin.read().splitlines():
        chat.receive(said)
    if seam == "received":
        app.turns.handle_next = die
    if seam == "claimed":
        app.turns._respond = die
    if seam == "recording":
        app.turns.log.record_turn = die
    if seam == "recorded":
        app.outbound.deliver_next = die
    if seam == "showing":
        chat._show = die
    if seam == "shown":
        app.turns.log.outbox.delivered = die
    chat.receive(message)
"""
SEAMS = ["received", "claimed", "recording", "recorded", "showing", "shown"]
LOGGING_SEAMS = ["claimed", "recorded", "shown"]
COUNTS = [1, 3, 5]


LOGS = "log this by Ada"
DECIDED = (OUTDATED, "decide now")
KILLS = [(seam, OUTDATED, ()) for seam in SEAMS] + [(seam, LOGS, DECIDED) for seam in LOGGING_SEAMS]


def dies(folder, seam: str, message: str, before: tuple[str, ...]) -> None:
    """A chat that kills itself at a seam of its last message."""
    done = subprocess.run(
        [sys.executable, "-c", DIES, seam, message],
        input="\n".join(before),
        text=True,
        env=environment(folder),
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL


def dies_after(folder, count: int) -> None:
    """A chat that is killed from outside once it has answered so many messages."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(folder, LOGNAME="grace"),
        cwd=folder,
    )
    assert process.stdin
    assert process.stdout
    for message in MESSAGES[:count]:
        process.stdin.write(f"{message}\n".encode())
        process.stdin.flush()
        while line := process.stdout.readline():
            if line.rstrip().endswith((b"decide now.", b"what would change this.")):
                break
        assert line, f"the chat ended before it answered {message!r}"
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def killed(tmp_path_factory) -> Callable[..., None]:
    """Gives a folder what a kill left behind. The kills run side by side: starting a chat takes long."""
    jobs = {kill[:2]: (dies, *kill) for kill in KILLS} | {(count,): (dies_after, count) for count in COUNTS}
    left = {key: tmp_path_factory.mktemp("killed") for key in jobs}
    for folder in left.values():
        environment(folder)  # makes the database, once, before there are threads
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        ends = [pool.submit(job[0], left[key], *job[1:]) for key, job in jobs.items()]
    for end in ends:
        end.result()
    return lambda folder, *key: shutil.copytree(left[key], folder, dirs_exist_ok=True)


def resumed(folder) -> str:
    """What the same person sees who resumes at once."""
    out = StringIO()
    with app(folder) as built:
        Chat(built.turns, built.outbound, StringIO(), out, "grace").open(resume=True)
    return out.getvalue()


@pytest.mark.parametrize("seam", SEAMS)
def test_a_kill_in_the_first_turn_loses_neither_message_nor_reply(tmp_path, killed, seam):
    killed(tmp_path, seam, OUTDATED)
    text = resumed(tmp_path)
    assert "Picking up your thread" in text
    assert text.count("Question 1:") == 1
    with app(tmp_path) as built:
        counts = built.turns.queries.counts()
    assert (counts.turns, counts.inbox_waiting, counts.outbox_waiting, counts.inbox_given_up) == (1, 0, 0, 0)


@pytest.mark.parametrize("seam", LOGGING_SEAMS)
def test_a_kill_while_logging_keeps_one_decision_and_says_so(tmp_path, killed, seam):
    killed(tmp_path, seam, LOGS)
    text = resumed(tmp_path)
    assert text.count("Logged as d-") == 1
    with app(tmp_path) as built:
        assert [decision.by_name for decision in built.archive.decisions()] == ["Ada"]


@pytest.mark.parametrize("count", COUNTS)
def test_a_kill_after_any_acknowledged_message_keeps_them_all(tmp_path, killed, count):
    killed(tmp_path, count)
    text = resumed(tmp_path)
    assert f"{count} message" in text
    assert "Question" in text or "Verdict" in text


def test_what_another_thread_still_had_to_say_comes_before_the_open_question(tmp_path, killed):
    killed(tmp_path, "recorded", LOGS)
    with app(tmp_path) as built:
        Chat(built.turns, built.outbound, StringIO(), StringIO(), "grace").receive(OUTDATED)
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
        while built.outbound.deliver_next(
            "terminal", lambda parts: shown.extend(part.kind for part in parts) or "m2"
        ):
            pass
    assert shown == ["ask"]


def test_a_reply_whose_delivery_failed_is_shown_the_next_time(tmp_path):
    incoming = Incoming(Place("terminal", "local", "grace", "k"), "m1", "grace", OUTDATED)

    def breaks(_parts):
        raise BrokenPipeError

    with app(tmp_path) as built:
        built.turns.receive(incoming)
        built.turns.handle_next("terminal")
        with pytest.raises(BrokenPipeError):
            built.outbound.deliver_next("terminal", breaks)
        assert built.outbound.deliver_next("terminal", lambda parts: parts[0].kind)


def test_two_who_log_the_same_verdict_at_once_leave_one_decision(tmp_path):
    with app(tmp_path) as built:
        chat = Chat(built.turns, built.outbound, StringIO(), out := StringIO(), "grace")
        for message in DECIDED:
            chat.receive(message)
        place, respond, raced = chat._place, built.turns._respond, []

        def late(claim, draft=None):
            found = respond(claim, draft)
            if not raced:
                raced.append(claim)
                built.turns.log.record_turn(
                    replace(built.turns._recording.turn(claim, found, 0.0), claim=None)
                )
            return found

        built.turns._respond = late
        built.turns.receive(Incoming(place, "m9", "grace", LOGS))
        built.turns.handle_next("terminal")
        built.outbound.deliver_next("terminal", chat._show_all)
        built.outbound.deliver_next("terminal", chat._show_all)
        assert built.archive.count() == 1
    assert "logged already" in out.getvalue()

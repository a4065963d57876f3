import os
import pty
import select
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

from bot.terminal.chat import Chat
from tests.bot_fixtures import OUTDATED, app, environment, sextant

KEPT = "Everything you said is kept. Pick it up again with: sextant chat --resume"


class Person:
    """Somebody at a real terminal."""

    def __init__(self, terminal: int, process: subprocess.Popen[bytes]) -> None:
        self.terminal = terminal
        self.process = process
        self.seen = ""

    def sees(self, text: str) -> str:
        """Wait until `text` is on the screen; what came up to it."""
        while text not in self.seen:
            assert select.select([self.terminal], [], [], 30)[0], f"no {text!r} in {self.seen!r}"
            try:
                read = os.read(self.terminal, 65536)
            except OSError:
                read = b""
            assert read, f"no {text!r} in {self.seen!r}"
            self.seen += read.decode(errors="replace").replace("\r\n", "\n")
        before, _, self.seen = self.seen.partition(text)
        return before

    def types(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def interrupts(self) -> None:
        """Press Ctrl-C, and again if nothing happens: readline misses one that comes as it begins to wait."""
        for _ in range(10):
            self.process.send_signal(signal.SIGINT)
            if select.select([self.terminal], [], [], 2)[0]:
                return

    def ends(self) -> int:
        return self.process.wait(30)


@contextmanager
def terminal(folder, *arguments, **more):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "chat", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment(folder, **more),
        cwd=folder,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Person(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def piped(folder, *lines: str, resume: bool = False):
    flags = ("--resume",) if resume else ()
    return sextant(folder, "chat", *flags, stdin="".join(f"{line}\n" for line in lines).encode())


def test_each_piped_line_is_a_message_and_the_chat_ends_with_the_input(tmp_path):
    lines = ("", "   ", "why?", "decide now", "log this decision by Ada: because X", "log this")
    done = piped(tmp_path, OUTDATED, *lines)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("Question 1:") == 2
    assert done.stdout.count("Verdict: ") == 1
    assert ", by Ada." in done.stdout
    assert "logged already" in done.stdout
    assert "\x1b" not in done.stdout


def test_quit_ends_the_chat_before_the_input_does(tmp_path):
    assert piped(tmp_path, "quit", OUTDATED).stdout == ""


def test_an_empty_input_is_no_error(tmp_path):
    done = piped(tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_bytes_that_are_no_utf8_crash_nothing(tmp_path, locale):
    done = sextant(
        tmp_path,
        "chat",
        stdin=b"\xff our bot \xe9 hallucinates \x00\x1b[31m\n\xf0\x9f\x99\x82\n",
        LC_ALL=locale,
        PYTHONUTF8="0",
        PYTHONCOERCECLOCALE="0",
    )
    assert done.returncode == 0
    assert "Question 1" in done.stdout
    assert "\x1b" not in done.stdout


def test_at_a_terminal_logging_asks_who_decides_which_lever_and_for_a_note(tmp_path):
    with terminal(tmp_path, NO_COLOR="1", TERM="xterm", COLUMNS="80") as person:
        person.sees("Tell me about")
        person.sees("> ")
        person.types("log this decision\n")
        person.sees("There is no verdict to log yet")
        person.types(f"{OUTDATED}\n")
        person.sees("Question 1")
        person.types("1\ndecide now\n")
        verdict = person.sees("Say “log this decision”")
        assert "Choose from the answers" not in verdict
        assert "\x1b[1m" not in verdict
        given = verdict.partition("Verdict: ")[2].partition("\n")[0]
        own = "prompting" if given == "workflow" else "workflow"
        person.types("log this decision\n")
        person.sees("Who decides?")
        person.types("Ada, the lead\n")
        person.sees("Another lever instead?")
        person.types("pizza\n")
        person.sees("I know no lever “pizza”")
        person.sees("Another lever instead?")
        person.types(f"{own}\n")
        person.sees("A note?")
        person.types("cheaper: for now\n")
        person.sees(f"{own} instead of {given}, by Ada the lead.")
        person.sees("> ")
        person.types("\x04")
        person.sees(KEPT)
        assert person.ends() == 0
    with app(tmp_path) as built:
        assert built.archive.decisions()[0].note == "cheaper: for now"


def test_ending_the_input_at_a_prompt_logs_nothing(tmp_path):
    with terminal(tmp_path) as person:
        person.types(f"{OUTDATED}\ndecide now\n")
        person.sees("Say “log this decision”")
        person.types("log this\n")
        person.sees("Who decides?")
        person.types("\x04")
        person.sees("Not logged.")
    with app(tmp_path) as built:
        assert built.archive.count() == 0


def test_ctrl_c_says_that_everything_is_kept_and_resume_goes_on(tmp_path):
    with terminal(tmp_path) as person:
        person.types(f"{OUTDATED}\n")
        person.sees(". Not sure")
        person.sees("> ")
        person.interrupts()
        person.sees(KEPT)
        assert person.ends() == 0
    with terminal(tmp_path, "--resume") as person:
        person.sees("Picking up your thread")
        person.sees("Question 1")
        person.types("1\ndecide now\n")
        assert "Choose from the answers" not in person.sees("Verdict: ")


def test_a_terminal_gets_colour(tmp_path):
    with terminal(tmp_path, TERM="xterm", NO_COLOR="") as person:
        person.sees("\x1b[2mAny time")


def test_resume_without_an_open_thread_says_so(tmp_path):
    assert "no open thread to resume" in piped(tmp_path, resume=True).stdout


def test_two_terminals_answer_their_own_threads_only(tmp_path):
    from io import StringIO

    with app(tmp_path) as built:
        first, second = StringIO(), StringIO()
        one = Chat(built.turns, built.outbound, StringIO(), first, "ada")
        two = Chat(built.turns, built.outbound, StringIO(), second, "bob")
        one.receive(OUTDATED)
        two.receive("hello")
        one.receive("why?")
    assert "Question" not in second.getvalue()
    assert "Tell me about" not in first.getvalue()

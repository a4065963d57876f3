"""The chat: reads lines, keeps each in the inbox, turns it into a turn, and shows what waits in the outbox.

It uses the same inbox and outbox as the other platforms, so a kill at any moment loses nothing: what was
acknowledged is picked up by `chat --resume`.
"""

import getpass
import sys
from contextlib import suppress
from typing import TextIO

from bot import replies
from bot.intents import lever_named, log_request
from bot.outgoing import Outbound
from bot.posts import Parts
from bot.process import has_ended, runs_elsewhere
from bot.replies import Reply
from bot.terminal.lines import Line
from bot.terminal.show import show, show_lines
from bot.turns import Turns
from decision.assess import shortened
from storage.findings import Thread
from storage.records import Incoming, Place, random_letters

PLATFORM = "terminal"
WORKSPACE = "local"
LEASE = 60.0
"""Seconds a message or a reply is this chat's own. After a kill nobody waits for it: whether the process that
held it still runs can be seen on the same machine."""

KEPT = "Everything you said is kept. Pick it up again with: sextant chat --resume"


def run(turns: Turns, outbound: Outbound, source: TextIO, out: TextIO, resume: bool) -> None:
    """Chat until the input ends. Nothing is lost by Ctrl-C."""
    chat = Chat(turns, outbound, source, out, _person())
    try:
        chat.open(resume)
        chat.loop()
    except KeyboardInterrupt:
        out.write(f"\n{KEPT}\n")
    else:
        chat.close()


class Chat:
    """One thread in the terminal."""

    def __init__(self, turns: Turns, outbound: Outbound, source: TextIO, out: TextIO, person: str) -> None:
        self._turns = turns
        self._outbound = outbound
        self._source = source
        self._out = out
        self._person = person
        self._interactive = source.isatty()
        self._place = Place(PLATFORM, WORKSPACE, person, random_letters(10), private=True)
        self._thread = ""

    def open(self, resume: bool) -> None:
        """Greet, or finish what was interrupted and show where the last open thread stands."""
        found = self._settled() if resume else None
        if found is not None and not self._open_elsewhere(found.id):
            self._pick_up(found)
            return
        if resume:
            self._deliver_all()
            why = (
                "Your last thread is open in another terminal"
                if found
                else "There is no open thread to resume"
            )
            self._say(f"{why}; this is a new one.")
        if self._interactive or resume:
            self._show(replies.Greet())

    def loop(self) -> None:
        """Read until the end of input or “quit”."""
        while (line := self._line()) is not None:
            if line.strip().lower() in {"quit", "exit", "bye", ":q"}:
                return
            message = self._completed(line) if line.strip() else None
            if message is not None:
                self.receive(message)

    def receive(self, text: str) -> None:
        """Keep a message, answer it, and show the answer."""
        incoming = Incoming(self._place, random_letters(16), self._person, text, author_name=self._person)
        self._turns.receive(incoming)
        self._thread = self._thread or self._turns.log.thread(self._place, self._person)
        while self._turns.handle_next(PLATFORM, self._thread, LEASE):
            pass
        self._deliver(self._thread)

    def close(self) -> None:
        """Tell a person how to come back."""
        if self._interactive and self._thread:
            self._say(f"\n{KEPT}")

    def _settled(self) -> Thread | None:
        """Turn every message that a kill left waiting, then find the thread that moved last."""
        for thread in self._mine():
            self._turns.log.inbox.take_back(has_ended, thread)
            self._turns.log.outbox.take_back(has_ended, thread)
            while self._turns.handle_next(PLATFORM, thread, LEASE):
                pass
        return self._turns.queries.last_open_thread(PLATFORM, self._person)

    def _mine(self) -> list[str]:
        """This person's threads with something left to do, but for those of another terminal that still runs.

        What others wrote is theirs to see.
        """
        waiting = self._turns.queries.waiting_threads(PLATFORM, self._person)
        return [thread for thread in waiting if not self._open_elsewhere(thread)]

    def _open_elsewhere(self, thread: str) -> bool:
        return runs_elsewhere(self._turns.queries.last_worker(thread))

    def _pick_up(self, found: Thread) -> None:
        self._place, self._thread = found.place, found.id
        said = [line.text for line in self._turns.queries.transcript(found.id) if line.who == "person"]
        many = "1 message" if len(said) == 1 else f"{len(said)} messages"
        self._say(f"Picking up your thread “{shortened(said[0] if said else '', 60)}”, {many}.")
        shown, elsewhere = self._deliver(found.id), self._deliver_all()
        if not shown or elsewhere:
            for reply in self._turns.standing(found.id):
                self._show(reply)

    def _deliver_all(self) -> int:
        """Show every reply that waits in this person's threads; how many there were."""
        return sum(map(self._deliver, self._mine()))

    def _deliver(self, thread: str) -> int:
        """Show every reply that waits in a thread; how many there were."""
        shown = 0
        while self._outbound.deliver_next(PLATFORM, self._show_all, thread, LEASE):
            shown += 1
        return shown

    def _completed(self, text: str) -> str | None:
        """At a terminal, "log this decision" asks who decides and lets them add a note or their own lever.

        None when they end the input instead of answering: nothing is logged then.
        """
        request = log_request(text)
        if not self._interactive or request is None or request != type(request)():
            return text
        if not self._thread or not self._turns.state(self._thread).can_log:
            return text
        by = self._asked(f"Who decides? [{self._person}] ")
        own = self._lever() if by is not None else None
        note = self._asked("A note? (Enter for none) ") if own is not None else None
        if by is None or own is None or note is None:
            self._say("\nNot logged.")
            return None
        instead = f" as {own}" if own else ""
        name = " ".join(by.translate({ord(":"): " ", ord(","): " "}).split())[:60] or self._person
        return f"log this decision{instead} by {name}" + (f": {note}" if note else "")

    def _lever(self) -> str | None:
        """Another lever by its name, "" for none, None at the end of input."""
        while (own := self._asked("Another lever instead? (Enter for none) ")) and not lever_named(own):
            self._show(replies.UnknownLever(own))
        return own

    def _asked(self, prompt: str) -> str | None:
        line = self._read(prompt)
        return line.strip() if line is not None else None

    def _line(self) -> str | None:
        if not self._interactive:
            return self._read("")
        self._out.write("\n")
        return self._read("> ")

    def _read(self, prompt: str) -> str | None:
        """The next line, or None at the end of input."""
        if self._interactive and self._source is sys.stdin:
            with suppress(ImportError):
                import readline  # noqa: F401  # gives `input` line editing, and pasted lines in one piece
            self._out.flush()
            try:
                return input(prompt)
            except EOFError:
                return None
        self._out.write(prompt)
        self._out.flush()
        line = self._source.readline()
        return line.rstrip("\r\n") if line else None

    def _show_all(self, parts: Parts) -> str:
        for part in parts:
            self._show(part)
        return random_letters(12)

    def _show(self, reply: Reply) -> None:
        self._out.write("\n")
        show(reply, self._out)

    def _say(self, text: str) -> None:
        lead = "\n" if text.startswith("\n") else ""
        self._out.write(lead)
        show_lines([Line(text.removeprefix("\n"))], self._out)


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "you"

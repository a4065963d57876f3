"""The chat: reads lines, keeps each in the inbox, turns it into a turn, and shows what waits in the outbox.

It uses the same inbox and outbox as the other platforms, so a kill at any moment loses nothing: what was
acknowledged is picked up by `chat --resume`.
"""

import getpass
from typing import TextIO

from bot import replies
from bot.intents import log_request
from bot.replies import Reply
from bot.terminal.show import show
from bot.turns import Turns
from storage.records import Incoming, Place, random_letters

PLATFORM = "terminal"
WORKSPACE = "local"


def run(turns: Turns, source: TextIO, out: TextIO, resume: bool) -> None:
    """Chat until the input ends. Nothing is lost by Ctrl-C."""
    person = _person()
    interactive = source.isatty()
    found = turns.queries.last_open_thread(PLATFORM, person) if resume else None
    place = found.place if found else Place(PLATFORM, WORKSPACE, person, random_letters(10), private=True)
    chat = Chat(turns, source, out, place, person, interactive)
    try:
        chat.open(found.id if found else "", resume)
        chat.loop()
    except KeyboardInterrupt:
        out.write("\nEverything you said is kept. Pick it up again with: sextant chat --resume\n")


class Chat:
    """One thread in the terminal."""

    def __init__(
        self, turns: Turns, source: TextIO, out: TextIO, place: Place, person: str, interactive: bool
    ) -> None:
        self._turns = turns
        self._source = source
        self._out = out
        self._place = place
        self._person = person
        self._interactive = interactive

    def open(self, thread: str, resume: bool) -> None:
        """Greet, or finish what was interrupted and show where the thread stands."""
        if not thread:
            if resume:
                self._say("There is no open thread to resume; this is a new one.")
            if self._interactive or resume:
                self._show(replies.Greet())
            return
        lines = self._turns.queries.transcript(thread)
        said = [line.text for line in lines if line.who == "person"]
        self._say(f"Picking up your thread: “{said[0][:70] if said else ''}” ({len(said)} messages)")
        if self._work() == 0:
            for reply in self._turns.standing(thread):
                self._show(reply)

    def loop(self) -> None:
        """Read until the end of input or “quit”."""
        while (line := self._line()) is not None:
            if line.strip().lower() in {"quit", "exit", "bye", ":q"}:
                return
            if line.strip():
                self.receive(self._completed(line))

    def receive(self, text: str) -> None:
        """Keep a message, answer it, and show the answer."""
        self._turns.receive(
            Incoming(self._place, random_letters(16), self._person, text, author_name=self._person)
        )
        self._work()

    def _work(self) -> int:
        """Handle and show everything that waits; how many replies were shown."""
        shown = 0
        while self._turns.handle_next(PLATFORM):
            pass
        while self._turns.deliver_next(PLATFORM, self._show):
            shown += 1
        return shown

    def _completed(self, text: str) -> str:
        """At a terminal, "log this decision" asks who decides and lets them add a note or their own lever."""
        request = log_request(text)
        if not self._interactive or request is None or request.by or request.note or request.lever:
            return text
        by = self._asked(f"Who decides? [{self._person}] ") or self._person
        own = self._asked("Another lever instead? (Enter for none) ")
        note = self._asked("A note? (Enter for none) ")
        instead = f" as {own}" if own else ""
        return f"log this decision{instead} by {by}" + (f": {note}" if note else "")

    def _asked(self, prompt: str) -> str:
        self._out.write(prompt)
        self._out.flush()
        return self._source.readline().strip()

    def _line(self) -> str | None:
        if self._interactive:
            self._out.write("\n> ")
            self._out.flush()
        line = self._source.readline()
        return line.rstrip("\n") if line else None

    def _show(self, reply: Reply) -> str:
        self._out.write("\n")
        show(reply, self._out)
        return random_letters(12)

    def _say(self, text: str) -> None:
        self._out.write(text + "\n")


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "you"

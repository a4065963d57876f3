"""Measures what a triage takes of a model: Sextant's way against the naive way, on the same conversations.

The naive way gives the model the whole guidance and the whole transcript with every turn and lets it write
the reply. The conversations are the scenarios, with the model's readings as recorded; questions are tapped,
and every third is answered in words. Nothing leaves this machine: a loopback server plays the model. A token
is counted as four characters, for both ways alike.

Run with: python -m tests.bench.claude_tokens
"""

import io
import json
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.bootstrap import Application, application
from bot.conversation import Conversation
from bot.posts import from_json
from bot.settings import Settings
from bot.terminal.show import show
from bot.turns import Turns
from decision.claude_cost import packaged
from decision.claude_explainer import Explainer, cited
from decision.claude_reader import ClaudeReader
from decision.verdict import Question
from knowledge.handbook import read_handbook
from storage.records import Incoming, Place, random_letters
from tests.bench.figures import Line, table
from tests.claude_fixtures import line, recorded
from tests.claude_server import ClaudeServer, Exchange, cites, says, text

SCENARIOS = Path(__file__).parents[1] / "scenarios.toml"
PLATFORM = "bench"
A_TOKEN = 4
"""Characters."""
MOST = 0.25
"""Of the naive way's tokens."""
MODEL = "claude-haiku-5-5"
NAIVE = "Answer from the guidance. Ask one question at a time until you can say which lever to pull, and why."


@dataclass
class Taken:
    """What one way took, over all triages. `kept` are tokens of a prefix that the server had seen before."""

    calls: int = 0
    read: int = 0
    kept: int = 0
    written: int = 0

    @property
    def tokens(self) -> int:
        return self.read + self.written

    def dollars(self) -> float:
        price = packaged().of(MODEL)
        fresh = (self.read - self.kept) * price.input
        return (fresh + self.kept * price.cached + self.written * price.output) / 1_000_000


@dataclass
class Model:
    """Plays the model, and counts what it is sent and what it answers."""

    taken: Taken = field(default_factory=Taken)
    answers: dict[str, str] = field(default_factory=dict)

    def __call__(self, exchange: Exchange) -> None:
        asked = exchange.asked
        prefix = tokens(json.dumps([asked["system"], asked.get("output_config", {})], ensure_ascii=False))
        self.taken.read += prefix + tokens(json.dumps(asked["messages"], ensure_ascii=False))
        self.taken.kept += prefix if self.taken.calls and "format" in asked.get("output_config", {}) else 0
        self.taken.calls += 1
        content = asked["messages"][0]["content"]
        told = json.loads(content[-1]["text"])
        blocks = [text(self._reading(told["message"]))] if "message" in told else list(_paragraph(content))
        self.taken.written += sum(tokens(block["text"]) for block in blocks)
        says(*blocks)(exchange)

    def _reading(self, message: str) -> str:
        return self.answers.get(message) or recorded()[message]


def tokens(words: str) -> int:
    """About how many tokens a text is."""
    return -(-len(words) // A_TOKEN)


def _paragraph(content: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """An explanation as long as they are: a sentence from each of the first three passages."""
    for place, result in enumerate(content[:-1][:3]):
        piece = result["content"][0]["text"]
        yield text(f"{piece} ", cites(piece, place, 0))


class Talk:
    """People who talk to one application; both ways are counted for each of their turns."""

    def __init__(self, app: Application, reader: ClaudeReader, explainer: Explainer, model: Model) -> None:
        talk = Conversation(reader, app.policy, app.passage, lambda question: ())
        self._turns = Turns(talk, app.turns.log, app.turns.queries, app.archive, "bench")
        self._explainer = explainer
        self._model = model
        self.naive = Taken()
        self.turns = 0
        self._prefix = tokens(NAIVE + "".join(_guidance()))

    def triage(self, says: list[str]) -> None:
        """One conversation, from the first message to the verdict."""
        place = Place(PLATFORM, "T1", "C1", random_letters(12))
        thread = self._turns.log.thread(place, "ada")
        for message in says:
            self._turn(place, thread, Incoming(place, random_letters(12), "ada", message))
        asked = 0
        while (put := self._turns.queries.open_question(thread)) is not None:
            asked += 1
            self._turn(place, thread, self._answer(place, put.question, put.turn, in_words=asked % 3 == 0))
        given = self._turns.queries.last_verdict(thread)
        assert given is not None
        case = self._turns.queries.case(thread)
        self._explainer.explain(given.verdict, case, cited(given.verdict))

    def _answer(self, place: Place, question: Question, turn: str, in_words: bool) -> Incoming:
        option = question.options[0]
        if not in_words:
            body = {"turn": turn, "values": [option.value]}
            return Incoming(place, random_letters(12), "ada", option.label, "tap", body=body)
        words = f"If I had to say, from what I see every day in the team: {option.label}."
        entry = {"is": f"{question.factor}:{option.value}", "quote": option.label, "sure": "said"}
        reading = {"kind": "answer", "language": "en", "evidence": [entry]}
        self._model.answers[words] = json.dumps(reading)
        return Incoming(place, random_letters(12), "ada", words)

    def _turn(self, place: Place, thread: str, incoming: Incoming) -> None:
        self._turns.receive(incoming)
        assert self._turns.handle_next(PLATFORM)
        *before, reply = [_shown(one.who, one.text) for one in self._turns.queries.transcript(thread)]
        self.turns += 1
        self.naive.read += self._prefix + sum(map(tokens, before))
        self.naive.kept += self._prefix if self.naive.calls else 0
        self.naive.written += tokens(reply)
        self.naive.calls += 1


def _shown(who: str, words: str) -> str:
    """A line of the transcript as a person sees it."""
    if who == "person":
        return words
    out = io.StringIO()
    for reply in from_json(words):
        show(reply, out, hints=False)
    return out.getvalue()


def _guidance() -> Iterator[str]:
    for file in read_handbook():
        yield from (section.passage.text for section in file.sections)


def measure(most: int | None = None) -> tuple[str, list[Line]]:
    """The table: tokens, calls and dollars of a triage, over all conversations or the first `most`."""
    scenarios = tomllib.loads(SCENARIOS.read_text("utf-8"))["scenario"][:most]
    conversations = [one["says"] for one in scenarios]
    model = Model()
    with (
        tempfile.TemporaryDirectory() as folder,
        application(Settings(db=Path(folder) / "sextant.db")) as app,
        ClaudeServer(always=model) as server,
        line(server) as claude,
    ):
        reader = ClaudeReader(claude, app.policy, app.reader)
        talk = Talk(app, reader, Explainer(claude, app.policy), model)
        for spoken in conversations:
            talk.triage(spoken)
    return _table(len(conversations), talk.turns, model.taken, talk.naive)


def _table(count: int, turns: int, ours: Taken, naive: Taken) -> tuple[str, list[Line]]:
    share = ours.tokens / naive.tokens
    lines = [
        Line("turns of a person, a triage", turns / count, ""),
        Line("calls, a triage", ours.calls / count, "", note=f"naive {naive.calls / count:.2f}"),
        Line("tokens read, a triage", ours.read / count, "", note=f"naive {naive.read / count:,.0f}"),
        Line("  of them found in the cache", ours.kept / count, "", note=f"naive {naive.kept / count:,.0f}"),
        Line(
            "tokens written, a triage", ours.written / count, "", note=f"naive {naive.written / count:,.0f}"
        ),
        Line("all tokens, share of the naive way", share, "", MOST),
        Line(
            "cents a triage, cached",
            ours.dollars() / count * 100,
            "",
            note=f"naive {naive.dollars() / count * 100:.2f}, share {ours.dollars() / naive.dollars():.3f}",
        ),
    ]
    return f"A triage with {MODEL}, {count} conversations, against the naive way", lines


def main() -> None:
    """Print the table."""
    print(table(*measure()))


if __name__ == "__main__":
    main()

"""What a model's server may answer: readings and explanations, whole and as streams, in any state."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from decision.breaker import Breaker
from decision.claude_explainer import Explainer
from decision.claude_reader import ClaudeReader
from decision.evidence import Case
from decision.policy import packaged
from knowledge.library import Library
from tests.bot_fixtures import OUTDATED
from tests.claude_fixtures import Rules, line
from tests.claude_server import SPECS, ClaudeServer, cites, message, raw, streamed, text
from tests.fuzz.entries import Entry, Feed, UnhandledError, listening
from tests.fuzz.mutating import VALUES, as_json, garbled, mutated

READING = {
    "kind": "case",
    "language": "en",
    "evidence": [
        {"is": "symptom:stale_facts", "quote": "outdated answers", "sure": "said"},
        {"is": "change_rate:weekly", "quote": "our refund policy", "sure": "likely"},
    ],
}
QUESTION = "Can fine-tuning replace retrieval?"
EXPLAINED = message([text("Facts that change belong in retrieval.", cites("x", 0, 0))])


def _readings() -> st.SearchStrategy[bytes]:
    """Answers whose words are an odd reading, and odd answers."""
    words = mutated([READING]).map(lambda read: json.dumps(read))
    told = words.map(lambda said: message([text(said)]))
    whole = message([text(json.dumps(READING))])
    return st.one_of(
        told.map(as_json), told.flatmap(lambda one: mutated([one])).map(as_json), garbled([as_json(whole)])
    )


def _streams() -> list[bytes]:
    found = [b"".join(streamed(EXPLAINED))]
    for folder in SPECS:
        found += [path.read_bytes() for path in sorted((folder / "sse-fixtures").glob("*.*"))[:20]]
    return found


def _told() -> st.SearchStrategy[bytes]:
    """Streams that are broken, and streams of odd events."""
    odd = mutated([EXPLAINED]).map(lambda one: b"".join(_streamed(one)))
    return st.one_of(garbled(_streams()), odd, VALUES.map(lambda value: b"data: " + as_json(value) + b"\n\n"))


def _streamed(told: Any) -> list[bytes]:
    try:
        return list(streamed(told))
    except (KeyError, TypeError, AttributeError):  # it cannot be put into events
        return [b"event: message_start\ndata: ", as_json(told), b"\n\n"]


@contextmanager
def _reader(folder: Path) -> Iterator[Feed]:
    with ClaudeServer() as server, line(server, breaker=_patient()) as claude, listening() as quiet:
        rules = Rules()
        reader = ClaudeReader(claude, packaged(), rules)

        def feed(body: bytes) -> None:
            server.always = raw(body)
            reading = reader.read(OUTDATED, Case(), None)
            quiet()
            if any(item.quote and item.quote not in OUTDATED for item in reading.evidence):
                raise UnhandledError("words that nobody said")
            server.asked.clear()

        yield feed


@contextmanager
def _explainer(folder: Path) -> Iterator[Feed]:
    library = Library(":memory:", encoder=lambda: None)
    passages = [hit.passage for hit in library.search(QUESTION, 4)]
    with ClaudeServer() as server, line(server, breaker=_patient()) as claude, listening() as quiet:
        explainer = Explainer(claude, packaged())

        def feed(body: bytes) -> None:
            server.always = raw(body, "text/event-stream")
            heard: list[str] = []
            said = explainer.answer(QUESTION, passages, lambda words, proof: heard.append(words))
            quiet()
            if said is None or any(proof.quote not in proof.passage.text for _, proof in said.sentences):
                raise UnhandledError("a sentence without its proof")
            server.asked.clear()

        try:
            yield feed
        finally:
            library.close()


def _patient() -> Breaker:
    """One whose clock leaps, so that it never leaves the server alone: each answer is to be read."""
    leaps = count(step=100_000)
    return Breaker(lambda: float(next(leaps)), failures=10**9)


ENTRIES = (
    Entry("what a model reads", _readings(), _reader, 0.4),
    Entry("what a model writes, as a stream", _told(), _explainer, 0.4),
)

"""A line to a loopback model, and readers over it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import anthropic  # noqa: F401 - loaded before the clock of any test runs

from decision.breaker import Breaker
from decision.claude import Claude, ClientSettings
from decision.claude_reader import ClaudeReader
from decision.evidence import Case
from decision.policy import packaged
from decision.reader import Reading
from decision.verdict import Question
from tests.claude_server import Answer, ClaudeServer, Exchange, says, text

KEY = "sk-ant-secret-key-of-a-test"


class Rules:
    """Stands in for the offline reader: it shows that it was asked."""

    name = "rules"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def read(self, message: str, case: Case, question: Question | None) -> Reading:
        """Nothing is found in anything."""
        self.asked.append(message)
        return Reading("nothing")


@contextmanager
def line(server: ClaudeServer, seconds: float = 10.0, breaker: Breaker | None = None) -> Iterator[Claude]:
    """A line to a server, closed at the end."""
    claude = Claude(ClientSettings(api_key=KEY, base_url=server.url, seconds=seconds), breaker)
    try:
        yield claude
    finally:
        claude.close()


@contextmanager
def reader(*answers: Answer, seconds: float = 10.0) -> Iterator[tuple[ClaudeReader, ClaudeServer]]:
    """A reader over a server that gives these answers."""
    with ClaudeServer(*answers) as server, line(server, seconds) as claude:
        yield ClaudeReader(claude, packaged(), Rules()), server


@cache
def recorded() -> dict[str, str]:
    """What the model made of messages, by message: readings as JSON, written down once."""
    lines = (Path(__file__).parent / "claude_recorded.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(one) for one in lines]
    return {row["message"]: json.dumps(row["reading"], ensure_ascii=False) for row in rows}


def as_recorded(exchange: Exchange) -> None:
    """Answers with the recorded reading of the message; of an unknown one nothing is read."""
    told = json.loads(exchange.asked["messages"][0]["content"][-1]["text"])
    nothing = json.dumps({"kind": "nothing", "language": "und", "evidence": []})
    says(text(recorded().get(told["message"], nothing)))(exchange)

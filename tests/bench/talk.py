"""What people say in the measurements: labelled first messages, then taps, typed answers and questions."""

import json
import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.bench.search_quality import asked

CASES = Path(__file__).parents[1] / "training/cases"

CORRECTIONS = (
    "actually the documents change every day",
    "no, we do have test examples, about 60 of them",
    "sorry, it is the wording that is off, the facts are right",
    "that's wrong",
)
VERBS = ("why", "what would change this", "what did you hear", "help")


@cache
def cases() -> tuple[dict[str, Any], ...]:
    """The labelled cases, in an order that is the same each time."""
    found = [
        json.loads(line) for path in sorted(CASES.glob("*.jsonl")) for line in path.open(encoding="utf-8")
    ]
    random.Random(7).shuffle(found)
    return tuple(found)


def sideways(number: int) -> str:
    """A question about the guidance, another one each time: what was asked lately is remembered."""
    questions = asked()
    return f"ask: {questions[number % len(questions)]['query']}"


def script(number: int) -> Iterator[tuple[str, str]]:
    """One conversation: how each turn is made and with what. `answer` is put into words by who asks."""
    chance = random.Random(number)
    yield "first message", cases()[number % len(cases())]["text"]
    for _ in range(chance.randint(3, 5)):
        yield chance.choice(("tap", "tap", "typed answer")), ""
    yield "correction", chance.choice(CORRECTIONS)
    yield "guidance question", sideways(number)
    yield "verb", chance.choice(VERBS)
    yield "verb", "decide now"
    yield "log", "log this decision"


@cache
def words() -> tuple[str, ...]:
    """Every word of the cases, in order, to make texts of."""
    return tuple(word for case in cases() for word in case["text"].split())


def passage_of_talk(chance: random.Random, count: int) -> str:
    """Some words in a row, as people wrote them."""
    start = chance.randrange(len(words()) - count)
    return " ".join(words()[start : start + count])

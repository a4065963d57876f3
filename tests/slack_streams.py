"""A Slack in which a model explains a verdict beat by beat, so that a test can look in between."""

import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.slack.looking import METADATA
from tests.claude_fixtures import KEY
from tests.claude_server import Body, ClaudeServer, Exchange, cites, paced, reads, says, text
from tests.slack_loopback import LoopbackSlack, texts
from tests.slack_serving import COMPLAINT, MENTION, Served, serving

SENTENCES = (
    "Retrieval reads the current page, so a change costs one re-indexing.",
    "Pasting the right facts shows the best that perfect retrieval could do, before anyone builds retrieval.",
    "About 12 failing examples give a direction.",
)
"""Of the handbook, so that each proves itself; from passages on which the verdict about `COMPLAINT` rests."""

HEADLINE = "**Get the right facts in front of the model: retrieval first. Do not fine-tune on documents.**"
READING = reads(
    "case",
    ("symptom:stale_facts", "old refund rules"),
    ("change_rate:weekly", "They change weekly"),
    ("human_fix:document", "A colleague looks them up in the handbook"),
)


class Model:
    """Reads `COMPLAINT`, and writes the sentences (others where the guidance is asked): one at each beat."""

    def __init__(self) -> None:
        self.beat = threading.Semaphore(0)

    def __call__(self, exchange: Exchange) -> None:
        """Answer a request."""
        *results, _ = exchange.asked["messages"][0]["content"]
        if not results:
            READING(exchange)
            return
        content = [_cited(results, sentence) for sentence in _sentences(results)]
        answer = paced(self.beat, *content) if exchange.asked.get("stream") else says(*content)
        answer(exchange)

    def goes_on(self, beats: int = 1) -> None:
        """Let it write so many more."""
        self.beat.release(beats)

    def ends(self) -> None:
        """Let it write whatever is left, now and later."""
        self.beat.release(1000)


def _sentences(results: list[Mapping[str, Any]]) -> tuple[str, ...]:
    known = {piece["text"] for result in results for piece in result["content"]}
    return SENTENCES if known.issuperset(SENTENCES) else tuple(one["content"][0]["text"] for one in results)


def _cited(results: list[Mapping[str, Any]], sentence: str) -> Body:
    pieces = [[piece["text"] for piece in result["content"]] for result in results]
    number = next(number for number, told in enumerate(pieces) if sentence in told)
    return text(f"{sentence} ", cites(sentence, number, pieces[number].index(sentence)))


@dataclass
class Triage:
    """Somebody who told of `COMPLAINT` in a channel and was asked a question; the next is the verdict."""

    served: Served
    model: Model
    thread: str

    @property
    def slack(self) -> LoopbackSlack:
        return self.served.slack

    @property
    def reply(self) -> dict[str, Any]:
        """The one message below the question."""
        _, reply = self.slack.posts("C1", self.thread)
        return reply

    async def decides(self) -> None:
        """Ask for the verdict; it is on its way when this returns."""
        event = self.slack.say("C1", "UADA", "decide now", self.thread)
        await self.slack.push(self.slack.envelope(event))

    async def shown(self) -> None:
        """Wait until the first sentence can be seen."""
        self.model.goes_on(2)  # a sentence is whole once the next one begins
        await self.slack.until(lambda: len(self.slack.posts("C1", self.thread)) == 2)

    async def ends(self) -> None:
        """Let the model write the rest, and wait until the verdict stands."""
        self.model.ends()
        await self.served.idle()


@asynccontextmanager
async def triage(folder: Path, slack: LoopbackSlack) -> AsyncIterator[Triage]:
    """Sextant with a model, up to the first question."""
    model = Model()
    with ClaudeServer(always=model) as server:
        more = {"reader": "claude", "anthropic_base_url": server.url, "anthropic_api_key": SecretStr(KEY)}
        async with serving(folder, slack, **more) as served:
            yield Triage(served, model, await served.says("C1", "UADA", MENTION + COMPLAINT))


def card(post: Mapping[str, Any]) -> str:
    """What the verdict says; it has all that a posted one has."""
    actions = [block["elements"] for block in post["blocks"] if block["type"] == "actions"]
    labels = [one["text"]["text"] for elements in actions for one in elements]
    assert labels == ["Log this decision", "Choose another lever", "Not right", "Share"]
    assert post["metadata"]["event_type"] == METADATA
    assert post.get("streaming_state") in (None, "completed")
    assert "Get the right facts" in post["text"]
    return " ".join(texts(post["blocks"]))


async def streamed(folder: Path, play: Callable[[Triage], Awaitable[None]]) -> LoopbackSlack:
    """Play with a triage; all requests must fit Slack's shapes."""
    async with LoopbackSlack() as slack, triage(folder, slack) as made:
        await play(made)
    assert slack.invalid == []
    return slack

"""One conversation comes out the same in the terminal, in Slack and on Discord: in the log and to the eye."""

import io
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot import posts, replies, wording
from bot.posts import Parts
from bot.replies import Reply
from bot.terminal.chat import Chat
from storage.leases import place_of
from storage.records import Place
from tests import discord_play as discord
from tests import slack_serving as slack
from tests.bot_fixtures import ROOT, app
from tests.discord_parts import text_of
from tests.slack_loopback import texts

STEPS: list[dict[str, Any]] = tomllib.loads((ROOT / "tests" / "parity.toml").read_text("utf-8"))["step"]
TYPED = {"why": "why", "decide_now": "decide now", "log": "log this decision"}

Step = tuple[Parts, str]
"""What the bot meant at a step, and all that a person could read of it."""


def in_the_terminal(folder: Path) -> list[Step]:
    found: list[Step] = []
    with app(folder) as built:
        chat = Chat(built.turns, built.outbound, io.StringIO(), out := io.StringIO(), "ada")
        for step in STEPS:
            before = out.tell()
            if "choose" in step:
                chat.receive(str(step["choose"]))
            else:
                chat.receive(step.get("say") or TYPED[step["press"]])
            meant = built.turns.queries.transcript(chat._thread)[-1].text
            found.append((posts.from_json(meant), out.getvalue()[before:]))
    return found


def in_slack(folder: Path) -> list[Step]:
    found: list[Step] = []

    async def play(served: slack.Served) -> None:
        thread = ""
        for step in STEPS:
            count = len(served.slack.posts("C1", thread)) if thread else 0
            alone, tapped = len(served.slack.ephemerals), []
            if "say" in step:
                ts = await served.says("C1", "UADA", slack.MENTION + step["say"], thread)
                thread = thread or ts
            else:
                tapped = [await press_in_slack(served, thread, step)]
            place = slack_place(served, thread)
            meant = served.app.turns.queries.transcript(served.app.turns.queries.at(place))[-1].text
            read = served.slack.posts("C1", thread)[count:]
            if not read:  # told to the one who tapped alone, who still sees what they tapped
                read = [*tapped, *served.slack.ephemerals[alone:]]
            shown = [text for post in read for text in texts(post["blocks"])]
            found.append((posts.from_json(meant), "\n".join(shown)))

    slack.played(folder, play)
    return found


def slack_place(served: slack.Served, thread: str) -> Place:
    row = served.app.file.row("SELECT * FROM threads WHERE key = :key", {"key": thread})
    assert row is not None
    return place_of(row)


async def press_in_slack(served: slack.Served, thread: str, step: dict[str, Any]) -> dict[str, Any]:
    """Tap what carries the step's act, in the newest post that offers it, which is given back."""
    for post in reversed(served.slack.posts("C1", thread)):
        for block in post["blocks"]:
            for one in block.get("elements", ()) if block["type"] == "actions" else ():
                for carried, label in offered(one):
                    if fits(step, carried):
                        await served.taps("C1", post, label)
                        return post
    raise AssertionError(f"nothing offers {step}")


def offered(one: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if "value" in one:
        yield one["value"], one["text"]["text"]
    for option in one.get("options", ()):
        yield option["value"], option["text"]["text"]


def fits(step: dict[str, Any], carried: str) -> bool:
    act, _, rest = carried.partition(":")
    if "press" in step:
        return bool(act == step["press"])
    return act == "answer" and rest.endswith(f":{step['choose'] - 1}")


def on_discord(folder: Path) -> list[Step]:
    steps = [
        discord.Say(step["say"])
        if "say" in step
        else discord.Choose(number=step["choose"])
        if "choose" in step
        else discord.Press(step["press"])
        for step in STEPS
    ]
    played = discord.played(folder, steps)
    return [(one.parts, "\n".join(map(text_of, one.shown))) for one in played]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Step]]:
    ways = {"terminal": in_the_terminal, "slack": in_slack, "discord": on_discord}
    return {name: play(tmp_path_factory.mktemp(name)) for name, play in ways.items()}


def test_every_step_means_the_same_everywhere(told):
    for number, step in enumerate(STEPS):
        meant = {name: [meaning(part) for part in steps[number][0]] for name, steps in told.items()}
        assert meant["slack"] == meant["terminal"], step
        assert meant["discord"] == meant["terminal"], step


def test_the_conversation_reaches_every_kind_of_answer_that_matters(told):
    kinds = {part.kind for parts, _ in told["terminal"] for part in parts}
    assert kinds >= {"ask", "explain_question", "answer_from_guidance", "give_verdict", "logged", "decline"}


@pytest.mark.parametrize("name", ["terminal", "slack", "discord"])
def test_what_is_meant_can_be_read(told, name):
    for (parts, shown), step in zip(told[name], STEPS, strict=True):
        for part in parts:
            for sentence in readable(part):
                assert squashed(sentence) in squashed(shown), (step, part.kind, sentence, shown)


def meaning(part: Reply) -> tuple[Any, ...]:
    """What a reply says, without ids and names that differ by place."""
    match part:
        case replies.Ask():
            changed = [(one.now, one.before) for one in part.heard.changed]
            return part.kind, part.question.factor, part.number, part.heard.told, changed
        case replies.GiveVerdict():
            verdict = part.verdict
            quotes = [(reason.text, reason.citation.quote) for reason in verdict.reasons]
            return part.kind, verdict.lever, round(verdict.confidence, 6), quotes, verdict.flips
        case replies.Logged():
            return part.kind, part.lever, part.instead_of
        case replies.AnswerFromGuidance():
            return part.kind, [citation.quote for citation in part.quotes]
        case _:
            return (part.kind,)


def readable(part: Reply) -> Iterator[str]:
    """The sentences of a reply that a person must find on the screen."""
    match part:
        case replies.Ask():
            yield part.question.text
            yield from (option.label for option in part.question.options)
            yield from (told.says for told in part.heard.told)
        case replies.ExplainQuestion():
            yield part.why.text
            yield part.why.citation.quote
        case replies.GiveVerdict():
            yield part.verdict.headline
            for reason in part.verdict.reasons:
                yield reason.text
                yield reason.citation.quote
            yield from (step.text for step in part.verdict.steps if step.state == "next")
            yield from (caution.text for caution in part.verdict.warnings)
        case replies.AnswerFromGuidance():
            yield from (citation.quote for citation in part.quotes)
        case replies.Logged() | replies.StartedOver() | replies.Decline():
            yield wording.notice(part)[0]


def squashed(text: str) -> str:
    """Letters and digits only: how words are set is each platform's own."""
    plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return re.sub(r"[\W_]+", "", plain).lower()

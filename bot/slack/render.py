"""Replies as blocks. Pure: what is posted depends on the reply and on where it is shown, and on nothing else.

Every text of a person, of the guidance or of a model is escaped here or in the modules that this one calls.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from bot import digest_wording, replies, weekly_wording, wording
from bot.names import LEVERS
from bot.posts import Parts
from bot.replies import Reply
from bot.slack import blocks as kit
from bot.slack.around import Around
from bot.slack.asking import answered, ask, heard, told_lines
from bot.slack.blocks import Block
from bot.slack.card import shared, verdict_card
from bot.slack.mrkdwn import escape, inline, markdown
from bot.slack.quoting import proof, quoted
from bot.slack.split import posts
from bot.slack.standing import standing
from bot.slack.weekly import ask_outcome, digest
from decision.assess import shortened

MOST_TEXT = 2000
"""The text beside the blocks is for notifications and screen readers."""


@dataclass(frozen=True, slots=True)
class Post:
    """One message for Slack: its blocks, and the same in short as text."""

    blocks: tuple[Block, ...]
    text: str


def post(parts: Parts, around: Around) -> tuple[Post, ...]:
    """The parts as one message, or as several where one would be too long for Slack."""
    found = [block for part in parts for block in render(part, around)]
    text = shortened(" ".join(map(summary, parts)), MOST_TEXT)
    return tuple(Post(tuple(one), text) for one in posts(found))


def render(reply: Reply, around: Around) -> Iterator[Block]:  # noqa: C901 - one case a reply, and nothing else
    """The blocks of a reply."""
    match reply:
        case replies.Ask():
            yield from ask(reply, around)
        case replies.Answered():
            yield from answered(reply)
        case replies.GiveVerdict():
            yield from heard(reply.heard)
            yield from verdict_card(reply, around)
        case replies.SharedVerdict():
            yield from shared(reply)
        case replies.ExplainQuestion():
            yield from kit.sections(f"*Why I ask:* {escape(reply.why.text)}")
            yield from proof(reply.why.citation)
        case replies.ShowFlips():
            yield from _flips(reply)
        case replies.ShowHeard():
            yield from _held(reply)
        case replies.AnswerFromGuidance():
            yield from _guidance(reply)
        case replies.Greet():
            yield from _greet()
        case replies.ShowStanding():
            yield from standing(reply, around)
        case replies.Digest():
            yield from digest(reply, around)
        case replies.AskOutcome():
            yield from ask_outcome(reply, around)
        case replies.DigestHalted():
            said, next_step = _halted(reply)
            yield from kit.sections(said)
            yield from kit.context(escape(next_step))
        case replies.Shared():
            yield from kit.sections(f"The verdict is shared in <#{escape(reply.channel)}>.")
        case (
            replies.Decline()
            | replies.Puzzled()
            | replies.Logged()
            | replies.AlreadyLogged()
            | replies.NothingToLog()
            | replies.UnknownLever()
            | replies.StartedOver()
            | replies.Stale()
            | replies.KeptFeedback()
            | replies.Forgotten()
            | replies.KeptOutcome()
            | replies.Reviewed()
            | replies.Subscribed()
            | replies.UnknownTime()
            | replies.UnknownDecision()
            | replies.Failed()
        ):
            yield from _notice(reply)
        case _:
            assert_never(reply)


def summary(reply: Reply) -> str:  # noqa: C901 - one case a reply, and nothing else
    """A reply in a line or two, escaped: what a notification shows."""
    match reply:
        case replies.Ask():
            options = ", ".join(one.label for one in reply.question.options)
            return escape(f"Question {reply.number}: {reply.question.text} ({options})")
        case replies.Answered():
            return escape(f"{reply.question.text} {wording.chosen(reply.chose, reply.by)}".strip())
        case replies.GiveVerdict() | replies.SharedVerdict():
            given = reply.verdict
            return escape(f"Verdict, {given.confidence:.0%} sure: {given.headline}")
        case replies.ExplainQuestion():
            return escape(reply.why.text)
        case replies.ShowFlips():
            return escape(" ".join((wording.flips(reply), *(flip.text for flip in reply.flips))))
        case replies.ShowHeard():
            return "This is what I hold."
        case replies.AnswerFromGuidance():
            return escape(reply.quotes[0].quote) if reply.quotes else "The guidance does not say."
        case replies.Greet():
            return "Tell me about an AI feature that disappoints you."
        case replies.ShowStanding():
            return f"{len(reply.threads)} open, {len(reply.decisions)} decided."
        case replies.Digest():
            return escape(f"{digest_wording.title(reply.news)}. {digest_wording.summary(reply.news)}")
        case replies.DigestHalted():
            return _halted(reply)[0]
        case replies.AskOutcome():
            return escape(weekly_wording.ask_outcome(reply)[0])
        case _:
            return escape(wording.notice(reply)[0])


def _halted(reply: replies.DigestHalted) -> tuple[str, str]:
    return weekly_wording.halted(reply, f"<#{escape(reply.channel)}>")


def _notice(reply: wording.Notice) -> Iterator[Block]:
    said, next_step = wording.notice(reply)
    strong = isinstance(reply, replies.Logged)
    yield from kit.sections(f":white_check_mark: *{escape(said)}*" if strong else escape(said))
    if next_step:
        yield from kit.context(escape(next_step))


def _flips(reply: replies.ShowFlips) -> Iterator[Block]:
    lines = (f"• {escape(flip.text)}" for flip in reply.flips)
    yield from kit.sections("\n".join((escape(wording.flips(reply)), *lines)))


def _held(reply: replies.ShowHeard) -> Iterator[Block]:
    if not reply.told:
        yield from kit.sections("I hold nothing about your case yet. Tell me what disappoints you.")
        return
    yield from kit.sections(
        "*This is what I hold.* Tell me in your words what is different; the newest counts."
    )
    yield from kit.context(told_lines(reply.told))


def _guidance(reply: replies.AnswerFromGuidance) -> Iterator[Block]:
    if not reply.quotes:
        yield from kit.sections(escape(f"{reply.note} The guidance does not say.".strip()))
        return
    if reply.note:
        yield from kit.sections(escape(reply.note))
    if reply.explanation:
        yield from kit.markdown(" ".join(markdown(said.text) for said in reply.explanation))
    yield from quoted(reply.quotes, "*The guidance says*")


def _greet() -> Iterator[Block]:
    levers = [name for key, name in LEVERS.items() if key not in ("not_ready", "switch_model")]
    yield from kit.sections(
        "*Tell me about an AI feature that disappoints you.* I find out where it fails, and which lever to "
        f"pull: {inline(', '.join(levers))}, another model, or first a defined task."
    )
    yield from kit.context(
        "Any time you can say: why, not sure, decide now, what would change this, that's wrong, start over, "
        "log this decision. Or ask what the guidance says."
    )

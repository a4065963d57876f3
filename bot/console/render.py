"""Replies as the console's transcript shows them: short blocks of text. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from bot import digest_wording, replies, weekly_wording, wording
from bot.names import DIAGNOSES, LEVERS
from bot.replies import Reply
from bot.told import Heard
from decision.citation import Citation
from decision.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of what the bot said: its words, and things listed under them."""

    kind: Literal["strong", "plain", "quiet", "quote"]
    text: str
    items: tuple[str, ...] = ()


def render(reply: Reply) -> tuple[Block, ...]:
    """The blocks of a reply."""
    return tuple(_blocks(reply))


def _blocks(reply: Reply) -> Iterator[Block]:  # noqa: C901 - one case a reply, and nothing else
    match reply:
        case replies.Ask():
            yield from _heard(reply.heard)
            yield Block("strong", reply.question.text, tuple(one.label for one in reply.question.options))
        case replies.Answered():
            yield Block("quiet", f"{reply.question.text} {wording.chosen(reply.chose, reply.by)}")
        case replies.GiveVerdict():
            yield from _heard(reply.heard)
            yield from _verdict(reply.verdict)
            if reply.explanation:
                yield Block("plain", " ".join(said.text for said in reply.explanation))
        case replies.SharedVerdict():
            yield Block("quiet", f"{reply.by} shares a verdict on “{reply.title}”")
            if reply.logged:
                yield Block("quiet", f"Logged as {reply.logged}")
            yield from _verdict(reply.verdict)
        case replies.ExplainQuestion():
            yield Block("plain", reply.why.text)
            yield _quote(reply.why.citation)
        case replies.ShowFlips():
            yield Block("plain", "What would change it:", tuple(flip.text for flip in reply.flips))
        case replies.ShowHeard():
            yield Block("plain", "What counts so far:", tuple(said.says for said in reply.told))
        case replies.AnswerFromGuidance():
            if not reply.quotes:
                yield Block("plain", "The guidance does not say.")
            yield from map(_quote, reply.quotes)
        case replies.Greet():
            yield Block("plain", "Hello. Tell me what the feature should do and what it does instead.")
        case replies.ShowStanding():
            yield Block("plain", "Where your threads and decisions stand.")
        case replies.Digest():
            yield Block("strong", digest_wording.title(reply.news))
            yield Block("plain", digest_wording.summary(reply.news))
        case replies.AskOutcome():
            yield Block("strong", weekly_wording.ask_outcome(reply)[0])
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
            | replies.Shared()
            | replies.Forgotten()
            | replies.KeptOutcome()
            | replies.Reviewed()
            | replies.Subscribed()
            | replies.DigestHalted()
            | replies.UnknownTime()
            | replies.UnknownDecision()
            | replies.Failed()
        ):
            yield from _notice(reply)
        case _:
            assert_never(reply)


def _notice(reply: wording.Notice) -> Iterator[Block]:
    said, then = wording.notice(reply)
    yield Block("plain", said)
    if then:
        yield Block("quiet", then)


def _heard(heard: Heard) -> Iterator[Block]:
    for said in (wording.partly(heard), heard.note, *map(wording.changed, heard.changed)):
        if said:
            yield Block("quiet", said)
    if heard.told:
        yield Block("quiet", "Read:", tuple(told.says for told in heard.told))


def _verdict(verdict: Verdict) -> Iterator[Block]:
    fails = max(verdict.diagnosis, key=lambda name: verdict.diagnosis[name])
    yield Block("strong", f"Verdict: {LEVERS[verdict.lever]}. {verdict.headline}")
    yield Block("quiet", f"{verdict.confidence:.0%} sure. Where it fails: {DIAGNOSES[fails]}.")


def _quote(citation: Citation) -> Block:
    return Block("quote", f"“{citation.quote}” {citation.passage.heading}")

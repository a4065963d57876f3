"""What the bot can mean to say about digests and outcomes; part of the union in `replies`."""

from dataclasses import dataclass
from typing import Literal

from bot.news import News


@dataclass(frozen=True, slots=True)
class Digest:
    """A channel's week. The first post is one screen; `whole` is what comes in the thread under it.

    `preview` is one that somebody asked to see. `bot.digest_wording` says what stands in it.
    """

    news: News
    whole: bool = False
    preview: bool = False
    only_here: bool = False
    """It tells of its own channel alone."""
    kind: Literal["digest"] = "digest"


@dataclass(frozen=True, slots=True)
class DigestHalted:
    """The digest of a channel was paused by itself, and why: said to whoever wished it, alone.

    `shared`: other organisations read the channel by now. `wide`: they may, but the digest told of other
    channels too. `gone`: the bot may no longer post there.
    """

    channel: str
    why: Literal["shared", "wide", "gone"]
    kind: Literal["digest_halted"] = "digest_halted"


@dataclass(frozen=True, slots=True)
class AskOutcome:
    """Did the decision help? One tap. `number` is 2 for the one reminder, 0 where somebody wished it.

    `answered` says who answered what; there is nothing to tap any more then.
    """

    decision: str
    title: str
    lever: str
    by: str
    days: int
    number: int
    answered: str = ""
    kind: Literal["ask_outcome"] = "ask_outcome"


@dataclass(frozen=True, slots=True)
class KeptOutcome:
    """How a decision turned out was kept, with what was measured."""

    decision: str
    lever: str
    result: str
    by: str
    note: str = ""
    measure: str = ""
    before: str = ""
    after: str = ""
    kind: Literal["kept_outcome"] = "kept_outcome"


@dataclass(frozen=True, slots=True)
class Subscribed:
    """How a channel stands with its weekly digest; `next` is the moment of the next one, on its own clock.

    `nowhere`: nothing can be posted there by itself.
    `now`: that moment has passed already, and the digest is on its way.
    """

    state: Literal["active", "paused", "ended", "none", "nowhere"]
    next: str = ""
    zone: str = ""
    only_here: bool = False
    says_empty: bool = True
    now: bool = False
    kind: Literal["subscribed"] = "subscribed"


@dataclass(frozen=True, slots=True)
class UnknownTime:
    """A person wanted a digest at a time that could not be read."""

    named: str
    kind: Literal["unknown_time"] = "unknown_time"


@dataclass(frozen=True, slots=True)
class UnknownDecision:
    """A person named a decision that is not there, or not for them to see; or none, where there is none."""

    named: str
    kind: Literal["unknown_decision"] = "unknown_decision"

"""A post: the replies of one turn, kept in the outbox as JSON and shown together."""

from dataclasses import replace
from functools import lru_cache
from typing import Annotated

from pydantic import Field, TypeAdapter

from bot import weekly_wording, wording
from bot.replies import (
    AlreadyLogged,
    Answered,
    Ask,
    AskOutcome,
    ExplainQuestion,
    GiveVerdict,
    KeptOutcome,
    Logged,
    Reply,
    ShowFlips,
    Stale,
)

Parts = tuple[Reply, ...]
"""What one turn says, in order; a platform shows it as one post."""


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Parts]:
    # Building it takes as long as reading a message, and `ask` keeps no reply.
    return TypeAdapter(tuple[Annotated[Reply, Field(discriminator="kind")], ...])


def to_json(parts: Parts) -> str:
    """The parts as they are kept in the outbox."""
    return _adapter().dump_json(parts).decode()


def from_json(text: str) -> Parts:
    """The parts that were kept. Raises ValueError when a quote in them no longer stands in its passage."""
    return _adapter().validate_json(text)


_CURIOUS = (ExplainQuestion, ShowFlips, Stale, AlreadyLogged)


def curious(parts: Parts) -> Parts:
    """What only somebody who is curious wants to know, and what changes nothing; empty where more is said.

    The open question is left out: it stands where they tapped.
    """
    told = tuple(part for part in parts if not isinstance(part, Ask))
    return told if all(isinstance(part, _CURIOUS) for part in told) else ()


def asks(parts: Parts, factor: str) -> bool:
    """Whether a question about the factor stands in the post."""
    return any(isinstance(part, Ask) and part.question.factor == factor for part in parts)


def answering(parts: Parts, kept: KeptOutcome) -> Parts:
    """An earlier post with its question about an outcome answered; the same parts where it asks no such."""
    said = weekly_wording.answered(kept)
    return tuple(
        replace(part, answered=said)
        if isinstance(part, AskOutcome) and part.decision == kept.decision
        else part
        for part in parts
    )


def closing(parts: Parts, answered: Answered) -> Parts:
    """An earlier post with its question answered; what else stood in it stays."""
    return tuple(
        answered if isinstance(part, Ask) and part.question.factor == answered.question.factor else part
        for part in parts
    )


def moves_on(body: str) -> bool:
    """Whether a post, as it is kept, brings a case further: no earlier verdict counts after it."""
    return any(f'"kind":"{kind}"' in body for kind in ("ask", "give_verdict", "started_over"))


def replaced(parts: Parts, by: str) -> Parts:
    """An earlier post with its verdict replaced by a later post; the same parts where it gives none."""
    return tuple(
        replace(part, replaced=by) if isinstance(part, GiveVerdict) and part.verdict.final else part
        for part in parts
    )


def logged(parts: Parts, said: Logged) -> Parts:
    """An earlier post with its verdict logged; the same parts where it gives no verdict that can be."""
    told = wording.logged_as(said)
    return tuple(
        replace(part, logged=told) if isinstance(part, GiveVerdict) and part.verdict.final else part
        for part in parts
    )

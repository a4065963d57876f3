"""The form that the model's reading must have, made from the policy's factors, and the check of what came.

The check trusts nothing: it holds also for a server that ignores the schema. Evidence counts only with the
person's own words, found in the message as they stand there.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from decision.evidence import MANY_VALUED, NOT_SURE, Evidence
from decision.policy import Choice, Policy
from decision.reader import Kind
from decision.verdict import Question

KINDS: tuple[Kind, ...] = ("case", "answer", "correction", "guidance", "greeting", "off_topic", "nothing")
UNSURE = f"open_question:{NOT_SURE}"

BY_MEANING = frozenset({"symptom", "job", "likeness"})
"""Factors that nobody states outright. Symptom and job are told apart as enums; likeness is the lever whose
cases it reads like, best and second best, in place of the offline reader's trained guess."""

MOST = 16
"""More entries than this are not read."""

MOST_CHARACTERS = 400
"""A longer quote proves nothing in particular; it is kept up to here."""

MOST_OF_ONE_QUOTE = 3
"""One and the same quote says so many things at most: whoever makes it prove more has not read it."""

LEAST_LETTERS = 3
"""A shorter quote proves nothing, unless it is the answer to the open question."""

CERTAINTY = {"said": 0.95, "likely": 0.7, "maybe": 0.45}
"""As sure as the offline reader is of a plain statement; the others are guesses that close no gate."""

BY_MEANING_CERTAINTY = {"said": 0.85, "likely": 0.65, "maybe": 0.4}
LIKENESS_CERTAINTY = {"said": 0.6, "likely": 0.5, "maybe": 0.35}
"""Never firm: likeness is a weak sign, and it is not shown, so no message may make it strong."""

SECOND_SHARE = 0.6
"""Of the doubt that is left, the share that goes to the second reading."""

_WORD = re.compile(r"\w")
_NUMBER = re.compile(r"\d")
_NAME = re.compile(r"[a-z][a-z_]+")
_GAP = re.compile(r"[\s\u00a0]+")
_ALIKE = {
    "'": "['’‘ʼ]", "’": "['’‘ʼ]", "‘": "['’‘ʼ]",
    '"': '["“”„«»]', "“": '["“”„«»]', "”": '["“”„«»]', "„": '["“”„«»]',
    "-": "[-–—‑]", "–": "[-–—‑]", "—": "[-–—‑]",
}  # fmt: skip
_EDGE = re.compile(r"[A-Za-z0-9]")
_DENIED = re.compile(
    r"(?:\b(?:not|no|never|without|cannot|neither|nor|nicht|kein\w{0,2}|nie)|n['’]t)"
    r"\s+(?!(?:only|just|doubt)\b)(?:\w+\s+)?$",
    re.IGNORECASE,
)
_DENIES = re.compile(
    r"\b(?:not?|never|without|cannot|neither|nor|none|nicht|kein\w{0,2}|nie)\b|n['’]t\b", re.IGNORECASE
)
_DOTS = "….\"'“”„ \t\n"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, populate_by_name=True)

    says: str = Field(alias="is")
    quote: str
    sure: Literal["said", "likely", "maybe"]


class Answer(BaseModel):
    """What the model returned, when it has the form that was asked for."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    kind: Kind
    language: str
    evidence: list[_Entry]


def parsed(text: str) -> Answer:
    """The answer in a model's text; what some servers write around the JSON is left out.

    Raises:
        ValidationError: it has not the form that was asked for.
    """
    return Answer.model_validate_json(text[text.find("{") : text.rfind("}") + 1])


@dataclass(frozen=True, slots=True)
class Checked:
    """The evidence that held, and which entries did not: by factor and option, without a word of anybody."""

    evidence: tuple[Evidence, ...]
    invented: tuple[str, ...] = ()
    """Entries whose quote does not stand in the message, or is in the words of this form."""
    unknown: int = 0
    """How many entries named a factor or an option that does not exist."""


def schema(policy: Policy) -> dict[str, Any]:
    """The JSON schema of a reading; the same for every message, which lets the server reuse it."""
    entry = {
        "type": "object",
        "properties": {
            "is": {"type": "string", "enum": [*pairs(policy), UNSURE]},
            "quote": {"type": "string"},
            "sure": {"type": "string", "enum": list(CERTAINTY)},
        },
        "required": ["is", "quote", "sure"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": list(KINDS)},
            "language": {"type": "string"},
            "evidence": {"type": "array", "items": entry},
        },
        "required": ["kind", "language", "evidence"],
        "additionalProperties": False,
    }


def pairs(policy: Policy) -> Iterator[str]:
    """Every factor with each of its options, as `factor:option`."""
    for factor, data in policy.factors.items():
        yield from (f"{factor}:{option}" for option in data.options)


def described(policy: Policy) -> str:
    """The factors and their options in words, for the prompt."""
    return "".join(
        f"\n{factor}: {data.question}\n"
        + "".join(f"- {value}: {_meaning(option)}\n" for value, option in data.options.items())
        for factor, data in policy.factors.items()
    )


def _meaning(option: Choice) -> str:
    """What an option stands for: what it says of the case, and its label where that holds a number."""
    return f"{option.because} ({option.label})" if _NUMBER.search(option.label) else option.because


def checked(answer: Answer, message: str, policy: Policy, question: Question | None, opens: bool) -> Checked:
    """The evidence of an answer that stands up to the message. `opens`: nothing was known before it."""
    found: dict[str, list[Evidence]] = {}
    invented, unknown, uses = [], 0, Counter[str]()
    for entry in answer.evidence[:MOST]:
        says = f"{question.factor}:{NOT_SURE}" if question and entry.says == UNSURE else entry.says
        factor, _, value = says.partition(":")
        if not _exists(factor, value, policy, question):
            unknown += 1
            continue
        quote = verbatim(entry.quote, message)
        answers = question is not None and factor == question.factor
        uses[quote.lower()] += 1
        if not (answers or _telling(quote)) or uses[quote.lower()] > MOST_OF_ONE_QUOTE:
            quote = ""
        if not quote or _speaks_to_the_reader(quote, policy):
            invented.append(says)
        elif _timely(factor, entry.sure, opens):
            certainty = _certainty(factor, "maybe" if _denied(quote, message) else entry.sure)
            found.setdefault(factor, []).append(Evidence(factor, value, quote, certainty=certainty))
    return Checked(tuple(_one_each(found)), tuple(invented), unknown)


def _exists(factor: str, value: str, policy: Policy, question: Question | None) -> bool:
    if value == NOT_SURE:
        return question is not None and factor == question.factor
    return factor in policy.factors and value in policy.factors[factor].options


def _speaks_to_the_reader(quote: str, policy: Policy) -> bool:
    """Whether the words name factors as the form does: nobody tells of their feature like that."""
    words, dense = set(_NAME.findall(quote.lower())), "".join(quote.lower().split())
    named = any("_" in factor and factor in words for factor in policy.factors)
    return bool(named or "likeness" in words or any(pair in dense for pair in pairs(policy)))


def _timely(factor: str, sure: str, opens: bool) -> bool:
    """What a later message adds is in its facts, not in its mood; so it is with the offline reader."""
    return opens or factor not in BY_MEANING or (factor == "symptom" and sure == "said")


def _certainty(factor: str, sure: str) -> float:
    table: Mapping[str, float] = CERTAINTY
    if factor in BY_MEANING:
        table = LIKENESS_CERTAINTY if factor == "likeness" else BY_MEANING_CERTAINTY
    return table[sure]


def _one_each(found: Mapping[str, list[Evidence]]) -> Iterator[Evidence]:
    """One piece of evidence a factor, others of its readings beside it; many for what can have many."""
    for factor, items in found.items():
        different = list({item.value: item for item in reversed(items)}.values())[::-1]
        if factor in MANY_VALUED:
            yield from different
        else:
            yield _best(different)


def _best(items: Iterable[Evidence]) -> Evidence:
    """The surest reading, the earlier one of equals; the next keeps a share of the doubt."""
    first, *others = sorted(items, key=lambda item: -item.certainty)
    if not others:
        return first
    certainty = first.certainty if first.certainty > others[0].certainty else min(first.certainty, 0.6)
    share = round((1 - certainty) * SECOND_SHARE, 4)
    return Evidence(first.factor, first.value, first.quote, "quote", certainty, ((others[0].value, share),))


def verbatim(quote: str, message: str) -> str:
    """The part of the message that a quote means, as it was written there; empty when there is none.

    White space, the form of quotation marks and dashes, and case may differ: models straighten them.
    """
    wanted = _shortened(quote.strip())  # what goes on for ever must not be looked for so long
    if not _WORD.search(wanted):
        return ""
    if re.search(_whole(re.escape(wanted), wanted), message):
        return _shortened(wanted)
    return _shortened(_loosely(wanted, message) or _loosely(wanted.strip(_DOTS), message))


def _loosely(wanted: str, message: str) -> str:
    if not _WORD.search(wanted) or len(wanted) > len(message) + 50:
        return ""
    pattern = r"\s+".join(
        "".join(_ALIKE.get(letter) or re.escape(letter) for letter in word)
        for word in _GAP.split(wanted)
        if word
    )
    found = re.search(_whole(pattern, wanted), message, re.IGNORECASE)
    return found[0] if found else ""


def _whole(pattern: str, wanted: str) -> str:
    """The pattern where it neither begins nor ends within a word; other scripts write without gaps."""
    before = r"(?<![A-Za-z0-9])" if _EDGE.match(wanted) else ""
    return before + pattern + (r"(?![A-Za-z0-9])" if _EDGE.match(wanted[-1]) else "")


def _telling(quote: str) -> bool:
    """Whether a quote has words enough to prove anything; a Chinese or Japanese letter is half a word."""
    return sum(1 + (letter > "\u2e80") for letter in quote if letter.isalnum()) >= LEAST_LETTERS


def _denied(quote: str, message: str) -> bool:
    """Whether a negation stands before the quote wherever it is, and was left out of it."""
    places = [found.start() for found in re.finditer(_whole(re.escape(quote), quote), message)]
    return not _DENIES.search(quote) and all(_DENIED.search(message[max(0, at - 40) : at]) for at in places)


def _shortened(quote: str) -> str:
    """Cut at a word, which keeps it verbatim."""
    if len(quote) <= MOST_CHARACTERS:
        return quote
    return quote[:MOST_CHARACTERS].rsplit(None, 1)[0]

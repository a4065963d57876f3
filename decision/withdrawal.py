"""A person takes back what they said: which evidence that is, and what is left of the message to be read.

Only what begins a sentence and speaks of one's own words counts, and only where it names something that is
held: a report such as “users never mind the delay” takes nothing back.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from decision.evidence import MANY_VALUED, NOT_SURE, WITHDRAWN, Case, Evidence
from decision.policy import Policy
from decision.quantities import counted_as
from decision.sentences import fold, sentences

_LEAD = r"^\W*(?:(?:actually|sorry|no|wait|hm+|oh|ok(?:ay)?|well|please|and|but|so)\b\W*)*"
_SAID = (
    r"(?:(?:what|that|the (?:part|bit|thing)|everything|all) (?:i|we)(?:'ve| have)?(?: just)? "
    r"(?:said|wrote|told you|mentioned)|my (?:last )?(?:message|answer|statement|remark)s?"
    r"|the (?:part|bit|thing))"
)
_ABOUT = r"(?:about|on|concerning|regarding)"
_I = r"(?:(?:i|we|let me)(?:'d|'ll)?(?: (?:will|would|want to|like to|have to|must|should))* )?"
_RETRACT = r"(?:take back|took back|withdraw|retract)"
_LET = r"(?:(?:let's|you can|can you|could you) )?"
_DROP = r"(?:scratch|strike|forget|ignore|disregard|never ?mind)"
_WRONG = r"(?:wrong|not (?:true|right|correct|so)|incorrect|a mistake|untrue|true)"
_IS = r"(?:is|was|are|were|isn't|wasn't|aren't|weren't)"
_NAMED = re.compile(
    rf"{_LEAD}(?P<plain>{_I}{_RETRACT} (?:{_SAID} )?(?:{_ABOUT} )?"
    rf"|{_LET}{_DROP} {_SAID} {_ABOUT} |{_SAID} {_ABOUT} (?=.* {_IS} {_WRONG})"
    rf"|(?:i|we) (?:was|were|am|are) (?:wrong|mistaken) {_ABOUT} "
    rf"|you (?:misread|misheard|misunderstood) (?:me )?(?:{_ABOUT} )?)?"
    rf"(?(plain)|{_LET}{_DROP} (?:{_ABOUT} )?)"
    rf"(?P<what>[^,;:!?\n]+?)(?= {_IS} {_WRONG}\b| (?:but|because|since|it|they|as) |[,;:!?]|\.(?!\d)|$)"
    rf"(?: {_IS} {_WRONG}\b)?",
    re.IGNORECASE,
)
"""Words that name what is taken back; `plain` are those that can mean nothing else."""
_BARE = re.compile(
    rf"{_LEAD}(?:{_I}(?:take|took) (?:that|this|it) back|{_LET}(?:scratch|strike) (?:that|this)"
    rf"|{_I}(?:retract|withdraw) (?:that|this)|{_LET}{_DROP} (?:that|{_SAID}))(?=\W*$|[,.;:!])",
    re.IGNORECASE,
)
_EMPTY = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "or",
        "and",
        "to",
        "is",
        "it",
        "in",
        "on",
        "we",
        "i",
        "our",
        "my",
        "me",
        "us",
        "your",
        "that",
        "this",
        "these",
        "those",
        "they",
        "them",
        "what",
        "about",
        "said",
        "have",
        "has",
        "had",
        "been",
        "be",
        "are",
        "was",
        "were",
        "with",
        "for",
        "at",
        "all",
        "any",
        "some",
        "much",
        "many",
        "not",
        "no",
        "so",
        "do",
        "does",
        "did",
        "there",
    ]
)
_WORD = re.compile(r"[^\W_]+")

ENOUGH = 0.5
"""The share of the words that name something which must fit what is held."""


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What is taken back, and the message without the words that did so.

    No evidence: it is not clear what is meant, and the person has to be asked, unless the rest says it.
    """

    evidence: tuple[Evidence, ...]
    rest: str


def taken_back(message: str, case: Case, policy: Policy, last: Iterable[Evidence] = ()) -> TakenBack | None:
    """What a message takes back of a case, or None when it takes nothing back.

    `last` is what was read from the message before, which “scratch that” is about.
    """
    if not case.evidence:
        return None
    for sentence in sentences(message):
        words = message[sentence.start : sentence.end]
        folded = fold(words)
        found = _BARE.match(folded)
        if found is not None:
            held: list[Evidence] | None = list(_counting(last, case))
        elif (found := _NAMED.match(folded)) is not None:
            held = _meant(found["what"], case, policy)
            if not held:
                held = [] if found["plain"] else None
        if found is None or held is None:
            continue
        said = words[: found.end()].strip()
        rest = f"{message[: sentence.start]}\n{words[found.end() :]}{message[sentence.end :]}"
        evidence = tuple(_withdrawn(item, said) for item in held)
        return TakenBack(evidence, rest.strip(" \n\t.,;:!–—-"))
    return None


def _withdrawn(item: Evidence, said: str) -> Evidence:
    only = ((item.value, 1.0),) if item.factor in MANY_VALUED else ()
    return Evidence(item.factor, WITHDRAWN, said, alternatives=only)


def _counting(last: Iterable[Evidence], case: Case) -> Iterator[Evidence]:
    """What counts still of what was said last."""
    for item in last:
        if item in case.current.get(item.factor, ()):
            yield item


def _meant(what: str, case: Case, policy: Policy) -> list[Evidence] | None:
    """What is held that these words name; none where it may be several things, None where it is nothing."""
    words = _words(what)
    fits = {
        item: _fit(words, item, policy) + (item.value in counted_as(item.factor, what))
        for held in case.current.values()
        for item in held
        if item.value != NOT_SURE and item.factor in policy.factors and not policy.factors[item.factor].weak
    }
    best = max(fits.values(), default=0.0)  # a number of the right size tells two facts of a sentence apart
    if not words or best < ENOUGH:
        return None
    chosen = [item for item, fit in fits.items() if fit == best]
    return chosen if len({item.factor for item in chosen}) == 1 else []


def _fit(words: frozenset[str], item: Evidence, policy: Policy) -> float:
    """How well words name a piece of evidence: by the policy's words for it, and by the person's own.

    A sentence may hold several facts, so its words alone name none of them, but for a number.
    """
    factor = policy.factors[item.factor]
    choice = factor.options.get(item.value)
    ours = _words(f"{item.factor.replace('_', ' ')} {factor.question}")
    if choice is not None:
        ours |= _words(f"{item.value.replace('_', ' ')} {choice.label} {choice.because}")
    theirs = _words(item.quote)
    if not (words & ours or any(word.isdigit() for word in words & theirs)):
        return 0.0
    return sum(map(_weight, (word in ours for word in words), (word in theirs for word in words))) / len(
        words
    )


def _weight(ours: bool, theirs: bool) -> float:
    return (0.0, 0.8, 0.9, 1.0)[2 * ours + theirs]


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in _WORD.findall(fold(text)) if word not in _EMPTY)

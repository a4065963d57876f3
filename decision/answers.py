"""Reading a typed answer to an open question: a number of the list, the words of an option, or "not sure"."""

import re

from decision.evidence import NOT_SURE, Evidence
from decision.verdict import Option, Question

_NOT_SURE = re.compile(
    r"^\W*(?:(?:i(?:'m| am)? )?(?:not|un)[ -]?sure|no (?:idea|clue)"
    r"|(?:i )?(?:really )?(?:do ?n[o']?t|dont) know|idk|dunno|can'?t (?:say|tell)|hard to say|no opinion"
    r"|skip(?: it| this)?|pass|weiß (?:ich )?nicht|keine ahnung|je ne sais pas|no (?:lo )?sé|não sei"
    r"|non (?:lo )?so|不知道|不清楚|わからない|分かりません|不确定)\b\W*",
    re.IGNORECASE,
)
_LIST = re.compile(r"^\W*\d{1,2}(?:\s*(?:,|and|&|\+|\s)\s*\d{1,2})*\W*$")
_WORD = re.compile(r"[^\W_]+")
_YES = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|correct|right|true|sure|ja|oui|sí|si|sim|是|はい)\b", re.IGNORECASE
)
_NO = re.compile(r"^\W*(?:no|nope|nah|nein|non|não|不|いいえ)\b(?!\s+(?:idea|clue|opinion))", re.IGNORECASE)
_EMPTY_WORDS = "the a an of or and to is it in on we i yes no very about than only"
_EMPTY = frozenset(_EMPTY_WORDS.split())

MOST_WORDS = 12
"""A longer message is a description, not the name of an option."""


def read_answer(message: str, question: Question) -> tuple[Evidence, ...]:
    """The evidence that a typed answer gives, or none when it does not answer the question."""
    chosen = _by_number(message, question) or _by_words(message, question)
    return tuple(Evidence(question.factor, option.value, quote=message.strip()) for option in chosen)


def _by_number(message: str, question: Question) -> tuple[Option, ...]:
    if not _LIST.match(message):
        return ()
    numbers = [int(number) for number in re.findall(r"\d+", message)]
    if any(not 1 <= number <= len(question.options) for number in numbers):
        return ()
    chosen = tuple(question.options[number - 1] for number in dict.fromkeys(numbers))
    return chosen if question.many or len(chosen) == 1 else ()


def _by_words(message: str, question: Question) -> tuple[Option, ...]:
    if _NOT_SURE.match(message):
        return tuple(option for option in question.options if option.value == NOT_SURE)
    said = _words(message)
    if not said or len(_WORD.findall(message)) > MOST_WORDS:
        return ()
    scored = sorted(((_fit(said, option), option) for option in question.options), key=lambda pair: -pair[0])
    (best, option), (second, _) = scored[0], scored[1]
    if best >= 0.5 and best > second:
        return (option,)
    return _yes_or_no(message, question)


def _fit(said: frozenset[str], option: Option) -> float:
    label = _words(option.label) | _words(option.value.replace("_", " "))
    return len(said & label) / min(len(said), len(label)) if label else 0.0


def _yes_or_no(message: str, question: Question) -> tuple[Option, ...]:
    """A bare yes or no answers a question whose labels begin so."""
    wanted = "yes" if _YES.match(message) else "no" if _NO.match(message) else ""
    fitting = [option for option in question.options if _WORD.findall(option.label.lower())[:1] == [wanted]]
    return tuple(fitting) if wanted and len(fitting) == 1 else ()


def _words(text: str) -> frozenset[str]:
    return frozenset(word[:5] for word in _WORD.findall(text.lower())) - _EMPTY

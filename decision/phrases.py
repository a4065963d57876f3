"""Plain statements of fact in a message, read by the patterns of `phrases.toml` and quoted word for word.

A pattern is tried only where one of its signal words occurs, and is compiled when it is first tried. What is
wished for, asked, or tied to an "if" is no fact; what is denied is the opposite fact or none.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice
from typing import Any

from decision.evidence import MANY_VALUED, Evidence
from decision.quantities import Amount, amounts, option_for, option_for_kappa
from decision.sentences import MOST_CHARACTERS, Sentence, denied, fold, quote, sentences

FIRM = 0.95
"""The certainty of a plain statement."""

CONTESTED = 0.6
"""The certainty that is left where a message states two values of one factor and corrects neither."""

_BEFORE = 60
_MOST_MATCHES, _MOST_NUMBERS = 10, 40
"""How many are looked at in one sentence; each costs a look at its clause."""

_CORRECTS = re.compile(
    r"\b(?:actually|sorry|correction|i mean|i meant|i was wrong|scratch that"
    r"|eigentlich|en fait|en realidad|na verdade)\b|其实|实际上"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words to look for, and those of the rule's signal words that stand in the pattern itself."""

    on: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What tells one value of one factor: signal words, patterns, and what speaks against it."""

    factor: str
    value: str
    on: tuple[str, ...]
    says: tuple[str, ...]
    before: str = ""
    needs: str = ""
    unless: str = ""
    certainty: float = FIRM
    denied: str = ""
    """The value when the words are denied; "as_is" when the pattern holds its own denial."""
    also: frozenset[str] = frozenset()
    """The moods that count besides plain statements."""
    implies: tuple[tuple[str, str], ...] = ()
    scale: float = 1.0
    may_mean: float = 1.0
    """How many times more a number may have meant: people round agreement, and documents differ in length."""
    least: float = 0.0
    kind: str = "count"
    option: str = ""
    """For a number that tells an option by what it counts, whatever its size."""


@dataclass(frozen=True, slots=True)
class Book:
    """All rules, which of them wait for which signal word, and the words that patterns share."""

    rules: tuple[Rule, ...]
    waiting: dict[str, list[int]]
    words: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Hit:
    evidence: Evidence
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Reading:
    """A message under reading: as written, folded, and the sentence in hand."""

    message: str
    folded: str
    sentence: Sentence
    signals: set[str]


def read_phrases(message: str) -> tuple[Evidence, ...]:
    """The facts that a message states about the factors, each with a verbatim quote, in the order said."""
    folded = fold(message[:MOST_CHARACTERS])
    book = rules()
    signals = [signal for signal in book.waiting if signal in folded]
    hits: list[_Hit] = []
    for sentence in sentences(message):
        words = folded[sentence.start : sentence.end]
        here = {signal for signal in signals if signal in words}
        if here:
            reading = _Reading(message, folded, sentence, here)
            tried = sorted({place for signal in here for place in book.waiting[signal]})
            hits += _said([rule for place in tried if (rule := book.rules[place]).value], reading)
            hits += _counted([rule for place in tried if not (rule := book.rules[place]).value], reading)
    return _settled(hits, folded)


@lru_cache(maxsize=1)
def rules() -> Book:
    """The packaged rules; patterns stay text until they are needed."""
    data = tomllib.loads(files("decision").joinpath("phrases.toml").read_text("utf-8"))
    words: dict[str, str] = data.pop("words")
    numbers: dict[str, list[dict[str, Any]]] = data.pop("amounts")
    said = [
        _rule(factor, value, entry)
        for factor, options in data.items()
        for value, entries in options.items()
        for entry in entries
    ]
    counted = [_rule(factor, "", entry) for factor, entries in numbers.items() for entry in entries]
    waiting: dict[str, list[int]] = {}
    for place, rule in enumerate(said + counted):
        for signal in rule.on:
            waiting.setdefault(signal, []).append(place)
    return Book(tuple(said + counted), waiting, words)


def _rule(factor: str, value: str, entry: dict[str, Any]) -> Rule:
    on = tuple(entry["on"].split("|"))
    return Rule(
        factor,
        value,
        on,
        tuple(entry["says"]),
        before="|".join(entry.get("before", ())),
        needs="|".join(entry.get("needs", ())),
        unless="|".join(entry.get("unless", ())),
        certainty=entry.get("certainty", FIRM),
        denied=entry.get("denied", ""),
        also=frozenset(entry.get("also", ())),
        implies=tuple(entry.get("implies", {}).items()),
        scale=entry.get("scale", 1.0),
        may_mean=entry.get("may_mean", 1.0),
        least=entry.get("least", 0.0),
        kind=entry.get("kind", "count"),
        option=entry.get("option", ""),
    )


@cache
def _patterns(on: tuple[str, ...], says: tuple[str, ...]) -> tuple[Pattern, ...]:
    """The rule's patterns, those that wait for the same signal words as one.

    A signal belongs to the patterns in which one of its words stands, or to all where it stands in none.
    """
    alone = {signal for signal in on if not any(_stands_in(signal, text) for text in says)}
    together: dict[frozenset[str], list[str]] = {}
    for text in says:
        own = frozenset(alone).union(signal for signal in on if _stands_in(signal, text))
        together.setdefault(own or frozenset(on), []).append(text)
    return tuple(Pattern(signals, "|".join(texts)) for signals, texts in together.items())


def _stands_in(signal: str, text: str) -> bool:
    return any(word in text for word in signal.split())


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the rules with its `<words>` spelled out, compiled once."""
    words = rules().words
    return re.compile(re.sub(r"<(\w+)>", lambda name: words.get(name[1], name[0]), pattern))


def _said(rules: Iterable[Rule], reading: _Reading) -> Iterator[_Hit]:
    """What the patterns find in the sentence, each rule once."""
    for rule in rules:
        for start, end, value in islice(_matches(rule, reading), 1):
            found = Evidence(rule.factor, value, certainty=rule.certainty)
            yield from _hits(rule, found, start, end, reading)


def _matches(rule: Rule, reading: _Reading) -> Iterator[tuple[int, int, str]]:
    sentence = reading.sentence
    for pattern in _patterns(rule.on, rule.says):
        if not pattern.on.isdisjoint(reading.signals):
            all_found = compiled(pattern.text).finditer(reading.folded, sentence.start, sentence.end)
            for found in islice(all_found, _MOST_MATCHES):
                value = _accepted(rule, found.start(), found.end(), reading)
                if value:
                    yield found.start(), found.end(), value


def _counted(rules: Iterable[Rule], reading: _Reading) -> Iterator[_Hit]:
    """What the numbers of the sentence say, by the words around them, each rule once."""
    sentence = reading.sentence
    numbers = list(islice(amounts(reading.folded, sentence.start, sentence.end), _MOST_NUMBERS))
    for rule in rules if numbers else ():
        for amount in numbers:
            end = _followed(rule, amount, reading)
            if end and _led_up_to(rule, amount, reading) and _accepted(rule, amount.start, end, reading):
                yield from _hits(rule, _reading_of(rule, amount), amount.start, end, reading)
                break


def _followed(rule: Rule, amount: Amount, reading: _Reading) -> int:
    """Where the words after a number end that make it a number of the rule's factor, or 0."""
    if amount.value < rule.least:
        return 0
    if amount.kind != rule.kind and not (rule.kind == "kappa" and amount.kind == "share"):
        return 0
    for pattern in _patterns(rule.on, rule.says):
        if not pattern.on.isdisjoint(reading.signals):
            after = compiled(pattern.text).match(reading.folded, amount.end, reading.sentence.end)
            if after:
                return after.end()
    return 0


def _led_up_to(rule: Rule, amount: Amount, reading: _Reading) -> bool:
    if not rule.before:
        return True
    left = max(reading.sentence.start, amount.start - _BEFORE)
    return compiled(f"(?:{rule.before})$").search(reading.folded[left : amount.start]) is not None


def _reading_of(rule: Rule, amount: Amount) -> Evidence:
    """The option that a number belongs to; a share close under a limit may be meant as the option above."""
    if rule.option:
        return Evidence(rule.factor, rule.option, certainty=rule.certainty)
    if rule.kind == "kappa":
        return Evidence(rule.factor, option_for_kappa(amount.value), certainty=rule.certainty)
    value = amount.value * rule.scale
    option, close = option_for(rule.factor, value), option_for(rule.factor, value * rule.may_mean)
    if close != option:
        return Evidence(rule.factor, option, certainty=0.5, alternatives=((close, 0.5),))
    return Evidence(rule.factor, option, certainty=rule.certainty)


def _accepted(rule: Rule, start: int, end: int, reading: _Reading) -> str:
    """The value that a match stands for, or nothing: by mood, guards and denial."""
    clause = reading.sentence.clause_at(start)
    if clause.mood not in ("fact", "need") and clause.mood not in rule.also:
        return ""
    right = max(end, clause.end)
    if rule.needs and not compiled(rule.needs).search(reading.folded, clause.start, right):
        return ""
    if rule.unless and compiled(rule.unless).search(reading.folded, clause.start, right):
        return ""
    value = rule.value or "amount"
    if rule.denied == "as_is" or not denied(reading.folded, clause, start, end):
        return value
    return rule.denied


def _hits(rule: Rule, found: Evidence, start: int, end: int, reading: _Reading) -> Iterator[_Hit]:
    words = quote(reading.message, reading.sentence, start, end)
    yield _Hit(replace(found, quote=words), start, end)
    if not rule.value or found.value == rule.value:
        for factor, implied in rule.implies:
            yield _Hit(Evidence(factor, implied, words, certainty=rule.certainty), start, end)


def _settled(hits: list[_Hit], folded: str) -> tuple[Evidence, ...]:
    """One value for each single-valued factor, and each value of `tried` once, in the order said."""
    kept: dict[tuple[str, str], _Hit] = {}
    for hit in sorted(hits, key=lambda hit: hit.start):
        key = (hit.evidence.factor, hit.evidence.value)
        if key not in kept or kept[key].evidence.certainty < hit.evidence.certainty:
            kept[key] = hit
    by_factor: dict[str, list[_Hit]] = {}
    for hit in kept.values():
        by_factor.setdefault(hit.evidence.factor, []).append(hit)
    settled: list[_Hit] = []
    for factor, rivals in by_factor.items():
        settled += rivals if factor in MANY_VALUED else [_winner(rivals, folded)]
    return tuple(hit.evidence for hit in sorted(settled, key=lambda hit: hit.start))


def _winner(rivals: list[_Hit], folded: str) -> _Hit:
    """The value that stands: a correction's, else the surest; two that are equally sure are both in doubt."""
    if len(rivals) == 1:
        return rivals[0]
    in_order = sorted(rivals, key=lambda hit: hit.start)
    first, last = in_order[0], in_order[-1]
    if _CORRECTS.search(folded, first.end, max(last.start, first.end)):
        return last
    best, second = sorted(rivals, key=lambda hit: -hit.evidence.certainty)[:2]
    if best.evidence.certainty - second.evidence.certainty > 0.1:
        return best
    doubt = ((second.evidence.value, round(1 - CONTESTED, 2)),)
    certainty = min(CONTESTED, best.evidence.certainty)
    return replace(best, evidence=replace(best.evidence, certainty=certainty, alternatives=doubt))

"""Numbers in a person's words, and the option of a factor that a number belongs to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "share"]

TOKENS_A_PAGE = 400
PAGES_THAT_FIT = 500

_TOO_MUCH = float("inf")
_LIMITS: dict[str, tuple[tuple[float, str], ...]] = {
    "volume": (
        (10_000, "under_10k"),
        (100_000, "10k_to_100k"),
        (1_000_000, "100k_to_1m"),
        (10_000_001, "1m_to_10m"),
        (_TOO_MUCH, "over_10m"),
    ),
    "training_pairs": (
        (1, "none"),
        (50, "under_50"),
        (200, "50_to_199"),
        (1_000, "200_to_999"),
        (_TOO_MUCH, "1000_plus"),
    ),
    "test_examples": (
        (1, "none"),
        (20, "under_20"),
        (50, "20_to_49"),
        (200, "50_to_199"),
        (_TOO_MUCH, "200_plus"),
    ),
    "prompt_size": (
        (1_000, "under_1k"),
        (4_000, "1k_to_4k"),
        (20_001, "4k_to_20k"),
        (_TOO_MUCH, "over_20k"),
    ),
    "reference_material": ((PAGES_THAT_FIT + 1, "fits_in_prompt"), (_TOO_MUCH, "large")),
    "latency": ((0.501, "under_500ms"), (2.01, "under_2s"), (10.01, "under_10s"), (_TOO_MUCH, "batch")),
    "facts_test": ((0.25, "no"), (0.85, "sometimes"), (_TOO_MUCH, "always")),
    "label_agreement": ((0.795, "poor"), (0.945, "fair"), (_TOO_MUCH, "high")),
}
"""For each factor the options in order, each with the first number that is too much for it."""

_KAPPA = ((0.6, "poor"), (0.8, "fair"), (_TOO_MUCH, "high"))
"""Agreement beyond chance is lower than plain agreement: .8 and up is near perfect (Landis and Koch)."""


def _table(text: str) -> dict[str, float]:
    """Words and their numbers, from "word word = number" lines."""
    rows = (line.split("=") for line in text.strip().splitlines())
    return {word.strip(): float(number) for words, number in rows for word in words.split(",")}


_SCALES = _table("""
    dozen, douzaine, dutzend, docena = 12
    hundred, hundert, cent, 百 = 100
    k, thousand, tausend, mille, mil, mila, 千 = 1e3
    m, mn, mio, million, millions, millionen, millones, millón, milhões, milhão, milioni, milione, 百万 = 1e6
    十万 = 1e5
    万, 萬 = 1e4
    億, 亿 = 1e8
    b, bn, billion = 1e9
""")
_WORDS = _table("""
    half, half a = 0.5
    a, one = 1
    two, a couple of, a couple, couple of, zwei, deux, dos = 2
    three, a few, few, some, drei, trois, tres, ein paar, quelques, unos, unas = 3
    four, several = 4
    five = 5
    six = 6
    seven = 7
    eight = 8
    nine = 9
    ten, zehn, dix = 10
    eleven = 11
    twelve = 12
    fifteen = 15
    twenty = 20
    thirty, tens of = 30
    forty = 40
    fifty = 50
    sixty = 60
    eighty = 80
    hundreds of = 300
""")
_BARE = _table("""
    dozens = 36
    hundreds = 300
    thousands, tausende, milliers, miles = 3000
    millions = 3e6
""")
_HAN = {c: float(n) for n, c in enumerate("零一二三四五六七八九")} | {"两": 2.0, "几": 3.0, "数": 3.0}
_HAN_TENS = {"十": 10.0, "百": 100.0, "千": 1e3}

_NUMBER = re.compile(
    r"(?<![\w.:$€£\-])(?<!\d[,'])"
    r"(?:(?P<digits>\d{1,3}(?:[,.' ]\d{3})+(?!\d)|\d{1,12}(?:[.,]\d{1,3})?|\.\d{1,3})"
    r"|(?P<word>" + "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True)) + r")(?=[ -][a-zäé])"
    r"|(?P<bare>" + "|".join(_BARE) + r")(?![\w]))"
    r"(?:[ -]?(?P<scale>k|mn|mio|million(?:s|en)?|millones|millón|milh(?:ões|ão)|milion[ei]|m|bn"
    r"|billion|thousand|tausend|mille|mila|mil"
    r"|hundred|hundert|cent|dozen|douzaine|dutzend|docena)(?![\w]))?"
    r"\+?(?: (?:of|de|di)(?= \w))?"
)
_GLUED = re.compile(r"(?!(?:ms|s)\b)\w")
_ASIAN = re.compile(
    r"(?:(?P<digits>\d{1,9}(?:\.\d{1,3})?)|(?P<han>[零一二两三四五六七八九十百千几数]{1,8}))(?P<tail>百万|十万|[万萬千亿億])?"
)
_SHARE = re.compile(
    r"\s?(?:%|percent|prozent|pour cent|por ciento|por cento)|\s?(?:/|of|out of|von|sur|de|aus"
    r"|in)\s?(?:the |my |our )?(?P<whole>\d{1,4})(?![\w%]|[.,]\d)"
)
_ASIAN_TEXT = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number in a text: how much it is, whether it counts or is a share of a whole, and where it stands."""

    value: float
    start: int
    end: int
    kind: Kind = "count"


def option_for(factor: str, value: float) -> str:
    """The option of a factor that a number belongs to; a volume is a month's, a latency is in seconds."""
    return next(option for limit, option in _LIMITS[factor] if value < limit)


def counted_as(factor: str, text: str) -> frozenset[str]:
    """The options of a factor that the numbers of a text belong to; none where it counts nothing."""
    if factor not in _LIMITS:
        return frozenset()
    return frozenset(option_for(factor, amount.value) for amount in amounts(text) if amount.kind == "count")


def option_for_kappa(value: float) -> str:
    """The option of label_agreement that a kappa belongs to."""
    return next(option for limit, option in _KAPPA if value < limit)


def amounts(text: str, start: int = 0, end: int | None = None) -> Iterator[Amount]:
    """The numbers of a text in lower case, in order: digits, scales ("2.5k"), words ("a few hundred")."""
    end = len(text) if end is None else end
    if _ASIAN_TEXT.search(text, start, end):
        yield from _asian(text, start, end)
        return
    done = start
    for found in _NUMBER.finditer(text, start, end):
        if found.start() < done:
            continue
        if found["word"] in ("a", "some", "half", "few", "one") and not found["scale"]:
            continue
        if text[found.end() - 1].isdigit() and _GLUED.match(text, found.end(), end):
            continue
        value = _value(found["digits"], found["word"], found["bare"]) * _SCALES.get(found["scale"] or "", 1.0)
        amount = _shared(text, Amount(value, found.start(), found.end()), found["digits"], end)
        done = amount.end
        yield amount


def _value(digits: str | None, word: str | None, bare: str | None) -> float:
    if word:
        return _WORDS[word]
    if bare:
        return _BARE[bare]
    return _number(digits or "0")


def _number(digits: str) -> float:
    """ "1,200", "9.000" and "15 000" are thousands; "1.5" and "0.81" are not."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:[,.' ]\d{3})+", digits):
        return float(re.sub(r"\D", "", digits))
    return float(re.sub(r"[' ]", "", digits).replace(",", "."))


def _shared(text: str, amount: Amount, digits: str | None, end: int) -> Amount:
    """The amount as a share of a whole, if it is one: "95 %", "19 of 20", ".81"."""
    if digits and amount.value < 1 and ("." in digits or "," in digits):
        return Amount(amount.value, amount.start, amount.end, "share")
    at = amount.end - 3 if text.endswith(" of", amount.start, amount.end) else amount.end
    part = _SHARE.match(text, at, end)
    if part is None:
        return amount
    if part["whole"] is None:
        return Amount(amount.value / 100, amount.start, part.end(), "share")
    whole = float(part["whole"])
    if whole > 0 and amount.value <= whole:
        return Amount(amount.value / whole, amount.start, part.end(), "share")
    return amount


def _asian(text: str, start: int, end: int) -> Iterator[Amount]:
    """Numbers between Chinese or Japanese characters: "三万", "4万", "十二万", "2600"."""
    for found in _ASIAN.finditer(text, start, end):
        before = text[found.start() - 1] if found.start() else " "
        after = text[found.end()] if found.end() < end else " "
        if (
            found["digits"]
            and any(c.isascii() and (c.isalnum() or c in ".-") for c in (before, after))
            and after != "k"
        ):
            continue
        value = float(found["digits"]) if found["digits"] else _han(found["han"])
        scale = _SCALES.get(found["tail"] or "", 1.0)
        stop = found.end() + (after == "k")
        share = stop < end and text[stop] in "%％"
        value *= scale * (1_000 if after == "k" else 1) / (100 if share else 1)
        yield Amount(value, found.start(), stop + share, "share" if share else "count")


def _han(characters: str) -> float:
    total, digit = 0.0, 0.0
    for character in characters:
        if character in _HAN_TENS:
            total += (digit or 1.0) * _HAN_TENS[character]
            digit = 0.0
        else:
            digit = _HAN[character]
    return total + digit

"""What a verdict says of costs: one model's bill, and everything that was assumed for it."""

import re
from dataclasses import dataclass

from bot.replies import GiveVerdict
from bot.told import Heard
from decision.economics import Bill, bill, load_of, packaged
from decision.evidence import Case
from decision.verdict import Verdict

_CLASSES = {
    "small": re.compile(r"\b(?:mini|nano|haiku|luna|flash|lite|small|[1-9]b)\b", re.IGNORECASE),
    "middle": re.compile(r"\b(?:terra|middle|mid-?size)\b", re.IGNORECASE),
    "large": re.compile(r"\b(?:sonnet|opus|sol|pro|large|big|gpt-?4o?|gpt-?[56](?:\.\d)?)\b", re.IGNORECASE),
}
"""Words by which people name a model of each class; the first class named counts."""
USUAL = "middle"
"""The class whose bill is shown to somebody who names none."""


@dataclass(frozen=True, slots=True)
class Costs:
    """The bills to show, and the sentence that says what they rest on; nothing while the load is unknown."""

    bills: tuple[Bill, ...] = ()
    assumed: str = ""


def costs(case: Case) -> Costs:
    """What the case's load costs on the class of model that the person named, or on a usual one."""
    load, prices = load_of(case), packaged()
    if load is None:
        return Costs()
    named = _named(" ".join(item.quote for item in case.evidence))
    assumed = prices.assumed
    return Costs(
        (bill(load, prices, named),),
        f"Assumed: {in_words(load.requests)} requests a month, {load.prompt_tokens:,} tokens of fixed "
        f"prompt, {assumed.question_tokens} of question and {assumed.answer_tokens} of answer; "
        f"{assumed.hit_rate:.0%} of requests find the prompt cached; "
        f"retrieval adds {prices.retrieval.tokens:,} tokens. "
        f"Price list of {prices.as_of}.",
    )


def costed(verdict: Verdict, heard: Heard, case: Case) -> GiveVerdict:
    """The reply that gives a verdict, with what the levers cost."""
    spent = costs(case)
    return GiveVerdict(verdict, heard, bills=spent.bills, assumed=spent.assumed)


def in_words(number: float) -> str:
    """A volume as a person says it: "about" is left to the sentence."""
    if number >= 1e9:
        return f"{_short(number / 1e9)} billion"
    if number >= 1e6:
        return f"{_short(number / 1e6)} million"
    return f"{float(f'{number:.2g}'):,.0f}"


def _short(number: float) -> str:
    return f"{number:.1f}".rstrip("0").rstrip(".") if number < 10 else f"{float(f'{number:.2g}'):,.0f}"


def _named(text: str) -> str:
    found = [
        (match.start(), name) for name, words in _CLASSES.items() if (match := words.search(text)) is not None
    ]
    known = packaged().models
    return next((name for _, name in sorted(found) if name in known), USUAL if USUAL in known else min(known))

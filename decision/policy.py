"""The policy as data: every weight, gate, question, warning and step, and the guidance behind each.

Code holds no weights. A team may replace the packaged `policy.toml` by its own file of the same form.
"""

import tomllib
from collections.abc import Mapping
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from decision.consistency import problems
from decision.evidence import Case
from decision.scale import Scale

Probability = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=-20, le=20)]
Said = Annotated[str, Field(min_length=1)]


class PolicyError(ValueError):
    """A policy file cannot be used; the text says where and how to mend it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Cited(_Strict):
    """Anything that rests on the guidance: the passage, and the sentence in it that says so."""

    passage: str
    quote: str


class Condition(_Strict):
    """When an entry applies: every `all` factor holds one of its values, any `any` does, no `none` does.

    Only firm evidence counts (see `firm`): a guess of the reader never closes a gate.
    """

    all: dict[str, list[str]] = {}
    any: dict[str, list[str]] = {}
    none: dict[str, list[str]] = {}
    lever: list[str] = []
    diagnosis: list[str] = []

    @cached_property
    def factors(self) -> frozenset[str]:
        """The factors that this condition looks at."""
        return frozenset({*self.all, *self.any, *self.none})

    def meets(self, firm: Mapping[str, frozenset[str]], lever: str = "", diagnosis: str = "") -> bool:
        """Whether it applies, given the firmly held values of each factor."""
        nothing: frozenset[str] = frozenset()
        return (
            (not self.lever or lever in self.lever)
            and (not self.diagnosis or diagnosis in self.diagnosis)
            and not any(
                firm.get(factor, nothing).intersection(values) for factor, values in self.none.items()
            )
            and all(firm.get(factor, nothing).intersection(values) for factor, values in self.all.items())
            and (
                not self.any
                or any(firm.get(factor, nothing).intersection(values) for factor, values in self.any.items())
            )
        )


class Choice(_Strict):
    """One option of a factor.

    `supports` names the levers that the quote speaks for: only for them is it given as a reason. `share` is
    how often people who know the answer give this one. `levers` and `diagnosis` hold weights of
    evidence in nats (Good, 1950): how much the answer speaks for each; what is not named weighs 0.
    """

    label: str = Field(min_length=1, max_length=75)
    because: Said
    quote: str
    supports: list[str] = []
    share: Probability
    levers: dict[str, Weight] = {}
    diagnosis: dict[str, Weight] = {}


class Factor(_Strict):
    """Something that matters to the decision. `known` is how often people can answer the question.

    A `weak` factor is given as a reason, or said to have been heard, only where there is nothing better.
    `skip` names the values of other factors, known or guessed, with which the question makes no sense.
    """

    question: str = Field(min_length=1, max_length=200)
    why: str
    passage: str
    quote: str
    known: Probability
    weak: bool = False
    skip: dict[str, list[str]] = {}
    options: dict[str, Choice]


class Lever(Cited):
    """One thing to pull: what it is called, what the verdict says first, and which step it belongs to."""

    name: str
    headline: str
    step: int = Field(ge=1, le=5)
    prior: Probability


class Rule(Cited):
    """Something that applies under a condition, and the sentence it says when it does."""

    id: str
    when: Condition
    text: str


class Contradiction(Cited):
    """Answers about two factors that cannot both be so: the values of `one`, and those of the `other`."""

    one: dict[str, list[str]] = Field(min_length=1, max_length=1)
    other: dict[str, list[str]] = Field(min_length=1, max_length=1)


class Gate(Rule):
    """Rules a lever out, or limits how sure the verdict may be of it, whatever the weights say."""

    forbid: list[str] = []
    limit: list[str] = []
    confidence: Probability = 1.0


class Advice(Rule):
    """What to do first (`text`), more exactly than the lever says; the first entry that applies is used."""

    headline: str = ""


class SequenceStep(Cited):
    """One of the five steps, and what shows that it is done."""

    number: int = Field(ge=1, le=5)
    text: str
    done: Condition


class Asking(_Strict):
    """What a tap costs, in units of regret, and where the questions stop.

    `before` names the factors that are asked before a lever is final, however little an answer is expected to
    change: what must be so before it is pulled.
    """

    tap_cost: float = Field(ge=0)
    most: int = Field(ge=1)
    before: dict[str, list[str]] = {}


class Confidence(_Strict):
    """Platt scaling from the log odds of the advised lever to the chance that a reviewer accepts it.

    `untold` is added while nobody has tapped an answer or measured anything: words may be read wrongly.
    """

    intercept: float
    slope: float
    untold: float = 0.0
    ceiling: Probability


class Trust(_Strict):
    """How much evidence counts, by its source."""

    quote: float = Field(ge=0)
    tap: float = Field(ge=0)
    trial: float = Field(ge=0)


class Policy(_Strict):
    """A whole policy, checked: no entry names a factor, option, lever or diagnosis that does not exist."""

    version: str
    trust: Trust
    asking: Asking
    confidence: Confidence
    levers: dict[str, Lever] = Field(min_length=1)
    diagnoses: dict[str, Probability] = Field(min_length=1)
    regret: dict[str, dict[str, Annotated[float, Field(ge=0)]]]
    coupling: dict[str, dict[str, Probability]]
    factors: dict[str, Factor]
    gates: list[Gate]
    advice: list[Advice]
    steps: list[SequenceStep]
    warnings: list[Rule]
    contradictions: list[Contradiction] = []

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if found := list(problems(self)):
            raise ValueError("; ".join(found))
        return self

    @cached_property
    def passages(self) -> frozenset[str]:
        """Every passage that the policy cites."""
        entries: tuple[Cited, ...] = (
            *(*self.levers.values(), *self.gates, *self.advice, *self.steps, *self.warnings),
            *self.contradictions,
        )
        return frozenset(
            {entry.passage for entry in entries} | {factor.passage for factor in self.factors.values()}
        )

    @cached_property
    def lever_scale(self) -> Scale:
        """How strongly each answer speaks for each lever."""
        return self._scale({name: lever.prior for name, lever in self.levers.items()}, "levers")

    @cached_property
    def diagnosis_scale(self) -> Scale:
        """How strongly each answer speaks for each diagnosis."""
        return self._scale(self.diagnoses, "diagnosis")

    @cached_property
    def regrets(self) -> tuple[tuple[float, ...], ...]:
        """What it costs to advise a lever (row) when another (column) was right, in the levers' order."""
        return tuple(
            tuple(
                0.0 if advised == right else self.regret.get(advised, {}).get(right, 1.0)
                for right in self.levers
            )
            for advised in self.levers
        )

    def _scale(self, prior: Mapping[str, float], towards: Literal["levers", "diagnosis"]) -> Scale:
        factors = {
            name: [
                (value, option.share, getattr(option, towards)) for value, option in factor.options.items()
            ]
            for name, factor in self.factors.items()
        }
        return Scale(prior, factors, self.trust.model_dump())


def firm(case: Case) -> dict[str, frozenset[str]]:
    """The values of each factor that are held firmly: tapped, measured, or read with little doubt."""
    return held(case, 0.75)


def held(case: Case, certainty: float) -> dict[str, frozenset[str]]:
    """The values of each factor that are at least so certain."""
    return {
        factor: frozenset(item.value for item in items if item.certainty >= certainty)
        for factor, items in case.current.items()
    }


def parse(text: str, name: str) -> Policy:
    """The policy written in `text`, a TOML document; `name` is said in errors.

    Raises:
        PolicyError: when it is not TOML or not a whole, consistent policy.
    """
    try:
        data = tomllib.loads(text)
        if isinstance(data.get("version"), str):  # the text itself, so that a replay can prove what it used
            data["version"] += f"+{sha256(text.encode()).hexdigest()[:8]}"
        return Policy.model_validate(data)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{name} is not valid TOML: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(_in_words(problem["loc"], problem["msg"]) for problem in error.errors())
        raise PolicyError(f"{name} is not a usable policy: {wrong}") from error


def _in_words(place: tuple[int | str, ...], message: str) -> str:
    where, what = ".".join(map(str, place)), message.removeprefix("Value error, ")
    return f"{where}: {what}" if where else what


@lru_cache(maxsize=1)
def packaged() -> Policy:
    """The policy that Sextant ships."""
    return parse(files("decision").joinpath("policy.toml").read_text("utf-8"), "policy.toml")

"""What each lever costs a month in tokens and hosting, and from which volume training would pay.

The formulas are those of the handbook (economics/break-even); the prices are dated data. Costs are US dollars
a month, volumes are requests a month.
"""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from math import ceil

from pydantic import BaseModel, ConfigDict

from decision.evidence import Case

HOURS = 730
MILLION = 1_000_000

REQUESTS = {
    "under_10k": 3_000,
    "10k_to_100k": 30_000,
    "100k_to_1m": 300_000,
    "1m_to_10m": 3_000_000,
    "over_10m": 30_000_000,
}
"""The middle of each volume option, on a logarithmic scale."""

TOKENS = {"under_1k": 500, "1k_to_4k": 2_000, "4k_to_20k": 9_000, "over_20k": 40_000}
"""The middle of each prompt_size option."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Model(_Data):
    """Dollars per million tokens; `write` is the price of putting input into the cache."""

    name: str
    input: float
    cached: float
    write: float
    output: float
    as_of: str


class Tuned(_Data):
    """A tuned small model, billed by the token or by the hour of a dedicated machine."""

    input: float
    output: float
    prompt_tokens: int
    gpu_hour: float
    requests_per_gpu: int
    as_of: str


class People(_Data):
    """What people cost: once, and each month."""

    set_up: float
    months: int
    upkeep: float

    @property
    def monthly(self) -> float:
        """The set-up spread over its months, and the upkeep."""
        return self.set_up / self.months + self.upkeep


class Retrieval(_Data):
    """What retrieval adds to a request and to a month."""

    tokens: int
    embedding: float
    database: float


class Assumed(_Data):
    """What is assumed where a team has not said it."""

    hit_rate: float
    question_tokens: int
    answer_tokens: int
    cacheable_from: int


class Prices(_Data):
    """A dated price list."""

    as_of: str
    passage: str
    models: dict[str, Model]
    tuned: Tuned
    people: People
    retrieval: Retrieval
    assumed: Assumed


@dataclass(frozen=True, slots=True)
class Load:
    """How much is asked of the feature: requests a month, and tokens of the fixed prompt."""

    requests: int
    prompt_tokens: int


@dataclass(frozen=True, slots=True)
class Bill:
    """Dollars a month of each way to run the load on one model, and where training breaks even.

    A break-even volume of None means never: the tuned request is not cheaper than the present one.
    """

    model: str
    as_of: str
    prompt: float
    prompt_cached: float
    retrieval: float
    tuned_by_token: float
    tuned_dedicated: float
    break_even_by_token: float | None
    break_even_dedicated: float | None


@lru_cache(maxsize=1)
def packaged() -> Prices:
    """The prices that Sextant ships."""
    return Prices.model_validate(tomllib.loads(files("decision").joinpath("prices.toml").read_text("utf-8")))


def load_of(case: Case) -> Load | None:
    """The load that a case tells, or None while its volume or the length of its prompt is unknown."""
    requests = REQUESTS.get(case.value("volume") or "")
    tokens = TOKENS.get(case.value("prompt_size") or "")
    return Load(requests, tokens) if requests and tokens else None


def bills(case: Case) -> tuple[Bill, ...]:
    """What the case's load costs on each model of the price list; nothing while the load is unknown."""
    load = load_of(case)
    return tuple(bill(load, packaged(), model) for model in packaged().models) if load else ()


def bill(load: Load, prices: Prices, model: str) -> Bill:
    """What the load costs on one of the price list's models."""
    price, tuned, people = prices.models[model], prices.tuned, prices.people
    plain, cached = _request(load, prices, price, caching=False), _request(load, prices, price, caching=True)
    searched = (
        prices.retrieval.tokens * price.input + prices.assumed.question_tokens * prices.retrieval.embedding
    )
    by_token = _tuned_request(prices)
    machines = ceil(load.requests / tuned.requests_per_gpu)
    hosting = HOURS * tuned.gpu_hour
    monthly = load.requests / MILLION
    return Bill(
        model=price.name,
        as_of=min(price.as_of, tuned.as_of),
        prompt=monthly * plain,
        prompt_cached=monthly * cached,
        retrieval=monthly * (cached + searched) + prices.retrieval.database,
        tuned_by_token=monthly * by_token + people.monthly,
        tuned_dedicated=machines * hosting + people.monthly,
        break_even_by_token=break_even(people.monthly, cached, by_token),
        break_even_dedicated=break_even(hosting + people.monthly, cached, 0.0),
    )


def break_even(fixed: float, before: float, after: float) -> float | None:
    """Requests a month from which `fixed` dollars a month pay off when a request falls to `after`.

    `before` and `after` are dollars per million requests. None, which is to say never, when the request does
    not get cheaper.
    """
    return fixed / (before - after) * MILLION if before > after else None


def break_even_accuracy(gain: float, loss: float) -> float:
    """The share of right answers from which automating pays: what a wrong one loses against the stake."""
    return loss / (gain + loss)


def _request(load: Load, prices: Prices, price: Model, caching: bool) -> float:
    """Dollars per million requests with the prompt as it is."""
    assumed = prices.assumed
    fixed = price.input
    if caching and load.prompt_tokens >= assumed.cacheable_from:
        fixed = assumed.hit_rate * price.cached + (1 - assumed.hit_rate) * price.write
    return (
        load.prompt_tokens * fixed
        + assumed.question_tokens * price.input
        + assumed.answer_tokens * price.output
    )


def _tuned_request(prices: Prices) -> float:
    """Dollars per million requests of a token-billed tuned model with its short prompt."""
    tuned, assumed = prices.tuned, prices.assumed
    return (
        tuned.prompt_tokens + assumed.question_tokens
    ) * tuned.input + assumed.answer_tokens * tuned.output

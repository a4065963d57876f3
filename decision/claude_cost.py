"""What a call to Claude costs, from dated prices that a team can replace."""

import re
import tomllib
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from decision.reader import Usage

MILLION = 1_000_000

_PREFIX = re.compile(r"^(?:[a-z]{2,6}\.)?(?:anthropic[./])?(?=claude)")
"""What Bedrock puts before a model's name: a region and the vendor."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Price(_Data):
    """Dollars per million tokens; `write` is the price of putting input into the cache."""

    input: float = Field(ge=0)
    cached: float = Field(ge=0)
    write: float = Field(ge=0)
    output: float = Field(ge=0)
    effort: str = ""
    """How much thought is asked for; empty where the model takes no such wish."""


class ModelPrices(_Data):
    """A whole price list, with its date."""

    as_of: str
    models: dict[str, Price]
    other: Price

    def of(self, model: str) -> Price:
        """The price of a model, by the longest name that fits; the dearest where none does."""
        fitting = self._fitting(model)
        return self.models[max(fitting, key=len)] if fitting else self.other

    def known(self, model: str) -> bool:
        """Whether the model has a price of its own."""
        return bool(self._fitting(model))

    def _fitting(self, model: str) -> list[str]:
        name = _PREFIX.sub("", model)
        return [known for known in self.models if name.startswith(known)]


@lru_cache(maxsize=1)
def packaged() -> ModelPrices:
    """The price list that Sextant ships."""
    text = files("decision").joinpath("model_prices.toml").read_text("utf-8")
    return ModelPrices.model_validate(tomllib.loads(text))


FEW = 300
"""Output tokens of an answer that nobody saw."""


def guessed(model: str, prompt: str, letters: int) -> Usage:
    """What a call cost that was sent and never answered: about; its output is paid for and was not read."""
    return replace(spent(model, prompt, letters // 4, 0, 0, FEW), tokens_out=0)


def spent(model: str, prompt: str, fresh: int, written: int, cached: int, out: int) -> Usage:
    """One call's usage: input tokens that were new, put into the cache and found there, and output tokens."""
    price = packaged().of(model)
    cost = fresh * price.input + written * price.write + cached * price.cached + out * price.output
    return Usage(
        model=model,
        prompt=prompt,
        tokens_in=fresh + written + cached,
        tokens_out=out,
        tokens_cached=cached,
        cost_usd=cost / MILLION,
        calls=1,
    )

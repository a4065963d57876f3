"""What is counted and timed while Sextant runs: numbers only, never what anybody said or who they are.

Each process counts what it did itself. What waits is asked of the database when it is wanted, so that several
processes over one database tell the same.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from bot.metrics_text import Counter, Histogram, gauge
from decision.reader import Usage
from storage.queues import Waiting

Outcome = Literal[
    "asked", "verdict", "logged", "answered", "unanswered", "declined", "failed", "given_up", "lost", "other"
]
"""What a turn came to; `lost`: another process did it first."""

Why = Literal["asked_to_wait", "failed"]


class Metrics:
    """The numbers of one process. Safe for several threads."""

    def __init__(self) -> None:
        self._turns = Counter("sextant_turns_total", "Turns, by what they came to.", ("platform", "outcome"))
        self._turn_seconds = Histogram(
            "sextant_turn_seconds", "From a claimed message to its recorded turn.", ("platform",)
        )
        self._answer_seconds = Histogram(
            "sextant_answer_seconds", "From a message taken in to its recorded turn.", ("platform",)
        )
        self._acknowledged = Histogram(
            "sextant_acknowledgement_seconds",
            "From a delivery of a platform to its acknowledgement.",
            ("platform",),
        )
        self._delivery_seconds = Histogram(
            "sextant_delivery_seconds", "From a queued reply to its standing on the platform.", ("platform",)
        )
        self._turn_retries = Counter(
            "sextant_turn_retries_total", "Messages that were begun anew.", ("platform",)
        )
        self._delivery_retries = Counter(
            "sextant_delivery_retries_total", "Deliveries that were put off.", ("platform", "why")
        )
        self._dropped = Counter(
            "sextant_replies_dropped_total", "Replies that could not be delivered.", ("platform",)
        )
        self._digests = Counter("sextant_digests_posted_total", "Digests that were posted.", ("platform",))
        self._fallbacks = Counter(
            "sextant_reader_fallbacks_total",
            "Messages read offline though a model was asked for.",
            ("cause",),
        )
        self._calls = Counter("sextant_model_calls_total", "Calls of the model.", ("model",))
        self._tokens = Counter(
            "sextant_model_tokens_total",
            "Tokens: read anew, read from the cache, written.",
            ("model", "kind"),
        )
        self._cost = Counter("sextant_model_cost_dollars_total", "US dollars for the model.", ("model",))
        self._pages = Counter(
            "sextant_console_requests_total", "Requests to the console.", ("page", "status")
        )
        self._page_seconds = Histogram("sextant_console_seconds", "How long the console's answers took.")
        self._refused = Counter(
            "sextant_console_refused_total", "Requests that the console did not let in.", ("why",)
        )
        self._started = time.time()

    def turn(self, platform: str, outcome: Outcome, seconds: float, waited: float, attempt: int) -> None:
        """A turn was recorded, or given up; `waited` seconds since its message came, at which attempt."""
        self._turns.add(platform, outcome)
        self._turn_seconds.note(seconds, platform)
        self._answer_seconds.note(max(waited, 0.0), platform)
        if attempt > 1:
            self._turn_retries.add(platform, by=attempt - 1)

    def used(self, usage: Usage) -> None:
        """A turn used a model."""
        if not usage.model:
            return
        self._calls.add(usage.model, by=usage.calls)
        for kind, tokens in (
            ("in", usage.tokens_in - usage.tokens_cached),
            ("cached", usage.tokens_cached),
            ("out", usage.tokens_out),
        ):
            self._tokens.add(usage.model, kind, by=max(tokens, 0))
        self._cost.add(usage.model, by=max(usage.cost_usd, 0.0))

    def fell_back(self, cause: str) -> None:
        """The model did not read a message, for one of few causes."""
        self._fallbacks.add(cause)

    def acknowledged(self, platform: str, seconds: float) -> None:
        """A platform was told that something arrived."""
        self._acknowledged.note(seconds, platform)

    def delivered(self, platform: str, seconds: float, digest: bool) -> None:
        """A reply, or a digest, stands on its platform."""
        self._delivery_seconds.note(max(seconds, 0.0), platform)
        if digest:
            self._digests.add(platform)

    def put_off(self, platform: str, why: Why) -> None:
        """A delivery is tried again later."""
        self._delivery_retries.add(platform, why)

    def dropped(self, platform: str) -> None:
        """A reply is not delivered any more."""
        self._dropped.add(platform)

    def page(self, name: str, status: int, seconds: float) -> None:
        """The console answered."""
        self._pages.add(name, str(status))
        self._page_seconds.note(seconds)

    def refused(self, why: str) -> None:
        """The console let a request not in."""
        self._refused.add(why)

    def text(self, waiting: Callable[[], list[Waiting]], troubles: Mapping[str, str]) -> str:
        """Everything, as Prometheus reads it."""
        lines = [
            line
            for kept in vars(self).values()
            if isinstance(kept, Counter | Histogram)
            for line in kept.lines()
        ]
        lines += _ready(troubles)
        if not troubles.get("database"):
            lines += _waits(waiting(), [part for part in troubles if part != "database"])
        lines += self._process()
        return "\n".join(lines) + "\n"

    def _process(self) -> Iterator[str]:
        yield from gauge("sextant_build_info", "The version that runs.", ("version",), [((_version(),), 1)])
        started = [((), self._started)]
        yield from gauge("process_start_time_seconds", "When it started, since 1970.", (), started)
        if (resident := _resident()) is not None:
            held = [((), float(resident))]
            yield from gauge("process_resident_memory_bytes", "Memory that it holds.", (), held)


def _ready(troubles: Mapping[str, str]) -> Iterator[str]:
    samples = [((part,), 0.0 if trouble else 1.0) for part, trouble in sorted(troubles.items())]
    yield from gauge("sextant_ready", "Whether a part works, 1 or 0.", ("part",), samples)


def _waits(waiting: list[Waiting], platforms: list[str]) -> Iterator[str]:
    for queue, what in (("inbox", "Messages"), ("outbox", "Replies")):
        held = {one.platform: one for one in waiting if one.queue == queue}
        names = sorted({*platforms, *held})
        depth = [((name,), float(held[name].count) if name in held else 0.0) for name in names]
        oldest = [((name,), held[name].oldest_seconds if name in held else 0.0) for name in names]
        yield from gauge(f"sextant_{queue}_waiting", f"{what} that wait.", ("platform",), depth)
        yield from gauge(
            f"sextant_{queue}_oldest_seconds", f"{what}: how long the oldest waits.", ("platform",), oldest
        )


def _version() -> str:
    try:
        return version("sextant-bot")
    except PackageNotFoundError:
        return "unknown"


def _resident() -> int | None:
    """The memory of this process in bytes, where the system tells."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return None

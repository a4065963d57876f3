"""Traces of a turn through OpenTelemetry: how long it was read, decided, written down and delivered.

Off, and nothing of it loaded, unless an endpoint is set and the `otel` extra is installed. Spans carry the
ids that the log has, never what anybody said. A trace's id follows from the message's own, so that a delivery
after a restart, or by another process, still belongs to its turn.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from storage.records import Claimed, Place, Sending

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Tracer

logger = logging.getLogger(__name__)

CLOSES_AFTER = 5_000
"""Milliseconds that the last spans get to leave."""

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")

_tracer: ContextVar["Tracer | None"] = ContextVar("tracer", default=None)
_first: ContextVar[tuple[int, int] | None] = ContextVar("first", default=None)
"""The ids that the next root span is to have."""


@contextmanager
def span(name: str) -> Iterator[None]:
    """A part of the turn that is being worked out; nothing where nobody traces it."""
    tracer = _tracer.get()
    if tracer is None:
        yield
        return
    with _span(tracer, name):
        yield


def spanned(name: str, work: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """A function that is a part of a turn each time it is called."""

    def traced(*given: _Given.args, **named: _Given.kwargs) -> _Made:
        with span(name):
            return work(*given, **named)

    return traced


class Tracing:
    """Makes the spans of turns and deliveries. Safe for several threads; close it when done."""

    def __init__(self, exporter: "SpanExporter", at_once: bool = False) -> None:
        """`at_once` exports each span when it ends, for tests; else many together, from a thread."""
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        # A provider of our own: a global one would make libraries trace what people wrote.
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            id_generator=_ids(),
            resource=Resource({"service.name": "sextant"}),
            shutdown_on_exit=False,
        )
        kind = SimpleSpanProcessor if at_once else BatchSpanProcessor
        self._provider.add_span_processor(kind(exporter))
        self._tracer = self._provider.get_tracer("sextant")

    @contextmanager
    def turn(self, claim: Claimed) -> Iterator[None]:
        """The turn of a claimed message; what `span` opens within is part of it."""
        place = claim.place
        trace, first = _ids_of(place.platform, place.workspace, claim.platform_id)
        # A later attempt has the first for its parent, which may have ended with its process.
        wanted = _first.set((trace, first) if claim.attempt == 1 else None)
        held = _tracer.set(self._tracer)
        try:
            facts = _facts(claim.place, claim.thread_id, claim.attempt, inbox=claim.id)
            with _span(self._tracer, "turn", None if claim.attempt == 1 else _within(trace, first), facts):
                yield
        finally:
            _tracer.reset(held)
            _first.reset(wanted)

    @contextmanager
    def delivery(self, sending: Sending) -> Iterator[None]:
        """One attempt to deliver a reply: a part of the trace of the message that it answers, if it does."""
        place, parent = sending.place, None
        if sending.answers_to:
            parent = _within(*_ids_of(place.platform, place.workspace, sending.answers_to))
        facts = _facts(place, sending.thread_id, sending.attempt, outbox=sending.id)
        with _span(self._tracer, "deliver", parent, facts):
            yield

    def close(self) -> None:
        """Let the last spans leave."""
        self._provider.force_flush(CLOSES_AFTER)
        self._provider.shutdown()


def connected(endpoint: str) -> Tracing | None:
    """Tracing to an OTLP endpoint over HTTP; None, with a line in the log, where the extra is missing."""
    if not endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        logger.error("tracing_absent mend=%s", "install the extra: pip install 'sextant-bot[otel]'")
        return None
    return Tracing(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"))


@contextmanager
def _span(
    tracer: "Tracer", name: str, parent: "Context | None" = None, facts: Mapping[str, str | int] | None = None
) -> Iterator[None]:
    from opentelemetry.trace import Status, StatusCode

    # The library would keep the words of an error, and they may be a person's.
    with tracer.start_as_current_span(
        f"sextant.{name}", parent, attributes=facts, record_exception=False, set_status_on_exception=False
    ) as made:
        try:
            yield
        except BaseException as error:
            made.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def _facts(place: Place, thread: str, attempt: int, **row: int) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"platform": place.platform, "thread": thread, "attempt": attempt, **row}
    return {f"sextant.{name}": value for name, value in facts.items()}


def _within(trace: int, span_id: int) -> "Context":
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    known = SpanContext(trace, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(known))


def _ids_of(platform: str, workspace: str, message: str) -> tuple[int, int]:
    """The ids of the trace and of its first span, from the message's own."""
    made = hashlib.sha256("\0".join((platform, workspace, message)).encode("utf-8", "replace")).digest()
    return int.from_bytes(made[:16], "big") or 1, int.from_bytes(made[16:24], "big") or 1


def _ids() -> Any:
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        """Random ids, but for the first span of a turn."""

        def generate_trace_id(self) -> int:
            wanted = _first.get()
            return wanted[0] if wanted else super().generate_trace_id()

        def generate_span_id(self) -> int:
            wanted = _first.get()
            if wanted is None:
                return super().generate_span_id()
            _first.set(None)
            return wanted[1]

    return Ids()

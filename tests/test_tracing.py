"""A turn can be traced through OpenTelemetry: its parts in one trace, with ids and nobody's words."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

pytest.importorskip("opentelemetry.sdk", reason="the otel extra is not installed")

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from bot import tracing
from bot.outgoing import Outbound
from bot.tracing import Tracing
from bot.turns import Turns
from bot.watching import Watch
from storage.posts import Posts
from storage.records import Incoming, Place
from tests.bot_fixtures import OUTDATED, app, environment

PLACE = Place("terminal", "local", "here", "1")


class Traced:
    """An application whose turns and deliveries are traced into memory."""

    def __init__(self, built) -> None:
        self.spans = InMemorySpanExporter()
        self.tracing = Tracing(self.spans, at_once=True)
        watch = Watch(lambda: datetime.now(UTC), self.tracing)
        self.turns = Turns(built.conversation, built.log, built.queries, built.archive, "w", watch=watch)
        self.outbound = Outbound(built.log, Posts(built.file), "w", lambda: datetime.now(UTC), watch=watch)

    def says(self, text: str, message: str) -> None:
        self.turns.receive(Incoming(PLACE, message, "ada", text, author_name="Ada Sommer"))

    def named(self, name: str):
        return [one for one in self.spans.get_finished_spans() if one.name == f"sextant.{name}"]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    with app(tmp_path_factory.mktemp("traced")) as made:
        yield made


@pytest.fixture
def traced(built):
    made = Traced(built)
    yield made
    made.tracing.close()


def test_a_turn_is_read_decided_and_written_in_one_span(traced):
    traced.says(OUTDATED, "m1")
    assert traced.turns.handle_next("terminal")
    (turn,) = traced.named("turn")
    for part in ("read", "decide", "write"):
        spans = traced.named(part)
        assert spans, part
        assert all(one.parent.span_id == turn.context.span_id for one in spans)
        assert all(turn.start_time <= one.start_time <= one.end_time <= turn.end_time for one in spans)
    assert turn.parent is None
    assert dict(turn.attributes).keys() == {
        "sextant.platform", "sextant.thread", "sextant.attempt", "sextant.inbox"
    }  # fmt: skip


def test_a_delivery_belongs_to_the_turn_also_after_a_restart(built, traced):
    traced.says("It happens every day.", "m2")
    assert traced.turns.handle_next("terminal")
    (turn,) = traced.named("turn")
    after = Traced(built)
    while (going := after.outbound.claim("terminal")) is not None:
        with after.outbound.watch.delivery(going.sending):
            after.outbound.delivered(going.sending, "1")
    delivery = after.named("deliver")[-1]
    assert delivery.context.trace_id == turn.context.trace_id
    assert delivery.parent.span_id == turn.context.span_id
    after.tracing.close()


def test_a_message_that_is_begun_anew_stays_in_its_trace(traced):
    traced.says("It is wrong now and then.", "m3")
    first = traced.turns.claim("terminal", lease=0.0)
    again = traced.turns.claim("terminal")
    assert (first.attempt, again.attempt) == (1, 2)
    traced.turns.handle(first)
    traced.turns.handle(again)
    one, two = traced.named("turn")
    assert one.context.trace_id == two.context.trace_id
    assert one.context.span_id != two.context.span_id
    assert two.parent.span_id == one.context.span_id


def test_no_span_holds_a_word_of_anybody(traced):
    traced.says(f"{OUTDATED} Zanzibar.", "m4")
    traced.turns.handle_next("terminal")
    told = " ".join(one.to_json() for one in traced.spans.get_finished_spans())
    assert not any(word in told for word in ("Zanzibar", "refund", "Ada", "ada"))


def test_what_goes_wrong_is_told_by_its_type_alone(traced):
    traced.says("hello", "m5")
    claim = traced.turns.claim("terminal")
    with pytest.raises(ValueError, match="Ada"), traced.tracing.turn(claim):
        raise ValueError("Ada's words")
    (turn,) = traced.named("turn")
    assert (turn.status.status_code, turn.status.description) == (StatusCode.ERROR, "ValueError")
    assert turn.events == ()
    traced.turns.handle(claim)


def test_nothing_is_traced_where_nobody_asked_for_it():
    with tracing.span("read"):
        assert tracing.spanned("decide", lambda number: number + 1)(1) == 2
    assert tracing.connected("") is None


def test_nothing_of_it_is_loaded_without_an_endpoint(tmp_path):
    code = (
        "import os, sys\nfrom bot.bootstrap import application\nfrom bot.settings import read_settings\n"
        "with application(read_settings(os.environ)) as app:\n    app.turns\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(tmp_path), timeout=60
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_without_the_extra_a_line_says_how_to_get_it(caplog, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    assert tracing.connected("http://127.0.0.1:4318") is None
    assert "tracing_absent mend=install the extra" in caplog.text

"""Whatever the model's server does, a turn ends in time, the offline reader steps in, and nothing leaks."""

import json
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import _exceptions

from decision.breaker import FAILURES, Breaker
from decision.claude import READING, Claude, ClientSettings, kind_of
from decision.claude_call import Asked
from decision.claude_reader import ClaudeReader
from decision.claude_trouble import LASTING, MEND, SAYS, Kind, TroubleError
from decision.evidence import Case
from decision.policy import packaged
from tests.bot_fixtures import ROOT
from tests.claude_fixtures import KEY, Rules, line, reader
from tests.claude_server import (
    Answer,
    ClaudeServer,
    breaks_off,
    drips,
    drops,
    fails,
    fails_midway,
    hangs,
    raw,
    reads,
    says,
    text,
)

MESSAGE = "Our support bot gives outdated prices, grace-hopper-42."
GOOD = reads("case", ("symptom:stale_facts", "outdated prices"))
ASKED = Asked("p", "system", ({"type": "text", "text": "words"},), 100)

BAD: dict[str, tuple[Answer, Kind]] = {
    "too many requests": (fails(429, "rate_limit_error"), "limited"),
    "too many requests, come back in two minutes": (
        fails(429, "rate_limit_error", retry_after="120"),
        "limited",
    ),
    "too many requests, come back at a date": (
        fails(429, "rate_limit_error", retry_after="Fri, 01 Jan 2100 00:00:00 GMT"),
        "limited",
    ),
    "too many requests, come back never": (fails(429, "rate_limit_error", retry_after="inf"), "limited"),
    "overloaded": (fails(529, "overloaded_error"), "overloaded"),
    "an error of the server": (fails(500), "server"),
    "a bad gateway with a page": (raw(b"<html>bad gateway</html>", "text/html", 502), "server"),
    "unavailable": (fails(503), "overloaded"),
    "a gateway that gave up": (fails(504, "timeout_error"), "slow"),
    "a wrong key": (fails(401, "authentication_error"), "key"),
    "a key that may not": (fails(403, "permission_error"), "key"),
    "no credit": (fails(402, "billing_error"), "unpaid"),
    "an unknown model": (fails(404, "not_found_error"), "model"),
    "a request it does not take": (fails(400, "invalid_request_error"), "request"),
    "a connection that closes": (drops, "network"),
    "an answer that breaks off": (breaks_off(text("{}")), "network"),
    "no JSON at all": (raw(b"hello", "text/plain"), "cut"),
    "broken JSON": (raw(b'{"type": "mess'), "garbled"),
    "another JSON": (raw(b'["a list"]'), "cut"),
    "an empty answer": (raw(b""), "garbled"),
    "a message without content": (says(), "garbled"),
    "a message that was cut at its limit": (says(text("{"), stop_reason="max_tokens"), "garbled"),
    "a message that does not say how it ended": (says(text("{}"), stop_reason=None), "cut"),
    "a refusal": (says(stop_reason="refusal"), "refused"),
    "a reading that is no JSON": (says(text("I think it is stale.")), "garbled"),
    "a reading of another form": (says(text('{"kind": "verdict", "lever": "fine_tune"}')), "garbled"),
    "an entry of another form": (
        says(text(json.dumps({"kind": "case", "language": "en", "evidence": [{"is": 3}]}))),
        "garbled",
    ),
    "certainty out of nowhere": (reads("case", ("symptom:stale_facts", "outdated", "sworn")), "garbled"),
}


@pytest.mark.parametrize("what", BAD)
def test_the_offline_reader_takes_over_with_one_honest_sentence(
    what: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer, kind = BAD[what]
    with reader(answer) as (claude, server), caplog.at_level(logging.DEBUG):
        reading = claude.read(MESSAGE, Case(), None)
    assert len(server.asked) == 1
    assert reading.kind == "nothing"
    assert reading.note == f"{SAYS[kind]}, so it was read by simple rules instead."
    assert reading.usage.calls == 1
    warned = [record.getMessage() for record in caplog.records if record.name.startswith("decision.")]
    assert len(warned) == 1
    for secret in (KEY, "grace-hopper-42", "secret words"):
        assert secret not in caplog.text
        assert secret not in reading.note


SLOW: dict[str, Answer] = {"hangs": hangs, "drips": drips}


@pytest.mark.parametrize("what", SLOW)
def test_a_server_that_takes_for_ever_costs_a_bounded_time(what: str) -> None:
    with reader(SLOW[what], seconds=0.5) as (claude, _):
        start = time.perf_counter()
        reading = claude.read(MESSAGE, Case(), None)
        took = time.perf_counter() - start
    assert took < 0.5 + 1
    assert reading.note.startswith(SAYS["slow"])


def test_a_server_that_asks_for_a_short_wait_is_asked_again_after_it() -> None:
    with reader(fails(429, "rate_limit_error", retry_after="0.05"), GOOD) as (claude, server):
        start = time.perf_counter()
        reading = claude.read(MESSAGE, Case(), None)
        assert time.perf_counter() - start >= 0.05
    assert len(server.asked) == 2
    assert (reading.kind, reading.note) == ("case", "")


def test_a_wait_that_does_not_fit_is_not_waited_for() -> None:
    with reader(fails(529, "overloaded_error", retry_after="9"), seconds=10.0) as (claude, server):
        start = time.perf_counter()
        assert claude.read(MESSAGE, Case(), None).note.startswith(SAYS["overloaded"])
        assert time.perf_counter() - start < 5
    assert len(server.asked) == 1


def test_the_server_is_asked_again_once_and_no_more() -> None:
    again = fails(429, "rate_limit_error", retry_after="0.01")
    with reader(again, again) as (claude, server):
        assert claude.read(MESSAGE, Case(), None).note.startswith(SAYS["limited"])
    assert len(server.asked) == 2


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_some_failures_the_server_is_left_alone_then_asked_by_one_call() -> None:
    clock = Hand()
    failing = [fails(500)] * FAILURES
    with ClaudeServer(*failing, fails(500), GOOD) as server, line(server, breaker=Breaker(clock)) as claude:
        built = ClaudeReader(claude, packaged(), Rules())
        for _ in range(FAILURES):
            assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["server"])
        resting = built.read(MESSAGE, Case(), None)
        assert resting.note.startswith(SAYS["resting"])
        assert resting.usage.calls == 0
        assert len(server.asked) == FAILURES
        clock.now += 31
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["server"])
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["resting"])
        clock.now += 31
        assert built.read(MESSAGE, Case(), None).note == ""


@pytest.mark.parametrize("status", [401, 404])
def test_a_wrong_key_or_model_is_not_tried_with_every_message(status: int) -> None:
    clock = Hand()
    with ClaudeServer(fails(status), GOOD) as server, line(server, breaker=Breaker(clock)) as claude:
        built = ClaudeReader(claude, packaged(), Rules())
        built.read(MESSAGE, Case(), None)
        clock.now += 60
        assert built.read(MESSAGE, Case(), None).note.startswith(SAYS["resting"])
        clock.now += 300
        assert built.read(MESSAGE, Case(), None).note == ""


def test_what_is_wrong_with_one_message_does_not_count_against_the_server() -> None:
    refusals: list[Answer] = [says(stop_reason="refusal"), fails(400)] * FAILURES
    with reader(*refusals, GOOD) as (claude, _):
        for _ in refusals:
            claude.read(MESSAGE, Case(), None)
        assert claude.read(MESSAGE, Case(), None).note == ""


def test_while_one_call_tries_whether_the_server_is_back_the_others_wait_no_further() -> None:
    clock = Hand()
    breaker = Breaker(clock, failures=1, rest=10)
    breaker.failed()
    assert not breaker.admits()
    clock.now += 11
    assert breaker.admits()
    assert not breaker.admits()
    breaker.worked()
    assert breaker.admits()
    assert breaker.admits()


def test_a_server_that_says_how_long_is_left_alone_for_that_long_within_reason() -> None:
    clock = Hand()
    breaker = Breaker(clock)
    breaker.failed(wait=120)
    clock.now += 119
    assert not breaker.admits()
    clock.now += 2
    assert breaker.admits()
    breaker.failed(wait=1e9)
    clock.now += 301
    assert breaker.admits()


def every_error() -> list[type[anthropic.AnthropicError]]:
    found, todo = [], [anthropic.AnthropicError]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += one.__subclasses__()
    return sorted(set(found), key=lambda one: one.__name__)


def made(error: type[Exception]) -> Exception:
    """An error of this class, without going through how the library builds it."""
    one: Any = error.__new__(error)
    request = httpx2.Request("POST", "http://model.test")
    if issubclass(error, anthropic.APIStatusError | anthropic.APIResponseValidationError):
        one.status_code = getattr(error, "status_code", 500)
        one.response = httpx2.Response(one.status_code, request=request)
        one.type = one.request_id = one.error_code = None
    return one  # type: ignore[no-any-return]


MAPPED = {
    "APIConnectionError": "network",
    "APIError": "unknown",
    "APIResponseValidationError": "garbled",
    "APIStatusError": "server",
    "APITimeoutError": "slow",
    "APIWebhookValidationError": "unknown",
    "AnthropicError": "unknown",
    "AuthenticationError": "key",
    "BadRequestError": "request",
    "ClientClosedRequestError": "cut",
    "ConflictError": "request",
    "ContentTooLargeError": "request",
    "CredentialsError": "key",
    "GatewayTimeoutError": "slow",
    "HTTPNotImplementedError": "server",
    "IdentityTokenFileError": "key",
    "InternalServerError": "server",
    "NotFoundError": "model",
    "OverloadedError": "overloaded",
    "PaymentRequiredError": "unpaid",
    "PermissionDeniedError": "key",
    "PreconditionFailedError": "request",
    "RateLimitError": "limited",
    "RequestHeaderFieldsTooLargeError": "request",
    "RequestTimeoutError": "slow",
    "RetryableError": "server",
    "ServiceUnavailableError": "overloaded",
    "UnprocessableEntityError": "request",
}


def test_every_error_of_the_library_is_one_kind_of_trouble() -> None:
    errors = every_error()
    assert len(errors) > len(MAPPED)
    for error in errors:
        known = next(one.__name__ for one in error.__mro__ if one.__name__ in MAPPED)
        assert kind_of(made(error)) == MAPPED[known], error.__name__
    named = {error.__name__ for error in errors if error in vars(_exceptions).values()}
    assert named <= MAPPED.keys(), "the library has a new error; say what trouble it is"


@pytest.mark.parametrize("cause", ["enforced_spend_limit_reached", "linked_organization_billing_unavailable"])
def test_a_limit_on_spending_is_not_taken_for_too_many_requests(cause: str) -> None:
    body = {"type": "rate_limit_error", "message": "no", "details": {"error_code": cause}}
    claude = over(lambda request: httpx2.Response(429, json={"type": "error", "error": body}))
    try:
        with pytest.raises(TroubleError) as raised:
            claude.ask(ASKED, READING)
    finally:
        claude.close()
    assert raised.value.kind == "unpaid"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), "slow"),
        (ImportError("botocore"), "set_up"),
        (httpx2.RemoteProtocolError("cut"), "cut"),
        (httpx2.ReadTimeout("slow"), "slow"),
        (httpx2.ConnectError("away"), "network"),
        (httpx2.InvalidURL("what"), "network"),
        (json.JSONDecodeError("broken", "x", 0), "garbled"),
        (RuntimeError("surprise"), "unknown"),
        (OSError("surprise"), "unknown"),
    ],
)
def test_other_errors_are_trouble_too(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


def test_every_kind_of_trouble_has_a_sentence_and_a_mend() -> None:
    assert set(SAYS) == set(MEND)
    assert set(SAYS) >= LASTING
    assert all(not sentence.endswith(".") for sentence in (*SAYS.values(), *MEND.values()))


def over(handler: Callable[[httpx2.Request], httpx2.Response], **more: Any) -> Claude:
    """A line over the library's mock transport."""
    return Claude(ClientSettings(**{"api_key": KEY, **more}), transport=httpx2.MockTransport(handler))


@pytest.mark.parametrize("status", [*range(400, 432), 451, 499, *range(500, 512), 529, 599])
def test_no_status_is_without_a_kind_of_trouble(status: int) -> None:
    claude = over(lambda request: httpx2.Response(status, json={"error": {"type": "x", "message": "y"}}))
    try:
        with pytest.raises(TroubleError) as raised:
            claude.ask(ASKED, READING)
    finally:
        claude.close()
    assert raised.value.kind in SAYS
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx2.ConnectError("no route"), "network"),
        (httpx2.ConnectTimeout("slow"), "slow"),
        (httpx2.ReadError("reset"), "network"),
        (RuntimeError("surprise"), "network"),
    ],
)
def test_an_error_below_the_library_is_trouble(error: Exception, kind: str) -> None:
    def raising(request: httpx2.Request) -> httpx2.Response:
        raise error

    claude = over(raising)
    try:
        with pytest.raises(TroubleError) as raised:
            claude.ask(ASKED, READING)
    finally:
        claude.close()
    assert raised.value.kind == kind


def test_a_cloud_without_its_extra_or_its_region_is_trouble_and_no_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("CLOUD_ML_REGION", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_BEARER_TOKEN_BEDROCK"):
        monkeypatch.delenv(name, raising=False)
    for settings in (
        ClientSettings(provider="vertex", model="claude-haiku-5-5"),
        ClientSettings(provider="bedrock", model="anthropic.claude-haiku-5-5"),
    ):
        claude = Claude(settings)
        try:
            with pytest.raises(TroubleError) as raised:
                claude.ask(ASKED, READING)
        finally:
            claude.close()
        assert raised.value.kind in ("set_up", "garbled")


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        (
            {"provider": "bedrock", "region": "eu-west-1", "model": "anthropic.claude-haiku-5-5"},
            "/model/anthropic.claude-haiku-5-5/invoke",
        ),
        (
            {"provider": "vertex", "region": "europe-west1", "project": "p1", "model": "claude-haiku-5-5"},
            "/v1/projects/p1/locations/europe-west1/publishers/anthropic/models/claude-haiku-5-5:rawPredict",
        ),
    ],
)
def test_the_clouds_are_asked_in_their_own_way(settings: dict[str, str], path: str) -> None:
    seen: list[httpx2.Request] = []

    def answering(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        whole = {
            "id": "m", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None,
            "content": [{"type": "text", "text": "hello"}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 5, "output_tokens": 2},
        }  # fmt: skip
        return httpx2.Response(200, json=whole)

    claude = over(answering, **settings)
    try:
        said = claude.ask(ASKED, READING)
    finally:
        claude.close()
    assert said.text == "hello"
    assert seen[0].url.path == path
    assert seen[0].headers["authorization"] == f"Bearer {KEY}"


def test_an_error_inside_a_stream_is_told_by_its_name() -> None:
    answer = fails_midway("overloaded_error", text("Half."))
    with ClaudeServer(answer) as server, line(server) as claude, pytest.raises(TroubleError) as raised:
        claude.ask(ASKED, READING, lambda blocks: None)
    assert raised.value.kind == "overloaded"


@pytest.mark.parametrize("answer", [breaks_off(text("Half.")), drops, raw(b"", "text/event-stream")])
def test_a_stream_that_breaks_off_is_trouble(answer: Answer) -> None:
    with ClaudeServer(answer) as server, line(server) as claude, pytest.raises(TroubleError) as raised:
        claude.ask(ASKED, READING, lambda blocks: None)
    assert raised.value.kind in ("cut", "network")


def test_a_line_that_is_closed_during_a_call_ends_the_call() -> None:
    import threading

    with ClaudeServer(hangs) as server:
        claude = Claude(ClientSettings(api_key=KEY, base_url=server.url))
        ended: list[str] = []

        def asking() -> None:
            try:
                claude.ask(ASKED, READING)
            except TroubleError as trouble:
                ended.append(trouble.kind)

        thread = threading.Thread(target=asking)
        thread.start()
        while not server.asked:
            thread.join(0.01)
        claude.close()
        thread.join(5)
        assert ended == ["slow"]


def test_neither_a_start_nor_an_offline_turn_loads_the_library() -> None:
    code = (
        "import sys, bot.bootstrap, bot.claude, decision.claude_reader, decision.claude_explainer;"
        "print([name for name in ('anthropic', 'httpx2') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_the_library_is_loaded_ahead_without_holding_anybody_up() -> None:
    with ClaudeServer(GOOD) as server, line(server) as claude:
        claude.warm_up()
        assert ClaudeReader(claude, packaged(), Rules()).read(MESSAGE, Case(), None).note == ""


def test_the_key_is_not_shown_where_settings_are_printed() -> None:
    assert KEY not in repr(ClientSettings(api_key=KEY))

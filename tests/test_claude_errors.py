"""Every error of the library, every status and every cloud ends in one kind of trouble."""

import json
from collections.abc import Callable
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import _exceptions

from decision.claude import READING, Claude, ClientSettings, kind_of
from decision.claude_call import Asked
from decision.claude_trouble import LASTING, MEND, SAYS, TroubleError
from tests.claude_fixtures import KEY

ASKED = Asked("p", "system", ({"type": "text", "text": "words"},), 100)


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
    "MissingDependencyError": "set_up",
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
        (RuntimeError("no credentials"), "set_up"),
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
    for name in (
        "CLOUD_ML_REGION",
        "ANTHROPIC_VERTEX_PROJECT_ID",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_BEARER_TOKEN_BEDROCK",
    ):
        monkeypatch.delenv(name, raising=False)
    for settings in (
        ClientSettings(provider="vertex", model="claude-haiku-5-5"),
        ClientSettings(provider="bedrock", model="anthropic.claude-haiku-5-5"),
        ClientSettings(provider="vertex", region="eu", api_key=KEY),
    ):
        claude = Claude(settings)
        try:
            with pytest.raises(TroubleError) as raised:
                claude.ask(ASKED, READING)
        finally:
            claude.close()
        assert raised.value.kind == "set_up"


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

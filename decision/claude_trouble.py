"""What can go wrong with a call to the model: a closed list, with what people and operators are told."""

from typing import Literal

from decision.reader import Usage

Kind = Literal[
    "limited",
    "overloaded",
    "server",
    "network",
    "cut",
    "slow",
    "key",
    "unpaid",
    "model",
    "request",
    "set_up",
    "refused",
    "garbled",
    "resting",
    "unknown",
]

SAYS: dict[Kind, str] = {
    "limited": "The model is taking no more requests for the moment",
    "overloaded": "The model is overloaded right now",
    "server": "The model's server had an error",
    "network": "The model could not be reached",
    "cut": "The model's answer broke off",
    "slow": "The model took too long to answer",
    "key": "The model does not accept this bot's key",
    "unpaid": "The model's account has no credit left",
    "model": "The model that is set up here does not exist",
    "request": "The model did not accept the request",
    "set_up": "The model is not fully set up here",
    "refused": "The model declined to read this",
    "garbled": "The model's answer could not be used",
    "resting": "The model did not work just now, so it is being left alone for a little",
    "unknown": "The model could not be used",
}
"""What a person is told, up to what was done instead."""

MEND: dict[Kind, str] = {
    "limited": "raise the rate limit of the account, or set SEXTANT_PERSON_RATE lower",
    "overloaded": "nothing to do; it passes",
    "server": "nothing to do if it passes; else see the vendor's status page",
    "network": "check ANTHROPIC_BASE_URL and that this machine reaches it",
    "cut": "check the proxy between this machine and the model",
    "slow": "set SEXTANT_MODEL_SECONDS higher or SEXTANT_MODEL to a faster model",
    "key": "set ANTHROPIC_API_KEY, or the cloud's credentials, to ones that may use the model",
    "unpaid": "add credit to the account of ANTHROPIC_API_KEY",
    "model": "set SEXTANT_MODEL to a model that the account may use, ANTHROPIC_BASE_URL without its /v1",
    "request": "report it: the request does not fit this model or server",
    "set_up": "install the extra that SEXTANT_PROVIDER needs and set its region",
    "refused": "nothing to do; the offline reader read the message",
    "garbled": "set SEXTANT_MODEL to a model with structured output",
    "resting": "see the warnings before this one",
    "unknown": "report it with the error's name",
}
"""What an operator can do about it."""

LASTING: frozenset[Kind] = frozenset({"key", "unpaid", "model", "set_up"})
"""Trouble that the next call would meet as well, until somebody mends it."""

OF_THE_SERVER: frozenset[Kind] = frozenset({"limited", "overloaded", "server", "network", "cut", "slow"})
"""Trouble that speaks for leaving the server alone after a few times; the rest is about one message."""


DOUBTFUL: frozenset[Kind] = frozenset({"garbled", "request", "unknown"})
"""Trouble of one message, unless it is that of every one."""


class TroubleError(Exception):
    """A call that came to nothing: why, what it used all the same, and how long to leave the server alone."""

    def __init__(self, kind: Kind, usage: Usage | None = None, wait: float = 0.0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.usage = usage or Usage()
        self.wait = wait

    @property
    def says(self) -> str:
        """What happened, in words for a person."""
        return SAYS[self.kind]


def kind_of_status(status: int, error: str = "", cause: str = "") -> Kind:
    """The trouble that an HTTP status stands for; `error` and `cause` are names in the body, if any.

    The name decides where an error arrives inside a stream that began well.
    """
    if any(word in cause for word in _ABOUT_MONEY):
        return "unpaid"
    if status < 400:
        return _BY_NAME.get(error, "server")
    return _BY_STATUS.get(status) or ("server" if status >= 500 else "request")


def asked_to_wait(error: Exception, now: float) -> float | None:
    """The seconds after which the server wants to be asked again, if it says so. `now` is in Unix time."""
    response = getattr(error, "response", None)
    if getattr(error, "status_code", 0) not in (429, 503, 529) or response is None:
        return None
    said = response.headers.get("retry-after", "")
    try:
        return max(0.0, float(said))
    except ValueError:
        moment = _moment(said)
        return None if moment is None else max(0.0, moment - now)


def _moment(said: str) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        return parsedate_to_datetime(said).timestamp()
    except (ValueError, OverflowError):
        return None


_ABOUT_MONEY = ("spend_limit", "billing", "billable")
"""Limits that waiting does not lift, although they come as too many requests."""

_BY_STATUS: dict[int, Kind] = {
    401: "key",
    402: "unpaid",
    403: "key",
    404: "model",
    408: "slow",
    429: "limited",
    499: "cut",
    503: "overloaded",
    504: "slow",
    529: "overloaded",
}
_BY_NAME: dict[str, Kind] = {
    "overloaded_error": "overloaded",
    "rate_limit_error": "limited",
    "authentication_error": "key",
    "permission_error": "key",
    "billing_error": "unpaid",
    "not_found_error": "model",
    "invalid_request_error": "request",
    "request_too_large": "request",
    "timeout_error": "slow",
    "api_error": "server",
}

"""The line to Claude: the one module that knows the vendor's library, and loads it only when it is used.

A call has a number of seconds for everything: loading the library, connecting, waiting as the server asked,
reading the answer. What goes wrong becomes one kind of trouble; an operator finds it in the log, without a
word of a person or of the server in it.
"""

import asyncio
import json
import logging
import re
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from decision.breaker import Breaker
from decision.claude_answer import blocks_of, said_of
from decision.claude_call import Asked, Block, Said
from decision.claude_cost import guessed, packaged
from decision.claude_loop import LoopThread
from decision.claude_trouble import (
    DOUBTFUL,
    LASTING,
    MEND,
    OF_THE_SERVER,
    Kind,
    TroubleError,
    asked_to_wait,
    kind_of_status,
)
from decision.reader import Usage

if TYPE_CHECKING:
    import httpx2
    from anthropic import AsyncAnthropic, AsyncAnthropicBedrock, AsyncAnthropicVertex

logger = logging.getLogger(__name__)

DEFAULT_MODEL = "claude-haiku-5-5"
SECONDS = 20.0
"""How long a turn may wait for the model, unless it is set otherwise."""

READING = 0.6
EXPLAINING = 0.4
"""The shares of those seconds: a turn may do both, and both together must not take longer."""

LEAST_LEFT = 0.25
"""The share of its seconds that a call must have left after a wait, or it is not worth waiting for."""

_WORDY = ("anthropic", "httpx2", "httpcore2")
"""Loggers that would write people's messages into a log that is set to show everything."""

Understood = TypeVar("Understood")

_SAFE_ID = re.compile(r"[\w-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """Where the model is and how long it may take. With an own `base_url`, `api_key` may be empty.

    `region` and `project` are for the clouds; there an empty `api_key` means the cloud's own credentials.
    """

    model: str = DEFAULT_MODEL
    api_key: str = field(default="", repr=False)
    base_url: str = ""
    provider: Literal["anthropic", "bedrock", "vertex"] = "anthropic"
    seconds: float = SECONDS
    region: str = ""
    project: str = ""


class Claude:
    """One model at one place. Safe for several threads; close it when done."""

    def __init__(
        self,
        settings: ClientSettings,
        breaker: Breaker | None = None,
        transport: "httpx2.AsyncBaseTransport | None" = None,
    ) -> None:
        """`transport` takes the place of the network."""
        self.settings = settings
        self._breaker = breaker or Breaker(time.monotonic)
        self._transport = transport
        self._loop = LoopThread("claude")
        self._making = asyncio.Lock()
        self._client: AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex | None = None

    def warm_up(self) -> None:
        """Begin to load the library; the first call then does not have to."""

        async def prepared() -> None:
            try:
                await self._ready()
            except Exception as error:
                _log(_trouble(error, self._used(asked="")), error)

        self._loop.start(prepared)

    def close(self) -> None:
        """Give up what is under way and close the connections."""

        async def closed() -> None:
            client, self._client = self._client, None
            if client is not None:
                await client.close()

        self._loop.close(closed)

    def ask(
        self, asked: Asked, share: float, heard: Callable[[tuple[Block, ...]], None] | None = None
    ) -> Said:
        """The model's answer, within `share` of the seconds of a turn. With `heard` it is streamed.

        `heard` gets what was said so far, each time a piece is complete, on a thread of its own.

        Raises:
            TroubleError: there is no answer that could be used.
        """
        return self.understand(asked, share, lambda said: said, heard)

    def understand(
        self,
        asked: Asked,
        share: float,
        read: Callable[[Said], Understood],
        heard: Callable[[tuple[Block, ...]], None] | None = None,
    ) -> Understood:
        """What `read` makes of the answer. A ValueError of its is trouble like any other: an answer of the
        wrong form is no answer, and a model that gives no other is left alone as well.

        Raises:
            TroubleError: there is no answer that could be used.
        """
        if not self._breaker.admits():
            raise TroubleError("resting")
        seconds = self.settings.seconds * share
        try:
            understood = _read(self._loop.run(lambda: self._patiently(asked, heard, seconds), seconds), read)
        except Exception as error:
            trouble = self._counted(_trouble(error, self._used(asked.prompt)), asked)
            self._learn(trouble)
            _log(trouble, error)
            raise trouble from None
        self._breaker.worked()
        return understood

    def _learn(self, trouble: TroubleError) -> None:
        if trouble.kind in LASTING or trouble.kind in OF_THE_SERVER:
            self._breaker.failed(trouble.kind in LASTING, trouble.wait)
        elif trouble.kind in DOUBTFUL:
            self._breaker.doubted()
        else:
            self._breaker.neither()

    def _counted(self, trouble: TroubleError, asked: Asked) -> TroubleError:
        """With a guess of what was used, where the server may have worked on and its count was not seen."""
        if trouble.kind not in ("slow", "cut") or trouble.usage.tokens_in:
            return trouble
        letters = len(asked.system) + len(json.dumps([*asked.content, asked.schema], ensure_ascii=False))
        return TroubleError(trouble.kind, guessed(self.settings.model, asked.prompt, letters), trouble.wait)

    def _used(self, asked: str) -> Usage:
        """What a call used of which nothing more is known."""
        return Usage(model=self.settings.model, prompt=asked, calls=1)

    async def _patiently(
        self, asked: Asked, heard: Callable[[tuple[Block, ...]], None] | None, seconds: float
    ) -> Said:
        """One call, and a second one where the server says when to come again and that is in time."""
        end = time.monotonic() + seconds
        client = await self._ready()
        try:
            return await self._once(client, asked, heard)
        except Exception as error:
            wait = asked_to_wait(error, time.time())
            if wait is None or time.monotonic() + wait > end - LEAST_LEFT * seconds:
                raise
        await asyncio.sleep(wait)
        return await self._once(client, asked, heard)

    async def _once(
        self, client: Any, asked: Asked, heard: Callable[[tuple[Block, ...]], None] | None
    ) -> Said:
        request = self._request(asked)
        if heard is None:
            return said_of(await client.messages.create(**request), self.settings.model, asked.prompt)
        async with client.messages.stream(**request) as stream:
            async for part in stream:
                if part.type == "content_block_stop":
                    heard(blocks_of(stream.current_message_snapshot))
            message = await stream.get_final_message()
        return said_of(message, self.settings.model, asked.prompt)

    def _request(self, asked: Asked) -> dict[str, Any]:
        config: dict[str, Any] = {}
        if effort := packaged().of(self.settings.model).effort:
            config["effort"] = effort
        if asked.schema is not None:
            config["format"] = {"type": "json_schema", "schema": asked.schema}
        prefix = {"type": "text", "text": asked.system, "cache_control": {"type": "ephemeral"}}
        return {
            "model": self.settings.model,
            "max_tokens": asked.max_tokens,
            "system": [prefix],
            "messages": [{"role": "user", "content": list(asked.content)}],
            **({"output_config": config} if config else {}),
        }

    async def _ready(self) -> "AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex":
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(self._make)
            return self._client

    def _make(self) -> "AsyncAnthropic | AsyncAnthropicBedrock | AsyncAnthropicVertex":
        try:
            import anthropic
        except ImportError as error:
            raise TroubleError("set_up") from error
        for name in _WORDY:
            logging.getLogger(name).setLevel(logging.WARNING)
        warnings.filterwarnings("ignore", "Pydantic serializer warnings")  # they hold what the server said
        given = self.settings
        http = anthropic.DefaultAsyncHttpxClient(transport=self._transport) if self._transport else None
        shared: dict[str, Any] = {
            "max_retries": 0,
            "timeout": given.seconds,
            "open_telemetry": False,
            "http_client": http,
        }
        own: dict[str, Any] = {"base_url": given.base_url} if given.base_url else {}
        try:
            if given.provider == "bedrock":
                own |= {"aws_region": given.region or None, "api_key": given.api_key or None}
                return anthropic.AsyncAnthropicBedrock(**shared, **own)
            if given.provider == "vertex":
                own |= {"region": given.region} if given.region else {}
                own |= {"project_id": given.project} if given.project else {}
                return anthropic.AsyncAnthropicVertex(**shared, **own, access_token=given.api_key or None)
        except (ImportError, ValueError) as error:  # an extra is not installed, or no region is known
            raise TroubleError("set_up") from error
        own.setdefault("base_url", "https://api.anthropic.com")
        # Without a key the library would look for one in other places of this machine.
        return anthropic.AsyncAnthropic(**shared, **own, api_key=given.api_key or "none")


def _read(said: Said, read: Callable[[Said], Understood]) -> Understood:
    try:
        return read(said)
    except ValueError as error:
        raise TroubleError("garbled", said.usage) from error


def _trouble(error: Exception, used: Usage) -> TroubleError:
    """The trouble that an error stands for."""
    if isinstance(error, TroubleError):
        return error if error.usage.calls else TroubleError(error.kind, used, error.wait)
    return TroubleError(kind_of(error), used, asked_to_wait(error, time.time()) or 0.0)


def kind_of(error: Exception) -> Kind:
    """The kind of trouble that an error of a call stands for, whoever raised it."""
    if isinstance(error, TimeoutError):
        return "slow"
    if isinstance(error, ImportError) or type(error).__name__ == "MissingDependencyError":
        return "set_up"
    import anthropic
    import httpx2

    if isinstance(error, anthropic.APIStatusError):
        return kind_of_status(error.status_code, str(error.type or ""), str(error.error_code or ""))
    by_class: tuple[tuple[tuple[type[Exception], ...], Kind], ...] = (
        ((anthropic.APITimeoutError, httpx2.TimeoutException), "slow"),
        ((anthropic.APIConnectionError, httpx2.ConnectError, httpx2.InvalidURL), "network"),
        ((anthropic.APIResponseValidationError,), "garbled"),
        ((anthropic.CredentialsError,), "key"),
        ((anthropic.RetryableError,), "server"),
        ((httpx2.HTTPError, httpx2.StreamError, AssertionError), "cut"),
        ((anthropic.AnthropicError,), "unknown"),
        ((RuntimeError,), "set_up"),  # the clouds look for their credentials only when they are asked
        ((ValueError, TypeError, KeyError, AttributeError), "garbled"),
    )
    return next((kind for classes, kind in by_class if isinstance(error, classes)), "unknown")


def _log(trouble: TroubleError, error: Exception) -> None:
    found = _SAFE_ID.fullmatch(str(getattr(error, "request_id", None) or ""))
    logger.warning(
        "model_trouble kind=%s error=%s status=%s request=%s mend=%s",
        trouble.kind,
        type((isinstance(error, TroubleError) and error.__cause__) or error).__name__,
        getattr(error, "status_code", "-"),
        found[0] if found else "-",
        MEND[trouble.kind],
    )

"""A loopback server that speaks the Messages API: it answers as it is told to, well or badly.

Every request is kept, and checked against the vendor's schema where that is at hand.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[1]
SPECS = [folder / "shared/specs/anthropic" for folder in ROOT.parents]

Body = Mapping[str, Any]
Answer = Callable[["Exchange"], None]
USAGE = {
    "input_tokens": 180,
    "cache_creation_input_tokens": 0,
    "cache_read_input_tokens": 4_000,
    "output_tokens": 120,
}


@lru_cache(maxsize=1)
def request_schema() -> Any:
    """A validator of requests, or None where the vendor's schemas are not at hand."""
    from jsonschema import Draft202012Validator

    for folder in SPECS:
        for path in folder.glob("messages_request.*.schema.json"):
            return Draft202012Validator(json.loads(path.read_text("utf-8")))
    return None


class Exchange(BaseHTTPRequestHandler):
    """One request and the answer to it."""

    protocol_version = "HTTP/1.1"
    server: "_Server"
    asked: Body

    def do_POST(self) -> None:
        self.asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        answer = self.server.owner.answer_to(self.path, dict(self.headers), self.asked)
        try:
            answer(self)
        except (BrokenPipeError, ConnectionResetError):  # whoever asked did not wait for it
            self.close_connection = True

    def log_message(self, *parts: Any) -> None:
        """Nothing is printed."""

    @property
    def closing(self) -> threading.Event:
        """Set when the server goes away: what hangs must end then."""
        return self.server.owner.closing

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        """A whole answer."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("request-id", "req_011CLoopback")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def begin(self, kind: str) -> None:
        """The head of an answer that ends when the connection does."""
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    owner: "ClaudeServer"


class ClaudeServer:
    """Give it answers, in the order of the requests; after the last it goes on with `always`."""

    def __init__(self, *answers: Answer, always: Answer | None = None) -> None:
        self.waiting = deque(answers)
        self.always = always
        self.asked: list[Body] = []
        self.headers: list[dict[str, str]] = []
        self.problems: list[str] = []
        self.closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), Exchange)
        self._server.owner = self
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        """The address to give as a base."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def told(self, which: int = -1) -> dict[str, Any]:
        """The document in the last part of a request: what is known, and the message."""
        document: dict[str, Any] = json.loads(self.asked[which]["messages"][0]["content"][-1]["text"])
        return document

    def answer_to(self, path: str, headers: dict[str, str], body: Body) -> Answer:
        """Keep and check a request; how it is to be answered."""
        self.asked.append(body)
        self.headers.append({name.lower(): value for name, value in headers.items()})
        if path != "/v1/messages":
            self.problems.append(f"asked for {path}")
        validator = request_schema()
        if validator is not None:
            self.problems += [error.message[:300] for error in validator.iter_errors(body)]
        if self.waiting:
            return self.waiting.popleft()
        assert self.always is not None, "nobody said how to answer another request"
        return self.always

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        assert not self.problems, self.problems


def message(content: Sequence[Body], stop_reason: str | None = "end_turn", **more: Any) -> dict[str, Any]:
    """A whole message of the API."""
    return {
        "id": "msg_01Loopback",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-5-5",
        "content": list(content),
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": dict(USAGE),
        **more,
    }


def text(words: str, *citations: Body) -> dict[str, Any]:
    """A block of text, with what it cites."""
    return {"type": "text", "text": words, **({"citations": list(citations)} if citations else {})}


def cites(words: str, result: int, start: int, end: int | None = None) -> dict[str, Any]:
    """A citation of blocks of a search result."""
    return {
        "type": "search_result_location",
        "cited_text": words,
        "search_result_index": result,
        "start_block_index": start,
        "end_block_index": start + 1 if end is None else end,
        "source": "a passage",
        "title": "a passage",
    }


def says(*content: Body, stop_reason: str | None = "end_turn", **more: Any) -> Answer:
    """Answers with a message, whole or as a stream, as it was asked to."""
    whole = message(content, stop_reason, **more)

    def answer(exchange: Exchange) -> None:
        if exchange.asked.get("stream"):
            exchange.send(200, b"".join(streamed(whole)), "text/event-stream")
        else:
            exchange.send(200, json.dumps(whole).encode())

    return answer


def reads(kind: str, *evidence: tuple[str, str, str] | tuple[str, str], language: str = "en") -> Answer:
    """Answers with a reading: entries of what it is, the quote, and how sure ("said" unless given)."""
    entries = [
        {"is": one[0], "quote": one[1], "sure": one[2] if len(one) > 2 else "said"} for one in evidence
    ]
    return says(text(json.dumps({"kind": kind, "language": language, "evidence": entries})))


def fails(status: int, error: str = "api_error", **headers: str) -> Answer:
    """Answers with an error."""
    body = {"type": "error", "error": {"type": error, "message": "secret words of the server"}}
    return lambda exchange: exchange.send(status, json.dumps(body).encode(), **headers)


def raw(body: bytes, kind: str = "application/json", status: int = 200) -> Answer:
    """Answers with these bytes."""
    return lambda exchange: exchange.send(status, body, kind)


def paced(beat: threading.Semaphore, *content: Body) -> Answer:
    """Answers with a stream: a block at each beat, and at one more the end."""
    whole = message(content)

    def answer(exchange: Exchange) -> None:
        exchange.begin("text/event-stream")
        for part in streamed(whole):
            if b'"content_block_start"' in part or b'"message_delta"' in part:
                while not beat.acquire(timeout=0.05):
                    if exchange.closing.is_set():
                        return
            exchange.wfile.write(part)
            exchange.wfile.flush()

    return answer


def hangs(exchange: Exchange) -> None:
    """Never answers."""
    exchange.closing.wait(30)
    exchange.close_connection = True


def drips(exchange: Exchange) -> None:
    """Answers a byte at a time, and would go on for ever."""
    kind = "text/event-stream" if exchange.asked.get("stream") else "application/json"
    exchange.begin(kind)
    while not exchange.closing.wait(0.05):
        exchange.wfile.write(b" " if kind == "application/json" else b": ping\n\n")
        exchange.wfile.flush()


def drops(exchange: Exchange) -> None:
    """Closes the connection without a word."""
    exchange.close_connection = True


def breaks_off(*content: Body) -> Answer:
    """Answers with the first half of a message, then closes the connection."""

    def answer(exchange: Exchange) -> None:
        whole = message(content)
        stream = bool(exchange.asked.get("stream"))
        sent = b"".join(list(streamed(whole))[:-2]) if stream else json.dumps(whole).encode()
        exchange.send_response(200)
        exchange.send_header("content-type", "text/event-stream" if stream else "application/json")
        exchange.send_header("content-length", str(len(sent) * 2))
        exchange.end_headers()
        exchange.wfile.write(sent if stream else sent[: len(sent) // 2])
        exchange.close_connection = True

    return answer


def fails_midway(error: str, *content: Body) -> Answer:
    """Begins a stream well and then reports an error in it."""

    def answer(exchange: Exchange) -> None:
        told = {"type": "error", "error": {"type": error, "message": "secret words of the server"}}
        parts = list(streamed(message(content)))[:-2]
        exchange.send(200, b"".join(parts) + _event(told), "text/event-stream")

    return answer


def streamed(whole: Body) -> Iterator[bytes]:
    """A message as the events of a stream."""
    begun = {**whole, "content": [], "stop_reason": None, "usage": {**whole["usage"], "output_tokens": 1}}
    yield _event({"type": "message_start", "message": begun})
    for place, block in enumerate(whole["content"]):
        empty = {**block, "text": ""} if block["type"] == "text" else block
        empty = {name: value for name, value in empty.items() if name != "citations"}
        yield _event({"type": "content_block_start", "index": place, "content_block": empty})
        for citation in block.get("citations", ()):
            delta = {"type": "citations_delta", "citation": citation}
            yield _event({"type": "content_block_delta", "index": place, "delta": delta})
        if block["type"] == "text":
            delta = {"type": "text_delta", "text": block["text"]}
            yield _event({"type": "content_block_delta", "index": place, "delta": delta})
        yield _event({"type": "content_block_stop", "index": place})
    end = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    usage = {"output_tokens": whole["usage"]["output_tokens"]}
    yield _event({"type": "message_delta", "delta": end, "usage": usage})
    yield _event({"type": "message_stop"})


def _event(told: Body) -> bytes:
    return f"event: {told['type']}\ndata: {json.dumps(told)}\n\n".encode()

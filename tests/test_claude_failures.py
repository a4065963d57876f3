"""Whatever the model's server does, a turn ends in time, the offline reader steps in, and nothing leaks."""

import json
import logging
import subprocess
import sys
import time
import warnings

import pytest

from decision.claude import READING, Claude, ClientSettings
from decision.claude_call import Asked
from decision.claude_reader import ClaudeReader
from decision.claude_trouble import SAYS, Kind, TroubleError
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
    message,
    raw,
    reads,
    says,
    streamed,
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
    assert reading.note == f"{SAYS[kind]}, so this message was read by simple rules instead."
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
    assert reading.usage.tokens_in > 1_000
    assert reading.usage.tokens_out == 0
    assert 0 < reading.usage.cost_usd < 0.1


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


def test_what_a_server_sends_is_not_printed_as_a_warning_of_the_library():
    odd = message([text("words")], id=["secret words of the server"])
    with warnings.catch_warnings(record=True) as printed:
        warnings.simplefilter("always")
        with (
            ClaudeServer(raw(b"".join(streamed(odd)), "text/event-stream")) as server,
            line(server) as claude,
        ):
            claude.ask(ASKED, READING, lambda blocks: None)
    assert [str(one.message) for one in printed] == []

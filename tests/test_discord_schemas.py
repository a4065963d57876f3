"""What is sent to Discord, and what its stand-in sends, is checked against Discord's published schemas."""

import json

import pytest

from tests.bot_fixtures import OUTDATED
from tests.discord_play import Press, Say, played
from tests.discord_schemas import SKIPPED, folder, wrong_dispatch, wrong_request

pytestmark = pytest.mark.skipif(folder() is None, reason=SKIPPED)

MESSAGES = "/channels/1/messages"


def test_a_whole_conversation_is_in_order(tmp_path):
    played(tmp_path, [Say(OUTDATED), Press("why"), Press("decide_now"), Press("log")])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", MESSAGES, {"nonce": "n" * 26}),
        ("POST", MESSAGES, {"components": [{"type": 17, "components": [{"type": 10}]}]}),
        (
            "POST",
            MESSAGES,
            {"components": [{"type": 1, "components": [{"type": 2, "style": 1, "label": "x" * 81}]}]},
        ),
        ("POST", "/channels/1/messages/2/threads", {"name": "n" * 101}),
        ("PUT", "/applications/1/commands", [{"name": "x", "description": "d" * 101}]),
        ("PUT", MESSAGES, {}),
        ("GET", "/nowhere", None),
    ],
)
def test_a_request_that_discord_would_refuse_is_found(method, path, body):
    assert wrong_request(method, path, body)


def test_a_frame_that_discord_would_not_send_is_found():
    assert wrong_dispatch({"op": 0, "s": 1, "t": "MESSAGE_CREATE", "d": {"id": "1"}})
    assert wrong_dispatch({"op": 0, "s": 1, "t": "READY", "d": {}})


def test_the_checks_take_discords_own_examples():
    here = folder()
    assert here is not None
    examples = json.loads((here / "docs-example-payloads.json").read_text("utf-8"))
    messages = [
        one["payload"]
        for one in examples
        if one["source"] == "developers/components/reference.mdx" and "flags" in one["payload"]
    ]
    taken = [one for one in messages if not wrong_request("POST", MESSAGES, one)]
    assert len(taken) >= len(messages) * 0.8
    assert len(messages) > 5

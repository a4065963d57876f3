"""Channels that other organisations read: nothing of this one is said there unless a setting allows it."""

import pytest

from storage.records import Place
from tests.slack_loopback import TEAM
from tests.slack_serving import COMPLAINT, MENTION, played
from tests.test_slack_talk import edited
from tests.test_slack_taps import decided, opened, sent
from tests.test_slack_ways_in import words


def test_a_mention_in_a_shared_channel_is_answered_in_direct_messages_and_says_so(tmp_path):
    async def play(served):
        slack = served.slack
        slack.channels["C2"].shared = True
        event = slack.say("C2", "UADA", MENTION + COMPLAINT)
        await slack.push(slack.envelope(event))
        await served.idle()
        await served.says("C2", "UADA", MENTION + "decide now", event["ts"])
        await slack.push(slack.envelope(edited(event, MENTION + COMPLAINT + " Every week.")))
        await served.idle()
        await slack.until(lambda: slack.ephemerals)
        assert not slack.posts("C2")
        assert "Log this decision" in words(slack.posts("DADA"))
        (thread,) = served.app.file.rows("SELECT private, channel FROM threads")
        assert (thread["private"], thread["channel"]) == (1, "DADA")
        assert "another organisation" in slack.ephemerals[0]["text"]

    played(tmp_path, play)


def test_a_thread_in_a_channel_that_became_shared_goes_on_in_private_only(tmp_path):
    async def play(served):
        slack = served.slack
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        slack.channels["C1"].shared = True
        await slack.push(slack.envelope({"type": "channel_shared", "channel": "C1"}))
        await served.says("C1", "UADA", "decide now", ts)
        await served.taps("C1", slack.posts("C1")[0], "Decide now")
        await slack.until(lambda: slack.answers)
        assert len(slack.posts("C1")) == 1
        assert "another organisation" in slack.answers[0]["text"]

    played(tmp_path, play)


async def shares(served, channel):
    """Another organisation joins a channel, and Slack tells of it."""
    served.slack.channels[channel].shared = True
    await served.slack.push(served.slack.envelope({"type": "channel_shared", "channel": channel}))


@pytest.mark.parametrize(
    ("label", "values"),
    [
        ("Choose another lever", {"lever": {"selected_option": {"value": "prompt"}}, "note": {}}),
        ("Not right", {"note": {"value": "the page is another"}}),
        ("Share", {"channel": {"selected_conversation": "C2"}}),
    ],
)
def test_a_modal_says_nothing_where_others_read_since_it_was_opened(tmp_path, label, values):
    async def play(served):
        ts, post = await decided(served)
        view = await opened(served, "C1", post, label)
        before = len(served.slack.posts("C1", ts))
        await shares(served, "C1")
        told = await sent(served, view, values)
        (said,) = told["errors"].values()
        assert "another organisation" in said
        assert len(served.slack.posts("C1", ts)) == before
        assert not served.slack.posts("C2")
        counts = served.app.turns.queries.counts()
        assert counts.decisions == 0
        assert not served.app.file.rows("SELECT 1 FROM feedback")

    played(tmp_path, play)


def test_no_modal_opens_where_others_read_by_now(tmp_path):
    async def play(served):
        _, post = await decided(served)
        await shares(served, "C1")
        await served.taps("C1", post, "Not right")
        await served.slack.until(lambda: served.slack.answers)
        assert "another organisation" in served.slack.answers[0]["text"]
        assert not served.slack.views

    played(tmp_path, play)


def test_a_setting_lets_it_speak_in_shared_channels(tmp_path):
    async def play(served):
        served.slack.channels["C2"].shared = True
        ts = await served.says("C2", "UADA", MENTION + COMPLAINT)
        assert served.app.turns.known(Place("slack", TEAM, "C2", ts))
        assert len(served.slack.posts("C2", ts)) == 1

    played(tmp_path, play, slack_admit_guests=True)

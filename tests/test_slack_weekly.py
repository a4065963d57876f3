"""Digests and outcomes by the slash command: about the channel it is typed in, and answered there."""

import json

from storage.subscriptions import Channel
from tests.slack_loopback import TEAM
from tests.slack_serving import played


async def command(served, text, channel="C1"):
    asked = served.slack.command(text, channel=channel)
    return json.dumps(await served.slack.push(asked, "slash_commands"))


def test_a_digest_is_for_the_channel_in_which_it_is_asked_for(tmp_path):
    async def play(served):
        assert "in this channel" in await command(served, "digest here monday 09:00")
        await served.idle()
        (post,) = served.slack.posts("C1")
        assert "every Monday at 09:00" in json.dumps(post)
        assert not served.slack.posts("DADA")
        subscriptions = served.app.weekly._subscriptions
        (one,) = subscriptions.all()
        assert one.channel == Channel("slack", TEAM, "C1")
        assert not one.only_here

    played(tmp_path, play)


def test_a_digest_of_a_shared_channel_tells_of_that_channel_only(tmp_path):
    async def play(served):
        served.slack.channels["C1"].shared = True
        await command(served, "digest here monday 09:00")
        await served.idle()
        (one,) = served.app.weekly._subscriptions.all()
        assert one.only_here

    played(tmp_path, play, slack_admit_guests=True)


def test_an_outcome_is_looked_up_where_it_is_said(tmp_path):
    async def play(served):
        assert "in this channel" in await command(served, "outcome d-7f3k worked")
        await served.idle()
        (post,) = served.slack.posts("C1")
        assert "I know no decision d-7f3k here" in json.dumps(post)

    played(tmp_path, play)

"""Where a digest may no longer be posted it is not, whoever wished it is told once, and it is paused."""

import json

import pytest

from storage.access import Guest
from storage.subscriptions import Channel, Rhythm, Subscriptions
from tests.slack_loopback import TEAM
from tests.slack_serving import BOT, MENTION, played
from tests.test_slack_reviews import decided
from tests.test_slack_shared import shares
from tests.test_slack_ways_in import words
from tests.test_slack_weekly import command

HERE = Channel("slack", TEAM, "C1")


def subscriptions(served):
    return Subscriptions(served.app.file)


def subscribed(served, by="UADA", only_here=False):
    return subscriptions(served).put(HERE, Rhythm(), by, only_here)


async def posts_digest(served, week=None):
    """A digest is due; what the channel's subscription is like after it."""
    assert served.app.weekly.post_now(HERE, week)
    await rung(served)
    await served.slack.until(lambda: not waiting(served))
    return subscriptions(served).of(HERE).state


async def rung(served):
    """Let it look at once for what is to be delivered, instead of within a second."""
    served.service._lanes["slack"]._bell.set()


def waiting(served):
    """Whether anything is still to be delivered."""
    return served.app.turns.queries.counts().outbox_waiting


def test_where_another_organisation_reads_by_now_no_digest_is_posted_and_its_owner_is_told_once(tmp_path):
    async def play(served):
        subscribed(served)
        served.slack.channels["C1"].shared = True
        assert await posts_digest(served) == "paused"
        assert await posts_digest(served, "2026-W01") == "paused"
        assert not served.slack.posts("C1")
        (told,) = served.slack.posts("DADA")
        assert "I paused the weekly digest of <#C1>" in words([told])
        assert "another organisation" in words([told])
        assert "digest resume" in words([told])

    played(tmp_path, play)


@pytest.mark.parametrize("change", [{"member": False}, {"archived": True}])
def test_where_the_bot_may_no_longer_post_its_owner_is_told_and_may_go_on_later(tmp_path, change):
    async def play(served):
        subscribed(served)
        for name, value in change.items():
            setattr(served.slack.channels["C1"], name, value)
        assert await posts_digest(served, "2026-W01") == "paused"
        (told,) = served.slack.posts("DADA")
        assert "I can no longer post there" in words([told])
        for name, value in change.items():
            setattr(served.slack.channels["C1"], name, not value)
        joined = {"type": "member_joined_channel", "channel": "C1", "user": BOT}
        await served.slack.push(served.slack.envelope(joined))
        await command(served, "digest resume")
        await served.idle()
        assert await posts_digest(served, "2026-W02") == "active"
        assert "Decisions" in words(served.slack.posts("C1"))

    played(tmp_path, play)


def test_a_digest_that_the_command_line_subscribed_is_paused_and_nobody_is_bothered(tmp_path):
    async def play(served):
        subscribed(served, by="")
        served.slack.channels["C1"].member = False
        assert await posts_digest(served) == "paused"
        assert not served.app.file.rows("SELECT 1 FROM threads WHERE channel <> 'C1'")

    played(tmp_path, play)


def test_an_owner_who_cannot_be_told_ends_it_there(tmp_path):
    async def play(served):
        subscribed(served, by="UGONE")
        served.slack.absent.add("UGONE")
        served.slack.channels["C1"].member = False
        assert await posts_digest(served) == "paused"

    played(tmp_path, play)


@pytest.mark.parametrize(("only_here", "state"), [(True, "active"), (False, "paused")])
def test_with_guests_let_in_a_shared_channel_gets_the_digest_of_its_own_decisions_alone(
    tmp_path, only_here, state
):
    async def play(served):
        subscribed(served, only_here=only_here)
        served.slack.channels["C1"].shared = True
        assert await posts_digest(served) == state
        assert bool(served.slack.posts("C1")) is only_here
        assert ("only this channel" in words(served.slack.posts("DADA"))) is not only_here

    played(tmp_path, play, slack_admit_guests=True)


def test_a_digest_wished_by_a_mention_in_a_shared_channel_tells_of_that_channel_alone(tmp_path):
    async def play(served):
        served.slack.channels["C1"].shared = True
        await served.says("C1", "UADA", MENTION + "digest here monday 09:00")
        assert subscriptions(served).of(HERE).only_here

    played(tmp_path, play, slack_admit_guests=True)


def test_without_guests_no_digest_can_be_wished_where_others_read(tmp_path):
    async def play(served):
        served.slack.channels["C1"].shared = True
        event = served.slack.say("C1", "UADA", MENTION + "digest here monday 09:00")
        await served.slack.push(served.slack.envelope(event))
        await served.slack.until(lambda: served.slack.ephemerals)
        assert "another organisation" in served.slack.ephemerals[0]["text"]
        for said in ("digest here monday 09:00", "digest preview", "outcome d-7f3k worked"):
            assert "another organisation" in json.dumps(
                await served.slack.push(served.slack.command(said), "slash_commands")
            )
        await served.idle()
        assert not subscriptions(served).all()
        assert not served.slack.posts("C1")
        assert not served.slack.posts("DADA")

    played(tmp_path, play)


def test_a_review_and_the_question_how_it_turned_out_are_not_told_where_others_read_by_now(tmp_path):
    async def play(served):
        ts, decision = await decided(served)
        before = len(served.slack.posts("C1", ts))
        await shares(served, "C1")
        served.app.reviewing.review(Guest("slack", TEAM, "ULEA", "Lea"), decision, "approved")
        await rung(served)
        await served.slack.until(lambda: not waiting(served))
        assert len(served.slack.posts("C1", ts)) == before
        assert served.app.archive.decision(decision).reviews

    played(tmp_path, play)


def test_who_was_told_can_be_forgotten(tmp_path):
    async def play(served):
        subscribed(served)
        served.slack.channels["C1"].member = False
        await posts_digest(served)
        served.app.people.forget("slack", TEAM, "UADA")
        assert "UADA" not in "\n".join(served.app.file.connection.iterdump())

    played(tmp_path, play)

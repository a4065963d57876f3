"""The weekly digest in Slack shows its chart as a picture, and comes without it rather than not at all."""

import asyncio

import pytest

from storage.subscriptions import Channel
from tests.slack_loopback import TEAM, LoopbackSlack, texts
from tests.slack_loopback import Channel as Place
from tests.slack_serving import MENTION, Fault, played, serving
from tests.test_slack_halts import rung, waiting
from tests.test_slack_process import a_minute_later
from tests.test_slack_reviews import decided


async def posted(served):
    """A week with a decision, its digest in another channel: the post and what stands in its thread."""
    await decided(served)
    return await posts_digest(served)


async def posts_digest(served, channel="C2"):
    """A digest is due: the post and what stands in its thread."""
    assert served.app.weekly.post_now(Channel("slack", TEAM, channel))
    await rung(served)
    await delivered(served)
    return digest(served.slack, channel)


async def delivered(served):
    await served.slack.until(lambda: not waiting(served))


def digest(slack, channel="C2"):
    """The one digest that stands in the channel, and what is in its thread."""
    (post,) = [one for one in slack.posts(channel) if "thread_ts" not in one]
    return post, slack.posts(channel, post["ts"])


def pictures(post):
    return [block for block in post["blocks"] if block["type"] == "image"]


def in_words(post):
    """Whether the chart is told in words."""
    return any("Decisions by lever, a number a week" in text for text in texts(post["blocks"]))


def test_the_digest_shows_its_chart_as_a_picture_with_what_it_says_in_words(tmp_path):
    async def play(served):
        post, (whole,) = await posted(served)
        (picture,) = pictures(post)
        assert picture["alt_text"].startswith("Decisions by lever, a number a week")
        file = served.slack.files[picture["slack_file"]["id"]]
        assert file.data.startswith(b"\x89PNG")
        assert file.name.endswith(".png")
        assert not in_words(post)
        assert not pictures(whole)
        (completed,) = served.slack.called("files.completeUploadExternal")
        assert "channel_id" not in completed.body  # it would be posted there by itself

    played(tmp_path, play)


def test_a_preview_shows_the_chart_as_well(tmp_path):
    async def play(served):
        await decided(served)
        ts = await served.says("C1", "UADA", MENTION + "digest preview")
        (preview,) = served.slack.posts("C1", ts)
        assert pictures(preview)

    played(tmp_path, play)


def test_a_week_without_decisions_needs_no_picture(tmp_path):
    async def play(served):
        post, _ = await posts_digest(served)
        assert not pictures(post)
        assert not served.slack.files

    played(tmp_path, play)


REFUSALS = (
    ("files.getUploadURLExternal", Fault(error="missing_scope")),
    ("files.getUploadURLExternal", Fault(status=429, retry_after="0.01")),
    ("upload", Fault(status=500)),
    ("files.completeUploadExternal", Fault(error="file_not_found")),
    ("files.completeUploadExternal", Fault(cut=True)),
)
SILENCES = (("files.getUploadURLExternal", Fault(hangs=True)), ("upload", Fault(hangs=True)))


@pytest.mark.parametrize("faults", [REFUSALS, SILENCES])
def test_where_there_can_be_no_picture_in_time_the_chart_is_told_in_words(tmp_path, monkeypatch, faults):
    if faults is SILENCES:
        monkeypatch.setattr("bot.slack.pictures.SECONDS", 0.3)

    async def play(served):
        await decided(served)
        for number, (method, fault) in enumerate(faults):
            channel = f"C9{number}"
            served.slack.channels[channel] = Place()
            served.slack.faults[method] = [fault]
            post, details = await posts_digest(served, channel)
            assert len(details) == 1
            assert not pictures(post)
            assert in_words(post)
        assert len(served.slack.called("chat.postMessage")) == 3 + 2 * len(faults)

    played(tmp_path, play)


def test_a_picture_that_slack_is_still_looking_at_is_waited_for(tmp_path):
    async def play(served):
        served.slack.files_are_busy_for = 1
        post, _ = await posted(served)
        assert pictures(post)
        assert len(served.slack.files) == 1

    played(tmp_path, play)


def test_a_picture_that_slack_never_takes_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.slack.pictures.WAITS", (0.0, 0.0))

    async def play(served):
        served.slack.files_are_busy_for = 99
        post, _ = await posted(served)
        assert not pictures(post)
        assert in_words(post)

    played(tmp_path, play)


def test_a_digest_that_is_tried_again_uses_the_picture_that_is_there(tmp_path):
    async def play(served):
        await decided(served)
        for count, fault in enumerate((Fault(status=500), Fault(cut=True)), 1):
            served.slack.channels[f"C9{count}"] = Place()
            served.slack.faults["chat.postMessage"] = [fault]
            post, _ = await posts_digest(served, f"C9{count}")
            assert pictures(post)
            assert len(served.slack.files) == count

    played(tmp_path, play)


def test_a_stop_between_the_picture_and_the_post_leaves_one_digest(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.serve.DRAINS_FOR", 0.1)

    async def main():
        async with LoopbackSlack() as slack:
            async with serving(tmp_path, slack) as served:
                await decided(served)
                slack.faults["chat.postMessage"] = [Fault(hangs=True)]
                assert served.app.weekly.post_now(Channel("slack", TEAM, "C2"))
                await rung(served)
                await slack.until(lambda: len(slack.called("chat.postMessage")) == 4)
            assert not slack.posts("C2")
            a_minute_later(tmp_path)
            async with serving(tmp_path, slack) as served:
                await delivered(served)
            post, details = digest(slack)
            assert pictures(post)
            assert len(details) == 1
            assert slack.invalid == []

    asyncio.run(main())

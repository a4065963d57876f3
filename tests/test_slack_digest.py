"""The weekly digest in Slack shows its chart as a picture, and comes without it rather than not at all."""

import asyncio

import pytest

from storage.subscriptions import Channel
from tests.slack_loopback import TEAM, LoopbackSlack, texts
from tests.slack_serving import MENTION, Fault, played, serving
from tests.test_slack_halts import rung, waiting
from tests.test_slack_process import a_minute_later
from tests.test_slack_reviews import decided

NEWS = Channel("slack", TEAM, "C2")


async def posted(served):
    """A week with a decision, its digest in another channel: the post and what stands in its thread."""
    await decided(served)
    return await posts_digest(served)


async def posts_digest(served):
    """A digest is due: the post and what stands in its thread."""
    assert served.app.weekly.post_now(NEWS)
    await rung(served)
    await delivered(served)
    return digest(served.slack)


async def delivered(served):
    await served.slack.until(lambda: not waiting(served))


def digest(slack):
    """The one digest that stands in the channel, and what is in its thread."""
    (post,) = [one for one in slack.posts("C2") if "thread_ts" not in one]
    return post, slack.posts("C2", post["ts"])


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


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", Fault(error="missing_scope")),
        ("files.getUploadURLExternal", Fault(status=429, retry_after="60")),
        ("files.getUploadURLExternal", Fault(hangs=True)),
        ("upload", Fault(status=500)),
        ("upload", Fault(hangs=True)),
        ("files.completeUploadExternal", Fault(error="file_not_found")),
        ("files.completeUploadExternal", Fault(cut=True)),
    ],
)
def test_where_there_can_be_no_picture_in_time_the_chart_is_told_in_words(
    tmp_path, monkeypatch, method, fault
):
    if fault.hangs:
        monkeypatch.setattr("bot.slack.pictures.SECONDS", 0.3)

    async def play(served):
        served.slack.faults[method] = [fault]
        post, details = await posted(served)
        assert len(details) == 1
        assert not pictures(post)
        assert in_words(post)
        assert len(served.slack.called("chat.postMessage")) == 5  # three in its thread, and these two

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


@pytest.mark.parametrize("fault", [Fault(status=500), Fault(cut=True)])
def test_a_digest_that_is_tried_again_uses_the_picture_that_is_there(tmp_path, fault):
    async def play(served):
        served.slack.faults["chat.postMessage"] = [Fault(), Fault(), Fault(), fault]
        post, _ = await posted(served)
        assert pictures(post)
        assert len(served.slack.files) == 1

    played(tmp_path, play)


def test_a_stop_between_the_picture_and_the_post_leaves_one_digest(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.serve.DRAINS_FOR", 0.1)

    async def main():
        async with LoopbackSlack() as slack:
            async with serving(tmp_path, slack) as served:
                await decided(served)
                slack.faults["chat.postMessage"] = [Fault(hangs=True)]
                assert served.app.weekly.post_now(NEWS)
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

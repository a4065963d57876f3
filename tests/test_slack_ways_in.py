"""Every way to speak to Sextant in Slack, through Bolt and the SDK against a Slack on the loopback address."""

from tests.slack_serving import COMPLAINT, MENTION, played


def test_a_mention_is_answered_in_a_thread(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        (post,) = served.slack.posts("C1")
        assert post["thread_ts"] == ts

    played(tmp_path, play)

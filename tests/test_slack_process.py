"""`sextant serve` with Slack, as the process that a team runs, killed in the middle of its work."""

import asyncio
import contextlib
import sqlite3
import sys

from tests.bot_fixtures import ROOT, environment
from tests.slack_loopback import Fault, LoopbackSlack
from tests.slack_serving import COMPLAINT, MENTION


@contextlib.asynccontextmanager
async def process(folder, slack):
    """`sextant serve` over Socket Mode, until the block ends; then it is killed."""
    settings = {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "SEXTANT_SLACK_API_URL": slack.url,
        "SEXTANT_BIND": "127.0.0.1:0",
        "SEXTANT_READER": "offline",
    }
    running = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve"),
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(folder, **settings, PYTHONPATH=str(ROOT)),
        cwd=folder,
    )
    try:
        yield running
    finally:
        with contextlib.suppress(ProcessLookupError):
            running.kill()
        await running.wait()


def a_minute_later(folder):
    """Let the leases of a killed process run out, without waiting for it."""
    with contextlib.closing(sqlite3.connect(folder / "sextant.db")) as database, database:
        for queue in ("inbox", "outbox"):
            database.execute(f"UPDATE {queue} SET free_at = '2000-01-01T00:00:00.000Z' WHERE done_at IS NULL")


def test_a_process_that_is_killed_while_it_posts_says_everything_once(tmp_path):
    """It dies right after Slack took a post and before it could know: the worst moment there is."""

    async def main():
        async with LoopbackSlack() as slack:
            slack.faults["chat.postMessage"] = [Fault(), Fault(), Fault(cut=True)]
            events = []
            async with process(tmp_path, slack):
                for _ in range(5):
                    events.append(slack.envelope(slack.say("C1", "UADA", MENTION + COMPLAINT)))
                    await slack.push(events[-1])
                await slack.until(lambda: len(slack.posts("C1")) >= 3, 60)
            a_minute_later(tmp_path)
            async with process(tmp_path, slack):
                for event in events:
                    await slack.push(event)
                threads = {event["event"]["ts"] for event in events}
                await slack.until(lambda: {post["thread_ts"] for post in slack.posts("C1")} == threads, 90)
                mention = slack.say("C1", "UADA", MENTION + "help")
                await slack.push(slack.envelope(mention))
                await slack.until(lambda: slack.posts("C1", mention["ts"]), 60)
        answered = [post["thread_ts"] for post in slack.posts("C1")]
        assert len(answered) == len(set(answered)) == 6
        assert slack.invalid == []

    asyncio.run(main())


def test_a_process_that_is_asked_to_stop_ends_what_it_began(tmp_path):
    async def main():
        async with LoopbackSlack() as slack:
            async with process(tmp_path, slack) as running:
                event = slack.say("C1", "UADA", MENTION + COMPLAINT)
                await slack.push(slack.envelope(event))
                running.terminate()
                assert await asyncio.wait_for(running.wait(), 30) == 0
            async with process(tmp_path, slack):
                await slack.until(lambda: slack.posts("C1", event["ts"]), 60)
        assert len(slack.posts("C1")) == 1

    asyncio.run(main())

"""The clock of `serve`: ticks at once and again, survives a bad tick, and ends cleanly."""

import asyncio
import threading

from bot.replies import Digest
from bot.schedule import Schedule
from bot.serve import Service
from storage.errors import StorageError
from storage.subscriptions import Channel, Rhythm, Subscriptions
from tests.bot_fixtures import app


def ticking(tick, times: int) -> None:
    """Run a schedule until it ticked so often."""

    async def run() -> None:
        loop, enough, seen = asyncio.get_running_loop(), asyncio.Event(), []

        def once() -> None:
            seen.append(1)
            if len(seen) >= times:
                loop.call_soon_threadsafe(enough.set)
            tick()

        schedule = Schedule(once, seconds=0.01)
        await schedule.start()
        await asyncio.wait_for(enough.wait(), 20)
        await schedule.stop()

    asyncio.run(run())


def test_it_ticks_at_once_and_again_and_off_the_event_loop():
    threads = set()
    ticking(lambda: threads.add(threading.current_thread()), 3)
    assert threading.main_thread() not in threads


def test_a_bad_tick_does_not_end_the_others(caplog):
    def bad() -> None:
        raise ValueError("Ada said something secret")

    ticking(bad, 3)
    assert "error=ValueError" in caplog.text
    assert "secret" not in caplog.text


def test_trouble_with_the_database_is_said_in_its_words(caplog):
    def locked() -> None:
        raise StorageError("The database is locked.")

    ticking(locked, 2)
    assert "The database is locked." in caplog.text


def test_a_tick_under_way_ends_before_it_stops():
    ended = []

    async def run() -> None:
        loop, begun, go = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

        def slow() -> None:
            loop.call_soon_threadsafe(begun.set)
            go.wait(20)
            ended.append(1)

        schedule = Schedule(slow, seconds=60)
        await schedule.start()
        await asyncio.wait_for(begun.wait(), 20)
        loop.call_later(0.01, go.set)
        await schedule.stop()
        assert ended == [1]

    asyncio.run(run())


def test_one_that_never_started_stops_too():
    asyncio.run(Schedule(lambda: None).stop())


class Post:
    """A platform that keeps what is delivered to it."""

    name = platform = "slack"

    def __init__(self) -> None:
        self.courier = self
        self.shown: list[tuple[str, Digest]] = []
        self.enough = asyncio.Event()

    async def deliver(self, sending, parts, onto):
        self.shown.append((sending.place.key, parts[0]))
        self.enough.set()
        return "1700.1"

    async def start(self, lanes):
        pass

    async def stop(self):
        pass

    async def close(self):
        pass

    def trouble(self):
        return ""

    def http(self):
        return {}


def test_serve_posts_a_digest_that_is_due_and_only_one(tmp_path):
    async def run(built) -> list[tuple[str, Digest]]:
        post = Post()
        service = Service(built.turns, built.outbound, [post], ("127.0.0.1", 0), built.weekly.tick)
        await service.start()
        await asyncio.wait_for(post.enough.wait(), 20)
        await service.stop()
        return post.shown

    with app(tmp_path) as built:
        Subscriptions(built.file).put(Channel("slack", "T1", "C1"), Rhythm(0, 0, 0, "UTC"), "U1")
        with built.file.transaction() as tables:
            tables.execute("UPDATE subscriptions SET active_since_at = '2026-01-01T00:00:00.000000Z'")
        ((key, digest),) = asyncio.run(run(built))
        assert key.startswith("new:digest:")
        assert digest.news.quiet
        assert built.weekly.tick(["slack"]) == 0
        (row,) = built.file.rows("SELECT key FROM threads")
        assert row["key"] == "1700.1"

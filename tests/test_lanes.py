"""Lanes answer every message once and in order, whatever the platform does."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.bootstrap import Application
from bot.courier import Gone, Later
from bot.draft import Draft
from bot.lanes import Lanes
from bot.posts import Parts
from bot.replies import Answered, Ask
from bot.taps import Tap, incoming
from bot.turns import MOST_ATTEMPTS
from storage.records import Claimed, Incoming, Place, Sending
from tests.bot_fixtures import OUTDATED, app

ANSWERED = (
    "Our support bot gives old refund rules. They change weekly. A colleague looks them up in the handbook."
)


class Board:
    """A platform that keeps its posts, and fails when told to."""

    platform = "board"

    def __init__(self) -> None:
        self.posts: dict[str, tuple[str, Parts]] = {}
        self.edits: list[tuple[str, Parts]] = []
        self.fails: list[Exception] = []
        self.busy_edits = 0
        self.worked = 0
        self.stood = asyncio.Event()

    async def deliver(self, sending: Sending, parts: Parts, onto: str) -> str:
        if self.fails:
            raise self.fails.pop(0)
        if onto and self.busy_edits:
            self.busy_edits -= 1
            raise Later(0.0, "busy")
        if onto:
            self.edits.append((onto, parts))
        else:
            onto = f"p{len(self.posts)}"
            self.posts[onto] = (sending.place.key, parts)
        self.stood.set()
        return onto

    @asynccontextmanager
    async def working(self, claimed: Claimed, draft: Draft) -> AsyncIterator[None]:
        self.worked += 1
        yield


def played(folder: Path, play: Callable[[Application, Lanes, Board], Awaitable[None]]) -> Board:
    """Run lanes over a fresh database while `play` uses them; ends when everything is done."""

    async def main() -> Board:
        board = Board()
        with app(folder) as built:
            lanes = Lanes(built.turns, built.outbound, board, lanes=4)
            running = asyncio.ensure_future(lanes.run())
            await play(built, lanes, board)
            await until(lambda: built.turns.queries.counts().waiting_since is None)
            await lanes.stop()
            await running
        return board

    return asyncio.run(main())


async def until(true: Callable[[], bool]) -> None:
    """Wait until something is so, for ten seconds at most."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0)


def message(key: str, number: int, text: str = OUTDATED, **more: object) -> Incoming:
    return Incoming(Place("board", "w", "c", key), f"{key}-{number}", "ada", text, author_name="Ada", **more)


def test_a_message_that_comes_three_times_gets_one_post(tmp_path):
    async def play(built, lanes, board):
        assert [await lanes.receive(message("t", 1)) for _ in range(3)] == [True, False, False]

    assert [len(parts) for _, parts in played(tmp_path, play).posts.values()] == [1]


def test_threads_are_answered_side_by_side_and_each_in_order(tmp_path):
    async def play(built, lanes, board):
        await asyncio.gather(
            *(
                lanes.receive(message(f"t{t}", n, "what would change this?"))
                for n in range(3)
                for t in range(6)
            )
        )

    board = played(tmp_path, play)
    assert sorted(key for key, _ in board.posts.values()) == sorted(
        f"t{t}" for t in range(6) for _ in range(3)
    )


@pytest.mark.parametrize("error", [Later(0.0, "busy"), RuntimeError("no words of people in the log")])
def test_what_fails_once_is_delivered_the_next_time(tmp_path, error, caplog):
    async def play(built, lanes, board):
        board.fails = [error]
        await lanes.receive(message("t", 1))

    assert len(played(tmp_path, play).posts) == 1
    assert "no words" not in caplog.text


def test_a_place_that_is_gone_ends_its_row_and_lets_the_next_one_pass(tmp_path):
    async def play(built, lanes, board):
        board.fails = [Gone("removed from the channel")]
        await lanes.receive(message("t", 1))
        await until(lambda: built.turns.queries.counts().outbox_dead == 1)
        await lanes.receive(message("t", 2, "help"))

    assert len(played(tmp_path, play).posts) == 1


def test_an_answered_question_is_closed_where_it_was_asked(tmp_path):
    async def play(built, lanes, board):
        await lanes.receive(message("t", 1))
        await until(lambda: bool(board.posts))
        thread = built.turns.queries.at(Place("board", "w", "c", "t"))
        put = built.turns.queries.open_question(thread)
        tap = Tap("answer", put.turn, (put.question.options[0].value,))
        await lanes.receive(incoming(tap, Place("board", "w", "c", "t"), "bob", "Bob"))

    board = played(tmp_path, play)
    ((onto, parts),) = board.edits
    (answered,) = (part for part in parts if isinstance(part, Answered))
    assert (onto, answered.by) == ("p0", "Bob")
    assert answered.chose == (answered.question.options[0].label,)


def test_an_edit_that_the_platform_puts_off_is_made_later(tmp_path):
    async def play(built, lanes, board):
        await lanes.receive(message("t", 1))
        await until(lambda: bool(board.posts))
        board.busy_edits = 2
        await lanes.receive(message("t", 2, ANSWERED))
        await until(lambda: bool(board.edits))

    board = played(tmp_path, play)
    assert [(onto, board.busy_edits) for onto, _ in board.edits] == [("p0", 0)]


def test_the_reply_to_an_edited_message_takes_the_place_of_the_first_reply(tmp_path):
    async def play(built, lanes, board):
        await lanes.receive(message("t", 1, "hello"))
        await until(lambda: bool(board.posts))
        await lanes.receive(message("t", 2, OUTDATED, body={"edits": "t-1"}))

    board = played(tmp_path, play)
    assert [len(board.posts), board.edits[0][0]] == [1, "p0"]


def test_a_question_that_took_the_place_of_another_stays_open(tmp_path):
    async def play(built, lanes, board):
        await lanes.receive(message("t", 1))
        await until(lambda: bool(board.posts))
        await lanes.receive(message("t", 2, ANSWERED, body={"edits": "t-1"}))

    board = played(tmp_path, play)
    assert [onto for onto, _ in board.edits] == ["p0"]
    assert any(isinstance(part, Ask) for part in board.edits[0][1])


def test_the_reply_to_an_edit_comes_last_where_others_stand_below_the_first(tmp_path):
    async def play(built, lanes, board):
        await lanes.receive(message("t", 1))
        await lanes.receive(message("t", 2, "why"))
        await until(lambda: len(board.posts) == 2)
        await lanes.receive(message("t", 3, ANSWERED, body={"edits": "t-1"}))

    board = played(tmp_path, play)
    assert len(board.posts) == 3
    assert [onto for onto, _ in board.edits] == ["p0", "p1"]
    assert not any(isinstance(part, Ask) for _, parts in board.edits for part in parts)


def test_a_shared_verdict_opens_a_thread_in_the_other_channel(tmp_path):
    async def play(built, lanes, board):
        place = Place("board", "w", "c", "t", private=True)
        await lanes.receive(Incoming(place, "1", "ada", OUTDATED, author_name="Ada"))
        await lanes.receive(Incoming(place, "2", "ada", "decide now", author_name="Ada"))
        await until(lambda: len(board.posts) == 2)
        given = built.turns.queries.last_verdict(built.turns.queries.at(place))
        await lanes.receive(incoming(Tap("share", given.turn, ("general",)), place, "ada", "Ada"))
        await until(lambda: len(board.posts) == 4)
        await until(lambda: built.turns.known(Place("board", "w", "general", "p3")) or "p2" in board.posts)

    board = played(tmp_path, play)
    kinds = [parts[0].kind for _, parts in board.posts.values()]
    assert sorted(kinds[2:]) == ["shared", "shared_verdict"]


def test_a_stopped_lane_leaves_what_waits_to_the_next_start(tmp_path):
    async def main() -> int:
        with app(tmp_path) as built:
            lanes = Lanes(built.turns, built.outbound, Board())
            await lanes.stop()
            await lanes.run()
            await lanes.receive(message("t", 1))
            return built.turns.queries.counts().inbox_waiting

    assert asyncio.run(main()) == 1


def test_a_turn_that_ends_while_the_lanes_stop_is_delivered_still(tmp_path):
    async def main() -> Board:
        board, begun, go_on = Board(), threading.Event(), threading.Event()
        with app(tmp_path) as built:
            handle = built.turns.handle

            def slowly(claim: Claimed, draft: Draft | None) -> None:
                begun.set()
                go_on.wait(10)
                handle(claim, draft)

            built.turns.handle = slowly
            lanes = Lanes(built.turns, built.outbound, board)
            running = asyncio.ensure_future(lanes.run())
            await lanes.receive(message("t", 1))
            await asyncio.to_thread(begun.wait, 10)
            stopping = asyncio.ensure_future(lanes.stop())
            await asyncio.sleep(0)
            go_on.set()
            await stopping
            await running
        return board

    assert len(asyncio.run(main()).posts) == 1


def test_an_outage_and_one_failure_drop_nothing(tmp_path):
    async def play(built, lanes, board):
        board.fails = [Later(0.0, "not connected"), RuntimeError("once")]
        await lanes.receive(message("t", 1))

    assert len(played(tmp_path, play).posts) == 1


def test_a_message_that_ended_the_process_each_time_is_not_tried_again_and_its_writer_is_told(tmp_path):
    with app(tmp_path) as built:
        built.turns.receive(message("t", 1))
        for _ in range(MOST_ATTEMPTS):
            assert built.turns.claim("board", lease=0.0) is not None
        built.turns._respond = lambda claim: pytest.fail("it would end the process again")
        assert built.turns.handle_next("board")
        said = built.outbound.claim("board")
        assert said is not None
        assert [part.kind for part in said.parts] == ["failed"]


def test_a_message_that_can_never_be_written_down_lets_its_thread_go_on(tmp_path):
    with app(tmp_path) as built:
        built.turns.receive(message("t", 1))
        for _ in range(MOST_ATTEMPTS + 1):
            assert built.turns.claim("board", lease=0.0) is not None
        built.turns.receive(message("t", 2, "help"))
        assert built.turns.handle_next("board", lease=0.0)
        assert built.turns.handle_next("board")
        assert built.turns.queries.counts().inbox_given_up == 1

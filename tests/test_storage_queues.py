"""The inbox and the outbox: once each, in order, by lease, whatever crashes."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.database import DatabaseFile
from storage.errors import LeaseLostError, UnknownRowError
from storage.leases import APART, IN_DOUBT
from storage.log import Log
from storage.queries import Queries
from storage.records import Claimed, Incoming, Place, Provenance, Turn

MADE_BY = Provenance(reader="offline", policy="1")


class HeldClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def pass_seconds(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def file(tmp_path: Path, clock: HeldClock) -> Iterator[DatabaseFile]:
    with DatabaseFile(tmp_path / "s.db", clock) as opened:
        yield opened


@pytest.fixture
def log(file: DatabaseFile) -> Log:
    return Log(file)


def message(number: int, thread: str = "1", workspace: str = "T1") -> Incoming:
    return Incoming(Place("slack", workspace, "C1", thread), f"m{number}", "U1", f"message {number}")


def claimed(log: Log, worker: str = "w", **narrowed: str) -> Claimed:
    claim = log.inbox.claim(worker, 30, **narrowed)
    assert claim is not None
    return claim


def turn(claim: Claimed, *replies: str) -> Turn:
    return Turn(claim.thread_id, claim.author, MADE_BY, claim=claim, replies=replies)


def test_a_redelivered_message_is_kept_once(log: Log) -> None:
    assert log.inbox.receive(message(1)) == 1
    assert log.inbox.receive(message(1)) is None
    log.record_turn(turn(claimed(log)))
    assert log.inbox.receive(message(1)) is None
    assert log.inbox.claim("w", 30) is None


def test_the_same_platform_id_in_another_workspace_is_another_message(log: Log) -> None:
    assert log.inbox.receive(message(1, workspace="T1")) is not None
    assert log.inbox.receive(message(1, workspace="T2")) is not None


def test_a_tap_comes_back_as_it_was_received(log: Log, clock: HeldClock) -> None:
    place = Place("discord", "G", "C", "9", private=True)
    body = {"turn": "abc", "values": ["rag", "naïve"]}
    log.inbox.receive(Incoming(place, "i1", "U7", "Only the prompt", "tap", "Kim", body=body))
    claim = claimed(log)
    assert (claim.place, claim.kind, claim.author_name, claim.body) == (place, "tap", "Kim", body)
    assert (claim.text, claim.received_at, claim.attempt) == ("Only the prompt", clock(), 1)


def test_one_thread_is_handled_in_order_and_threads_in_parallel(log: Log) -> None:
    for number, thread in ((1, "a"), (2, "a"), (3, "b")):
        log.inbox.receive(message(number, thread))
    first, other = claimed(log, "w1"), claimed(log, "w2")
    assert [first.platform_id, other.platform_id] == ["m1", "m3"]
    assert log.inbox.claim("w3", 30) is None
    log.record_turn(turn(first))
    assert claimed(log, "w3").platform_id == "m2"


def test_a_lease_that_ran_out_can_be_claimed_again_and_its_first_holder_writes_nothing(
    log: Log, file: DatabaseFile, clock: HeldClock
) -> None:
    log.inbox.receive(message(1))
    slow = claimed(log, "slow")
    clock.pass_seconds(29)
    assert log.inbox.claim("quick", 30) is None
    clock.pass_seconds(1)
    quick = claimed(log, "quick")
    assert quick.attempt == 2
    with pytest.raises(LeaseLostError):
        log.record_turn(turn(slow, '"twice"'))
    log.record_turn(turn(quick, '"once"'))
    with pytest.raises(LeaseLostError):
        log.record_turn(turn(quick, '"again"'))
    assert [row["body"] for row in file.rows("SELECT body FROM outbox")] == ['"once"']


def test_a_row_that_was_put_back_is_free_when_it_is_said_and_was_never_tried(
    log: Log, clock: HeldClock
) -> None:
    log.inbox.receive(message(1))
    assert log.inbox.put_back(claimed(log))
    assert log.inbox.put_back(claimed(log), clock() + timedelta(seconds=5))
    assert log.inbox.claim("w", 30) is None
    clock.pass_seconds(5)
    late = claimed(log)
    assert late.attempt == 1
    clock.pass_seconds(30)
    assert claimed(log).attempt == 2
    assert not log.inbox.put_back(late)


def test_a_lease_is_renewed_only_by_its_holder(log: Log, clock: HeldClock) -> None:
    log.inbox.receive(message(1))
    first = claimed(log)
    clock.pass_seconds(29)
    assert log.inbox.renew(first, 30)
    clock.pass_seconds(29)
    assert log.inbox.claim("w", 30) is None
    clock.pass_seconds(1)
    assert claimed(log, "other").attempt == 2
    assert not log.inbox.renew(first, 30)


def test_a_row_given_up_keeps_why_and_lets_its_thread_go_on(log: Log, file: DatabaseFile) -> None:
    log.inbox.receive(message(1))
    log.inbox.receive(message(2))
    assert log.inbox.give_up(claimed(log), "the reader failed five times")
    assert claimed(log).platform_id == "m2"
    assert Queries(file).counts().inbox_given_up == 1


def test_claims_can_be_narrowed_to_a_platform_or_a_thread(log: Log) -> None:
    log.inbox.receive(message(1))
    log.inbox.receive(Incoming(Place("terminal", "", "", "x"), "l1", "me", "hello"))
    assert claimed(log, platform="terminal").platform_id == "l1"
    assert log.inbox.claim("w", 30, platform="discord") is None
    thread = log.thread(Place("slack", "T1", "C1", "1"), "U1")
    assert claimed(log, thread_id=thread).platform_id == "m1"


def test_a_turn_for_the_wrong_or_an_unknown_thread_is_refused_whole(log: Log) -> None:
    log.inbox.receive(message(1))
    claim = claimed(log)
    with pytest.raises(ValueError, match="thread"):
        log.record_turn(Turn("t-other", "U1", MADE_BY, claim=claim))
    with pytest.raises(UnknownRowError):
        log.record_turn(Turn("t-other", "U1", MADE_BY))
    log.record_turn(turn(claim))


def test_a_process_that_dies_between_receiving_and_answering_loses_nothing(
    tmp_path: Path, clock: HeldClock
) -> None:
    path = tmp_path / "crash.db"
    dies = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from storage.database import DatabaseFile
from storage.log import Log
from storage.records import Incoming, Place
log = Log(DatabaseFile(Path(sys.argv[1]), lambda: datetime(2026, 11, 23, 9, 0, tzinfo=UTC)))
log.inbox.receive(Incoming(Place("slack", "T1", "C1", "1"), "m1", "U1", "help"))
log.inbox.claim("dies", 30)
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", dies, str(path)], check=False).returncode == 9
    with DatabaseFile(path, clock) as file:
        log = Log(file)
        assert log.inbox.receive(message(1)) is None
        assert log.inbox.claim("w", 30) is None
        clock.pass_seconds(30)
        log.record_turn(turn(claimed(log), '"answer"'))
        assert [
            line.text for line in Queries(file).transcript(file.rows("SELECT id FROM threads")[0][0])
        ] == [
            "help",
            '"answer"',
        ]


def test_replies_are_delivered_in_order_and_carry_their_turn(log: Log) -> None:
    log.inbox.receive(message(1))
    said = turn(claimed(log), '"first"', '"second"')
    log.record_turn(said)
    first = log.outbox.claim("w", 30, platform="slack")
    assert first is not None
    assert (first.body, first.turn, first.attempt, first.place.key) == ('"first"', said.key, 1, "1")
    assert log.outbox.claim("w", 30) is None
    assert log.outbox.delivered(first, "171.5")
    assert not log.outbox.delivered(first, "171.6")
    second = log.outbox.claim("w", 30)
    assert second is not None
    assert second.body == '"second"'


def test_a_reply_that_failed_waits_for_its_time_and_holds_back_the_next(log: Log, clock: HeldClock) -> None:
    log.inbox.receive(message(1))
    log.record_turn(turn(claimed(log), '"first"', '"second"'))
    first = log.outbox.claim("w", 30)
    assert first is not None
    assert log.outbox.failed(first, "429", clock() + timedelta(seconds=60))
    clock.pass_seconds(59)
    assert log.outbox.claim("w", 30) is None
    clock.pass_seconds(1)
    again = log.outbox.claim("w", 30)
    assert again is not None
    assert (again.body, again.attempt) == ('"first"', 2)


def test_a_dead_reply_lets_the_next_pass_and_is_counted(log: Log, file: DatabaseFile) -> None:
    log.inbox.receive(message(1))
    log.record_turn(turn(claimed(log), '"first"', '"second"'))
    first = log.outbox.claim("w", 30)
    assert first is not None
    assert log.outbox.dead(first, "channel_not_found")
    second = log.outbox.claim("w", 30)
    assert second is not None
    assert second.body == '"second"'
    counts = Queries(file).counts()
    assert (counts.outbox_dead, counts.outbox_waiting) == (1, 1)


def test_a_late_success_counts_but_a_late_failure_does_not(log: Log, clock: HeldClock) -> None:
    log.inbox.receive(message(1))
    log.record_turn(turn(claimed(log), '"first"'))
    late = log.outbox.claim("late", 30)
    clock.pass_seconds(30)
    current = log.outbox.claim("current", 30)
    assert late is not None
    assert current is not None
    assert not log.outbox.failed(late, "timeout", clock())
    assert not log.outbox.dead(late, "timeout")
    assert log.outbox.delivered(late, "171.5")
    assert not log.outbox.delivered(current, "171.6")


def test_text_that_utf8_cannot_hold_is_kept_readable(log: Log) -> None:
    log.inbox.receive(Incoming(Place("slack", "T1", "C1", "1"), "m1", "U1", "a\ud800b \ud83d\ude00 \x00"))
    assert claimed(log).text == "a\ufffdb \U0001f600 \x00"
    odd = Incoming(Place("slack", "T1", "C1", "1"), "m2", "U1", "x", body={"value": "\udfff"})
    assert log.inbox.receive(odd) is not None


def test_one_log_takes_messages_from_several_threads_at_once(log: Log, file: DatabaseFile) -> None:
    kept: list[int | None] = []

    def receive(worker: int) -> None:
        kept.extend([log.inbox.receive(message(n, thread=str(n % 3))) for n in range(worker % 2, 40, 2)])

    threads = [threading.Thread(target=receive, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([number for number in kept if number is not None]) == 40
    assert len(kept) == 80
    assert file.rows("SELECT count(*) FROM threads")[0][0] == 3


def test_several_processes_share_the_work_and_handle_each_message_once_in_order(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    works = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from storage.database import DatabaseFile
from storage.log import Log
from storage.records import Incoming, Place, Provenance, Turn
with DatabaseFile(Path(sys.argv[1]), lambda: datetime.now(UTC), 60.0) as file:
    log = Log(file)
    for n in range(20):
        log.inbox.receive(Incoming(Place("slack", "T", "C", str(n % 4)), f"m{n}", "U", str(n)))
    while file.row("SELECT 1 FROM inbox WHERE done_at IS NULL"):
        claim = log.inbox.claim(sys.argv[2], 600)
        if claim is not None:
            log.record_turn(Turn(claim.thread_id, "U", Provenance("r", "p"), claim=claim))
"""
    workers = [subprocess.Popen([sys.executable, "-c", works, str(path), f"w{n}"]) for n in range(3)]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    with DatabaseFile(path, lambda: datetime(2026, 11, 23, tzinfo=UTC)) as file:
        said = [
            (row["thread_id"], int(row["text"])) for row in file.rows("SELECT * FROM messages ORDER BY id")
        ]
        assert sorted(number for _, number in said) == list(range(20))
        for thread in {thread for thread, _ in said}:
            numbers = [number for other, number in said if other == thread]
            assert numbers == sorted(numbers)


def test_the_connections_of_threads_that_ended_are_closed(file: DatabaseFile) -> None:
    opened = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: opened.append(file.connection))
        thread.start()
        thread.join()
    with pytest.raises(Exception, match="closed"):
        opened[0].execute("SELECT 1")


def test_what_was_under_way_when_a_process_ended_is_free_at_once(log):
    for number in range(3):
        log.inbox.receive(message(number, thread=str(number)))
        claimed(log, worker="gone" if number else "here")
    log.inbox.take_back(lambda worker: worker == "gone")
    assert [claimed(log).text for _ in range(2)] == ["message 1", "message 2"]
    assert log.inbox.claim("w", 30) is None


def test_what_was_under_way_at_one_end_after_another_is_tried_alone_so_that_the_cause_shows(log, clock):
    for number in range(3):
        log.inbox.receive(message(number, thread=str(number)))
    for _ in range(IN_DOUBT):
        for _ in range(3):
            claimed(log, worker="gone")
        log.inbox.take_back(lambda worker: True)
    for number in range(3):
        assert claimed(log).text == f"message {number}"
        assert log.inbox.claim("w", 30) is None
        clock.pass_seconds(APART)

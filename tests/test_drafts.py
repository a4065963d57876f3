"""A draft is filled in one thread and shown in another, and where it stands is noted with the message."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.draft import Draft
from bot.replies import ShowFlips
from bot.slack.alone import curious
from decision.citation import Citation, Passage
from storage.database import DatabaseFile
from storage.forgetting import forget
from storage.log import Log
from storage.records import Claimed, Elsewhere, Incoming, Place, Provenance, Sending, Turn

PROOF = Citation(Passage("p", "d", "h", "A sentence."), "A sentence.")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PLACE = Place("slack", "T1", "C1", "1.0")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with DatabaseFile(tmp_path / "s.db", lambda: NOW) as file:
        yield Log(file)


def claimed(log: Log) -> Claimed:
    claim = log.inbox.claim("w", 0.0)
    assert claim is not None
    return claim


def received(log: Log) -> Claimed:
    log.inbox.receive(Incoming(PLACE, "m1", "U1", "decide now"))
    return claimed(log)


def test_sentences_come_out_in_order_and_together_until_it_is_over() -> None:
    async def main() -> list[tuple[str, ...]]:
        draft = Draft()
        waiting = asyncio.ensure_future(draft.news())
        await asyncio.to_thread(draft.hear, "one", PROOF)
        found = [await waiting]
        for sentence in ("two", "three"):
            await asyncio.to_thread(draft.hear, sentence, PROOF)
        found.append(await draft.news())
        await asyncio.to_thread(draft.hear, "four", PROOF)
        await asyncio.to_thread(draft.end)
        return [*found, await draft.news()]

    assert asyncio.run(main()) == [("one",), ("two", "three"), ()]


def test_a_turn_waits_until_it_is_known_whether_its_draft_stands() -> None:
    async def main() -> None:
        draft, ended = Draft(), threading.Event()

        def ends() -> None:
            draft.end()
            ended.set()

        with draft.beginning() as may:
            assert may
            ending = asyncio.ensure_future(asyncio.to_thread(ends))
            assert await draft.news() == ()
            assert not ended.is_set()
        await ending

    asyncio.run(main())


def test_nothing_is_begun_once_it_is_over() -> None:
    async def main() -> bool:
        draft = Draft()
        draft.end()
        with draft.beginning() as may:
            return may

    assert not asyncio.run(main())


@pytest.mark.parametrize("post", ["", "1.5"])
def test_where_a_draft_stands_is_known_to_the_next_attempt_and_to_the_reply(log: Log, post: str) -> None:
    claim = received(log)
    assert claim.draft is None
    assert log.inbox.begin_draft(claim)
    assert not post or log.inbox.note_draft(claim, post)
    again = claimed(log)
    assert again.draft == post
    assert log.inbox.drafts(claim.thread_id) == ({post} if post else set())
    elsewhere = (Elsewhere(Place("slack", "T1", "C2", "new:x"), "{}"),)
    made = Provenance("offline", "1")
    turn = Turn(again.thread_id, "U1", made, claim=again, replies=("{}",), elsewhere=elsewhere)
    log.record_turn(turn)
    reply, other = log.outbox.claim("w", 60.0), log.outbox.claim("w", 60.0)
    assert reply is not None
    assert (reply.draft, reply.asked_at) == (post, NOW)
    assert other is not None
    assert other.draft is None


def test_who_lost_the_lease_may_show_nothing(log: Log) -> None:
    late = received(log)
    claimed(log)
    assert not log.inbox.begin_draft(late)
    assert not log.inbox.note_draft(late, "1.5")
    assert claimed(log).draft is None


def test_nothing_is_shown_before_an_earlier_reply_of_the_thread_is(log: Log) -> None:
    claim = received(log)
    log.record_turn(Turn(claim.thread_id, "U1", Provenance("offline", "1"), claim=claim, replies=("{}",)))
    log.inbox.receive(Incoming(PLACE, "m2", "U1", "why?"))
    claim, reply = claimed(log), log.outbox.claim("w", 60.0)
    assert reply is not None
    assert not log.inbox.begin_draft(claim)
    log.outbox.delivered(reply, "1.5")
    assert log.inbox.begin_draft(claim)


def test_a_draft_that_was_refused_is_none(log: Log) -> None:
    claim = received(log)
    assert log.inbox.begin_draft(claim)
    assert log.inbox.note_draft(claim, None)
    assert claimed(log).draft is None


def test_a_message_whose_author_was_forgotten_stays_unanswered(log: Log) -> None:
    claim = received(log)
    assert not log.inbox.unanswered(claim)
    forget(log._file, "slack", "T1", "U1")
    assert log.inbox.unanswered(claim)


def test_a_message_that_was_answered_is_not_unanswered(log: Log) -> None:
    claim = received(log)
    log.record_turn(Turn(claim.thread_id, "U1", Provenance("offline", "1"), claim=claim, replies=("{}",)))
    assert not log.inbox.unanswered(claim)


def test_a_reply_whose_beginning_all_may_have_seen_is_not_told_to_one_alone() -> None:
    told = (ShowFlips("rag", (), "given"),)
    sending = Sending(1, 1, "t", PLACE, "k", "", NOW, answers_to="tap:k:U1:flips:")
    assert curious(sending, told) == told
    assert curious(replace(sending, draft=""), told) == ()

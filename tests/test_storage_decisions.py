"""Decisions: logged once, reviewed later, listed with filters, and found again as precedents."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decision.evidence import Evidence
from decision.verdict import Verdict
from storage.archive import Archive, DecisionFilter
from storage.database import DatabaseFile
from storage.errors import AlreadyDecidedError, UnknownRowError
from storage.log import Log
from storage.records import NewDecision, Outcome, Place, Provenance, Review, Turn

MADE_BY = Provenance("offline", "1")
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class HeldClock:
    """A clock that moves only when told."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture(scope="module")
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, clock: HeldClock) -> Iterator[DatabaseFile]:
    with DatabaseFile(tmp_path_factory.mktemp("decisions") / "s.db", clock) as opened:
        yield opened


@pytest.fixture(scope="module")
def log(file: DatabaseFile) -> Log:
    return Log(file)


@pytest.fixture(scope="module")
def archive(file: DatabaseFile) -> Archive:
    return Archive(file)


def verdict(lever: str = "rag") -> Verdict:
    return Verdict(lever, "Look it up", 0.8, {lever: 1.0}, {}, True, (), (), (), (), (), "1")


def decide(
    log: Log,
    key: str,
    lever: str = "rag",
    title: str = "",
    quote: str = "",
    platform: str = "slack",
    private: bool = False,
    **more: object,
) -> str:
    place = Place(platform, "T1", f"C-{key}", key, private)
    decision = NewDecision(log.fresh_decision_id(), lever, "U1", title=title, **more)  # type: ignore[arg-type]
    evidence = (Evidence("change_rate", "daily", quote),) if quote else ()
    log.record_turn(
        Turn(log.thread(place, "U1"), "U1", MADE_BY, verdict=verdict(), evidence=evidence, decision=decision)
    )
    return decision.id


def state_of(archive: Archive, decision_id: str) -> tuple[str, str, str]:
    record = archive.decision(decision_id)
    assert record is not None
    return record.decided.state, record.decided.lever, record.decided.outcome


def test_a_decision_keeps_what_was_logged_by_whom_and_why(
    log: Log, archive: Archive, clock: HeldClock
) -> None:
    decision_id = decide(
        log,
        "kept",
        "prompt",
        "Prices",
        "prices change daily",
        own=True,
        note="cheaper first",
        by_name="Kim",
    )
    record = archive.decision(decision_id)
    assert record is not None
    decided = record.decided
    assert (decided.lever, decided.own, decided.note, decided.by, decided.by_name) == (
        "prompt",
        True,
        "cheaper first",
        "U1",
        "Kim",
    )
    assert (decided.title, decided.state, decided.at, decided.place.key) == (
        "Prices",
        "logged",
        clock(),
        "kept",
    )
    assert record.verdict == verdict()
    assert [item.quote for item in record.evidence] == ["prices change daily"]
    assert archive.decision("d-none") is None


def test_evidence_that_came_after_a_decision_is_not_shown_as_its_ground(log: Log, archive: Archive) -> None:
    decision_id = decide(log, "later", quote="said before")
    thread = log.thread(Place("slack", "T1", "C-later", "later"), "U1")
    log.record_turn(
        Turn(thread, "U1", MADE_BY, reset=True, evidence=(Evidence("volume", "under_10k", "after"),))
    )
    record = archive.decision(decision_id)
    assert record is not None
    assert [item.quote for item in record.evidence] == ["said before"]


def test_a_review_changes_the_state_and_never_the_decision(log: Log, archive: Archive) -> None:
    decision_id = decide(log, "reviewed")
    log.review(Review(decision_id, "commented", "L1", reason="how often?"))
    assert state_of(archive, decision_id) == ("logged", "rag", "")
    log.review(Review(decision_id, "overridden", "L1", reason="no budget", lever="prompt"))
    assert state_of(archive, decision_id) == ("overridden", "prompt", "")
    log.review(Review(decision_id, "approved", "L2", "Lee"))
    assert state_of(archive, decision_id) == ("approved", "prompt", "")
    record = archive.decision(decision_id)
    assert record is not None
    assert record.decided.first_lever == "rag"
    assert [review.what for review in record.reviews] == ["commented", "overridden", "approved"]
    assert (record.reviews[2].by_name, record.reviews[1].reason) == ("Lee", "no budget")


def test_only_an_override_names_a_lever_and_only_known_decisions_are_reviewed(log: Log) -> None:
    decision_id = decide(log, "strict")
    with pytest.raises(ValueError, match="override"):
        log.review(Review(decision_id, "approved", "L1", lever="prompt"))
    with pytest.raises(UnknownRowError, match="d-none"):
        log.review(Review("d-none", "approved", "L1"))
    with pytest.raises(UnknownRowError, match="d-none"):
        log.outcome(Outcome("d-none", "worked", "U1"))


def test_the_newest_outcome_is_how_it_turned_out(log: Log, archive: Archive) -> None:
    decision_id = decide(log, "outcome")
    log.outcome(Outcome(decision_id, "too_early", "U1"))
    log.outcome(Outcome(decision_id, "worked", "U1", note="94 % right"))
    assert state_of(archive, decision_id)[2] == "worked"


def test_a_review_in_a_turn_is_kept_with_the_turn_or_not_at_all(log: Log, archive: Archive) -> None:
    decision_id = decide(log, "in turn")
    thread = log.thread(Place("slack", "T1", "leads", "1"), "L1")
    reviews = (Review(decision_id, "approved", "L1"), Review("d-none", "approved", "L1"))
    with pytest.raises(UnknownRowError):
        log.record_turn(Turn(thread, "L1", MADE_BY, reviews=reviews))
    assert state_of(archive, decision_id)[0] == "logged"
    log.record_turn(
        Turn(thread, "L1", MADE_BY, reviews=reviews[:1], outcomes=(Outcome(decision_id, "worked", "L1"),))
    )
    assert state_of(archive, decision_id) == ("approved", "rag", "worked")


def test_a_decision_without_a_verdict_or_title_takes_its_threads_title(log: Log, archive: Archive) -> None:
    thread = log.thread(Place("slack", "T1", "C9", "untitled"), "U1", "Refund bot")
    decision = NewDecision(log.fresh_decision_id(), "workflow", "U1", own=True)
    log.record_turn(Turn(thread, "U1", MADE_BY, decision=decision))
    record = archive.decision(decision.id)
    assert record is not None
    assert (record.decided.title, record.verdict) == ("Refund bot", None)


def test_deciding_on_a_verdict_that_never_stood_is_refused(log: Log) -> None:
    thread = log.thread(Place("slack", "T1", "C9", "no verdict"), "U1")
    with pytest.raises(UnknownRowError):
        log.record_turn(
            Turn(thread, "U1", MADE_BY, decision=NewDecision("d-x", "rag", "U1", verdict_turn="no"))
        )


def test_two_people_who_log_the_same_verdict_make_one_decision(log: Log, file: DatabaseFile) -> None:
    thread = log.thread(Place("slack", "T1", "C9", "twice"), "U1")
    first = Turn(thread, "U1", MADE_BY, verdict=verdict(), decision=NewDecision("d-once", "rag", "U1"))
    log.record_turn(first)
    again = NewDecision("d-twice", "rag", "U2", verdict_turn=first.key)
    with pytest.raises(AlreadyDecidedError, match="d-once"):
        log.record_turn(Turn(thread, "U2", MADE_BY, decision=again))
    assert file.row("SELECT 1 FROM decisions WHERE id = 'd-twice'") is None


def test_the_list_is_newest_first_and_every_filter_narrows_it(tmp_path: Path) -> None:
    clock = HeldClock()
    with DatabaseFile(tmp_path / "s.db", clock) as file:
        log, archive = Log(file), Archive(file)
        old = decide(log, "1", "rag", "Prices in the support bot")
        clock.moment = START + timedelta(days=7)
        new = decide(log, "2", "prompt", "Tone of e-mails", platform="discord", private=True)
        log.review(Review(old, "overridden", "L1", lever="workflow"))

        def ids(limit: int = 50, offset: int = 0, **filters: object) -> list[str]:
            wanted = DecisionFilter(**filters)  # type: ignore[arg-type]
            found = [decided.id for decided in archive.decisions(wanted, limit, offset)]
            assert (limit, offset) != (50, 0) or archive.count(wanted) == len(found)
            return found

        assert ids() == [new, old]
        assert (ids(limit=1), ids(limit=1, offset=1), ids(offset=2)) == ([new], [old], [])
        assert (ids(lever="workflow"), ids(lever="rag")) == ([old], [])
        assert (ids(state="logged"), ids(state="overridden")) == ([new], [old])
        assert (ids(platform="discord"), ids(workspace="T2"), ids(channel="C-1")) == ([new], [], [old])
        assert (ids(since=clock()), ids(before=clock())) == ([new], [old])
        assert ids(private=False) == [old]
        assert (ids(text="support PRICE"), ids(text="support tone"), ids(text="tone")) == ([old], [], [new])
        assert ids(text="?!") == []


def test_precedents_are_found_by_title_note_and_quotes_best_first(tmp_path: Path) -> None:
    with DatabaseFile(tmp_path / "s.db", lambda: START) as file:
        log, archive = Log(file), Archive(file)
        quoted = decide(log, "1", title="Chat", quote="it invents the invoice totals")
        titled = decide(log, "2", title="Invoice totals are invented")
        noted = decide(log, "3", title="Mail", note="like the invoices case")
        decide(log, "4", title="Something about weather")
        here = Place("slack", "T1", "C", "x")
        found = [decided.id for decided in archive.precedents("Our bot invents invoice totals!", here)]
        assert found[0] == titled
        assert set(found) == {titled, quoted, noted}
        thread = log.thread(Place("slack", "T1", "C-2", "2"), "U1")
        assert titled not in [d.id for d in archive.precedents("invoice totals", here, thread)]
        assert len(archive.precedents("invoice", here, limit=1)) == 1


def test_private_decisions_are_precedents_in_their_own_channel_only(tmp_path: Path) -> None:
    with DatabaseFile(tmp_path / "s.db", lambda: START) as file:
        log, archive = Log(file), Archive(file)
        secret = decide(log, "1", title="Salary assistant", private=True)
        same = Place("slack", "T1", "C-1", "another thread")
        assert [decided.id for decided in archive.precedents("salary", same)] == [secret]
        for place in (
            Place("slack", "T1", "C-2", "1"),
            Place("slack", "T2", "C-1", "1"),
            Place("x", "T1", "C-1", "1"),
        ):
            assert archive.precedents("salary", place) == []


@given(text=st.text())
def test_no_text_is_ever_taken_for_search_syntax(archive: Archive, text: str) -> None:
    archive.precedents(text, Place("slack", "T1", "C", "1"))
    archive.decisions(DecisionFilter(text=text))


@pytest.mark.parametrize(
    "text", ['"', "NEAR(a b)", "title:prices", "a AND OR NOT", "x*", "^x", "{a b}", "\ud800"]
)
def test_search_syntax_is_searched_for_as_words(archive: Archive, text: str) -> None:
    archive.precedents(text, Place("slack", "T1", "C", "1"))
    archive.decisions(DecisionFilter(text=text))


def test_fifty_thousand_decisions_are_paged_filtered_and_searched(tmp_path: Path) -> None:
    with DatabaseFile(tmp_path / "s.db", lambda: START) as file:
        archive = Archive(file)
        with file.transaction() as tables:
            _fill(tables.conn, 50_000)
        assert archive.count() == 50_000
        newest = archive.decisions(limit=20)
        assert [decided.id for decided in newest] == [f"d-{n}" for n in range(50_000, 49_980, -1)]
        assert archive.decisions(limit=20, offset=49_990)[-1].id == "d-1"
        assert archive.count(DecisionFilter(state="approved")) == 5_000
        assert [d.id for d in archive.decisions(DecisionFilter(text="case 31337"))] == ["d-31337"]
        here = Place("slack", "T1", "C1", "x")
        assert archive.precedents("what about case 31337 of the team", here)[0].id == "d-31337"
        assert archive.precedents("which case?", here) == []


def _fill(connection: object, count: int) -> None:
    """Many decisions, every tenth approved, faster than one turn at a time."""
    fill = getattr(connection, "executemany")  # noqa: B009
    fill("INSERT INTO threads VALUES (?, 'slack', 'T1', 'C1', ?, '', 0, 'U1', '')", [("t", "k")])
    numbers = [(n,) for n in range(1, count + 1)]
    at = "2026-11-23T09:00:00.000000Z"
    fill(
        "INSERT INTO turns SELECT "
        f"?1, 'k' || ?1, 't', NULL, 'U1', 'r', '', '', '', 0, 0, 0.0, 0.0, '{at}', 0, 0",
        numbers,
    )
    fill(
        "INSERT INTO decisions SELECT ?1, 'd-' || ?1, 't', ?1, NULL, 'rag', 0, 'U1', '', 'Case ' || ?1, '', "
        f"'{at}'",
        numbers,
    )
    fill("INSERT INTO decision_words(rowid, title, note, quotes) SELECT ?1, 'Case ' || ?1, '', ''", numbers)
    fill(
        f"INSERT INTO reviews(decision_id, what, by, by_name, reason, reviewed_at) "
        f"SELECT 'd-' || ?1, 'approved', 'L1', '', '', '{at}'",
        numbers[9::10],
    )

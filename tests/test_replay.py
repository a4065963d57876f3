"""The same evidence gives the same verdict, also when it is read back from the log."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.bootstrap import Application
from decision.assess import Guidance, assess
from decision.evidence import Case
from decision.policy import Policy
from storage.bodies import question_from, to_json, verdict_from
from storage.database import DatabaseFile
from storage.log import Log
from storage.queries import Queries
from storage.records import Incoming, Place, Provenance, Turn, random_letters

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseFile]:
    with DatabaseFile(tmp_path_factory.mktemp("replay") / "s.db", lambda: NOW) as opened:
        yield opened


def kept(file: DatabaseFile, case: Case, policy: Policy, guidance: Guidance) -> str:
    """The id of a fresh thread whose log holds the case, a message a piece of evidence, and its verdict."""
    log = Log(file)
    number = file.rows("SELECT count(*) FROM threads")[0][0]
    thread = log.thread(Place("terminal", "", "", f"case {number}"), "me")
    made_by = Provenance("offline", policy.version)
    for item in case.evidence:
        log.record_turn(Turn(thread, "me", made_by, evidence=(item,)))
    log.record_turn(Turn(thread, "me", made_by, verdict=assess(policy, case, guidance).verdict))
    return thread


@settings(max_examples=30)
@given(st.data())
def test_the_same_evidence_gives_the_same_verdict_and_question(
    policy: Policy, guidance: Guidance, cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    case = data.draw(cases)
    first, again = assess(policy, case, guidance), assess(policy, Case(case.evidence), guidance)
    assert first == again
    assert to_json(first.verdict) == to_json(again.verdict)


@settings(max_examples=20)
@given(st.data())
def test_a_verdict_is_replayed_from_the_log(
    file: DatabaseFile,
    policy: Policy,
    guidance: Guidance,
    cases: st.SearchStrategy[Case],
    data: st.DataObject,
) -> None:
    case = data.draw(cases)
    thread, queries = kept(file, case, policy, guidance), Queries(file)
    replayed = assess(policy, queries.case(thread), guidance).verdict
    given_then = queries.last_verdict(thread)
    assert given_then is not None
    assert to_json(replayed) == to_json(given_then.verdict) == to_json(assess(policy, case, guidance).verdict)


@settings(max_examples=30)
@given(st.data())
def test_the_order_of_independent_evidence_does_not_matter(
    policy: Policy, guidance: Guidance, cases: st.SearchStrategy[Case], data: st.DataObject
) -> None:
    counting = [item for held in data.draw(cases).current.values() for item in held]
    single = [item for item in counting if item.factor != "tried"]
    tried = [item for item in counting if item.factor == "tried"]
    one = Case((*single, *tried))
    other = Case((*tried, *data.draw(st.permutations(single))))
    assert to_json(assess(policy, one, guidance).verdict) == to_json(assess(policy, other, guidance).verdict)


def test_what_was_kept_reads_back_as_it_was_written(
    policy: Policy, guidance: Guidance, tunable: Case
) -> None:
    verdict = to_json(assess(policy, tunable, guidance, decide_now=True).verdict)
    question = assess(policy, Case(), guidance).question
    assert question is not None
    assert to_json(verdict_from(verdict)) == verdict
    assert to_json(question_from(to_json(question))) == to_json(question)


TALKS = (
    (
        "Our support bot gives outdated answers about our refund policy.",
        "Also the facts change weekly.",
        "We tried few-shot.",
        "3",
        "2 million requests a month.",
        "2",
        "2",
    ),
    (
        "Our support bot gives outdated answers about our refund policy.",
        "not sure",
        "purple",
        "1",
        "not sure",
    ),
    ("It ignores half of its instructions.", "Also the facts change weekly.", "not sure", "decide now", "2"),
    (
        "Our support bot gives outdated answers. The facts change weekly. We get 2 million calls a month.",
        "Forget what I said about the volume.",
        "1",
        "Scratch that. We tried few-shot.",
        "decide now",
        "I was wrong about how often the facts change, they rarely change.",
    ),
    (
        "Our support bot over our docs gives wrong answers. The right passages are retrieved.",
        "decide now",
        "Actually the retrieved chunks are often the wrong ones.",
        "The right page comes up every time.",
        "decide now",
    ),
    (
        "Wrong tickets get the wrong label, we have 300 labelled examples.",
        "1",
        "start over",
        "It is slow.",
        "3",
    ),
)


@pytest.mark.parametrize("talk", TALKS)
def test_every_verdict_of_a_chat_is_replayed_from_the_log(app: Application, talk: tuple[str, ...]) -> None:
    place, turns = Place("replay", "", "", talk[0]), app.turns
    for text in talk:
        turns.receive(Incoming(place, random_letters(12), "me", text))
        assert turns.handle_next("replay")
    keys = app.file.rows(
        "SELECT t.key FROM turns AS t JOIN verdicts AS v ON v.turn_id = t.id WHERE t.thread_id = :thread",
        {"thread": turns.queries.at(place)},
    )
    assert len(keys) >= 3
    for row in keys:
        given, case = turns.queries.verdict(row["key"]), turns.queries.judged(row["key"])
        assert given is not None
        assert case is not None
        again = assess(app.policy, case, app.passage, decide_now=given.verdict.final).verdict
        assert to_json(again) == to_json(given.verdict)

"""A decision keeps what would change it; a digest tells those who may see it when a later thread says so."""

from dataclasses import replace

import pytest

from decision.assess import assess
from decision.evidence import Case, Evidence
from decision.verdict import Flip
from storage.records import Place, Turn
from storage.subscriptions import Channel
from tests.weekly_fixtures import HERE, MADE, Team, team

ABOUT = "Support bot invents refund rules"
AGAIN = "The support bot still invents refund dates"


@pytest.fixture
def here(tmp_path, policy, guidance):
    said = (Evidence("human_fix", "document", "they need the right page"),)
    with team(tmp_path, assess(policy, Case(said), guidance, decide_now=True).verdict) as built:
        yield built


def trigger(built: Team) -> Evidence:
    """What would change the verdict."""
    return Evidence(*next(flip for flip in built.verdict.flips if len(flip.changes) == 1).changes[0])


def brought_up(built: Team, channel: str, private: bool = False, only_here: bool = False) -> list[str]:
    """The threads that a channel's digest names as a reason to look at a decision again."""
    found = built.weekly.preview(Channel("slack", "T1", channel, private), only_here)
    return [one.named for one in found.revisits]


def test_a_decision_is_worth_another_look_when_a_later_thread_meets_its_trigger(tmp_path, policy, guidance):
    said = tuple(
        Evidence(factor, value)
        for factor, value in {
            "failure_pattern": "same",
            "human_fix": "nothing_helps",
            "label_agreement": "poor",
        }.items()
    )
    verdict = assess(policy, Case(said), guidance, decide_now=True).verdict
    (factor, value), *others = next(
        flip.changes for flip in verdict.flips if flip.changes[0][0] == "label_agreement"
    )
    with team(tmp_path, verdict) as built:
        decision = built.decide("1", "Ticket classifier labels differ")
        built.say("2", "Churn letters", Evidence(factor, value, certainty=0.5))
        built.say("3", "Elsewhere", Evidence(factor, value), place=Place("slack", "T1", "C2", "3"))
        assert built.weekly.preview(HERE).revisits == ()
        built.say("4", "Two of us agree now", Evidence(factor, value))
        (found,) = built.weekly.preview(HERE).revisits
    assert others == []
    assert (found.decision, found.title, found.named) == (
        decision,
        "Ticket classifier labels differ",
        "Two of us agree now",
    )
    assert "agree" in found.flip


def test_news_of_another_feature_is_no_reason_to_look_again(here):
    (factor, value) = next(flip for flip in here.verdict.flips if len(flip.changes) == 1).changes[0]
    here.decide("1", "Support bot invents refund rules")
    here.say("2", "Summaries of meetings are too long", Evidence(factor, value))
    assert here.weekly.preview(HERE).revisits == ()
    here.say("3", "The support bot still invents refund dates", Evidence(factor, value))
    assert [one.named for one in here.weekly.preview(HERE).revisits] == [
        "The support bot still invents refund dates"
    ]


def test_a_trigger_is_met_in_any_public_channel_that_speaks_of_the_same_thing(here):
    here.decide("1", ABOUT)
    here.say("2", AGAIN, trigger(here), place=Place("slack", "T1", "C2", "2"))
    assert brought_up(here, "C1") == brought_up(here, "C2") == brought_up(here, "C3") == [AGAIN]
    assert brought_up(here, "C1", only_here=True) == []


def test_news_of_a_whole_team_concerns_what_it_decided_and_not_what_others_did(here):
    here.verdict = replace(here.verdict, flips=(Flip((("volume", "over_10m"),), "fine_tune", "More."),))
    here.decide("1", ABOUT)
    for channel, told in (("C2", []), ("C1", ["Summaries of meetings"])):
        place = Place("slack", "T1", channel, "2")
        here.say("2", "Summaries of meetings", Evidence("volume", "over_10m"), place=place)
        assert brought_up(here, "C1") == told


@pytest.mark.parametrize(
    "place",
    [
        Place("slack", "T1", "P2", "2", private=True),
        Place("slack", "T1", "D9", "2", private=True),
        Place("slack", "T2", "C2", "2"),
        Place("discord", "T1", "C2", "2"),
    ],
)
def test_what_is_said_in_private_or_in_another_workspace_meets_no_trigger_elsewhere(here, place):
    here.decide("1", ABOUT)
    here.say("2", AGAIN, trigger(here), place=place)
    assert here.file.rows("SELECT 1 FROM revisits_met") == []
    assert brought_up(here, "C1") == brought_up(here, place.channel, private=place.private) == []


def test_a_private_decision_is_brought_up_by_a_public_thread_to_its_own_channel_alone(here):
    here.decide("1", ABOUT, place=Place("slack", "T1", "P1", "1", private=True))
    here.say("2", AGAIN, trigger(here), place=Place("slack", "T1", "C2", "2"))
    assert brought_up(here, "P1", private=True) == [AGAIN]
    assert brought_up(here, "C1") == brought_up(here, "C2") == []


def test_what_was_said_and_taken_back_before_does_not_help_to_meet_a_trigger(here):
    changes = (("label_agreement", "high"), ("training_pairs", "1000_plus"))
    here.verdict = replace(here.verdict, flips=(Flip(changes, "fine_tune", "Both."),))
    here.decide("1", ABOUT)
    (agree, pairs) = (Evidence(*change) for change in changes)
    here.say("2", AGAIN, agree)
    here.say("2", AGAIN, Evidence("label_agreement", "poor"))
    thread = here.say("2", AGAIN, pairs)
    assert brought_up(here, "C1") == []
    here.say("2", AGAIN, Evidence("training_pairs", "none"), agree)
    here.log.record_turn(Turn(thread, "U1", MADE, reset=True))
    here.say("2", AGAIN, pairs)
    assert brought_up(here, "C1") == []
    here.say("2", AGAIN, agree)
    assert brought_up(here, "C1") == [AGAIN]

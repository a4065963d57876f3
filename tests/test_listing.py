"""Lists say what the log says, for whoever may see it, in the order that is asked for."""

from datetime import timedelta

import pytest

from bot.access import viewer
from storage.listing import Listing, Wanted
from tests.console_fixtures import LEAD, MEMBER, OTHER, demo

LEADS = ("slack:ULEAD",)


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team"), weeks=3) as made:
        review, told = made.app.reviewing.review, made.app.archive.decisions()
        review(LEAD, told[0].id, "approved")
        review(LEAD, told[1].id, "overridden", "Because.", "hybrid")
        review(LEAD, told[1].id, "commented", "And so on.")
        review(LEAD, told[2].id, "overridden", "Because.", "switch_model")
        review(LEAD, told[2].id, "approved", "On second thoughts.")
        made.app.reviewing.outcome(LEAD, told[0].id, "too_early")
        made.app.reviewing.outcome(LEAD, told[0].id, "worked")
        yield made


@pytest.fixture(scope="module")
def listing(team) -> Listing:
    return Listing(team.app.file)


def sight(guest=LEAD):
    return viewer(guest, LEADS).sight


def ids(listing, wanted=None, guest=LEAD):
    return [one.decided.id for one in listing.decisions(sight(guest), wanted or Wanted(), 1000)]


def test_standings_are_what_the_log_says(team):
    said = """SELECT l.id, l.lever, l.state, l.outcome, l.decided_at, l.platform, l.channel, l.private
        FROM decision_list AS l ORDER BY l.number"""
    kept = """SELECT decision_id, lever, state, outcome, decided_at, platform, channel, hidden
        FROM standings ORDER BY number"""
    assert list(map(tuple, team.app.file.rows(said))) == list(map(tuple, team.app.file.rows(kept)))


def test_a_lead_sees_all_but_private_threads_and_others_see_their_own(team, listing):
    everything = team.app.archive.decisions(limit=1000)
    assert ids(listing) == [one.id for one in everything if not one.place.private]
    assert ids(listing, guest=MEMBER) == [one.id for one in everything if one.by == "UADA"]
    assert ids(listing, guest=OTHER) == [one.id for one in everything if one.by == "UBOB"]
    assert any(one.place.private for one in everything if one.by == "UBOB")


@pytest.mark.parametrize("name", ["lever", "failure", "state", "outcome", "platform", "channels"])
def test_every_filter_keeps_what_fits_and_only_that(listing, name):
    everything = listing.decisions(sight(), Wanted(), 1000)

    def value(one):
        if name == "failure":
            return one.failure
        if name == "channels":
            return (one.decided.place.channel,)
        return getattr(one.decided.place if name == "platform" else one.decided, name)

    assert len(listing.decisions(sight(), Wanted(channels=("CSUPPORT", "CSEARCH")), 1000)) > 2
    for wanted in {value(one) for one in everything} - {""}:
        found = listing.decisions(sight(), Wanted(**{name: wanted}), 1000)
        assert [one.decided.id for one in found] == [
            one.decided.id for one in everything if value(one) == wanted
        ]
        assert listing.count(sight(), Wanted(**{name: wanted})) == len(found)


def test_persons_are_found_by_id_and_by_name_and_words_in_the_title(listing):
    assert ids(listing, Wanted(person="UADA")) == ids(listing, Wanted(person="Ada Sommer")) != []
    assert ids(listing, Wanted(person="Nobody")) == []
    assert ids(listing, Wanted(text="refund policy")) != []
    assert ids(listing, Wanted(text="refund zebra")) == []


def test_times_include_their_first_day_and_not_their_end(listing):
    middle = listing.decisions(sight(), Wanted(), 1000)[3].decided.at
    after, before = ids(listing, Wanted(since=middle)), ids(listing, Wanted(before=middle))
    assert sorted(after + before) == sorted(ids(listing))
    assert ids(listing, Wanted(since=middle, before=middle + timedelta(seconds=1))) != []


def test_orders_and_pages_lose_and_repeat_nothing(listing):
    for sort in ("newest", "oldest", "surest", "least_sure"):
        wanted = Wanted(sort=sort)
        paged = [
            one.decided.id for page in range(30) for one in listing.decisions(sight(), wanted, 2, page * 2)
        ]
        assert sorted(paged) == sorted(ids(listing))
    assert ids(listing, Wanted(sort="oldest")) == ids(listing)[::-1]
    sure = [one.confidence for one in listing.decisions(sight(), Wanted(sort="surest"), 1000)]
    assert sure == sorted(sure, reverse=True)


def test_counting_stops_where_nobody_reads_on(listing):
    assert listing.count(sight(), Wanted(), 2) == 3


def test_threads_are_listed_for_whoever_may_read_them(team, listing):
    assert not any(one.place.private for one in listing.threads(sight(), limit=1000))
    assert any(one.place.private for one in listing.threads(sight(OTHER), limit=1000))
    team.say(MEMBER, "CSUPPORT", "9.9", "Our chatbot forgets what the customer said before.")
    (waiting,) = listing.threads(sight(), waiting=True)
    assert waiting.waits_for == "answer"
    assert listing.threads(sight(OTHER), waiting=True) == []

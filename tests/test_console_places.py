"""Leads lead where they are named, and channels are shown by the names that their viewers may know."""

from dataclasses import replace

import pytest

from bot.access import is_lead, viewer
from bot.console.places import Places
from storage.access import Guest
from storage.channels import Channels
from storage.listing import Listing, Wanted
from storage.records import Incoming, Place
from tests.console_fixtures import LEAD, MEMBER, OTHER, demo, visiting

ADA = Guest("discord", "77", "42", "Ada")


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team")) as made:
        yield made


@pytest.mark.parametrize(
    ("leads", "here", "there"),
    [
        (("slack:ULEAD",), True, True),
        (("slack:T1:ULEAD",), True, False),
        (("slack:T2:ULEAD", "slack:T1:UBOB"), False, True),
        (("discord:ULEAD", "slack:ULEA", "slack:T1:LEAD"), False, False),
    ],
)
def test_a_lead_is_one_where_they_are_named_or_everywhere(leads, here, there):
    assert is_lead(LEAD, leads) is viewer(LEAD, leads).lead is here
    assert is_lead(replace(LEAD, workspace="T2"), leads) is there


def test_in_a_direct_message_on_discord_a_lead_sees_the_servers_they_lead(team):
    decision = told(team, "discord", "77", "general", "42")
    elsewhere = told(team, "discord", "88", "general", "43")
    listing, alone = Listing(team.app.file), replace(ADA, workspace="@me", person="9")
    for leads, seen in (
        (("discord:9",), {decision, elsewhere}),
        (("discord:77:9",), {decision}),
        (("discord:77:9", "discord:88:9"), {decision, elsewhere}),
        (("discord:99:9",), set()),
        ((), set()),
    ):
        me = viewer(alone, leads)
        assert me.lead is bool(leads)
        assert {one.decided.id for one in listing.decisions(me.sight, Wanted())} == seen
        assert listing.seen(me.sight, decision) == ("whole" if decision in seen else "")


def test_on_discord_threads_are_a_persons_own_from_every_server_and_in_slack_from_one(team):
    listing = Listing(team.app.file)
    decision = told(team, "discord", "77", "general", "50", private=True)
    for workspace in ("77", "88", "@me"):
        me = viewer(replace(ADA, workspace=workspace, person="50"), ())
        assert listing.seen(me.sight, decision) == "whole"
    mine = next(one.id for one in team.app.archive.decisions() if one.by == MEMBER.person)
    assert listing.seen(viewer(MEMBER, ()).sight, mine) == "whole"
    assert listing.seen(viewer(replace(MEMBER, workspace="T2"), ()).sight, mine) == ""


def told(team, platform, workspace, channel, person, private=False) -> str:
    """A decision of somebody's, made in a thread of its own."""
    place = Place(platform, workspace, channel, f"{workspace}:{channel}:{person}", private)
    for number, said in enumerate(("Our bot gives outdated prices.", "decide now", "log this decision")):
        key = f"{workspace}:{channel}:{person}:{number}"
        team.app.turns.receive(Incoming(place, key, person, said, author_name="Ada"))
        assert team.app.turns.handle_next(platform)
    given = team.app.turns.queries.last_verdict(team.app.turns.queries.at(place))
    return given.decision


def test_a_channel_is_shown_by_its_newest_name_and_a_private_one_to_its_own_people_alone(team):
    channels = Channels(team.app.file)
    where = Place("slack", "T1", "CNAMES", "1")

    def places(there, thread=""):
        return Places(channels, Listing(team.app.file), viewer(LEAD, ()))(there, thread)

    assert places(where) == "Slack CNAMES"
    channels.note(where, "old")
    channels.note(where, "new")
    assert places(where) == "Slack #new"
    channels.note(replace(where, private=True), "salaries")
    assert places(where) == "Slack CNAMES"
    assert places(replace(where, private=True)) == "Slack, private"
    secret = Place("slack", "T1", "GBOARD", "9.1", private=True)
    channels.note(secret, "board")
    thread = team.app.log.thread(secret, OTHER.person)
    assert places(secret, thread) == "Slack, private"
    own = Places(channels, Listing(team.app.file), viewer(OTHER, ()))
    assert own(secret, thread) == "Slack #board, private"


def test_a_list_is_filtered_by_the_name_of_a_public_channel_and_of_no_other(team):
    Channels(team.app.file).note(Place("slack", "T1", "DBOB", "", private=True), "bobs-secret")
    Channels(team.app.file).note(Place("slack", "T2", "CELSE", ""), "elsewhere")
    with visiting(team.app, LEAD) as (lead,):
        page = lead.get("/decisions?channel=%23Support").body
        wanted = [one.id for one in team.app.archive.decisions() if one.place.channel == "CSUPPORT"]
        assert wanted
        assert all(one in page for one in wanted)
        assert "Slack #support" in page
        assert "#finance" not in page.replace('value="#finance"', "")
        assert 'value="#content"' in page
        assert not any(name in page for name in ("bobs-secret", "elsewhere"))


def test_signing_out_everywhere_ends_the_account_in_every_workspace_and_nobody_elses(tmp_path):
    with demo(tmp_path) as made:
        elsewhere = replace(LEAD, workspace="T2")
        with visiting(made.app, LEAD, elsewhere, MEMBER) as (here, there, other):
            answer = here.post("/sign-out", everywhere="yes")
            assert "your Slack account" in answer.body
            assert "Lea Winter" not in answer.body
            assert [client.get("/").status for client in (here, there, other)] == [401, 401, 200]


def test_a_browser_that_signs_in_anew_leaves_no_sign_in_behind_that_nobody_can_end(team):
    from tests.console_fixtures import link

    with visiting(team.app, LEAD) as (client,):
        before = client.cookie.partition("=")[2]
        client.sign_in(link(team.app, MEMBER))
        assert team.app.links.signed_in(before) is None
        assert "Ada Sommer" in client.get("/").body


def test_leads_are_named_in_the_settings_by_workspace_too():
    from bot.settings import read_settings

    leads = read_settings({"SEXTANT_LEADS": "slack:T1:U1, discord:7:42, slack:U2"}).leads
    assert leads == ("slack:T1:U1", "discord:7:42", "slack:U2")

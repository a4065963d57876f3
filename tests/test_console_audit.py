"""The console's page of who reviewed, exported and deleted what, for the leads of each workspace."""

import re
from dataclasses import replace

import pytest

from bot.console.pages import audit
from storage.forgetting import forget
from storage.person import export
from storage.retention import Cutoffs, Retention
from tests.console_fixtures import LEAD, MEMBER, OTHER, decision_of, demo, visiting

BOUND = replace(LEAD, person="UBOUND", name="Bo Bound")
GONE = replace(LEAD, person="UGONE", name="Go Gone")
FOREIGN = replace(LEAD, workspace="T2", person="UELSE", name="El Where")
LEADS = ("slack:ULEAD", "slack:T1:UBOUND", "slack:T1:UBOB", "slack:T2:UELSE")


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    """A team in which all that is audited was done once."""
    with demo(tmp_path_factory.mktemp("team"), leads=LEADS) as made:
        reviewing, file = made.app.reviewing, made.app.file
        reviewing.review(LEAD, decision_of(made, "CSUPPORT"), "approved", "Zebras agree.")
        reviewing.review(OTHER, decision_of(made, "DBOB"), "commented", "Zebras of my own.")
        reviewing.review(GONE, decision_of(made, "CFINANCE"), "commented", "Zebras leave.")
        export(file, "slack", "T1", "UADA")
        export(file, "slack", "T2", "USTRANGER")
        forget(file, "slack", "T1", GONE.person, actor="operator")
        made.say(replace(OTHER, person="UASK", name="As Ked"), "CASKED", "9.9", "Hello.")
        made.app.people.forget("slack", "T1", "UASK")
        oldest = made.app.archive.decisions()[-1].at
        Retention(file, pause=0).expire(Cutoffs(messages=oldest), "setting")
        yield made


@pytest.fixture(scope="module")
def clients(team):
    with visiting(team.app, LEAD, BOUND, OTHER, FOREIGN, MEMBER) as found:
        yield found


def lines(client, page: int = 1) -> list[str]:
    """The lines of a page as they are read."""
    listed = client.get(f"/health/audit?page={page}").body.partition('<ol class="history">')[2]
    found = re.findall(r"<li>(.*?)</li>", listed, re.DOTALL)
    return [" ".join(re.sub("<[^>]+>", "", line).split()) for line in found]


def has(told: list[str], line: str) -> bool:
    return any(re.search(line, one) for one in told)


def test_it_says_who_did_what_when_and_to_how_much_of_it(team, clients):
    told = lines(clients[0])
    assert has(told, f"^Lea Winter approved {decision_of(team, 'CSUPPORT')} .* UTC$")
    assert has(told, f"^Somebody who was forgotten commented on {decision_of(team, 'CFINANCE')} ")
    assert has(told, "^An operator gave out what is kept of a person .* decisions [1-9]")
    assert has(told, "^An operator had a person forgotten .* reviews 1")
    assert has(told, "^A person asked to be forgotten .* messages 1")
    expired = [line for line in told if line.startswith("A setting")]
    assert len(expired) == 1, "what went in one day is one line"
    assert has(expired, "took out what is kept no longer .* titles [1-9].* messages [1-9].* all workspaces$")
    assert f'href="/decisions/{decision_of(team, "CSUPPORT")}"' in clients[0].get("/health/audit").body


def test_it_holds_no_word_of_anybody_and_not_whom_a_deletion_was_about(clients):
    body = clients[0].get("/health/audit").body
    for word in ("Zebras", "UADA", "Ada Sommer", "USTRANGER", "UGONE", "Go Gone", "refund", "salary"):
        assert word not in body


def test_a_decision_in_somebodys_private_thread_is_named_to_them_alone(team, clients):
    lead, _, bob, *_ = clients
    private = decision_of(team, "DBOB")
    assert private not in lead.get("/health/audit").body
    assert has(lines(lead), "^Bob Herbst commented on a decision in a private thread ")
    assert has(lines(bob), f"^Bob Herbst commented on {private} ")


def test_a_lead_of_one_workspace_is_told_of_that_one_alone(clients):
    _, bound, _, foreign, member = clients
    assert len(lines(bound)) == 6
    assert not has(lines(bound), "all workspaces")
    assert len(lines(foreign)) == 1
    assert has(lines(foreign), "^An operator gave out")
    assert member.get("/health/audit").status == 403


def test_it_is_paged_and_linked_from_where_the_machinery_is_looked_after(clients, monkeypatch):
    lead = clients[1]
    every = lines(lead)
    monkeypatch.setattr(audit, "PAGE", 3)
    last = -(-len(every) // 3)
    assert [line for page in range(1, last + 1) for line in lines(lead, page)] == every
    assert last > 1
    newest, oldest = lead.get("/health/audit").body, lead.get(f"/health/audit?page={last}").body
    assert ('href="?page=2"' in newest, 'rel="prev"' in newest) == (True, False)
    assert (f'href="?page={last - 1}"' in oldest, 'rel="next"' in oldest) == (True, False)
    assert "The list ends before this page." in lead.get("/health/audit?page=9").body
    assert 'href="/health/audit"' in lead.get("/health").body


def test_who_takes_decisions_with_them_is_noted_with_how_many(tmp_path):
    with demo(tmp_path) as made, visiting(made.app, LEAD, MEMBER) as (lead, member):
        for form in ("csv", "json", "madr"):
            assert lead.get(f"/decisions/export?format={form}&channel=CSUPPORT").status == 200
        member.get("/decisions/export?format=csv")
        member.get("/decisions/export?format=doc")
        member.get("/decisions/export?format=csv&text=zebra")
        told = lines(lead)
        assert len(told) == 4
        assert has(told[:1], "^Ada Sommer took decisions with them .* decisions 3$")
        assert all(has([line], "^Lea Winter took decisions with them .* decisions 2$") for line in told[1:])

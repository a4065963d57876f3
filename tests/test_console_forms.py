"""What the console's forms take and give back, and what its pages say where there is nothing to show."""

from datetime import timedelta

import pytest

from bot.console import charts
from storage.errors import FullDiskError
from storage.log import Log
from storage.retention import Cutoffs, Retention
from tests.console_fixtures import LEAD, Client, decision_of, demo, visiting


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team")) as made:
        yield made


@pytest.fixture(scope="module")
def lead(team):
    with visiting(team.app, LEAD) as (client,):
        yield client


def test_what_is_refused_keeps_what_was_typed(team, lead):
    decision = decision_of(team, "CSEARCH")
    seen = str(len(team.app.archive.decision(decision).reviews))
    answer = lead.post(
        f"/decisions/{decision}/review", what="overridden", reason="My <b>words</b>", seen=seen
    )
    assert answer.status == 422
    assert "My &lt;b&gt;words&lt;/b&gt;" in answer.body
    stale = lead.post(f"/decisions/{decision}/review", what="approved", reason="Mine", seen="7")
    assert stale.status == 409
    assert "Somebody reviewed this meanwhile" in stale.body


def test_whoever_is_signed_out_meanwhile_still_has_what_they_typed(team, lead):
    stranger, path = Client(f"http://{lead.host}"), f"/decisions/{decision_of(team, 'CSEARCH')}"
    for form, field in (("review", "reason"), ("outcome", "note"), ("look", "look_for")):
        answer = stranger.post(f"{path}/{form}", **{field: "Long <b>words</b>", "seen": "0"})
        assert answer.status == 401
        assert "Long &lt;b&gt;words&lt;/b&gt;" in answer.body
    assert "What you typed" not in stranger.post(f"{path}/review", what="approved").body
    assert "What you typed" not in lead.post(f"{path}x/review", link="secret", seen="0").body


def test_a_database_in_trouble_is_said_with_what_was_typed_and_no_word_is_logged(
    team, lead, caplog, monkeypatch
):
    def full(*given):
        raise FullDiskError("There is no room to write the database /srv/okapi.db.")

    decision = decision_of(team, "CSEARCH")
    monkeypatch.setattr(Log, "look_again", full)
    answer = lead.post(f"/decisions/{decision}/look", day="2099-01-01", look_for="Quagga volume")
    assert answer.status == 503
    assert "The database cannot be used just now" in answer.body
    assert "Quagga volume" in answer.body
    assert "okapi" not in answer.body
    assert "page_failed page=saying.look_again error=FullDiskError" in caplog.text
    assert "Quagga" not in caplog.text


def test_what_fails_is_told_by_a_reference_that_the_log_has_too(lead, caplog, monkeypatch):
    def fails(*given):
        raise RuntimeError("zanzibar")

    monkeypatch.setattr(charts, "levers_by_week", fails)
    answer = lead.get("/?secret=zanzibar")
    reference = answer.body.partition("Reference for your operator: ")[2][:6]
    assert (answer.status, len(reference)) == (500, 6)
    assert f"page_failed page=overview.home reference={reference} error=RuntimeError" in caplog.text
    assert "zanzibar" not in caplog.text + answer.body


def test_a_guess_is_called_one_and_what_nobody_said_is_not_shown(team, lead):
    pages = "".join(lead.get(f"/decisions/{one.id}").body for one in team.app.archive.decisions())
    records = [team.app.archive.decision(one.id) for one in team.app.archive.decisions()]
    held = [item for record in records for item in record.evidence]
    assert any(item.factor == "likeness" for item in held)
    assert "Which kind of case does it read like" not in pages
    guesses = [
        i for i in held if i.factor != "likeness" and i.source == "quote" and 0.3 <= i.certainty < 0.75
    ]
    assert guesses
    assert "probably:" in pages


def test_what_was_typed_for_another_look_stays_out_of_the_outcome(team, lead):
    decision = decision_of(team, "CSEARCH")
    body = lead.post(f"/decisions/{decision}/look", day="2001-01-01", look_for="Quagga").body
    assert 'name="look_for" maxlength="300" value="Quagga"' in body
    assert body.count("Quagga") == 1


def test_the_address_of_signing_out_leads_to_the_start(lead):
    answer = lead.get("/sign-out")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert lead.get("/").status == 200


def test_the_address_of_a_form_leads_back_to_its_page(team, lead):
    decision = decision_of(team, "CSEARCH")
    for form in ("review", "outcome", "look"):
        answer = lead.get(f"/decisions/{decision}/{form}")
        assert (answer.status, answer.headers["location"]) == (303, f"/decisions/{decision}")
        assert Client(f"http://{lead.host}").get(f"/decisions/{decision}/{form}").status == 401
    assert lead.get("/decisions/%2Fevil.example/review").status in (303, 404)


def test_a_verdict_says_first_how_sure_it_is(team, lead):
    body = lead.get(f"/decisions/{decision_of(team, 'CSUPPORT')}").body
    assert 0 < body.index("<strong>Confidence") < body.index("<h3>How sure")


def test_of_what_is_kept_no_longer_a_transcript_says_so_and_shows_no_id(tmp_path):
    with demo(tmp_path) as made:
        decision = decision_of(made, "CSUPPORT")
        while made.app.outbound.deliver_next("slack", lambda parts: "1.1"):
            pass
        later = made.app.file.now() + timedelta(days=1)
        Retention(made.app.file, pause=0).expire(Cutoffs(messages=later), "setting")
        thread = made.app.archive.decision(decision).decided.thread_id
        with visiting(made.app, LEAD) as (client,):
            for page in (f"/threads/{thread}", f"/decisions/{decision}"):
                transcript = (
                    client.get(page).body.partition('<ol class="transcript">')[2].partition("</ol>")[0]
                )
                assert transcript.count("<strong>Somebody</strong>") == 3
                assert transcript.count("What stood here is kept no longer.") == 6
                assert "UADA" not in transcript
                assert "UBOB" not in transcript


def test_a_day_that_was_never_set_is_not_taken_back(team, lead):
    decision = decision_of(team, "CSEARCH")
    assert lead.post(f"/decisions/{decision}/look", day="").status == 303
    assert "took the day for another look back" not in lead.get(f"/decisions/{decision}").body
    for day in ("2099-01-01", "", ""):
        assert lead.post(f"/decisions/{decision}/look", day=day).status == 303
    assert lead.get(f"/decisions/{decision}").body.count("took the day for another look back") == 1


def test_what_was_measured_once_alone_stands_in_the_history_too(team, lead):
    decision = decision_of(team, "CSEARCH")
    for before, after, told in (("40 %", "", "edits: 40 % before"), ("", "5 %", "edits: 5 % after")):
        seen = str(len(team.app.archive.decision(decision).outcomes))
        form = {"result": "partly", "measure": "edits", "before": before, "after": after, "seen": seen}
        assert lead.post(f"/decisions/{decision}/outcome", **form).status == 303
        assert told in lead.get(f"/decisions/{decision}").body


@pytest.mark.parametrize("path", ["/decisions", "/decisions?lever=rag", "/threads", "/threads?waiting=yes"])
def test_beyond_the_end_of_a_list_it_does_not_say_that_there_is_nothing(lead, path):
    more = "&" if "?" in path else "?"
    beyond = lead.get(f"{path}{more}page=99").body
    assert "The list ends before this page." in beyond
    assert f'<a href="{path}">' in beyond.partition("<main")[2]

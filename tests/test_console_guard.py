"""The console shows nothing without a sign-in, nothing of others', and takes no form that is not its own."""

import asyncio
import json
import logging
import signal
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import quote

import pytest
from starlette.datastructures import Headers

from bot import taps
from bot.console import guard
from bot.console.app import console
from bot.console.guard import Guard
from bot.console.site import site_of
from storage.access import Guest
from storage.records import Place
from tests.bot_fixtures import environment
from tests.console_fixtures import LEAD, MEMBER, OTHER, SETTINGS, Client, decision_of, demo, link, visiting

CANARY = "<script>window.pwned=1</script><img src=x onerror=window.pwned=1>"
PAGES = (
    "/",
    "/decisions",
    "/decisions/export?format=csv",
    "/decisions/export?format=json",
    "/decisions/export?format=madr",
    "/decisions/d-none",
    "/threads",
    "/threads/t-none",
    "/guidance",
    "/guidance/mistakes",
    "/digests",
    "/digests/preview",
    "/calibration",
    "/health",
    "/health/audit",
    "/nothing/here",
)
WORDS = ("refund", "invoice", "salary", "Ada Sommer", "Bob Herbst", "UADA")


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team")) as made:
        yield made


@pytest.fixture(scope="module")
def clients(team):
    with visiting(team.app, LEAD, MEMBER, OTHER) as found:
        yield found


@pytest.fixture(scope="module")
def lead(clients) -> Client:
    return clients[0]


def test_without_a_sign_in_no_page_shows_anything(team, lead):
    stranger = Client(f"http://{lead.host}")
    known = [f"/decisions/{one.id}" for one in team.app.archive.decisions()]
    for path in (*PAGES, *known):
        answer = stranger.get(path)
        assert answer.status == 401, path
        assert not any(word.lower() in answer.body.lower() for word in WORDS)
    for path in (f"{known[0]}/review", f"{known[0]}/outcome", f"{known[0]}/look", "/sign-out"):
        assert stranger.post(path, what="approved", result="worked").status == 401
    assert all(team.app.archive.decision(path.rpartition("/")[2]).reviews == () for path in known)


@pytest.mark.parametrize("cookie", ["sextant=", "sextant=x", f"sextant={'A' * 43}", "a=1", "sextant=\xff"])
def test_a_cookie_that_nobody_was_given_signs_nobody_in(lead, cookie):
    stranger = Client(f"http://{lead.host}")
    stranger.cookie = cookie
    assert stranger.get("/").status == 401


def test_every_answer_is_sealed(lead):
    for path in (*PAGES, "/healthz", "/readyz", "/static/style.css", "/static/none.css", "/sign-in?link=x"):
        headers = lead.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] in ("no-store", "no-cache")


def test_no_page_has_a_script_or_a_style_of_its_own(team, lead):
    for path in (*PAGES, *(f"/decisions/{one.id}" for one in team.app.archive.decisions())):
        body = lead.get(path).body
        assert "<script" not in body
        assert " style=" not in body
        assert "<style" not in body
        assert "javascript:" not in body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://[evil"}, 403),
        ({"Origin": ""}, 403),
        ({"Referer": "http://evil.example/decisions"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
    ],
)
def test_a_form_from_elsewhere_does_nothing(team, lead, caplog, headers, status):
    decision = decision_of(team, "CFINANCE")
    kept = team.app.archive.decision(decision).reviews
    with caplog.at_level(logging.WARNING):
        answer = lead.post(
            f"/decisions/{decision}/review", headers, what="commented", reason="hello", seen=str(len(kept))
        )
    assert answer.status == status
    assert len(team.app.archive.decision(decision).reviews) == len(kept) + (status == 303)
    assert ("request_refused why=origin" in caplog.text) == (status == 403)


def test_the_origin_of_the_console_itself_is_enough_for_an_old_browser(team, lead):
    answer = lead.post("/sign-in", {"Origin": f"http://{lead.host}"}, link="x")
    assert "signs nobody in" in answer.body


def test_behind_a_proxy_that_asks_under_another_name_forms_of_the_public_address_are_ours():
    ours_only = Guard(lambda *_: None, (), "https://sextant.example")
    ours = {"host": "127.0.0.1:8321", "origin": "https://sextant.example", "content-length": "0"}
    assert ours_only._refused("POST", Headers(ours)) is None
    assert ours_only._refused("POST", Headers({**ours, "origin": "https://evil.example"}))[0] == 403


def test_another_name_that_leads_here_is_refused(lead):
    for host in ("evil.example", "evil.example:80", "127.0.0.1.evil.example", "[", ""):
        assert lead.get("/", Host=host).status in (400, 421)
    assert lead.get("/", Host="localhost:1").status == 200


def test_a_form_that_is_too_big_or_does_not_say_how_big_is_refused(team, lead):
    decision = decision_of(team, "CFINANCE")
    assert lead.post(f"/decisions/{decision}/review", what="commented", reason="x" * 70_000).status == 413
    line = HTTPConnection(lead.host, timeout=20)
    line.putrequest("POST", "/sign-out")
    line.putheader("Sec-Fetch-Site", "same-origin")
    line.putheader("Transfer-Encoding", "chunked")
    line.endheaders()
    line.send(b"0\r\n\r\n")
    assert line.getresponse().status == 411
    line.close()
    line = HTTPConnection(lead.host, timeout=20)
    line.putrequest("POST", "/sign-in")
    line.putheader("Sec-Fetch-Site", "same-origin")
    line.putheader("Content-Length", "5")  # a lie: a body in pieces says nothing true about its length
    line.putheader("Transfer-Encoding", "chunked")
    line.endheaders()
    line.send(b"0\r\n\r\n")
    assert line.getresponse().status == 411
    line.close()
    many = {f"f{number}": "x" for number in range(60)}
    assert lead.post(f"/decisions/{decision}/review", **many).status in (409, 422)


def test_a_body_longer_than_it_said_is_read_no_further():
    async def pours():
        return {"type": "http.request", "body": b"x" * 60_000, "more_body": True}

    async def read_twice():
        receive = guard._counting(pours)
        return [(await receive())["type"] for _ in range(3)]

    assert asyncio.run(read_twice()) == ["http.request", "http.disconnect", "http.disconnect"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"])
def test_other_requests_are_refused(lead, method):
    line = HTTPConnection(lead.host, timeout=20)
    line.putrequest(method, "/decisions")
    line.endheaders()
    assert line.getresponse().status in (400, 405)
    line.close()


def test_members_see_their_own_threads_only(team, clients):
    _, member, other = clients
    mine, theirs = decision_of(team, "CCONTENT"), decision_of(team, "CFINANCE")
    for client, own, foreign in ((member, mine, theirs), (other, theirs, mine)):
        listed = client.get("/decisions").body
        assert own in listed
        assert foreign not in listed
        assert client.get(f"/decisions/{own}").status == 200
        assert client.get(f"/decisions/{foreign}").status == 404
        assert foreign not in client.get("/decisions/export?format=csv").body
        assert foreign not in client.get("/decisions/export?format=json").body
        thread = team.app.archive.decision(foreign).decided.thread_id
        assert client.get(f"/threads/{thread}").status == 404
        assert thread not in client.get("/threads").body
    assert "salary" in other.get("/decisions").body
    for path in ("/digests", "/digests/preview", "/calibration", "/health", "/health/audit"):
        assert member.get(path).status == 403


def test_members_review_nothing(team, clients):
    _, member, _ = clients
    mine = decision_of(team, "CCONTENT")
    assert member.post(f"/decisions/{mine}/review", what="approved", seen="0").status == 403
    assert member.post(f"/decisions/{mine}/look", day="2099-01-01").status == 403
    assert member.post(f"/decisions/{mine}/outcome", result="worked", seen="0").status == 303
    assert member.post(f"/decisions/{mine}/outcome", result="worked", seen="0").status == 303
    assert member.post(f"/decisions/{mine}/outcome", result="partly", seen="0").status == 409
    assert len(team.app.archive.decision(mine).outcomes) == 1
    assert team.app.archive.decision(mine).decided.state == "logged"
    assert member.post(f"/decisions/{decision_of(team, 'CFINANCE')}/outcome", result="worked").status == 404


def test_leads_see_no_private_thread_until_its_verdict_is_shared_and_then_no_word_of_it(tmp_path):
    with demo(tmp_path) as made, visiting(made.app, LEAD) as (client,):
        private = decision_of(made, "DBOB")
        thread = made.app.archive.decision(private).decided.thread_id
        words = "with the right table pasted in it is always right"
        for path in ("/", "/decisions", "/threads", "/decisions?text=salary", "/guidance"):
            assert private not in client.get(path).body
            assert thread not in client.get(path).body
        assert client.get(f"/decisions/{private}").status == 404
        assert client.post(f"/decisions/{private}/review", what="approved", seen="0").status == 404
        given = made.app.turns.queries.last_verdict(thread)
        place = Place("slack", "T1", "DBOB", "1710005.0001", True)
        share = taps.incoming(
            taps.Tap("share", given.turn, ("CSUPPORT",), public=True), place, "UBOB", "Bob Herbst", "Share"
        )
        aside = taps.Tap("share", given.turn, ("GBOARD",))
        made.app.turns.receive(taps.incoming(aside, place, "UBOB", "Bob Herbst", "Share"))
        assert made.app.turns.handle_next("slack")
        assert client.get(f"/decisions/{private}").status == 404
        assert "GBOARD" not in client.get("/threads").body
        made.app.turns.receive(share)
        assert made.app.turns.handle_next("slack")
        page = client.get(f"/decisions/{private}")
        assert page.status == 200
        assert "Its verdict was shared, with the words that its reasons quote" in page.body
        assert words not in page.body.partition("Why, and what proves it")[0]
        made.app.reviewing.outcome(OTHER, private, "worked", "zanzibar", ("quagga", "okapi", "dodo"))
        pages = client.get(f"/decisions/{private}").body + client.get("/decisions/export?format=json").body
        assert not any(word in pages for word in ("zanzibar", "quagga", "okapi", "dodo"))
        assert private in client.get("/decisions").body
        assert private not in client.get("/decisions?text=invents").body
        assert client.get(f"/threads/{thread}").status == 404
        (told,) = [
            one
            for one in json.loads(client.get("/decisions/export?format=json").body)
            if one["id"] == private
        ]
        assert told["evidence"] == []


def test_a_lead_sees_nothing_of_another_workspace(tmp_path):
    with demo(tmp_path) as made:
        elsewhere = Guest("slack", "T2", LEAD.person, "Someone else")
        with visiting(made.app, LEAD, elsewhere) as (lead, stranger):
            public = decision_of(made, "CSUPPORT")
            thread = made.app.archive.decision(public).decided.thread_id
            for path in ("/", "/decisions", "/decisions?text=refund", "/threads", "/digests"):
                told = stranger.get(path).body
                assert not any(word in told for word in (public, "outdated", "Ada Sommer")), path
            assert json.loads(stranger.get("/decisions/export?format=json").body) == []
            for path in (f"/decisions/{public}", f"/threads/{thread}"):
                assert lead.get(path).status == 200
                assert stranger.get(path).status == 404
            assert stranger.post(f"/decisions/{public}/review", what="approved", seen="0").status == 404


def test_nobody_is_sent_to_another_address_than_one_of_the_console(team, lead):
    decision = decision_of(team, "CSEARCH")
    for path in (
        "/decisions/",
        "/threads/",
        "/static",
        "//evil.example/",
        "/sign-in/",
        f"/decisions/{decision}/",
    ):
        answer = lead.get(path, Host="localhost")
        assert answer.status == 404, path
        assert "location" not in answer.headers
    seen = str(len(team.app.archive.decision(decision).reviews))
    kept = lead.post(f"/decisions/{decision}/review", what="commented", reason="Kept.", seen=seen)
    assert kept.headers["location"] == f"/decisions/{decision}?done=review"


def test_a_canary_in_every_address_comes_back_as_text(lead):
    for path in (
        f"/decisions?text={quote(CANARY)}&channel={quote(CANARY)}&person={quote(CANARY)}&lever={quote(CANARY)}"
        f"&since={quote(CANARY)}&sort={quote(CANARY)}&page={quote(CANARY)}",
        f"/guidance?text={quote(CANARY)}",
        f"/guidance/{quote(CANARY, safe='')}",
        f"/decisions/{quote(CANARY, safe='')}",
        f"/threads/{quote(CANARY, safe='')}",
        f"/digests/preview?channel={quote(CANARY)}",
        f"/decisions/export?format={quote(CANARY)}",
        f"/sign-in?link={quote(CANARY)}",
    ):
        answer = lead.get(path)
        assert answer.status < 500
        assert "<img src=x" not in answer.body
        assert "window.pwned=1</script>" not in answer.body


@pytest.mark.parametrize(
    "query",
    ["text=%22%22%22+OR+*", "text=%00", "page=-1", "page=99999999999", "since=9999-99-99", "since=0001-01-01",
     "channel=%27%3B--", "text=NEAR(", "text=%F0%9F%98%80", "sort=number", "lever=%FF%FE"],
)  # fmt: skip
def test_no_filter_breaks_the_list(lead, query):
    assert lead.get(f"/decisions?{query}").status == 200


def test_the_cookie_is_for_the_console_alone(team, lead):
    fresh = Client(f"http://{lead.host}")
    given = fresh.sign_in(link(team.app, MEMBER)).headers["set-cookie"].lower()
    assert "httponly" in given
    assert "samesite=lax" in given
    assert "path=/" in given
    assert "secure" not in given


def test_behind_https_the_cookie_and_the_console_are_bound_to_it(tmp_path):
    from bot.bootstrap import application
    from bot.settings import Settings
    from tests.bot_fixtures import database

    settings = Settings(db=database(tmp_path), public_url="https://sextant.example", **SETTINGS)
    with application(settings) as app:
        site = site_of(app)
        assert site.secure
        assert site.cookie == "__Host-sextant"
        assert site.hosts[0] == "sextant.example"
        assert link(app, LEAD).startswith("https://sextant.example/sign-in?link=")
        assert console(site, dict).app._headers["strict-transport-security"]


def test_signing_out_everywhere_ends_every_window(tmp_path):
    with demo(tmp_path) as made, visiting(made.app, LEAD, LEAD, MEMBER) as (here, there, other):
        assert here.post("/sign-out", everywhere="yes").status == 200
        assert [client.get("/").status for client in (here, there, other)] == [401, 401, 200]


def test_requests_are_counted_by_page_and_refusals_by_reason_never_by_address(team, lead):
    decision = decision_of(team, "CSEARCH")
    lead.get(f"/decisions/{decision}")
    lead.get("/decisions?text=quagga")
    lead.post("/sign-out", {"Origin": "http://evil.example"})
    told = team.app.watch.metrics.text(list, {})
    for line in (
        'sextant_console_requests_total{page="decision.show",status="200"}',
        'sextant_console_requests_total{page="decisions.index",status="200"}',
        'sextant_console_refused_total{why="origin"}',
    ):
        assert line in told
    assert not any(word in told for word in (decision, "quagga", "evil", "ULEAD"))


def test_health_and_readiness_need_no_sign_in_and_tell_nothing(lead):
    stranger = Client(f"http://{lead.host}")
    for path in ("/healthz", "/readyz"):
        answer = stranger.get(path)
        assert answer.status == 200
        assert not any(word.lower() in answer.body.lower() for word in WORDS)


def test_serve_prints_a_link_that_signs_its_keeper_in_once(tmp_path):
    running = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"],
        stderr=subprocess.PIPE,
        env=environment(tmp_path, SEXTANT_BIND="127.0.0.1:0"),
        cwd=tmp_path,
        text=True,
    )
    try:
        assert running.stderr is not None
        printed = next(line for line in iter(running.stderr.readline, "") if "/sign-in?link=" in line)
        address, _, held = printed.split()[-1].partition("/sign-in?link=")
        client = Client(address)
        assert client.post("/sign-in", link=held).status == 303
        health = client.get("/health")
        assert (health.status, "Calls of the model" in health.body) == (200, True)
        assert Client(address).post("/sign-in", link=held).status == 403
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=30)
    assert running.returncode == 0

"""The console in a real browser: reading and reviewing, without JavaScript too, and by ear."""

import csv
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

pytest.importorskip("playwright", reason="Playwright is not installed")

from axe_playwright_python.sync_playwright import Axe

from bot.console import showing
from bot.names import ONE_WORD
from tests.console_browser import browser, needs_browser
from tests.console_fixtures import LEAD, MEMBER, OTHER, demo, link, served

pytestmark = needs_browser

CANARY = "<script>window.pwned=1</script><img src=x onerror='window.pwned=1'>\"'>{{7*7}}"
SEVERE = ("serious", "critical")


@pytest.fixture(scope="module")
def chromium():
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team")) as made:
        yield made


@pytest.fixture(scope="module")
def address(team):
    with served(team.app) as found:
        yield found


@pytest.fixture
def window(chromium, team, address, request):
    """A window of a lead who is signed in, with or without JavaScript."""
    scripts = getattr(request, "param", True)
    context = chromium.new_context(java_script_enabled=scripts, base_url=address, accept_downloads=True)
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(link(team.app, LEAD))
    page.get_by_role("button", name="Sign in as Lea Winter").click()
    page.wait_for_url(f"{address}/")
    yield page
    context.close()


both_ways = pytest.mark.parametrize("window", [True, False], indirect=True, ids=["scripts", "no_scripts"])


def opened(window, team, channel):
    """A decision's page, opened from the list; the decision's id."""
    one = next(one for one in team.app.archive.decisions() if one.place.channel == channel)
    window.goto("/decisions")
    window.get_by_text("More filters").click()
    window.get_by_label("Channel").fill(channel)
    window.get_by_role("button", name="Filter").click()
    window.locator(f'a[href="/decisions/{one.id}"]').click()
    window.wait_for_url(f"**/decisions/{one.id}")
    return one.id


@both_ways
def test_a_lead_filters_opens_and_approves(window, team):
    window.goto("/decisions")
    window.get_by_label("Words").fill("refund policy")
    window.get_by_label("Lever").select_option("rag")
    window.get_by_role("button", name="Filter").click()
    assert window.get_by_role("link", name="refund policy").count() == 1
    window.get_by_role("link", name="refund policy").click()
    assert window.locator("mark").count() >= 1
    decision = window.url.rpartition("/")[2]
    before = len(team.app.archive.decision(decision).reviews)
    window.get_by_label("Reason or comment").fill("The help centre first.")
    window.get_by_role("button", name="Send to the thread").click()
    window.get_by_text("Your review is kept").wait_for()
    reviews = team.app.archive.decision(decision).reviews[before:]
    assert [(one.what, one.by_name, one.reason) for one in reviews] == [
        ("approved", "Lea Winter", "The help centre first.")
    ]
    assert "The help centre first." in window.locator(".history").inner_text()


@both_ways
def test_a_lead_overrides_and_comments_and_nothing_is_lost(window, team):
    decision = opened(window, team, "CFINANCE")
    record = team.app.archive.decision(decision)
    other = next(lever for lever in ("hybrid", "prompt") if lever != record.decided.lever)
    window.get_by_label("Override with another lever").check()
    window.get_by_role("button", name="Send to the thread").click()
    window.get_by_role("alert").wait_for()
    assert window.get_by_label("Override with another lever").is_checked()
    window.locator("form select[name=lever]").select_option(other)
    window.get_by_label("Reason or comment").fill("It has two parts.")
    window.get_by_role("button", name="Send to the thread").click()
    window.get_by_text("Your review is kept").wait_for()
    window.get_by_label("Comment only").check()
    window.get_by_label("Reason or comment").fill("See the trial.")
    window.get_by_role("button", name="Send to the thread").click()
    window.get_by_text("Your review is kept").wait_for()
    after = team.app.archive.decision(decision)
    assert (after.decided.lever, after.decided.first_lever) == (other, record.decided.first_lever)
    assert [one.what for one in after.reviews[-2:]] == ["overridden", "commented"]
    told = window.locator(".history").inner_text()
    assert "It has two parts." in told
    assert "See the trial." in told
    assert ONE_WORD[other].lower() in told.lower()


@both_ways
def test_what_was_wrong_is_said_at_its_form_and_in_view_with_what_was_typed(window, team):
    window.emulate_media(reduced_motion="reduce")  # else it glides there, and takes its time
    decision = opened(window, team, "CSEARCH")
    window.set_viewport_size({"width": 390, "height": 780})
    for form, field, button in (
        ("review", "Look at it again on (if you like)", "Send to the thread"),
        ("look", "Day (empty takes it back)", "Set the day"),
    ):
        window.goto(f"/decisions/{decision}")
        if form == "review":
            window.get_by_label("Reason or comment").fill("Typed with care.")
        window.locator("input[type=date]").evaluate_all(
            "all => all.forEach(one => one.removeAttribute('min'))"
        )
        window.get_by_label(field).fill("2020-01-01")
        window.get_by_role("button", name=button).click()
        alert = window.locator(f"section[aria-labelledby={form}] [role=alert]")
        assert "That day has passed" in alert.inner_text()
        assert window.get_by_role("alert").count() == 1
        box = alert.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= 780
        assert window.get_by_label(field).input_value() == "2020-01-01"
        if form == "review":
            assert window.get_by_label("Reason or comment").input_value() == "Typed with care."


@both_ways
def test_on_a_phone_the_forms_are_one_tap_away_from_anywhere(window, team):
    window.emulate_media(reduced_motion="reduce")
    window.set_viewport_size({"width": 390, "height": 780})
    decision = opened(window, team, "CSUPPORT")
    for name, target in (("Review", "review"), ("Outcome", "outcome"), ("History", "history")):
        window.goto(f"/decisions/{decision}")
        window.get_by_role("navigation", name="On this page").get_by_role("link", name=name).click()
        window.wait_for_url(f"**#{target}")
        box = window.locator(f"#{target}").bounding_box()
        assert box is not None
        assert -1 <= box["y"] < 700
    assert window.locator(".jumps a").evaluate_all(
        "all => all.every(one => one.getBoundingClientRect().right <= 390)"
    )


@both_ways
def test_a_lead_keeps_an_outcome_and_a_day_for_another_look(window, team):
    decision = opened(window, team, "CCONTENT")
    window.locator("select[name=result]").select_option("worked")
    window.get_by_text("What was measured").click()
    window.get_by_label("Measure", exact=True).fill("edits")
    window.get_by_label("Before", exact=True).fill("40 %")
    window.get_by_label("After", exact=True).fill("5 %")
    window.get_by_role("button", name="Keep the outcome").click()
    window.get_by_text("The outcome is kept").wait_for()
    day = team.app.file.now().date() + timedelta(days=1)
    window.get_by_label("Day (empty takes it back)").fill(day.isoformat())
    window.get_by_role("button", name="Set the day").click()
    window.get_by_text("The day is kept").wait_for()
    assert team.app.archive.decision(decision).outcomes[-1].after == "5 %"
    assert "edits from 40 % to 5 %" in window.locator(".history").inner_text()
    assert showing.plain_day(day.isoformat()) in window.content()


@both_ways
def test_what_is_filtered_is_exported_and_no_more(window, team, tmp_path):
    window.goto("/decisions?channel=CSUPPORT")
    wanted = {one.id for one in team.app.archive.decisions() if one.place.channel == "CSUPPORT"}
    kept: dict[str, Path] = {}
    for form in ("CSV", "JSON", "MADR"):
        with window.expect_download() as loading:
            window.get_by_role("link", name=form, exact=True).click()
        kept[form] = tmp_path / loading.value.suggested_filename
        loading.value.save_as(kept[form])
    assert {row["id"] for row in csv.DictReader(io.StringIO(kept["CSV"].read_text("utf-8")))} == wanted
    assert {one["id"] for one in json.loads(kept["JSON"].read_text("utf-8"))} == wanted
    with zipfile.ZipFile(kept["MADR"]) as archive:
        assert len(archive.namelist()) == len(wanted)
        assert archive.read(archive.namelist()[0]).startswith(b"---\nstatus: accepted")


@both_ways
def test_signing_out_leads_nowhere_until_the_next_link(window):
    window.get_by_text("Lea Winter").first.click()
    window.get_by_role("button", name="Sign out", exact=True).click()
    window.get_by_role("heading", name="Signed out").wait_for()
    assert window.goto("/decisions").status == 401


def test_the_whole_of_a_review_can_be_done_with_the_keyboard(window, team):
    decision = opened(window, team, "CSEARCH")
    before = len(team.app.archive.decision(decision).reviews)
    window.goto(window.url)
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.className") == "skip"
    for _ in range(80):
        if window.evaluate("document.activeElement.name") == "reason":
            break
        window.keyboard.press("Tab")
    window.keyboard.type("From the keyboard.")
    window.keyboard.press("Tab")
    window.keyboard.press("Enter")
    window.get_by_text("Your review is kept").wait_for()
    assert team.app.archive.decision(decision).reviews[before].reason == "From the keyboard."


def pages_of(team) -> list[str]:
    told = [one for one in team.app.archive.decisions() if not one.place.private]
    return [
        "/",
        "/decisions",
        "/decisions?text=nothing+like+it",
        f"/decisions/{told[0].id}",
        f"/decisions/{told[-1].id}",
        "/threads",
        f"/threads/{told[-1].thread_id}",
        "/guidance",
        "/guidance?text=retrieval",
        "/guidance/mistakes",
        "/digests",
        "/calibration",
        "/health",
        "/health/audit",
        "/missing",
    ]


@pytest.mark.parametrize(("shade", "width"), [("light", 1280), ("dark", 320)])
def test_no_page_shuts_anybody_out_and_none_is_wider_than_the_screen(window, team, shade, width):
    window.emulate_media(color_scheme=shade)
    window.set_viewport_size({"width": width, "height": 800})
    for path in pages_of(team):
        window.goto(path)
        window.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        found = Axe().run(window, options={"resultTypes": ["violations"]}).response["violations"]
        severe = [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in SEVERE]
        assert severe == [], path
        assert window.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_sign_in_page_shuts_nobody_out(chromium, team, address):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(link(team.app, MEMBER))
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in SEVERE] == []
    context.close()


def test_a_canary_in_every_free_text_never_runs(chromium, tmp_path):
    with demo(tmp_path) as made:
        decision = made.decide(0)
        thread = made.app.archive.decision(decision).decided.thread_id
        canary_in_everything(made, decision, tmp_path)
        with served(made.app) as address:
            context = chromium.new_context(base_url=address)
            page = context.new_page()
            said: list[str] = []
            page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
            page.goto(made.app.links.link_for("slack", "T1", "ULEAD", CANARY))
            clean(page)
            page.get_by_role("button").first.click()
            seen = ""
            for path in (
                "/", "/decisions", "/threads", "/threads?waiting=yes", "/guidance", "/guidance?text=window",
                "/guidance/canary", f"/decisions/{decision}", f"/threads/{thread}", "/digests", "/health",
                "/health/audit",
            ):  # fmt: skip
                page.goto(path)
                clean(page)
                seen += page.content()
            for place, times in {"window.pwned=1": 20}.items():
                assert seen.count(place) >= times, "the canary is not where it should be"
            for path in (f"/decisions/{decision}/review",):
                page.goto(f"/decisions/{decision}")
                page.get_by_label("Override with another lever").check()
                page.get_by_label("Reason or comment").fill(CANARY)
                page.get_by_role("button", name="Send to the thread").click()
                page.wait_for_url(f"**{path}")
                clean(page)
            assert said == []
            context.close()


def clean(page) -> None:
    """Nothing that somebody wrote became a part of the page."""
    assert page.evaluate("window.pwned === undefined")
    assert page.evaluate("document.querySelectorAll('script, [onerror], iframe, main img').length") == 0
    assert "49" not in page.title()


def canary_in_everything(made, decision, folder) -> None:
    from dataclasses import replace

    nasty = replace(OTHER, person=f"U{CANARY}", name=CANARY)
    made.say(nasty, f"C{CANARY}", f"1{CANARY}", f"Our bot is wrong about prices {CANARY}")
    for said in ("decide now", f"log this as prompting because {CANARY}"):
        made.say(nasty, f"C{CANARY}", f"2{CANARY}", f"Our support bot gives outdated answers. {CANARY}")
        made.say(nasty, f"C{CANARY}", f"2{CANARY}", said)
    made.say(LEAD, "CSUPPORT", "gap.1", f"Does the guidance say anything about zebra {CANARY}?")
    reviewing, by = made.app.reviewing, replace(LEAD, name=CANARY)
    reviewing.review(by, decision, "overridden", CANARY, "prompt")
    reviewing.review(by, decision, "commented", CANARY)
    reviewing.outcome(by, decision, "partly", CANARY, (CANARY[:80], CANARY[:80], CANARY[:80]))
    reviewing.look_again(by, decision, made.app.file.now().date().isoformat(), CANARY)
    document = folder / "canary.txt"
    document.write_text(f"Window {CANARY}\n\nA window that says window.pwned {CANARY} in its text.", "utf-8")
    made.app.library.add(document)

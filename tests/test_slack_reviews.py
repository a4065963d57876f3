"""Leads review from App Home in Slack, with the same effects as in the console."""

import asyncio

import pytest

from bot.slack import reviews as shown
from storage.looks import Looks
from tests.slack_loopback import TEAM, texts
from tests.slack_serving import COMPLAINT, MENTION, element, played

LEADS = {"leads": ("slack:UADA",)}


def words(view):
    """All that stands in a view or post."""
    return " ".join(texts(view["blocks"]))


async def decided(served, channel="C1", author="UBOB"):
    """A logged decision: its thread and id."""
    call = MENTION if channel == "C1" else ""
    ts = await served.says(channel, author, call + COMPLAINT)
    await served.says(channel, author, "decide now", ts)
    await served.says(channel, author, "log this decision", ts)
    return ts, served.app.archive.decisions()[0].id


async def home(served, by="UADA"):
    """What somebody's Home shows."""
    served.slack.homes.pop(by, None)
    event = {"type": "app_home_opened", "user": by, "channel": "D", "tab": "home"}
    await served.slack.push(served.slack.envelope(event))
    await served.slack.until(lambda: by in served.slack.homes)
    return served.slack.homes[by]


def tap_of(served, view, label, by="UADA"):
    """What Slack sends when somebody taps something on their Home."""
    click = served.slack.click("D", {"ts": "1", "blocks": []}, element(view, label), by)
    del click["message"], click["channel"], click["response_url"]
    return {**click, "container": {"type": "view", "view_id": "V0"}, "view": view}


async def tapped(served, view, label, by="UADA"):
    """Tap on Home, and wait until it is shown anew."""
    before = len(served.slack.called("views.publish"))
    await served.slack.push(tap_of(served, view, label, by), "interactive")
    await served.slack.until(lambda: len(served.slack.called("views.publish")) > before)
    await served.idle()
    return served.slack.homes[by]


async def opened(served, view, label, by="UADA"):
    """Tap a button that opens a modal; the modal."""
    before = len(served.slack.views)
    await served.slack.push(tap_of(served, view, label, by), "interactive")
    await served.slack.until(lambda: len(served.slack.views) > before)
    return served.slack.views[-1]


def offered_in(modal):
    """The options of the modal's select."""
    (select,) = [one["element"] for one in modal["blocks"] if "options" in one.get("element", {})]
    return select["options"]


def filled(view, reason, lever="", by="UADA", day=""):
    """What Slack sends when a modal is sent off."""
    values = {"reason": {"reason": {"type": "plain_text_input", "value": reason}}}
    if day:
        values["day"] = {"day": {"type": "datepicker", "selected_date": day}}
    if lever:
        values["lever"] = {"lever": {"selected_option": {"value": lever}}}
    return {
        "type": "view_submission",
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": by, "name": by.lower(), "team_id": TEAM},
        "token": "verification",
        "api_app_id": "A1",
        "view": {**view, "id": "V1", "state": {"values": values}, "hash": "1"},
    }


def link(ts):
    """The beginning of a link to a thread."""
    return f"<https://acme.slack.com/archives/C1/p{ts.replace('.', '')}|"


def reviews(served, decision):
    """What is in the log."""
    record = served.app.archive.decision(decision)
    return [(one.what, one.by, one.by_name, one.lever, one.reason) for one in record.reviews]


def test_an_approval_on_home_is_logged_and_told_in_the_thread_and_waits_no_more(tmp_path):
    async def play(served):
        ts, decision = await decided(served)
        view = await home(served)
        assert decision in words(view)
        assert "by Bob" in words(view)
        after = await tapped(served, view, "Approve")
        assert reviews(served, decision) == [("approved", "UADA", "Ada", None, "")]
        await served.slack.until(lambda: "Ada approved" in words(served.slack.posts("C1", ts)[-1]))
        assert "Ada approved" in words(after)
        assert "Nothing waits for a review" in words(after)

    played(tmp_path, play, **LEADS)


def test_an_override_needs_another_lever_and_a_reason_and_is_told_in_the_thread(tmp_path):
    async def play(served):
        ts, decision = await decided(served)
        modal = await opened(served, await home(served), "Override…")
        lever = served.app.archive.decision(decision).decided.lever
        offered = [one["value"] for one in offered_in(modal)]
        assert lever not in offered
        told = await served.slack.push(filled(modal, " ", offered[0]), "interactive")
        assert "Say why" in told["errors"]["reason"]
        assert reviews(served, decision) == []
        await served.slack.push(filled(modal, "No <team>", offered[0]), "interactive")
        assert reviews(served, decision) == [("overridden", "UADA", "Ada", offered[0], "No <team>")]
        await served.slack.until(lambda: "Ada overrode" in words(served.slack.posts("C1", ts)[-1]))
        await served.slack.until(lambda: "Ada overrode" in words(served.slack.homes["UADA"]))

    played(tmp_path, play, **LEADS)


def test_a_comment_is_kept_once_however_often_it_is_delivered_and_waits_on(tmp_path):
    async def play(served):
        _, decision = await decided(served)
        modal = await opened(served, await home(served), "Comment…")
        for _ in range(3):
            await served.slack.push(filled(modal, "Which team?"), "interactive")
        assert reviews(served, decision) == [("commented", "UADA", "Ada", None, "Which team?")]
        assert decision in words(await home(served))

    played(tmp_path, play, **LEADS)


def test_a_double_click_is_one_approval(tmp_path):
    async def play(served):
        ts, decision = await decided(served)
        click = tap_of(served, await home(served), "Approve")
        pushes = (served.slack.push(click, "interactive") for _ in range(3))
        await asyncio.gather(*pushes)
        await served.idle()
        assert len(reviews(served, decision)) == 1
        await served.slack.until(lambda: "Ada approved" in words(served.slack.posts("C1", ts)[-1]))
        assert sum("Ada approved" in words(one) for one in served.slack.posts("C1", ts)) == 1

    played(tmp_path, play, **LEADS)


def test_what_somebody_reviewed_meanwhile_is_looked_at_again_first(tmp_path):
    async def play(served):
        _, decision = await decided(served)
        view = await home(served)
        modal = await opened(served, view, "Override…")
        lever = offered_in(modal)[0]["value"]
        await tapped(served, await home(served, "UBOB"), "Approve", "UBOB")
        assert "Somebody reviewed this meanwhile" in words(await tapped(served, view, "Approve"))
        told = await served.slack.push(filled(modal, "No", lever), "interactive")
        assert "Somebody reviewed this meanwhile" in told["errors"]["reason"]
        assert [one[:2] for one in reviews(served, decision)] == [("approved", "UBOB")]

    played(tmp_path, play, leads=("slack:UADA", "slack:UBOB"))


@pytest.mark.parametrize("label", ["Approve", "Override…", "Comment…", "Look again…"])
def test_who_is_no_lead_sees_no_reviews_and_cannot_review_with_anothers_buttons(tmp_path, label):
    async def play(served):
        _, decision = await decided(served)
        theirs = await home(served, "UBOB")
        assert "Waiting for a review" not in words(theirs)
        assert label not in words(theirs)
        view = await home(served)
        if label == "Approve":
            assert "Only leads review" in words(await tapped(served, view, label, "UBOB"))
        else:
            assert "Only leads review" in words(await opened(served, view, label, "UBOB"))
            modal = await opened(served, view, label)
            told = await served.slack.push(filled(modal, "No", "not_ready", "UBOB"), "interactive")
            assert "Only leads review" in " ".join(told["errors"].values())
        assert reviews(served, decision) == []

    played(tmp_path, play, **LEADS)


def test_a_day_for_another_look_is_set_with_a_review_or_alone_and_told_when_it_comes(tmp_path):
    async def play(served):
        ts, decision = await decided(served)
        view = await home(served)
        past = await opened(served, view, "Look again…")
        told = await served.slack.push(filled(past, "volume?", day="2020-01-01"), "interactive")
        assert "That day has passed" in told["errors"]["day"]
        today = served.app.file.now().date().isoformat()
        await served.slack.push(filled(past, "volume?", day=today), "interactive")
        await served.slack.until(lambda: "is looked at again on" in words(served.slack.homes["UADA"]))
        assert "Worth another look" in words(await home(served))
        assert "volume?" in words(await home(served))
        modal = await opened(served, view, "Comment…")
        await served.slack.push(filled(modal, "Which team?", day="2099-03-31"), "interactive")
        await served.slack.until(lambda: "31 Mar 2099" in words(served.slack.posts("C1", ts)[-1]))
        assert "Worth another look" not in words(await home(served))
        assert [one.day for one in Looks(served.app.file).of(decision)] == [today, "2099-03-31"]

    played(tmp_path, play, **LEADS)


def test_what_home_has_no_room_for_is_counted_and_found_in_the_console(tmp_path, monkeypatch):
    monkeypatch.setattr(shown, "MOST_SHOWN", 1)

    async def play(served):
        await decided(served)
        assert "more wait" not in words(await home(served))
        await decided(served)
        assert "1 more waits; the console has them all." in words(await home(served))

    played(tmp_path, play, **LEADS)


def test_a_decision_that_is_gone_is_said_to_be(tmp_path):
    async def play(served):
        _, decision = await decided(served)
        view = await home(served)
        for one in view["blocks"]:
            for button in one.get("elements", ()):
                if button.get("value", "").startswith(decision):
                    button["value"] = "d-gone:0"
        assert "no longer here" in words(await tapped(served, view, "Approve"))
        assert "no longer here" in words(await opened(served, view, "Comment…"))

    played(tmp_path, play, **LEADS)


def test_a_decision_of_somebody_elses_direct_messages_is_not_for_a_lead(tmp_path):
    async def play(served):
        _, decision = await decided(served, "DBOB")
        view = await home(served)
        assert decision not in words(view)
        await decided(served)
        view = await home(served)
        for one in view["blocks"]:
            for button in one.get("elements", ()):
                if button["action_id"] == "review_approved":
                    button["value"] = f"{decision}:0"
        assert "not for you to see" in words(await tapped(served, view, "Approve"))
        assert reviews(served, decision) == []

    played(tmp_path, play, **LEADS)


@pytest.mark.parametrize(
    ("by", "label"), [("UADA", "Open the console"), ("UBOB", "My threads in the console")]
)
def test_home_opens_the_console_with_a_link_for_that_person_alone(tmp_path, by, label):
    async def play(served):
        modal = await opened(served, await home(served, by), label, by)
        (button,) = modal["blocks"][-1]["elements"]
        _, _, token = button["url"].partition("?link=")
        holder = served.app.links.holder(token)
        assert (holder.platform, holder.workspace, holder.person) == ("slack", TEAM, by)
        assert not served.slack.ephemerals

    slack = played(tmp_path, play, **LEADS)
    assert not any("sign-in" in str(call.body) for call in slack.called("chat.postMessage"))


def test_home_leads_to_the_threads_of_decisions_and_of_what_waits_for_a_review(tmp_path):
    async def play(served):
        mine, _ = await decided(served, author="UADA")
        theirs, _ = await decided(served, author="UBOB")
        said = words(await home(served))
        assert said.count(link(mine)) == 2
        assert said.count(link(theirs)) == 1
        assert said.count(" …>") == 3  # the titles are long, and cut at a word

    played(tmp_path, play, **LEADS)

"""A verdict that a newer answer took the place of says so, and where, and offers nothing any more."""

import pytest

from tests.slack_serving import COMPLAINT, MENTION, played
from tests.test_slack_talk import edited
from tests.test_slack_taps import words


def offers(post):
    return [block for block in post["blocks"] if block["type"] == "actions"]


def link(post):
    """The address of a post in a thread, as Slack makes it."""
    place = f"thread_ts={post['thread_ts']}&amp;cid=C1"
    return f"<https://acme.slack.com/archives/C1/p{post['ts'].replace('.', '')}?{place}|"


async def closed(served, post):
    await served.slack.until(lambda: post.get("edits"))
    return words(post)


async def verdict(served, ts):
    """Ask for the verdict; the event of asking, and the verdict's post."""
    event = served.slack.say("C1", "UADA", MENTION + "decide now", ts)
    await served.slack.push(served.slack.envelope(event))
    await served.idle()
    return event, served.slack.posts("C1", ts)[-1]


def test_an_edited_message_that_is_answered_below_closes_the_older_card(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        event, card = await verdict(served, ts)
        await served.says("C1", "UADA", MENTION + "can fine-tuning replace RAG?", ts)
        changed = edited(event, MENTION + "No, the facts change daily.")
        await served.slack.push(served.slack.envelope(changed))
        await served.idle()
        newest = served.slack.posts("C1", ts)[-1]
        said = await closed(served, card)
        assert not offers(card)
        assert "Replaced" in said
        assert link(newest) in said
        assert offers(newest)

    played(tmp_path, play)


@pytest.mark.parametrize("text", ["decide now, please", "the right page", "can fine-tuning replace RAG?"])
def test_an_edit_that_brings_the_case_no_further_leaves_the_verdict_where_it_stands(tmp_path, text):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        event, card = await verdict(served, ts)
        for at, said in enumerate((text, "thank you all")):
            change = edited(event, MENTION + said, f"1700099999.00010{at}")
            await served.slack.push(served.slack.envelope(change))
            await served.idle()
        _, same, below = served.slack.posts("C1", ts)
        assert same is card
        assert offers(card)
        assert "edits" not in card
        assert below["edits"] == 1

    played(tmp_path, play)


def test_a_verdict_is_closed_once_more_is_said_and_stays_so(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        _, card = await verdict(served, ts)
        await served.says("C1", "UADA", MENTION + "No, the facts change daily.", ts)
        after = served.slack.posts("C1", ts)[-1]
        assert link(after) in await closed(served, card)
        for said in ("decide now", "No, the facts change monthly.", "decide now"):
            await served.says("C1", "UADA", MENTION + said, ts)
        assert card["edits"] == 1
        standing = [one for one in served.slack.posts("C1", ts) if "Log this decision" in words(one)]
        await served.slack.until(lambda: [one for one in standing if offers(one)] == standing[-1:])

    played(tmp_path, play)


def test_a_verdict_that_was_logged_goes_on_saying_so(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        _, card = await verdict(served, ts)
        await served.taps("C1", card, "Log this decision")
        await closed(served, card)
        await served.says("C1", "UADA", MENTION + "No, the facts change monthly.", ts)
        await served.says("C1", "UADA", MENTION + "decide now", ts)
        assert "Logged as d-" in words(card)
        assert "Replaced" not in words(card)

    played(tmp_path, play)


def test_starting_over_closes_the_verdict(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        _, card = await verdict(served, ts)
        await served.says("C1", "UADA", MENTION + "start over", ts)
        assert "Replaced" in await closed(served, card)
        assert not offers(card)

    played(tmp_path, play)


def test_a_question_about_the_guidance_leaves_the_verdict_as_it_is(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        _, card = await verdict(served, ts)
        await served.says("C1", "UADA", MENTION + "can fine-tuning replace RAG?", ts)
        await served.says("C1", "UADA", MENTION + "what would change this?", ts)
        assert offers(card)
        assert "edits" not in card

    played(tmp_path, play)

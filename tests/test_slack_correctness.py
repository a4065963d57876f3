"""Each message gets one reply, in order, if its author may be answered, and nobody's words are live."""

import asyncio
import json
import re

from storage.records import Place
from tests.slack_loopback import BOT, TEAM, LoopbackSlack, texts
from tests.slack_serving import COMPLAINT, MENTION, element, played, serving


def test_an_event_that_comes_three_times_over_reconnects_and_a_restart_gets_one_reply(tmp_path):
    async def main():
        async with LoopbackSlack() as slack:
            async with serving(tmp_path, slack) as served:
                mention = slack.envelope(slack.say("C1", "UADA", MENTION + COMPLAINT))
                direct = slack.envelope(slack.say("DADA", "UADA", COMPLAINT))
                for rude in (False, True, False):
                    await slack.push(mention)
                    await slack.push(direct)
                    await slack.disconnect(rude)
                await served.idle()
                (question,) = slack.posts("C1")
                click = slack.click("C1", question, element(question, "Not sure"))
                for _ in range(3):
                    await slack.push(click, "interactive")
                    await slack.disconnect()
                await served.idle()
            async with serving(tmp_path, slack) as served:
                for _ in range(3):
                    await slack.push(mention)
                    await slack.push(direct)
                    await slack.push(click, "interactive")
                await served.idle()
        assert [len(slack.posts("C1")), len(slack.posts("DADA"))] == [2, 1]
        assert slack.invalid == []

    asyncio.run(main())


def test_what_was_acknowledged_is_answered_after_a_crash(tmp_path):
    """What is written down before the acknowledgement needs nobody's memory."""

    async def main():
        async with LoopbackSlack() as slack:
            async with serving(tmp_path, slack) as served:
                for lanes in served.service._lanes.values():
                    await lanes.stop()  # nothing is handled any more, as if the process had died
                event = slack.say("C1", "UADA", MENTION + COMPLAINT)
                await slack.push(slack.envelope(event))
                assert served.app.turns.queries.counts().inbox_waiting == 1
                assert not slack.posts("C1")
            async with serving(tmp_path, slack) as served:
                await served.idle()
        assert len(slack.posts("C1", event["ts"])) == 1

    asyncio.run(main())


def test_twenty_threads_with_five_messages_each_at_once_do_not_cross(tmp_path):
    said = ("decide now", "what would change this?", "that's wrong", "log this decision")

    async def play(served):
        slack = served.slack
        roots = [slack.say("C1", "UADA", MENTION + COMPLAINT) for _ in range(20)]
        rest = [slack.say("C1", "UADA", MENTION + text, root["ts"]) for text in said for root in roots]
        await slack.until(lambda: slack.connections)  # what waits for a connection waits in no order
        async with asyncio.timeout(60):
            await asyncio.gather(*(slack.push(slack.envelope(event)) for event in (*roots, *rest)))
            await slack.until(lambda: served.app.turns.queries.counts().waiting_since is None, 60)
        for root in roots:
            posts = [" ".join(texts(post["blocks"])) for post in slack.posts("C1", root["ts"])]
            marks = (
                "closed without an answer",
                "Next steps",
                "change like",
                "what I hold",
                "Logged as",
            )
            assert len(posts) == 5
            assert [mark in post for mark, post in zip(marks, posts, strict=True)] == [True] * 5
            thread = served.app.turns.queries.at(Place("slack", TEAM, "C1", root["ts"]))
            lines = served.app.turns.queries.transcript(thread)
            assert [line.text for line in lines if line.who == "person"] == [COMPLAINT, *said]

    played(tmp_path, play)


def changed(slack, event, text, **more):
    """The event of an edit."""
    before = {name: event[name] for name in ("type", "user", "text", "ts", "team", "client_msg_id")}
    if "thread_ts" in event:
        before["thread_ts"] = event["thread_ts"]
    now = {**before, "text": text, "edited": {"user": event["user"], "ts": slack.ts()}, **more}
    return {
        "type": "message",
        "subtype": "message_changed",
        "hidden": True,
        "channel": event["channel"],
        "channel_type": event["channel_type"],
        "ts": slack.ts(),
        "event_ts": slack.ts(),
        "message": now,
        "previous_message": before,
    }


def test_an_edit_changes_the_reply_in_its_place(tmp_path):
    async def play(served):
        slack = served.slack
        event = slack.say("C1", "UADA", MENTION + "hello")
        await slack.push(slack.envelope(event))
        await served.idle()
        edit = slack.envelope(changed(slack, event, MENTION + COMPLAINT))
        for _ in range(2):
            await slack.push(edit)
        await served.idle()
        (post,) = slack.posts("C1")
        assert "Question 1" in " ".join(texts(post["blocks"]))
        assert post["edits"] == 1

    played(tmp_path, play)


def test_an_edit_that_changes_no_text_is_ignored(tmp_path):
    async def play(served):
        slack = served.slack
        event = slack.say("C1", "UADA", MENTION + COMPLAINT)
        await slack.push(slack.envelope(event))
        preview = changed(slack, event, MENTION + COMPLAINT, attachments=[{"from_url": "https://x.example"}])
        await slack.push(slack.envelope(preview))
        await served.idle()
        (post,) = slack.posts("C1")
        assert "edits" not in post

    played(tmp_path, play)


def test_an_edit_of_what_was_not_said_to_it_is_ignored_unless_it_calls_it(tmp_path):
    async def play(served):
        slack = served.slack
        event = slack.say("C1", "UADA", "a chat about lunch")
        await slack.push(slack.envelope(event))
        await slack.push(slack.envelope(changed(slack, event, "a chat about dinner")))
        await served.idle()
        assert not slack.posts("C1")
        await slack.push(slack.envelope(changed(slack, event, MENTION + COMPLAINT)))
        await served.idle()
        assert len(slack.posts("C1", event["ts"])) == 1

    played(tmp_path, play)


NOT_SAID = [
    {"bot_id": "B9"},
    {"bot_profile": {"id": "B9"}},
    {"subtype": "bot_message"},
    {"subtype": "channel_join"},
    {"subtype": "message_deleted"},
    {"user_profile": {"is_bot": True}},
    {"app_id": "A9", "client_msg_id": ""},
    {"user": BOT},
    {"user": "USLACKBOT"},
    {"user": None},
    {"ts": None},
    {"text": None, "subtype": "channel_topic"},
]


def test_bots_itself_and_notices_are_ignored(tmp_path):
    async def play(served):
        for more in NOT_SAID:
            event = {**served.slack.say("C1", "UADA", MENTION + COMPLAINT), **more}
            await served.slack.push(served.slack.envelope(event))
        await served.idle()
        assert served.app.turns.queries.counts().threads == 0
        assert not served.slack.posts("C1")

    played(tmp_path, play)


def test_events_that_nobody_asked_for_are_acknowledged(tmp_path):
    async def play(served):
        for kind in ("reaction_added", "channel_created", "some_new_event"):
            await served.slack.push(served.slack.envelope({"type": kind, "user": "UADA", "event_ts": "1.1"}))

    played(tmp_path, play)


NOT_OURS = [
    ("UGUEST", {}),
    ("UOUT", {}),
    ("UADA", {"user_team": "T0002", "source_team": "T0002"}),
    ("UADA", {"team": "T0002"}),
    ("UNOBODY", {}),
]


def test_guests_and_other_organisations_get_silence(tmp_path):
    async def play(served):
        for author, more in NOT_OURS:
            event = {**served.slack.say("C1", author, MENTION + COMPLAINT), **more}
            await served.slack.push(served.slack.envelope(event))
        await served.idle()
        assert served.app.turns.queries.counts().threads == 0
        assert not served.slack.posts("C1")

    played(tmp_path, play)


def test_the_command_of_a_guest_gets_silence(tmp_path):
    async def play(served):
        asked = served.slack.command("help", "UGUEST", "C1")
        assert await served.slack.push(asked, "slash_commands") == {}

    played(tmp_path, play)


def test_a_delivery_for_another_workspace_is_acknowledged_and_forgotten(tmp_path):
    async def play(served):
        event = served.slack.say("C1", "UADA", MENTION + COMPLAINT)
        await served.slack.push(served.slack.envelope(event, team="T0002"))
        await served.idle()
        assert not served.slack.posts("C1")

    played(tmp_path, play)


NASTY = (
    "Our bot &lt;!channel&gt; says &lt;https://evil.example|our refund page&gt; and ```rm -rf``` *all of it* "
    "&amp;lt; is outdated, its answers about <!here> and <@UBOB> are wrong every week :smile:"
)


def test_nothing_in_anybodys_words_calls_a_channel_or_makes_a_link(tmp_path):
    async def play(served):
        served.slack.users["UADA"]["profile"]["display_name"] = "<!channel> Ada & co"
        ts = await served.says("C1", "UADA", MENTION + NASTY)
        await served.says("C1", "UADA", "decide now", ts)
        (_, verdict) = served.slack.posts("C1", ts)
        await served.taps("C1", verdict, "Log this decision")
        await served.says("C1", "UADA", "that's wrong", ts)
        await served.says("C1", "UADA", MENTION + NASTY)
        event = {"type": "app_home_opened", "user": "UADA", "channel": "D", "tab": "home"}
        await served.slack.push(served.slack.envelope(event))
        await served.slack.until(lambda: served.slack.homes)

    slack = played(tmp_path, play)
    sent = [text for post in slack.posts("C1") for text in (*texts(post["blocks"]), post["text"])]
    sent += texts(slack.homes["UADA"]["blocks"])
    live = re.compile(r"<(?!https://acme\.slack\.com/archives/C1/p\d+\|)")
    plain = json.dumps([one for one in sent if "evil" in one or "channel" in one])
    assert "&lt;!channel&gt;" in plain
    assert not [text for text in sent if live.search(text)]
    assert not [text for text in sent if "```" in text]


def test_what_was_typed_reaches_the_reader_as_it_was_typed(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + NASTY)
        thread = served.app.turns.queries.at(Place("slack", TEAM, "C1", ts))
        (line, *_) = served.app.turns.queries.transcript(thread)
        assert "<!channel> says <https://evil.example|our refund page>" in line.text
        assert "&lt; is outdated" in line.text
        assert "about @here and @somebody" in line.text
        assert BOT not in line.text

    played(tmp_path, play)


def test_no_answer_has_previews_of_links(tmp_path):
    async def play(served):
        await served.says("C1", "UADA", MENTION + COMPLAINT)

    for call in played(tmp_path, play).called("chat.postMessage"):
        assert call.body["unfurl_links"] is False
        assert call.body["unfurl_media"] is False


def test_several_people_may_answer_and_a_contradiction_is_named(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", f"{MENTION}{COMPLAINT} The facts change every week.")
        await served.says("C1", "UBOB", f"{MENTION}no, the facts change every day", ts)
        said = " ".join(text for text in texts(served.slack.posts("C1", ts)[-1]["blocks"]))
        assert "Changed:" in said
        assert "Ada said" in said

    played(tmp_path, play)

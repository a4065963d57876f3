"""Every way to speak to Sextant in Slack, through Bolt and the SDK against a Slack of one's own."""

import json
import threading

import pytest

from storage.records import Place
from tests.slack_loopback import BOT, TEAM, Channel, texts
from tests.slack_serving import COMPLAINT, MENTION, played


def words(posts):
    """All that stands in posts."""
    return " ".join(text for post in posts for text in texts(post["blocks"]))


def test_a_mention_is_answered_in_a_thread_with_a_question(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        (post,) = served.slack.posts("C1")
        assert post["thread_ts"] == ts
        assert "Question 1" in words([post])

    played(tmp_path, play)


def test_a_mention_that_comes_as_two_events_gets_one_reply(tmp_path):
    async def play(served):
        event = served.slack.say("C1", "UADA", MENTION + COMPLAINT)
        mention = {**event, "type": "app_mention"}
        del mention["channel_type"]
        await served.slack.push(served.slack.envelope(mention))
        await served.slack.push(served.slack.envelope(event))
        await served.idle()
        assert len(served.slack.posts("C1")) == 1
        assert len(served.slack.called("conversations.info")) == 1

    played(tmp_path, play)


def test_a_reply_in_its_thread_needs_no_mention(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        await served.says("C1", "UADA", "decide now", ts)
        assert "Log this decision" in words(served.slack.posts("C1", ts)[1:])

    played(tmp_path, play)


def test_it_is_silent_while_people_talk_to_each_other_and_speaks_when_mentioned(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        await served.says("C1", "UBOB", "Is that not what we saw last week?", ts)
        await served.says("C1", "UADA", "It is, the refund page.", ts)
        assert len(served.slack.posts("C1", ts)) == 1
        await served.says("C1", "UBOB", MENTION + "decide now", ts)
        assert len(served.slack.posts("C1", ts)) == 2
        await served.says("C1", "UADA", "Thanks everybody", ts)
        assert len(served.slack.posts("C1", ts)) == 2

    played(tmp_path, play)


def test_what_is_said_to_somebody_else_in_its_thread_is_not_for_it(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        await served.says("C1", "UADA", "<@UBOB> do you know?", ts)
        assert len(served.slack.posts("C1", ts)) == 1

    played(tmp_path, play)


@pytest.mark.parametrize("text", ["nothing to do with it", "hello <@UBOB>"])
def test_what_is_said_elsewhere_is_neither_answered_nor_kept_nor_asked_about(tmp_path, text):
    async def play(served):
        first = await served.says("C1", "UADA", text)
        await served.says("C1", "UBOB", text, first)
        assert served.app.turns.queries.counts().threads == 0

    slack = played(tmp_path, play)
    assert {call.method for call in slack.calls} == {"auth.test", "apps.connections.open"}


def test_a_direct_message_is_answered_in_its_thread_and_private(tmp_path):
    async def play(served):
        ts = await served.says("DADA", "UADA", COMPLAINT)
        await served.says("DADA", "UADA", "decide now", ts)
        assert [post["thread_ts"] for post in served.slack.posts("DADA")] == [ts, ts]
        thread = served.app.turns.queries.at(Place("slack", TEAM, "DADA", ts))
        assert served.app.turns.queries.thread(thread).place.private

    played(tmp_path, play)


def test_a_private_channel_is_private_and_a_public_one_is_not(tmp_path):
    async def play(served):
        for channel, private in (("G1", True), ("C1", False)):
            event = {**served.slack.say(channel, "UADA", MENTION + COMPLAINT), "type": "app_mention"}
            del event["channel_type"]
            await served.slack.push(served.slack.envelope(event))
            thread = served.app.turns.queries.at(Place("slack", TEAM, channel, event["ts"]))
            assert served.app.turns.queries.thread(thread).place.private is private

    played(tmp_path, play)


def test_a_mention_without_words_gets_help(tmp_path):
    async def play(served):
        await served.says("C1", "UADA", f"<@{BOT}>")
        assert "Tell me about an AI feature" in words(served.slack.posts("C1"))

    played(tmp_path, play)


def test_opening_messages_suggests_what_to_say(tmp_path):
    async def play(served):
        event = {"type": "app_home_opened", "user": "UADA", "channel": "DADA", "tab": "messages"}
        await served.slack.push(served.slack.envelope(event))
        await served.slack.until(lambda: served.slack.called("assistant.threads.setSuggestedPrompts"))

    (call,) = played(tmp_path, play).called("assistant.threads.setSuggestedPrompts")
    assert 1 <= len(call.body["prompts"]) <= 4
    assert "thread_ts" not in call.body


def shortcut(slack, channel, message, by="UADA"):
    return {
        "type": "message_action",
        "callback_id": "sextant_triage",
        "token": "verification",
        "trigger_id": f"trigger-{slack.ts()}",
        "action_ts": slack.ts(),
        "message_ts": message["ts"],
        "team": {"id": TEAM, "domain": "acme"},
        "user": {"id": by, "name": by.lower(), "team_id": TEAM},
        "channel": {"id": channel, "name": "general"},
        "message": {name: value for name, value in message.items() if name != "channel"},
        "response_url": f"{slack.url.removesuffix('api/')}response/1",
    }


def test_the_shortcut_triages_a_message_in_its_thread_and_as_its_authors_words(tmp_path):
    async def play(served):
        message = served.slack.say("C1", "UBOB", COMPLAINT)
        await served.slack.push(shortcut(served.slack, "C1", message), "interactive")
        await served.idle()
        (post,) = served.slack.posts("C1")
        assert post["thread_ts"] == message["ts"]
        thread = served.app.turns.queries.at(Place("slack", TEAM, "C1", message["ts"]))
        assert served.app.turns.queries.transcript(thread)[0].author_name == "Bob"

    played(tmp_path, play)


def test_the_shortcut_on_a_message_that_is_triaged_already_says_so_to_that_person_alone(tmp_path):
    async def play(served):
        message = served.slack.say("C1", "UBOB", COMPLAINT)
        for by in ("UADA", "UBOB"):
            await served.slack.push(shortcut(served.slack, "C1", message, by), "interactive")
            await served.idle()
        await served.slack.until(lambda: served.slack.answers)
        assert len(served.slack.posts("C1")) == 1
        assert served.slack.answers[0]["response_type"] == "ephemeral"

    played(tmp_path, play)


def test_the_shortcut_takes_nothing_that_the_bot_said_for_somebodys_words(tmp_path):
    async def play(served):
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        (own,) = served.slack.posts("C1")
        await served.slack.push(shortcut(served.slack, "C1", own), "interactive")
        await served.slack.until(lambda: served.slack.answers)
        assert "my own message" in served.slack.answers[0]["text"]
        await served.idle()
        assert len(served.slack.posts("C1")) == 1

    played(tmp_path, play)


@pytest.mark.parametrize(
    "channel", [Channel(member=False), Channel("im", member=False), Channel(shared=True)]
)
def test_the_shortcut_where_it_may_not_speak_is_answered_in_direct_messages(tmp_path, channel):
    async def play(served):
        served.slack.channels["C9"] = channel
        message = served.slack.say("C9", "UBOB", COMPLAINT)
        await served.slack.push(shortcut(served.slack, "C9", message), "interactive")
        await served.idle()
        assert not served.slack.posts("C9")
        await served.slack.until(lambda: served.slack.answers)
        assert "direct messages" in served.slack.answers[0]["text"]
        (post,) = served.slack.posts("DADA")
        assert "thread_ts" not in post

    played(tmp_path, play)


async def command(served, text, by="UADA"):
    asked = served.slack.command(text, by)
    return await served.slack.push(asked, "slash_commands")


def test_the_command_opens_a_private_triage_and_says_so_to_that_person_alone(tmp_path):
    async def play(served):
        told = await command(served, "our bot invents prices that changed last week")
        assert told["response_type"] == "ephemeral"
        await served.idle()
        (post,) = served.slack.posts("DADA")
        assert "thread_ts" not in post
        await served.says("DADA", "UADA", "decide now", post["ts"])
        assert len(served.slack.posts("DADA", post["ts"])) == 1

    played(tmp_path, play)


def test_the_command_asks_the_guidance_and_logs_what_it_does_not_say(tmp_path):
    async def play(served):
        told = await command(served, "ask can fine-tuning replace RAG?")
        assert told["response_type"] == "ephemeral"
        await served.slack.until(lambda: served.slack.answers)
        assert "Fine-tuning cannot replace retrieval" in json.dumps(served.slack.answers[0])
        await command(served, "ask who won the cup final in 1974?")
        await served.slack.until(lambda: len(served.slack.answers) == 2)
        assert "does not say" in json.dumps(served.slack.answers[1])
        assert served.app.turns.queries.counts().gaps == 1

    slack = played(tmp_path, play)
    assert all(one["response_type"] == "ephemeral" for one in slack.answers)


def test_a_command_that_begins_with_help_is_not_lost(tmp_path):
    async def play(served):
        await command(served, "help us, our bot gives old refund rules")
        await served.idle()
        assert "Question 1" in words(served.slack.posts("DADA"))

    played(tmp_path, play)


def test_slow_questions_to_the_guidance_hold_up_nobody(tmp_path):
    async def play(served):
        gate = threading.Event()
        real = served.app.conversation.ask_guidance

        def slow(*given):
            assert gate.wait(10)
            return real(*given)

        served.app.conversation.ask_guidance = slow
        for _ in range(40):
            await command(served, "ask can fine-tuning replace RAG?")
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        gate.set()
        await served.slack.until(lambda: len(served.slack.answers) == 40)

    played(tmp_path, play)


@pytest.mark.parametrize("text", ["", "help", "ask"])
def test_the_command_explains_itself(tmp_path, text):
    async def play(served):
        assert "/sextant status" in json.dumps(await command(served, text))

    played(tmp_path, play)


def test_the_command_shows_where_a_persons_things_stand_with_links(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        told = json.dumps(await command(served, "status"), ensure_ascii=False)
        assert f"https://acme.slack.com/archives/C1/p{ts.replace('.', '')}|" in told
        assert "no open thread" in json.dumps(await command(served, "status", "UBOB"))

    played(tmp_path, play)


@pytest.mark.parametrize("text", ["forget", "forget everything", "Forget all about me", "forget me please"])
def test_the_command_asks_before_it_forgets_however_that_is_said(tmp_path, text):
    async def play(served):
        assert "Shall I forget you?" in json.dumps(await command(served, text))
        assert not served.slack.posts("DADA")

    played(tmp_path, play)


@pytest.mark.parametrize(("choice", "left"), [("Forget me", 0), ("Keep it", 1)])
def test_the_command_forgets_a_person_once_they_confirm(tmp_path, choice, left):
    async def play(served):
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        told = await command(served, "forget")
        button = next(one for one in told["blocks"][-1]["elements"] if one["text"]["text"] == choice)
        message = {"ts": served.slack.ts(), "blocks": told["blocks"]}
        await served.slack.push(served.slack.click("C1", message, button), "interactive")
        await served.slack.until(lambda: served.slack.answers)
        assert served.slack.answers[0]["replace_original"]
        stands = served.app.people.standing("slack", TEAM, "UADA")
        assert len(stands.threads) == left

    played(tmp_path, play)


def test_home_shows_a_persons_threads_and_to_a_lead_what_waits(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UBOB", MENTION + COMPLAINT)
        await served.says("C1", "UBOB", "decide now", ts)
        await served.says("C1", "UBOB", "log this decision", ts)
        await served.says("C1", "UADA", MENTION + COMPLAINT)
        for who in ("UADA", "UBOB"):
            event = {"type": "app_home_opened", "user": who, "channel": "D", "tab": "home"}
            await served.slack.push(served.slack.envelope(event))
        await served.slack.until(lambda: len(served.slack.homes) == 2)

    slack = played(tmp_path, play, leads=("slack:UADA",))
    ada, bob = (" ".join(texts(slack.homes[who]["blocks"])) for who in ("UADA", "UBOB"))
    assert "Your open threads" in ada
    assert "Waiting for a review" in ada
    assert "Your decisions" in bob
    assert "Waiting for a review" not in bob
    assert "How it works" in bob


def test_a_channel_gets_its_digest_on_the_clock_of_who_asked_for_it(tmp_path):
    async def play(served):
        served.slack.users["UADA"]["tz"] = "Europe/Lisbon"
        await served.says("C1", "UADA", MENTION + "digest here monday 09:00")
        await served.says("C1", "UADA", MENTION + "digest preview")
        asked, preview = served.slack.posts("C1")
        assert "Europe/Lisbon" in words([asked])
        assert preview["blocks"][0]["type"] == "header"

    played(tmp_path, play)

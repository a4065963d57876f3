"""Whose turn it is to speak: in threads of several people, in direct messages, and after edits."""

from tests.slack_serving import COMPLAINT, MENTION, played
from tests.test_slack_ways_in import shortcut, words


async def command(served, text):
    await served.slack.push(served.slack.command(text), "slash_commands")
    await served.idle()


def test_what_is_typed_below_a_direct_message_of_its_own_answers_it(tmp_path):
    async def play(served):
        await command(served, COMPLAINT)
        await served.says("DADA", "UADA", "decide now")
        assert "Verdict" in served.slack.posts("DADA")[-1]["text"]

    played(tmp_path, play)


def test_a_direct_message_opens_a_case_of_its_own_once_the_last_is_decided(tmp_path):
    async def play(served):
        for text in (COMPLAINT, "decide now", "log this decision"):
            await served.says("DADA", "UADA", text)
        assert served.app.turns.queries.counts().threads == 1
        await served.says("DADA", "UADA", COMPLAINT)
        assert served.app.turns.queries.counts().threads == 2

    played(tmp_path, play)


def test_an_edit_of_a_direct_message_stays_in_the_case_that_took_it(tmp_path):
    async def play(served):
        await command(served, COMPLAINT)
        event = served.slack.say("DADA", "UADA", "decide later")
        await served.slack.push(served.slack.envelope(event))
        await served.idle()
        await served.slack.push(served.slack.envelope(edited(event, "decide now")))
        await served.idle()
        assert served.app.turns.queries.counts().threads == 1
        assert "Verdict" in served.slack.posts("DADA")[-1]["text"]

    played(tmp_path, play)


def edited(event, text, at="1700099999.000100"):
    """The event of an edit."""
    said = {name: value for name, value in event.items() if not name.startswith(("channel", "event"))}
    return {
        "type": "message",
        "subtype": "message_changed",
        "channel": event["channel"],
        "channel_type": event["channel_type"],
        "ts": at,
        "event_ts": at,
        "message": {**said, "text": text, "edited": {"user": event["user"], "ts": at}},
        "previous_message": said,
    }


def test_an_edit_of_what_people_say_to_each_other_in_its_thread_is_none_of_its_business(tmp_path):
    async def play(served):
        slack = served.slack
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        event = slack.say("C1", "UBOB", "we saw that as well", ts)
        await slack.push(slack.envelope(event))
        await slack.push(slack.envelope(edited(event, "they change daily, I think")))
        await served.idle()
        assert len(slack.posts("C1", ts)) == 1
        assert "daily" not in str(list(served.app.file.rows("SELECT text FROM inbox", {})))

    played(tmp_path, play)


def test_an_edit_of_a_plain_answer_in_its_thread_is_heard(tmp_path):
    async def play(served):
        slack = served.slack
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        event = slack.say("C1", "UADA", "what a mess", ts)
        await slack.push(slack.envelope(event))
        await slack.push(slack.envelope(edited(event, "no search yet")))
        await served.idle()
        assert "Verdict" in slack.posts("C1", ts)[-1]["text"]

    played(tmp_path, play)


def test_one_person_may_triage_anothers_message_in_private_and_its_edit_stays_between_them(tmp_path):
    async def play(served):
        served.slack.channels["C2"].member = False
        event = served.slack.say("C2", "UADA", COMPLAINT)
        for by in ("UBOB", "UADA"):
            await served.slack.push(shortcut(served.slack, "C2", event, by), "interactive")
            await served.idle()
        served.slack.channels["C2"].member = True
        await served.slack.push(served.slack.envelope(edited(event, COMPLAINT + " Really.")))
        await served.idle()
        assert not served.slack.posts("C2")
        assert [len(served.slack.posts(direct)) for direct in ("DBOB", "DADA")] == [1, 1]

    played(tmp_path, play)


def test_whoever_triages_anothers_message_answers_in_its_thread_without_a_mention(tmp_path):
    async def play(served):
        event = served.slack.say("C1", "UADA", COMPLAINT)
        await served.slack.push(shortcut(served.slack, "C1", event, "UBOB"), "interactive")
        await served.idle()
        await served.says("C1", "UBOB", "decide now", event["ts"], parent_user_id="UADA")
        assert len(served.slack.posts("C1", event["ts"])) == 2

    played(tmp_path, play)


def test_a_guest_in_its_thread_is_not_noted_and_mutes_nobody(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        await served.says("C1", "UGUEST", "hello", ts)
        await served.says("C1", "UADA", "decide now", ts)
        assert len(served.slack.posts("C1", ts)) == 2
        assert "UGUEST" not in str(list(served.app.file.rows("SELECT author FROM voices", {})))

    played(tmp_path, play)


def test_a_plain_answer_counts_among_several_people_and_other_words_do_not(tmp_path):
    async def play(served):
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        await served.says("C1", "UBOB", MENTION + "why?", ts)
        count = len(served.slack.posts("C1", ts))
        await served.says("C1", "UADA", "I will ask them over lunch", ts)
        assert len(served.slack.posts("C1", ts)) == count
        await served.says("C1", "UADA", "not sure", ts)
        assert len(served.slack.posts("C1", ts)) == count + 1

    played(tmp_path, play)


def test_a_question_says_that_a_mention_is_needed_once_several_people_write_in_the_thread(tmp_path):
    async def play(served):
        slack = served.slack
        ts = await served.says("C1", "UADA", MENTION + COMPLAINT)
        assert "once others write here too, mention me" in words(slack.posts("C1", ts))
        await served.says("C1", "UBOB", "I have seen that as well", ts)
        await served.says("C1", "UADA", MENTION + "No, the facts change daily.", ts)
        assert "Several people write here" in words(slack.posts("C1", ts)[-1:])
        assert "mention me" in words(slack.posts("C1", ts)[-1:])

    played(tmp_path, play)


def test_in_a_direct_message_a_question_asks_for_no_mention(tmp_path):
    async def play(served):
        await served.says("DADA", "UADA", COMPLAINT)
        said = words(served.slack.posts("DADA"))
        assert "in your own words" in said
        assert "mention" not in said

    played(tmp_path, play)


def test_who_is_called_into_anothers_thread_may_talk_with_them_there(tmp_path):
    async def play(served):
        root = served.slack.say("C1", "UBOB", "the bot was wrong again")["ts"]
        await served.says("C1", "UADA", MENTION + COMPLAINT, root, parent_user_id="UBOB")
        await served.says("C1", "UADA", "Yes Bob, I will ask finance", root, parent_user_id="UBOB")
        assert len(served.slack.posts("C1")) == 1

    played(tmp_path, play)


def test_an_edit_that_comes_before_its_message_is_the_message(tmp_path):
    async def play(served):
        slack = served.slack
        opener = slack.say("C1", "UADA", MENTION + "hello")
        await slack.push(slack.envelope(edited(opener, MENTION + COMPLAINT)))
        await slack.push(slack.envelope(opener))
        await served.idle()
        follow = slack.say("C1", "UADA", "why?", opener["ts"])
        await slack.push(slack.envelope(edited(follow, "decide now")))
        await slack.push(slack.envelope(follow))
        await served.idle()
        assert [len(slack.posts("C1", opener["ts"])), "edits" in slack.posts("C1")[-1]] == [2, False]
        assert "Log this decision" in str(slack.posts("C1")[-1]["blocks"])

    played(tmp_path, play)


def test_an_edit_that_adds_a_mention_and_comes_as_two_events_gets_one_reply(tmp_path):
    async def play(served):
        event = served.slack.say("C1", "UADA", COMPLAINT)
        change = edited(event, MENTION + COMPLAINT)
        mention = {**event, **change["message"], "type": "app_mention"}
        del mention["channel_type"]
        for one in (change, mention):
            await served.slack.push(served.slack.envelope(one))
            await served.idle()
        assert len(served.slack.posts("C1")) == 1

    played(tmp_path, play)


def test_a_picture_or_thanks_in_its_thread_gets_no_introduction(tmp_path):
    async def play(served):
        for channel, mention in (("C1", MENTION), ("DADA", "")):
            ts = await served.says(channel, "UADA", mention + COMPLAINT)
            await served.says(channel, "UADA", "", ts, subtype="file_share")
            await served.says(channel, "UADA", "decide now", ts)
            await served.says(channel, "UADA", "log this decision", ts)
            await served.says(channel, "UADA", "thanks!", ts)
            assert len(served.slack.posts(channel)) == 3
            await served.says(channel, "UADA", "what would change this?", ts)
            assert len(served.slack.posts(channel)) == 4

    played(tmp_path, play)

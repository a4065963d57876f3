"""What is said to the bot on Discord gets one reply, in the right place; everything else gets none."""

import pytest

from bot.discord.adapter import LOST
from tests.bot_fixtures import OUTDATED
from tests.discord_parts import buttons, text_of
from tests.discord_play import opened, play


def test_a_mention_opens_a_thread_from_that_message_and_is_answered_there(tmp_path):
    async def scene(bot):
        thread = await opened(bot)
        (post,) = bot.discord.by_bot(thread)
        assert "Question 1" in text_of(post)
        assert thread["name"].startswith("Our support bot gives outdated answers")
        assert bot.discord.by_bot(bot.discord.general) == []

    play(tmp_path, scene)


def test_a_mention_of_the_role_that_discord_made_for_the_bot_counts_too(tmp_path):
    async def scene(bot):
        role = bot.discord.guild["bot_role"]
        said = await bot.discord.say(bot.discord.ada, bot.discord.general, f"<@&{role}> {OUTDATED}")
        await bot.settled()
        (post,) = bot.discord.by_bot(bot.discord.thread(said))
        assert "Question 1" in text_of(post)

    play(tmp_path, scene, discord_message_content=True)


def test_a_mention_without_words_is_told_what_the_bot_does(tmp_path):
    async def scene(bot):
        thread = await opened(bot, "")
        assert "disappoints you" in text_of(bot.discord.by_bot(thread)[0])

    play(tmp_path, scene)


def test_a_direct_message_is_answered_where_it_was_written(tmp_path):
    async def scene(bot):
        channel = bot.discord.dm(bot.discord.ada)
        await bot.discord.say(bot.discord.ada, channel, OUTDATED)
        await bot.settled()
        (post,) = bot.discord.by_bot(channel)
        assert "Question 1" in text_of(post)
        await bot.discord.say(bot.discord.ada, channel, "decide now")
        await bot.settled()
        verdict = bot.discord.by_bot(channel)[-1]
        assert "Log this decision" in text_of(verdict)
        assert "Share…" not in text_of(verdict)

    play(tmp_path, scene)


def test_the_triage_command_shows_the_case_and_answers_in_a_thread_of_that(tmp_path):
    async def scene(bot):
        discord = bot.discord
        used = await discord.command(discord.ada, discord.general, "triage", describe=OUTDATED)
        await bot.settled()
        assert used.acknowledged[0]["type"] == 5
        assert used.original is not None
        assert OUTDATED in text_of(used.original)
        (post,) = discord.by_bot(discord.thread(used.original))
        assert "Question 1" in text_of(post)
        assert discord.by_bot(discord.general) == [used.original]

    play(tmp_path, scene)


@pytest.mark.parametrize("where", ["thread", "dm"])
def test_the_triage_command_in_a_thread_or_a_direct_message_answers_right_there(tmp_path, where):
    async def scene(bot):
        discord = bot.discord
        channel = await opened(bot, "help") if where == "thread" else discord.dm(discord.ada)
        used = await discord.command(discord.ada, channel, "triage", describe=OUTDATED)
        await bot.settled()
        assert "Question 1" in text_of(used.original)
        assert discord.by_bot(channel)[-1] == used.original

    play(tmp_path, scene)


def test_triage_this_opens_a_thread_from_somebody_elses_message(tmp_path):
    async def scene(bot):
        discord = bot.discord
        said = await discord.say(discord.bob, discord.general, OUTDATED)
        used = await discord.menu(discord.ada, discord.general, "Triage this", said)
        await bot.settled()
        (post,) = discord.by_bot(discord.thread(said))
        assert "Question 1" in text_of(post)
        assert said["id"] in text_of(used.ephemeral[0])

    play(tmp_path, scene)


def test_triage_this_reads_a_forwarded_message(tmp_path):
    async def scene(bot):
        discord = bot.discord
        said = await discord.say(discord.bob, discord.general, "")
        copy = {"content": OUTDATED, "attachments": [], "embeds": [], "timestamp": said["timestamp"]}
        copy |= {"edited_timestamp": None, "type": 0, "mentions": [], "mention_roles": [], "flags": 0}
        copy |= {"components": [], "stickers": [], "sticker_items": []}
        said["message_snapshots"] = [{"message": copy}]
        await discord.menu(discord.ada, discord.general, "Triage this", said)
        await bot.settled()
        assert "Question 1" in text_of(discord.by_bot(discord.thread(said))[0])

    play(tmp_path, scene)


def test_triage_this_on_a_message_without_text_says_so(tmp_path):
    async def scene(bot):
        discord = bot.discord
        said = await discord.say(discord.bob, discord.general, "")
        used = await discord.menu(discord.ada, discord.general, "Triage this", said)
        await bot.settled()
        assert "no text in that message" in text_of(used.ephemeral[0])
        assert discord.thread(said) is None

    play(tmp_path, scene)


def test_where_the_bot_is_not_invited_the_triage_goes_through_the_interactions(tmp_path):
    async def scene(bot):
        discord = bot.discord
        foreign = discord.new_channel(discord.new_guild("Elsewhere", installed=False), "random")
        used = await discord.command(discord.ada, foreign, "triage", describe=OUTDATED)
        await bot.settled()
        assert "Question 1" in text_of(used.original)
        label = next(iter(buttons(used.original)))
        again = await discord.click(discord.ada, used.original, buttons(used.original)[label])
        await bot.settled()
        assert "chosen by Ada" in text_of(used.original)
        assert buttons(again.original)
        form = await discord.click(discord.ada, again.original, buttons(again.original)["Type an answer"])
        await discord.until(lambda: form.modal)
        typed = await discord.submit(discord.ada, form, text="decide now")
        await bot.settled()
        assert "Log this decision" in text_of(typed.original)
        assert discord.asked("POST", r"/channels/\d+/messages") == []

    play(tmp_path, scene)


def test_in_its_thread_plain_messages_of_one_person_are_answered_when_their_text_may_be_read(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.say(discord.ada, thread, "decide now")
        await bot.settled()
        assert "Log this decision" in text_of(discord.by_bot(thread)[-1])

    play(tmp_path, scene, discord_message_content=True)


def test_when_a_second_person_talks_in_the_thread_the_bot_waits_to_be_mentioned(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.say(discord.bob, thread, "I think it is the help centre.")
        await discord.say(discord.ada, thread, "decide now")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 1
        await discord.mention(discord.bob, thread, "decide now")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 2

    play(tmp_path, scene, discord_message_content=True)


def test_a_reply_in_the_thread_is_for_the_bot_unless_it_answers_somebody_else(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        robot = await discord.say(discord.person("Robot", bot=True), thread, "beep")
        mine = await discord.say(discord.ada, thread, "why")
        await bot.settled()
        for replied, answered in ((robot, 2), (mine, 3), (discord.by_bot(thread)[0], 4)):
            to = {"message_id": replied["id"], "channel_id": thread["id"]}
            await discord.say(discord.ada, thread, "why", message_reference=to)
            await bot.settled()
            assert len(discord.by_bot(thread)) == answered

    play(tmp_path, scene, discord_message_content=True)


def test_without_the_intent_a_plain_message_is_not_read_and_the_log_says_what_is_lost(tmp_path, caplog):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.say(discord.ada, thread, "decide now")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 1
        await discord.mention(discord.ada, thread, "decide now")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 2

    play(tmp_path, scene)
    assert f"plain_messages_unread says={LOST}" in caplog.messages


@pytest.mark.parametrize("who", ["bot", "webhook", "system"])
def test_bots_webhooks_and_announcements_are_ignored(tmp_path, who):
    async def scene(bot):
        discord = bot.discord
        author = discord.person("Robot", bot=True) if who == "bot" else discord.ada
        more = {"webhook": {"webhook_id": discord.ada["id"]}, "system": {"type": 7}}.get(who, {})
        said = await discord.mention(author, discord.general, OUTDATED, **more)
        await bot.settled()
        assert discord.thread(said) is None
        assert discord.by_bot(discord.general) == []

    play(tmp_path, scene, discord_message_content=True)


def test_talk_among_people_is_none_of_its_business(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.say(discord.ada, discord.general, OUTDATED)
        await discord.say(discord.ada, thread, f"<@{discord.bob['id']}> what do you think?")
        await bot.settled()
        assert discord.by_bot(discord.general) == []
        assert len(discord.by_bot(thread)) == 1

    play(tmp_path, scene, discord_message_content=True)


def test_an_edited_message_edits_the_reply_and_a_preview_does_nothing(tmp_path):
    async def scene(bot):
        discord = bot.discord
        said = await discord.mention(discord.ada, discord.general, "hello")
        await bot.settled()
        await discord.edit(said, None)
        await bot.settled()
        await discord.edit(said, f"<@{discord.me['id']}> {OUTDATED}")
        await discord.redeliver("MESSAGE_UPDATE")
        await bot.settled()
        (post,) = discord.by_bot(discord.thread(said))
        assert "Question 1" in text_of(post)
        assert len(discord.asked("PATCH", r"/channels/\d+/messages/\d+")) == 1

    play(tmp_path, scene)


def test_a_message_that_mentions_the_bot_only_after_an_edit_is_answered_once(tmp_path):
    async def scene(bot):
        discord = bot.discord
        said = await discord.say(discord.ada, discord.general, OUTDATED)
        await discord.edit(said, f"<@{discord.me['id']}> {OUTDATED}")
        await discord.redeliver("MESSAGE_UPDATE")
        await bot.settled()
        assert len(discord.by_bot(discord.thread(said))) == 1

    play(tmp_path, scene)


def test_the_edit_of_a_message_that_was_not_for_the_bot_is_not_either(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        said = await discord.say(discord.bob, thread, "I think it is the help centre.")
        await discord.edit(said, "I think it is the manual.")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 1

    play(tmp_path, scene, discord_message_content=True)


def test_what_people_write_never_notifies_anybody_and_shows_as_it_was_written(tmp_path):
    nasty = "@everyone @here <@1> <@&2> [x](https://evil.example) **b** ||s|| `c` # h\n> q\n- l"

    async def scene(bot):
        discord = bot.discord
        discord.ada["global_name"] = "@everyone <@1> **A**"
        used = await discord.command(
            discord.ada, discord.general, "triage", describe=f"{OUTDATED} {nasty} It is outdated: {nasty}"
        )
        await bot.settled()
        shown = text_of(used.original)
        assert "@everyone" not in shown
        assert "\\<@1\\>" in shown
        assert "\\*\\*b\\*\\*" in shown
        assert "\\[x\\]" in shown
        thread = discord.thread(used.original)
        await discord.mention(discord.ada, thread, f"log it as {nasty}")
        await bot.settled()
        assert "@everyone" not in text_of(discord.by_bot(thread)[-1])

    play(tmp_path, scene)

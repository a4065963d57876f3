"""What real servers and people do to a bot on Discord: each gets one answer, or a sentence that says why."""

import asyncio

import pytest

from bot.discord.adapter import SPENT
from storage.subscriptions import Channel
from tests.bot_fixtures import OUTDATED
from tests.discord_loopback import Discord
from tests.discord_parts import (
    EPHEMERAL,
    FORUM,
    HISTORY,
    NEWS,
    PUBLIC_THREAD,
    SEND,
    STAGE,
    THREADS,
    VOICE,
    buttons,
    text_of,
    walk,
)
from tests.discord_play import opened, play, running, tapped

MESSAGES = r"/channels/\d+/messages"


def test_in_every_kind_of_channel_a_mention_is_answered_and_the_talk_goes_on(tmp_path):
    async def main():
        async with Discord() as discord:
            rooms = [discord.new_channel(discord.guild, "room", kind=kind) for kind in (VOICE, STAGE, NEWS)]
            forum = discord.new_channel(discord.guild, "forum", kind=FORUM)
            async with running(tmp_path, discord, discord_message_content=True) as bot:
                post = await discord.new_thread(discord.bob, forum, PUBLIC_THREAD)
                for room in (*rooms, post):
                    said = await discord.mention(discord.bob, room, OUTDATED)
                    await bot.settled()
                    there = discord.thread(said) or room
                    (question,) = discord.by_bot(there)
                    to = {"message_id": question["id"], "channel_id": there["id"]}
                    reply = {} if there is not room or room is post else {"message_reference": to}
                    await discord.say(discord.bob, there, "decide now", **reply)
                    await bot.settled()
                    assert "Log this decision" in buttons(discord.by_bot(there)[-1])
                    assert len(discord.by_bot(there)) == 2

    asyncio.run(main())


def test_where_history_may_not_be_read_the_answer_stands_without_being_a_reply(tmp_path):
    async def main():
        async with Discord() as discord:
            room = discord.new_channel(discord.guild, "room", denied=HISTORY | THREADS)
            async with running(tmp_path, discord) as bot:
                await discord.mention(discord.ada, room, OUTDATED)
                await bot.settled()
                (post,) = discord.by_bot(room)
                assert "Question 1" in text_of(post)
                assert "message_reference" not in post

    asyncio.run(main())


def test_what_discord_will_never_take_is_told_to_the_person_and_holds_nothing_up(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        blocked = discord.fault("POST", MESSAGES, status=400, code=200000, times=2)
        await discord.mention(discord.ada, thread, "decide now")
        await bot.settled()
        assert not blocked.times
        (told,) = discord.by_bot(discord.dm(discord.ada))
        assert "I have an answer for you" in text_of(told)
        assert bot.app.turns.queries.counts().outbox_dead == 1

    play(tmp_path, scene)


@pytest.mark.parametrize("over", [{"status": 404, "code": 10015}, {"status": 401, "code": 50027}])
def test_an_interaction_that_is_over_before_its_time_is_answered_in_the_channel(tmp_path, over):
    async def scene(bot):
        discord = bot.discord
        channel = discord.dm(discord.ada)
        discord.fault("PATCH", r"/webhooks/\d+/[\w-]+/messages/@original", **over)
        await discord.command(discord.ada, channel, "triage", describe=OUTDATED)
        await bot.settled()
        assert "Question 1" in text_of(discord.by_bot(channel)[-1])

    play(tmp_path, scene)


def test_in_a_thread_that_somebody_else_opened_the_bot_waits_to_be_mentioned(tmp_path):
    async def scene(bot):
        discord = bot.discord
        theirs = await discord.new_thread(discord.bob, discord.general, PUBLIC_THREAD)
        await discord.say(discord.bob, theirs, "I think it is the help centre.")
        await discord.mention(discord.ada, theirs, OUTDATED)
        await bot.settled()
        await discord.say(discord.ada, theirs, "Bob, what do you say?")
        await bot.settled()
        assert len(discord.by_bot(theirs)) == 1
        mine = await discord.new_thread(discord.ada, discord.general, PUBLIC_THREAD)
        await discord.mention(discord.ada, mine, OUTDATED)
        await bot.settled()
        await discord.say(discord.ada, mine, "decide now")
        await bot.settled()
        assert len(discord.by_bot(mine)) == 2

    play(tmp_path, scene, discord_message_content=True)


def test_a_button_or_form_that_nobody_knows_any_more_says_so(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        (post,) = discord.by_bot(thread)
        form = await tapped(bot, thread, "Type an answer")
        old = {**form.modal, "custom_id": "older:abc"}
        sent = await discord.send_form(discord.ada, thread, old, text="No")
        for one in walk(post["components"]):
            if one.get("label") == "Why?":
                one["custom_id"] = "older:abc"
        used = await tapped(bot, thread, "Why?")
        for one in (sent, used):
            assert "no longer know" in text_of(one.ephemeral[0])

    play(tmp_path, scene)


def test_a_command_that_changed_since_a_person_loaded_it_is_explained(tmp_path, caplog):
    async def scene(bot):
        used = await bot.discord.command(bot.discord.ada, bot.discord.general, "older")
        await bot.settled()
        assert "Reload Discord" in text_of(used.ephemeral[0])

    play(tmp_path, scene)
    assert "interaction_failed" not in caplog.text


def test_a_description_of_nothing_that_can_be_seen_is_asked_for_again(tmp_path):
    async def scene(bot):
        discord = bot.discord
        used = await discord.command(discord.ada, discord.general, "triage", describe="\u200b \n")
        await bot.settled()
        assert "Tell me what the feature should do" in text_of(used.ephemeral[0])
        assert discord.in_channel(discord.general) == []

    play(tmp_path, scene)


def test_triage_this_says_where_the_answer_stands_once_it_does(tmp_path):
    async def scene(bot):
        discord = bot.discord
        said = await discord.say(discord.bob, discord.general, OUTDATED)
        opens = discord.fault("POST", rf"{MESSAGES}/\d+/threads", hang=True)
        used = await discord.menu(discord.ada, discord.general, "Triage this", said)
        await discord.until(lambda: not opens.times)
        assert text_of(used.original) == ""
        discord.let_go()
        await bot.settled()
        assert f"<#{said['id']}>" in text_of(used.original)
        assert used.original["flags"] & EPHEMERAL
        assert used.followups == []

    play(tmp_path, scene)


def test_a_shared_verdict_is_said_to_be_shared_and_where(tmp_path):
    async def scene(bot):
        discord = bot.discord
        ideas = discord.new_channel(discord.guild, "ideas")
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        form = await tapped(bot, thread, "Share…")
        told = {"id": ideas["id"], "type": 0, "name": "ideas", "permissions": str(1 << 10 | 1 << 11)}
        resolved = {"channels": {ideas["id"]: told}}
        await discord.submit(discord.ada, form, resolved, choice=[ideas["id"]])
        await bot.settled()
        assert f"shared in <#{ideas['id']}>" in text_of(discord.by_bot(thread)[-1])

    play(tmp_path, scene)


@pytest.mark.parametrize("where", ["elsewhere", "a forum", "a closed channel"])
def test_a_digest_is_promised_only_where_it_can_be_posted(tmp_path, where):
    async def main():
        async with Discord() as discord:
            forum = discord.new_channel(discord.guild, "forum", kind=FORUM)
            closed = discord.new_channel(discord.guild, "closed", denied=SEND)
            away = discord.new_channel(discord.new_guild("Elsewhere", installed=False), "random")
            async with running(tmp_path, discord) as bot:
                post = await discord.new_thread(discord.bob, forum, PUBLIC_THREAD)
                room = {"elsewhere": away, "a forum": post, "a closed channel": closed}[where]
                used = await discord.command(discord.ada, room, "digest", what="monday 09:00")
                await bot.settled()
                says = {
                    "elsewhere": "not on this server",
                    "a forum": "a channel of this kind",
                    "a closed channel": "“Send Messages”",
                }
                assert says[where] in text_of(used.ephemeral[0])
                for one in (away, forum, closed):
                    channel = Channel("discord", one["guild_id"], one["id"])
                    assert bot.app.weekly._subscriptions.of(channel) is None
                seen = await discord.command(discord.ada, room, "digest", what="preview")
                await bot.settled()
                assert "nothing was posted" in text_of(seen.original)

    asyncio.run(main())


def test_an_outcome_suggests_the_decisions_while_somebody_types(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        await tapped(bot, thread, "Log this decision")
        found = await discord.complete(discord.ada, discord.general, "outcome", decision="")
        await discord.until(lambda: found.acknowledged)
        (choice,) = found.acknowledged[0]["data"]["choices"]
        assert choice["value"] == bot.app.archive.decisions()[0].id

    play(tmp_path, scene)


def test_commands_that_discord_did_not_take_are_told_again_once_it_is_connected(tmp_path):
    async def main():
        async with Discord() as discord:
            refused = discord.fault("PUT", r"/applications/\d+/commands", status=403, code=50001)
            async with running(tmp_path, discord):
                await discord.until(lambda: discord.commands)
                assert not refused.times

    asyncio.run(main())


def test_when_discord_allows_no_more_connections_today_none_is_tried(tmp_path):
    async def main():
        async with Discord() as discord:
            discord.starts_left = 0
            async with running(tmp_path, discord, wait=False) as bot:
                await discord.until(lambda: bot.adapter.trouble() == SPENT)
                assert discord.sessions == {}

    asyncio.run(main())

"""Private threads on Discord, where a server or a person wants them: nobody else reads what is said there."""

import asyncio

import pytest

from tests.bot_fixtures import OUTDATED
from tests.discord_loopback import Discord
from tests.discord_parts import EPHEMERAL, NEWS, PRIVATE, PRIVATE_THREAD, buttons, text_of
from tests.discord_play import opened, running, tapped
from tests.test_discord_server import scene_of, shown, switched


def private_threads(discord):
    """The private threads that the bot opened."""
    kept = discord.channels.values()
    return [one for one in kept if one["type"] == PRIVATE_THREAD and one["owner_id"] == discord.me["id"]]


def test_a_mention_is_answered_in_a_private_thread_where_the_server_wants_that(tmp_path):
    async def scene(bot):
        discord = bot.discord
        await switched(bot, await shown(bot), "server:threads:private")
        discord.fault("POST", r"/channels/\d+/messages", lose=True, after=True)
        said = await discord.mention(discord.ada, discord.general, OUTDATED)
        await bot.settled()
        (thread,) = private_threads(discord)
        assert thread["members"] == [discord.ada["id"]]
        assert thread["name"].startswith("Our support bot")
        assert len(discord.by_bot(thread)) == 1
        assert discord.by_bot(discord.general) == []
        await discord.mention(discord.ada, thread, "decide now")
        await bot.settled()
        assert "Log this decision" in text_of(discord.by_bot(thread)[-1])
        await discord.edit(said, f"<@{discord.me['id']}> {OUTDATED} They change every week.")
        await bot.settled()
        assert len(private_threads(discord)) == 1
        assert len(discord.by_bot(thread)) == 3
        await tapped(bot, thread, "Decide now")
        await tapped(bot, thread, "Log this decision")
        (decided,) = bot.app.archive.decisions()
        assert decided.place.private

    scene_of(tmp_path, scene)


def test_a_private_thread_that_was_opened_before_a_kill_is_used_after_it(tmp_path):
    async def main():
        async with Discord() as discord:
            discord.grant(PRIVATE)
            async with running(tmp_path, discord) as bot:
                await switched(bot, await shown(bot), "server:threads:private")
                hanging = discord.fault("POST", r"/channels/\d+/threads", hang=True, after=True)
                await discord.mention(discord.ada, discord.general, OUTDATED)
                await discord.until(lambda: not hanging.times)
                await bot.lanes.stop(0)
            async with running(tmp_path, discord) as bot:
                with bot.app.file.transaction() as tables:  # a minute later
                    tables.execute("UPDATE outbox SET free_at = queued_at")
                await discord.until(bot.idle)
                (thread,) = private_threads(discord)
                assert thread["members"] == [discord.ada["id"]]
                assert len(discord.by_bot(thread)) == 1

    asyncio.run(main())


@pytest.mark.parametrize("by", ["option", "setting"])
def test_a_private_triage_by_command_shows_nothing_in_the_channel(tmp_path, by):
    async def scene(bot):
        discord = bot.discord
        if by == "setting":
            await switched(bot, await shown(bot), "server:triage:private")
        option = {"private": True} if by == "option" else {}
        used = await discord.command(discord.bob, discord.general, "triage", describe=OUTDATED, **option)
        await bot.settled()
        (thread,) = private_threads(discord)
        assert thread["members"] == [discord.bob["id"]]
        assert "Question 1" in text_of(discord.by_bot(thread)[0])
        assert used.original["flags"] & EPHEMERAL
        assert f"<#{thread['id']}>" in text_of(used.original)
        assert discord.in_channel(discord.general) == []
        openly = await discord.command(
            discord.bob, discord.general, "triage", describe=OUTDATED, private=False
        )
        await bot.settled()
        assert OUTDATED in text_of(openly.original)
        assert not openly.original["flags"] & EPHEMERAL

    scene_of(tmp_path, scene)


@pytest.mark.parametrize("where", ["not granted", "announcements", "thread of announcements"])
def test_where_no_private_thread_can_be_opened_nothing_is_shown_and_the_words_are_given_back(tmp_path, where):
    async def main():
        async with Discord() as discord:
            news = discord.new_channel(discord.guild, "news", kind=NEWS)
            if where != "not granted":
                discord.grant(PRIVATE)
            async with running(tmp_path, discord) as bot:
                room = discord.general if where == "not granted" else news
                if where.startswith("thread"):
                    room = await opened(bot, channel=news)
                used = await discord.command(discord.ada, room, "triage", describe=OUTDATED, private=True)
                await bot.settled()
                (told,) = used.ephemeral
                assert OUTDATED in text_of(told)
                assert ("Create Private Threads" in text_of(told)) is (where == "not granted")
                assert private_threads(discord) == []

    asyncio.run(main())


def test_a_private_thread_that_is_refused_meanwhile_leaves_the_answer_to_the_person_alone(tmp_path):
    async def scene(bot):
        discord = bot.discord
        refused = discord.fault("POST", r"/channels/\d+/threads", status=403, code=50013, times=2)
        used = await discord.command(discord.ada, discord.general, "triage", describe=OUTDATED, private=True)
        await bot.settled()
        (told,) = used.ephemeral
        assert "Question 1" in text_of(told)
        again = await discord.click(discord.ada, told, buttons(told)["Decide now"])
        await bot.settled()
        assert "Log this decision" in text_of(again.ephemeral[-1])
        assert not refused.times
        assert discord.in_channel(discord.general) == []

    scene_of(tmp_path, scene)


def test_triage_this_opens_a_private_thread_for_who_asked_where_the_server_wants_that(tmp_path):
    async def scene(bot):
        discord = bot.discord
        await switched(bot, await shown(bot), "server:threads:private")
        said = await discord.say(discord.bob, discord.general, OUTDATED)
        used = await discord.menu(discord.ada, discord.general, "Triage this", said)
        await bot.settled()
        (thread,) = private_threads(discord)
        assert thread["members"] == [discord.ada["id"]]
        assert f"<#{thread['id']}>" in text_of(used.original)
        assert discord.thread(said) is None

    scene_of(tmp_path, scene)


def test_where_the_bot_is_not_invited_a_private_triage_stays_with_its_person(tmp_path):
    async def scene(bot):
        discord = bot.discord
        away = discord.new_channel(discord.new_guild("Elsewhere", installed=False), "random")
        used = await discord.command(discord.ada, away, "triage", describe=OUTDATED, private=True)
        await bot.settled()
        assert used.original["flags"] & EPHEMERAL
        label = next(iter(buttons(used.original)))
        again = await discord.click(discord.ada, used.original, buttons(used.original)[label])
        await bot.settled()
        assert again.original["flags"] & EPHEMERAL
        assert discord.in_channel(away) == []

    scene_of(tmp_path, scene)

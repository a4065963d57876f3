"""What was said to the bot on Discord while nobody listened is answered afterwards, once, within limits."""

import asyncio
from datetime import UTC, datetime, timedelta

from bot.discord.missed import LOOKS_BACK, MOST_MESSAGES
from storage.database import DatabaseFile
from storage.listened import Listened
from tests.bot_fixtures import OUTDATED, database
from tests.discord_loopback import Discord
from tests.discord_parts import FORUM, PUBLIC_THREAD, VOICE, text_of
from tests.discord_play import opened, play, running

HISTORY_OF = r"/channels/{}/messages"


def listened(folder, ago):
    """Let it be so long ago that the bot listened."""
    with DatabaseFile(database(folder), lambda: datetime.now(UTC)) as file:
        Listened(file).note("discord", datetime.now(UTC) - timedelta(seconds=ago))


async def caught_up(bot):
    """Wait until the bot asked for all that it missed, and answered it."""
    missed = bot.adapter._client.missed
    await bot.discord.until(lambda: missed._over)
    await bot.settled()


def test_what_was_said_hours_ago_in_every_kind_of_place_is_answered_once(tmp_path):
    async def main():
        async with Discord() as discord:
            voice = discord.new_channel(discord.guild, "standup", kind=VOICE)
            forum = discord.new_channel(discord.guild, "questions", kind=FORUM)
            async with running(tmp_path, discord, discord_message_content=True) as bot:
                thread = await opened(bot)
                closed = await opened(bot)
                await discord.say(discord.ada, discord.dm(discord.ada), OUTDATED)
                await bot.settled()
                await discord.archive(closed)
            listened(tmp_path, 4 * 3600)
            discord.ago = 3 * 3600
            post = await discord.new_thread(discord.bob, forum, PUBLIC_THREAD)
            missed = [
                await discord.mention(discord.bob, discord.general, OUTDATED),
                await discord.mention(discord.bob, voice, OUTDATED),
                await discord.mention(discord.bob, post, OUTDATED),
                await discord.say(discord.ada, thread, "decide now"),
                await discord.say(discord.ada, discord.dm(discord.ada), "decide now"),
                await discord.mention(discord.ada, closed, "decide now"),
            ]
            await discord.archive(closed)
            await discord.say(discord.bob, discord.general, "Nothing for the bot.")
            discord.ago = 0.0
            for _ in range(2):
                async with running(tmp_path, discord, discord_message_content=True) as bot:
                    await caught_up(bot)
                    said = [discord.by_bot(missed[0]["id"]), discord.by_bot(voice), discord.by_bot(post)]
                    assert [len(posts) for posts in said] == [1, 1, 1]
                    for place in (thread, closed, discord.dm(discord.ada)):
                        assert "Log this decision" in text_of(discord.by_bot(place)[-1])
                        assert len(discord.by_bot(place)) == 2
            assert discord.by_bot(discord.general) == []

    asyncio.run(main())


def test_what_is_older_than_the_limit_stays_unanswered_and_a_busy_channel_is_read_to_its_limit(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord):
                pass
            listened(tmp_path, 10 * 24 * 3600)
            discord.ago = LOOKS_BACK.total_seconds() + 60
            old = await discord.mention(discord.ada, discord.general, OUTDATED)
            discord.ago = LOOKS_BACK.total_seconds() - 600
            beyond = await discord.mention(discord.ada, discord.general, OUTDATED)
            for _ in range(50):
                discord.messages[discord.general["id"]].append(
                    discord._message(discord.bob, discord.general, {})
                )
            first = await discord.mention(discord.ada, discord.general, OUTDATED)
            chat = [discord._message(discord.bob, discord.general, {}) for _ in range(MOST_MESSAGES - 1)]
            discord.messages[discord.general["id"]] += chat
            discord.ago = 0.0
            async with running(tmp_path, discord) as bot:
                await caught_up(bot)
                assert len(discord.by_bot(first["id"])) == 1
                assert discord.thread(old) is None
                assert discord.thread(beyond) is None

    asyncio.run(main())


def test_where_nobody_listened_before_only_the_last_minutes_are_answered(tmp_path):
    async def main():
        async with Discord() as discord:
            discord.ago = 3600
            old = await discord.mention(discord.ada, discord.general, OUTDATED)
            discord.ago = 60
            new = await discord.mention(discord.ada, discord.general, OUTDATED)
            discord.ago = 0.0
            async with running(tmp_path, discord) as bot:
                await caught_up(bot)
                assert discord.thread(old) is None
                assert len(discord.by_bot(new["id"])) == 1

    asyncio.run(main())


def test_what_was_edited_meanwhile_is_answered_as_it_stands_now(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord) as bot:
                heard = await discord.mention(discord.ada, discord.general, "hello")
                await bot.settled()
            again = f"<@{discord.me['id']}> {OUTDATED}"
            await discord.edit(heard, again)
            missed = await discord.mention(discord.bob, discord.general, "hello")
            await discord.edit(missed, again)
            for _ in range(2):
                async with running(tmp_path, discord) as bot:
                    await caught_up(bot)
                    for said in (heard, missed):
                        (post,) = discord.by_bot(discord.thread(said))
                        assert "Question 1" in text_of(post)
            edits = discord.asked("PATCH", r"/channels/\d+/messages/\d+")
            assert len(edits) == 1

    asyncio.run(main())


def test_what_could_not_be_asked_for_is_asked_for_again_and_nothing_is_noted_as_heard_before(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord):
                pass
            listened(tmp_path, 7200)
            said = await discord.mention(discord.ada, discord.general, OUTDATED)
            discord.fault("GET", HISTORY_OF.format(discord.general["id"]), lose=True, times=2)
            async with running(tmp_path, discord) as bot:
                missed, until = bot.adapter._client.missed, bot.app.listened.until
                await discord.until(lambda: missed._channels and not missed._looking.locked())
                await missed.note()
                assert discord.thread(said) is None
                assert datetime.now(UTC) - until("discord") > timedelta(hours=1)
                missed.look()
                await caught_up(bot)
                assert len(discord.by_bot(said["id"])) == 1
                await missed.note()
                assert datetime.now(UTC) - until("discord") < timedelta(hours=1)

    asyncio.run(main())


def test_what_is_said_while_it_catches_up_waits_for_what_was_said_before_in_the_same_place(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord) as bot:
                thread = await opened(bot)
            await discord.mention(discord.ada, thread, "The facts change every week.")
            hanging = discord.fault("GET", HISTORY_OF.format(thread["id"]), hang=True)
            async with running(tmp_path, discord) as bot:
                await discord.mention(discord.ada, thread, "decide now")
                elsewhere = await discord.mention(discord.bob, discord.general, OUTDATED)
                await discord.until(lambda: not hanging.times and discord.thread(elsewhere))
                discord.let_go()
                await caught_up(bot)
                log = bot.app.turns.queries.transcript(bot.app.turns.queries.at(bot.place(thread)))
                words = [line.text for line in log if line.who == "person"]
                assert words == [OUTDATED, "The facts change every week.", "decide now"]

    asyncio.run(main())


def test_what_was_said_while_a_connection_had_to_begin_anew_is_answered(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        discord.admits.clear()
        await discord.drop(resumable=False)
        await discord.mention(discord.ada, thread, "decide now")
        await bot.adapter._client.missed.note()
        discord.admits.set()
        await discord.until(lambda: len(discord.by_bot(thread)) == 2)
        await caught_up(bot)
        assert len(discord.by_bot(thread)) == 2

    play(tmp_path, scene)


def test_what_a_person_had_forgotten_is_not_heard_again(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord) as bot:
                said = await discord.say(discord.ada, discord.general, OUTDATED)
                await discord.edit(said, f"<@{discord.me['id']}> {OUTDATED}")
                await bot.settled()
                assert len(discord.by_bot(said["id"])) == 1
                bot.app.people.forget("discord", discord.guild["id"], discord.ada["id"])
            async with running(tmp_path, discord) as bot:
                await caught_up(bot)
                assert len(discord.by_bot(said["id"])) == 1
                assert bot.app.file.rows("SELECT text FROM inbox WHERE text <> ''") == []

    asyncio.run(main())

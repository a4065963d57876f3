"""What is said in a private thread on Discord stays in it, also over restarts, precedents and commands."""

import asyncio

import pytest

from bot.courier import Later
from bot.replies import Greet
from tests.bot_fixtures import OUTDATED
from tests.discord_loopback import Discord
from tests.discord_parts import PUBLIC_THREAD, text_of
from tests.discord_play import opened, play, running, tapped
from tests.test_discord_delivery import sending

ANY_POST = r".*/threads|/channels/\d+/messages"
SECRET = "Our bot for the Narwhal layoffs gives outdated answers about severance."


async def in_private(bot, text=SECRET):
    """A private thread below the public channel, with a case in it."""
    discord = bot.discord
    thread = await discord.new_thread(discord.ada, discord.general)
    await discord.mention(discord.ada, thread, text)
    await bot.settled()
    return thread


@pytest.mark.parametrize("private", [True, False])
def test_a_reply_that_waited_for_a_slow_gateway_stands_in_its_thread_alone(tmp_path, private):
    async def killed_while_sending(discord):
        where = discord.general
        hanging = discord.fault("POST", ANY_POST, hang=True)
        async with running(tmp_path, discord) as bot:
            if private:
                where = await discord.new_thread(discord.ada, discord.general)
            said = await discord.mention(discord.ada, where, OUTDATED)
            await discord.until(lambda: not hanging.times)
            await bot.lanes.stop(0)
        return where if private else said

    async def main():
        async with Discord() as discord:
            began = await killed_while_sending(discord)
            discord.admits.clear()
            async with running(tmp_path, discord, wait=False) as bot:
                with bot.app.file.transaction() as tables:  # a minute later
                    tables.execute("UPDATE outbox SET free_at = queued_at")
                (before,) = bot.app.file.rows("SELECT attempts FROM outbox")
                await discord.until(lambda: bot.adapter._client is not None)
                await discord.until(
                    lambda: (
                        bot.app.file.rows("SELECT attempts FROM outbox")[0]["attempts"]
                        > before["attempts"] + 1
                    )
                )
                discord.admits.set()
                await discord.until(bot.idle)
                assert len(discord.by_bot(began["id"])) == 1
                assert discord.by_bot(discord.general) == []

    asyncio.run(main())


def test_while_discord_says_that_a_server_is_out_of_reach_a_delivery_to_it_is_put_off(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        away = {"id": discord.guild["id"], "unavailable": True}
        await discord.dispatch("GUILD_DELETE", away, discord.general)
        await discord.heard()
        with pytest.raises(Later):
            await bot.adapter.courier.deliver(sending(bot, thread), (Greet(),), "")
        used = await discord.command(discord.ada, discord.general, "triage", describe=OUTDATED)
        await discord.heard()
        await bot.adapter._client.busy.over(10)
        await discord.dispatch("GUILD_CREATE", discord._guild_sent(discord.guild), discord.general)
        await bot.settled()
        assert len(discord.by_bot(discord.thread(used.original))) == 1

    play(tmp_path, scene)


def test_a_thread_that_began_from_no_message_is_answered_in_it_though_it_is_in_the_archive(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await discord.new_thread(discord.ada, discord.general, PUBLIC_THREAD)
        discord.fault("POST", r"/channels/\d+/messages", hang=True)
        await discord.mention(discord.ada, thread, OUTDATED)
        await discord.until(lambda: discord.asked("POST", r"/channels/\d+/messages"))
        await discord.archive(thread)
        await bot.settled()
        assert len(discord.by_bot(thread)) == 1
        assert discord.by_bot(discord.general) == []

    play(tmp_path, scene, seconds=0.5)


def test_what_was_decided_in_a_private_thread_is_no_precedent_outside_it(tmp_path):
    async def scene(bot):
        discord = bot.discord
        secret = await in_private(bot)
        await tapped(bot, secret, "Decide now")
        await tapped(bot, secret, "Log this decision")
        (decided,) = bot.app.archive.decisions()
        outside = await opened(bot, "Our severance bot gives outdated answers about severance.")
        await tapped(bot, outside, "Decide now")
        assert decided.id not in str(bot.said(bot.place(outside)))
        for room, shown in ((discord.general, False), (outside, False), (secret, True)):
            used = await discord.command(discord.bob, room, "decisions", decision=decided.id)
            await bot.settled()
            assert ("Why" in text_of(used.original)) is shown

    play(tmp_path, scene)


def test_the_triage_command_in_a_private_thread_is_answered_there(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await discord.new_thread(discord.ada, discord.general)
        await discord.command(discord.ada, thread, "triage", describe=SECRET)
        await bot.settled()
        await discord.mention(discord.ada, thread, "decide now")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 2
        assert discord.by_bot(discord.general) == []

    play(tmp_path, scene)


def test_the_triage_command_in_a_hidden_channel_opens_a_thread_there(tmp_path):
    async def main():
        async with Discord() as discord:
            hidden = discord.new_channel(discord.guild, "leads", hidden=True)
            async with running(tmp_path, discord) as bot:
                used = await discord.command(discord.ada, hidden, "triage", describe=OUTDATED)
                await bot.settled()
                assert OUTDATED in text_of(used.original)
                assert len(discord.by_bot(discord.thread(used.original))) == 1

    asyncio.run(main())


def test_a_command_from_a_server_that_discord_has_not_told_of_yet_is_answered(tmp_path):
    async def scene(bot):
        discord = bot.discord
        room = discord.new_channel(discord.new_guild("Late"), "general")
        await discord.command(discord.ada, room, "triage", describe=OUTDATED)
        await bot.settled()
        assert "Question 1" in text_of(discord.by_bot(room)[-1])

    play(tmp_path, scene)

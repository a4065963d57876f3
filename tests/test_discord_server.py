"""`/settings`: those who manage a server say how the bot behaves there, at once and after a restart."""

import asyncio
from datetime import UTC, datetime

import pytest

from storage.database import DatabaseFile
from storage.servers import Servers, ServerSettings
from tests.bot_fixtures import OUTDATED, database
from tests.discord_loopback import Discord
from tests.discord_parts import EPHEMERAL, EPOCH, PRIVATE, buttons, text_of, walk
from tests.discord_play import opened, play, running, tapped


async def shown(bot):
    """What `/settings` shows to Ada."""
    used = await bot.discord.command(bot.discord.ada, bot.discord.general, "settings")
    await bot.settled()
    return used.original


async def switched(bot, message, carried):
    """A button of the settings is used; they show what holds then."""
    used = await bot.discord.click(bot.discord.ada, message, carried)
    await bot.settled()
    return used


async def chosen(bot, message, carried, *values):
    """Something is chosen in a select of the settings."""
    await bot.discord.click(bot.discord.ada, message, carried, list(values))
    await bot.settled()


def held(bot):
    """What is set for the server."""
    return bot.app.servers.of("discord", bot.discord.guild["id"])


def scene_of(tmp_path, scene, **more):
    """Play a scene on a server whose bot may open private threads."""

    async def main():
        async with Discord() as discord:
            discord.grant(PRIVATE)
            async with running(tmp_path, discord, **more) as bot:
                await scene(bot)

    asyncio.run(main())


def test_the_settings_show_what_holds_to_who_asks_alone_and_change_in_place(tmp_path):
    async def scene(bot):
        message = await shown(bot)
        assert message["flags"] & EPHEMERAL
        assert "How I behave on Team" in text_of(message)
        assert "Everywhere" in text_of(message)
        assert "message content intent" in text_of(message)
        assert held(bot) == ServerSettings()
        lead = bot.discord.new_role(bot.discord.guild, "Leads")
        await switched(bot, message, "server:threads:private")
        await switched(bot, message, "server:triage:private")
        await chosen(bot, message, "server:channels", bot.discord.general["id"])
        await chosen(bot, message, "server:lead_roles", lead)
        now = ServerSettings((bot.discord.general["id"],), "private", "private", True, (lead,))
        assert held(bot) == now
        assert f"<#{bot.discord.general['id']}>" in text_of(message)
        assert f"<@&{lead}>" in text_of(message)
        on = [one["custom_id"] for one in walk(message["components"]) if one.get("disabled")]
        assert on == ["server:threads:private", "server:triage:private"]
        await chosen(bot, message, "server:channels")
        assert "Everywhere" in text_of(message)

    scene_of(tmp_path, scene)


def test_settings_that_were_shown_long_ago_change_nothing(tmp_path):
    async def scene(bot):
        message = await shown(bot)
        earlier = (int(message["id"]) >> 22) - 16 * 60 * 1000
        old = {**message, "id": str(earlier << 22)}
        used = await switched(bot, old, "server:threads:private")
        assert earlier + EPOCH > 0
        assert "Use `/settings`" in text_of(used.followups[-1])
        assert held(bot) == ServerSettings()

    scene_of(tmp_path, scene)


def test_a_mention_is_answered_only_where_the_server_wants_it_and_in_threads_that_are_its_own(tmp_path):
    async def main():
        async with Discord() as discord:
            listed = discord.new_channel(discord.guild, "ask-ai")
            async with running(tmp_path, discord, discord_message_content=True) as bot:
                thread = await opened(bot)
                await chosen(bot, await shown(bot), "server:channels", listed["id"])
            async with running(tmp_path, discord, discord_message_content=True) as bot:
                for _ in range(2):
                    refused = await discord.mention(discord.ada, discord.general, OUTDATED)
                    await bot.settled()
                    assert discord.thread(refused) is None
                (told,) = discord.by_bot(discord.dm(discord.ada))
                assert f"<#{listed['id']}>" in text_of(told)
                answered = await opened(bot, channel=listed)
                for own in (thread, answered):
                    await discord.say(discord.ada, own, "decide now")
                    await bot.settled()
                    assert "Log this decision" in text_of(discord.by_bot(own)[-1])
                assert discord.by_bot(discord.general) == []

    asyncio.run(main())


def test_a_server_may_want_the_bot_to_wait_for_a_mention_in_its_threads(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        message = await shown(bot)
        await switched(bot, message, "server:plain:no")
        await discord.say(discord.ada, thread, "decide now")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 1
        await switched(bot, message, "server:plain:yes")
        await discord.say(discord.ada, thread, "decide now")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 2

    scene_of(tmp_path, scene, discord_message_content=True)


def test_who_has_a_role_that_leads_reviews_on_that_server_and_nobody_else(tmp_path):
    async def main():
        async with Discord() as discord:
            lead = discord.new_role(discord.guild, "Leads", discord.bob)
            async with running(tmp_path, discord) as bot:
                thread = await opened(bot)
                await tapped(bot, thread, "Decide now")
                await tapped(bot, thread, "Log this decision")
                for leads in (False, True):  # it is looked at anew each time
                    used = await discord.command(discord.bob, discord.general, "review")
                    await bot.settled()
                    assert ("Only leads review" in text_of(used.original)) is not leads
                    await chosen(bot, await shown(bot), "server:lead_roles", lead)
                (decided,) = bot.app.archive.decisions()
                used = await discord.command(discord.bob, discord.general, "review")
                await bot.settled()
                one = await discord.click(discord.bob, used.original, "review:pick", [decided.id])
                await bot.settled()
                await discord.click(discord.bob, one.original, buttons(one.original)["Approve"])
                await bot.settled()
                (review,) = bot.app.archive.decision(decided.id).reviews
                assert (review.what, review.by) == ("approved", discord.bob["id"])
                ada = await discord.command(discord.ada, discord.general, "review")
                directly = await discord.command(discord.bob, discord.dm(discord.bob), "review")
                await bot.settled()
                assert "Only leads review" in text_of(ada.original)
                assert "Only leads review" in text_of(directly.original)

    asyncio.run(main())


@pytest.mark.parametrize("connected", [True, False])
def test_a_server_that_removes_the_bot_leaves_no_settings_behind(tmp_path, connected):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord) as bot:
                await switched(bot, await shown(bot), "server:threads:private")
                if connected:
                    await discord.remove_bot(discord.guild)
                    await discord.until(lambda: not bot.app.servers.known("discord"))
            if not connected:
                discord.guild["installed"] = False
                async with running(tmp_path, discord) as bot:
                    await discord.until(lambda: not bot.app.servers.known("discord"))

    asyncio.run(main())


def test_a_server_that_is_out_of_reach_for_a_while_keeps_its_settings(tmp_path):
    async def scene(bot):
        discord = bot.discord
        await switched(bot, await shown(bot), "server:threads:private")
        away = {"id": discord.guild["id"], "unavailable": True}
        await discord.dispatch("GUILD_DELETE", away, discord.general)
        await bot.settled()
        await bot.adapter._client.settings.forget_left({str(one.id) for one in bot.adapter._client.guilds})
        assert held(bot).threads == "private"

    play(tmp_path, scene)


def test_what_is_changed_leaves_the_other_settings_of_that_server_and_other_servers_alone(tmp_path):
    with DatabaseFile(database(tmp_path), lambda: datetime.now(UTC)) as file:
        servers = Servers(file)
        servers.change("discord", "1", threads="private")
        assert servers.change("discord", "1", lead_roles=("7", "8")) == ServerSettings(
            threads="private", lead_roles=("7", "8")
        )
        assert servers.of("discord", "2") == ServerSettings()
        with pytest.raises(ValueError, match="no such settings"):
            servers.change("discord", "1", workspace="2")
        assert servers.known("discord") == ["1"]
        servers.forget("discord", "1")
        assert servers.of("discord", "1") == ServerSettings()

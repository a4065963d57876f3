"""Adapters note what channels are called, and no name that is made of people's names or words."""

from storage.channels import ChannelName, Channels
from storage.records import Place
from tests import discord_play
from tests.bot_fixtures import OUTDATED
from tests.slack_loopback import TEAM
from tests.slack_serving import MENTION, played


def test_slack_tells_the_names_of_channels_and_none_of_direct_messages(tmp_path):
    async def play(served):
        names = Channels(served.app.file)
        await served.says("C1", "UADA", f"{MENTION}{OUTDATED}")
        await served.says("G1", "UADA", f"{MENTION}{OUTDATED}")
        await served.says("DADA", "UADA", OUTDATED)
        assert names.find(Place("slack", TEAM, "C1", "")) == ChannelName("room-c1", private=False)
        assert names.find(Place("slack", TEAM, "G1", "")) == ChannelName("room-g1", private=True)
        assert names.find(Place("slack", TEAM, "DADA", "")) is None

    played(tmp_path, play)


def test_discord_tells_the_names_of_channels_and_none_of_threads(tmp_path):
    async def talk(bot):
        discord, names = bot.discord, Channels(bot.app.file)
        await discord_play.opened(bot)
        thread = await discord.new_thread(discord.ada, discord.general)
        await discord.mention(discord.ada, thread, OUTDATED)
        await bot.settled()
        guild, general = discord.general["guild_id"], discord.general
        found = names.find(Place("discord", guild, general["id"], ""))
        assert found == ChannelName(general["name"], private=False)
        assert names.find(Place("discord", guild, thread["id"], "")) is None

    discord_play.play(tmp_path, talk)

"""Replies through an interaction, where the bot may not write itself: each once, or a sentence when late."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.courier import Later
from bot.replies import Logged
from storage.records import Place, Sending
from tests.bot_fixtures import OUTDATED
from tests.discord_parts import GROUP, buttons, text_of
from tests.discord_play import opened, play, tapped

ORIGINAL = r"/webhooks/\d+/[\w-]+/messages/@original"


def test_a_reply_after_fifteen_minutes_goes_to_the_channel(tmp_path):
    async def scene(bot):
        discord = bot.discord
        channel = discord.dm(discord.ada)
        fault = discord.fault("PATCH", r"/webhooks/\d+/[\w-]+/messages/@original", hang=True)
        used = await discord.command(discord.ada, channel, "triage", describe=OUTDATED)
        await discord.until(lambda: not fault.times)
        bot.clock.ahead = 15 * 60
        await bot.settled()
        assert "Question 1" in text_of(discord.by_bot(channel)[-1])
        assert discord.by_bot(channel)[-1] != used.original

    play(tmp_path, scene, seconds=0.5)


@pytest.mark.parametrize("fault", [{"status": 404, "code": 10062}, {"lose": True, "after": True}])
def test_a_command_whose_acknowledgement_fails_is_answered_all_the_same(tmp_path, fault):
    async def scene(bot):
        discord = bot.discord
        discord.fault("POST", r"/interactions/\d+/[\w-]+/callback", **fault)
        await discord.command(discord.ada, discord.general, "triage", describe=OUTDATED)
        await bot.settled()
        posts = [one for channel in discord.messages for one in discord.by_bot(channel)]
        assert any("Question 1" in text_of(one) for one in posts)

    play(tmp_path, scene)


@pytest.mark.parametrize("fault", [{"lose": True}, {"status": 502}])
def test_where_nothing_can_be_looked_up_a_long_reply_is_one_post_with_its_buttons_however_often_it_is_tried(
    tmp_path, fault
):
    async def scene(bot):
        discord = bot.discord
        away = discord.new_channel(discord.new_guild("Elsewhere", installed=False), "random")
        used = await discord.command(discord.ada, away, "triage", describe=OUTDATED)
        await bot.settled()
        place = Place("discord", away["guild_id"], away["id"], used.original["id"], private=True)
        logged = (Logged(f"d-{number:04}", "rag", "x" * 1500, None) for number in range(7))
        long = (*logged, *bot.said(place)[0])
        going = Sending(999, 1, "t", place, "t" * 12, "", datetime.now(UTC), used.id)
        discord.fault("PATCH", ORIGINAL, after=True, **fault)
        with suppress(Later):
            await bot.adapter.courier.deliver(going, long, "")
        onto = await bot.adapter.courier.deliver(replace(going, attempt=2), long, "")
        assert onto == f"{away['id']}:{used.original['id']}"
        assert "d-0000" in text_of(used.original)
        assert "no room here for the rest" in text_of(used.original)
        assert "Decide now" in buttons(used.original)
        assert used.followups == []

    play(tmp_path, scene)


@pytest.mark.parametrize("fault", [{"lose": True}, {"status": 502}, {"hang": True}])
def test_a_follow_up_whose_response_was_lost_is_looked_for_before_it_is_said_again(tmp_path, fault):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.archive(thread)
        thread["thread_metadata"]["locked"] = True
        lost = discord.fault("POST", r"/webhooks/\d+/[\w-]+", after=True, **fault)
        used = await tapped(bot, thread, "Decide now")
        assert not lost.times
        assert len(used.followups) == 1
        assert len(discord.by_bot(thread)) == 2
        assert len(discord.asked("POST", r"/webhooks/\d+/[\w-]+")) == 1

    play(tmp_path, scene, seconds=0.5 if fault.get("hang") else 20.0)


def test_a_response_that_was_lost_is_found_in_the_channel_once_the_interaction_is_over(tmp_path):
    async def scene(bot):
        discord = bot.discord
        channel = discord.dm(discord.ada)
        fault = discord.fault("PATCH", ORIGINAL, hang=True, after=True)
        await discord.command(discord.ada, channel, "triage", describe=OUTDATED)
        await discord.until(lambda: not fault.times)
        bot.clock.ahead = 15 * 60
        await bot.settled()
        assert len(discord.by_bot(channel)) == 1

    play(tmp_path, scene, seconds=0.5)


def test_an_answer_that_is_too_late_for_a_group_is_announced_to_the_person(tmp_path):
    async def scene(bot):
        discord = bot.discord
        people = [discord.ada, discord.bob]
        group = discord._keep({"id": discord.snowflake(), "type": GROUP, "recipients": people})
        fault = discord.fault("PATCH", ORIGINAL, hang=True)
        await discord.command(discord.ada, group, "triage", describe=OUTDATED)
        await discord.until(lambda: not fault.times)
        bot.clock.ahead = 15 * 60
        await bot.settled()
        (told,) = discord.by_bot(discord.dm(discord.ada))
        assert "Please ask me again" in text_of(told)

    play(tmp_path, scene, seconds=0.5)

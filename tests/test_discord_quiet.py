"""What only one person wants to know is told to them alone, and what no longer counts offers nothing."""

import asyncio

import pytest

from tests.bot_fixtures import OUTDATED
from tests.discord_loopback import Discord
from tests.discord_parts import EPHEMERAL, buttons, text_of
from tests.discord_play import last_button, opened, play, running, tapped


@pytest.mark.parametrize("label", ["Why?", "What would change this?"])
def test_curiosity_is_answered_to_the_one_who_tapped_alone_and_kept_in_the_log(tmp_path, label):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        if label != "Why?":
            await tapped(bot, thread, "Decide now")
        before = len(discord.by_bot(thread))
        for _ in range(2):  # what is told alone does not stay, so it can be asked for again
            used = await tapped(bot, thread, label, discord.bob)
            (alone,) = used.ephemeral
            assert len(text_of(alone)) > 40
            assert "Question 1" not in text_of(alone)
        assert len(discord.by_bot(thread)) == before
        log = bot.app.turns.queries.transcript(bot.app.turns.queries.at(bot.place(thread)))
        assert [line.author_name for line in log].count("Bob") == 2
        kind = "explain_question" if label == "Why?" else "show_flips"
        assert bot.said(bot.place(thread))[-1][0].kind == kind

    play(tmp_path, scene)


def test_the_question_stays_open_for_everybody_after_somebody_asked_why(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await tapped(bot, thread, "Why?", discord.bob)
        label = next(iter(buttons(discord.by_bot(thread)[0])))
        await tapped(bot, thread, label)
        assert "chosen by Ada" in text_of(discord.by_bot(thread)[0])
        assert len(discord.by_bot(thread)) == 2

    play(tmp_path, scene)


def test_in_a_direct_message_why_is_said_there_without_the_question_again(tmp_path):
    async def scene(bot):
        discord = bot.discord
        channel = discord.dm(discord.ada)
        await discord.say(discord.ada, channel, OUTDATED)
        await bot.settled()
        used = await tapped(bot, channel, "Why?")
        assert used.ephemeral == []
        assert len(discord.by_bot(channel)) == 2
        assert "Question 1" not in text_of(discord.by_bot(channel)[-1])

    play(tmp_path, scene)


def test_where_the_bot_is_not_invited_why_is_told_alone_too(tmp_path):
    async def scene(bot):
        discord = bot.discord
        away = discord.new_channel(discord.new_guild("Elsewhere", installed=False), "random")
        used = await discord.command(discord.ada, away, "triage", describe=OUTDATED)
        await bot.settled()
        asked = await discord.click(discord.bob, used.original, buttons(used.original)["Why?"])
        await bot.settled()
        assert asked.original["flags"] & EPHEMERAL
        assert "Question 1" not in text_of(asked.original)
        assert asked.followups == []
        assert buttons(used.original)

    play(tmp_path, scene)


def test_a_tap_that_comes_too_late_is_told_to_its_person_alone(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        (post,) = discord.by_bot(thread)
        first, second, *_ = buttons(post).values()
        seen = post["components"]  # Bob's client is slow to show what changed
        for user, carried in ((discord.ada, first), (discord.bob, second)):
            late = await discord.click(user, {**post, "components": seen}, carried)
            await bot.settled()
        assert "That came too late" in text_of(late.ephemeral[0])
        assert len(discord.by_bot(thread)) == 2

    play(tmp_path, scene)


def test_after_a_restart_curiosity_is_answered_in_the_thread_rather_than_not_at_all(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord) as bot:
                thread = await opened(bot)
                message, carried = last_button(discord.by_bot(thread), "why")
                hanging = discord.fault("PATCH", r"/webhooks/\d+/[\w-]+/messages/@original", hang=True)
                await discord.click(discord.bob, message, carried)
                await discord.until(lambda: not hanging.times)
                await bot.lanes.stop(0)
            async with running(tmp_path, discord) as bot:
                with bot.app.file.transaction() as tables:  # a minute later
                    tables.execute("UPDATE outbox SET free_at = queued_at")
                await discord.until(bot.idle)
                assert len(discord.by_bot(thread)) == 2

    asyncio.run(main())


@pytest.mark.parametrize("edited", [True, False])
def test_a_verdict_that_no_longer_counts_says_so_and_offers_nothing(tmp_path, edited):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        more = await discord.mention(discord.ada, thread, "The facts change every week.")
        await bot.settled()
        await tapped(bot, thread, "Decide now")
        verdict = discord.by_bot(thread)[-1]
        assert "Log this decision" in buttons(verdict)
        again = "The facts hardly ever change. Two people agree on 18 of 20 labels."
        if edited:
            await discord.edit(more, f"<@{discord.me['id']}> {again}")
        else:
            await discord.mention(discord.ada, thread, again)
        await bot.settled()
        newest = discord.by_bot(thread)[-1]
        assert newest is not verdict
        assert "Replaced: a newer answer counts now." in text_of(verdict)
        assert f"/channels/{discord.guild['id']}/{thread['id']}/{newest['id']})" in text_of(verdict)
        assert buttons(verdict) == {}

    play(tmp_path, scene)


def test_a_verdict_that_was_logged_stays_as_it_is(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        verdict = discord.by_bot(thread)[-1]
        await tapped(bot, thread, "Log this decision")
        await discord.mention(discord.ada, thread, "The facts change every week.")
        await bot.settled()
        assert "Replaced" not in text_of(verdict)

    play(tmp_path, scene)

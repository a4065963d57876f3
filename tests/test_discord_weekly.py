"""Digests and outcomes on Discord: a post with a chart and a thread under it, and a question with one tap."""

import pytest

from storage.subscriptions import Channel, Rhythm, Subscriptions
from tests.discord_parts import SEND, buttons, text_of, walk
from tests.discord_play import opened, play, tapped


async def decided(bot):
    thread = await opened(bot)
    await tapped(bot, thread, "Decide now")
    await tapped(bot, thread, "Log this decision")
    return thread


async def asked(bot, thread):
    """The post that asks how the thread's decision turned out."""
    await bot.discord.mention(bot.discord.ada, thread, "outcome")
    await bot.settled()
    return bot.discord.by_bot(thread)[-1]


def test_a_digest_is_posted_with_its_chart_and_the_whole_of_it_in_a_thread(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await decided(bot)
        news = discord.new_channel(discord.guild, "news")
        channel = Channel("discord", discord.guild["id"], news["id"])
        assert bot.app.weekly.post_now(channel)
        await discord.until(
            lambda: discord.by_bot(news) and discord.messages.get(discord.by_bot(news)[0]["id"])
        )
        await bot.settled()
        (post,) = discord.by_bot(news)
        assert "Decisions, " in text_of(post)
        assert f"<#{thread['id']}>" in text_of(post)
        (gallery,) = [one for one in walk(post["components"]) if one["type"] == 12]
        assert gallery["items"][0]["description"].startswith("Decisions by lever")
        (whole,) = discord.by_bot(discord.thread(post))
        assert "Decided" in text_of(whole)
        assert discord.thread(post)["name"].startswith("Decisions, ")
        assert not bot.app.weekly.post_now(channel)

    play(tmp_path, scene)


def test_a_preview_of_the_digest_can_be_asked_for(tmp_path):
    async def scene(bot):
        await decided(bot)
        thread = await opened(bot, "digest preview")
        assert "nothing was posted" in text_of(bot.discord.by_bot(thread)[0])

    play(tmp_path, scene)


def test_a_preview_through_an_interaction_says_its_chart_in_words(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await decided(bot)
        used = await discord.command(discord.ada, thread, "triage", describe="digest preview")
        await bot.settled()
        assert "Decisions by lever" in text_of(used.original)

    play(tmp_path, scene)


def test_the_digest_of_a_channel_is_a_command_that_answers_where_it_was_given(tmp_path):
    async def scene(bot):
        discord = bot.discord
        said = []
        for what in ("monday 09:00 Europe/Berlin", "pause", "whenever you like", "off"):
            used = await discord.command(discord.ada, discord.general, "digest", what=what)
            await bot.settled()
            said.append(text_of(used.original))
        assert "every Monday at 09:00 (Europe/Berlin)" in said[0]
        assert "is paused" in said[1]
        assert "could not read the time" in said[2]
        assert "no weekly digest any more" in said[3]
        found = bot.app.weekly._subscriptions.of(
            Channel("discord", discord.guild["id"], discord.general["id"])
        )
        assert found is not None
        assert not found.channel.private

    play(tmp_path, scene)


def test_an_outcome_is_a_command_that_names_the_decision_or_is_used_in_its_thread(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await decided(bot)
        decision = bot.app.archive.decisions()[0].id
        used = await discord.command(
            discord.ada, discord.general, "outcome", decision=decision, result="worked", note="calls 40 to 25"
        )
        await bot.settled()
        assert f"Kept for {decision}" in text_of(used.original)
        assert "calls from 40 to 25" in text_of(used.original)
        used = await discord.command(discord.ada, thread, "outcome", result="did not work")
        await bot.settled()
        assert f"Kept for {decision}" in text_of(used.original)
        used = await discord.command(discord.ada, thread, "outcome", decision="the bot", result="worked")
        await bot.settled()
        assert len(bot.app.archive.decisions()) == 1

    play(tmp_path, scene)


@pytest.mark.parametrize("label", ["It helped", "It helped in part", "It did not help", "Too early to say"])
def test_an_outcome_is_one_tap_and_stands_where_it_was_asked(tmp_path, label):
    async def scene(bot):
        discord = bot.discord
        thread = await decided(bot)
        question = await asked(bot, thread)
        assert list(buttons(question)) == [
            "It helped",
            "It helped in part",
            "It did not help",
            "Too early to say",
        ]
        await tapped(bot, thread, label, discord.bob)
        assert f"Bob: {label[0].lower()}{label[1:]}" in text_of(question)
        assert buttons(question) == {}
        assert "Kept for" in text_of(discord.by_bot(thread)[-1])

    play(tmp_path, scene)


@pytest.mark.parametrize("why", ["may not write", "deleted", "removed from the server", "takes no messages"])
def test_a_digest_that_has_no_place_any_more_is_paused_and_told_once_to_who_wished_it(tmp_path, why):
    async def scene(bot):
        discord = bot.discord
        news = discord.new_channel(discord.guild, "news", denied=SEND if why == "may not write" else 0)
        channel = Channel("discord", discord.guild["id"], news["id"])
        subscriptions = Subscriptions(bot.app.file)
        subscriptions.put(channel, Rhythm(), discord.ada["id"])
        if why == "deleted":
            await discord.delete_channel(news)
        if why == "removed from the server":
            await discord.remove_bot(discord.guild)
        if why == "takes no messages":
            discord.closed_dms.add(discord.ada["id"])
            news["denied"] = SEND
        await discord.heard()
        for week in (None, "2026-W40") if why == "deleted" else (None,):
            assert bot.app.weekly.post_now(channel, week)
            await discord.until(lambda: subscriptions.of(channel).state == "paused")
            await discord.until(bot.idle)
        told = [text_of(one) for one in discord.by_bot(discord.dm(discord.ada))]
        assert len(told) == (why != "takes no messages")
        assert all(f"I paused the weekly digest of <#{news['id']}>" in one for one in told)

    play(tmp_path, scene)

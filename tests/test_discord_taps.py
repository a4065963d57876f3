"""Buttons, selects and forms on Discord say what they offer, once, and outlive a restart."""

import asyncio
import threading

import pytest

from bot.discord import interactions
from tests.bot_fixtures import OUTDATED
from tests.discord_loopback import Discord
from tests.discord_parts import buttons, text_of, walk
from tests.discord_play import Choose, Press, Say, last_button, opened, play, played, running, tapped


def test_an_answered_question_is_edited_in_place_to_say_who_chose_what(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        label = next(iter(buttons(discord.by_bot(thread)[0])))
        used = await tapped(bot, thread, label, discord.bob)
        first, second = discord.by_bot(thread)
        assert used.acknowledged == [{"type": 6}]
        assert label in text_of(first)
        assert "chosen by Bob" in text_of(first)
        assert buttons(first) == {}
        assert buttons(second)

    play(tmp_path, scene)


def test_a_conversation_by_taps_leads_to_a_logged_decision(tmp_path):
    steps = [
        Say(OUTDATED),
        Press("why"),
        Choose(("not_sure",)),
        Press("decide_now"),
        Press("flips"),
        Press("log"),
    ]
    kinds = [[part.kind for part in answered.parts] for answered in played(tmp_path, steps)]
    assert kinds[1] == ["explain_question", "ask"]
    assert kinds[2][-1] == "ask"
    assert kinds[3:] == [["give_verdict"], ["show_flips"], ["logged"]]


def test_each_step_of_a_conversation_is_one_post(tmp_path):
    steps = [Say(OUTDATED), Press("decide_now"), Press("log"), Press("start_over")]
    assert [len(answered.shown) for answered in played(tmp_path, steps)] == [1] * len(steps)


def test_the_same_button_pressed_twice_counts_once_and_says_so(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        message, custom_id = last_button(discord.by_bot(thread), "log")
        first = await discord.click(discord.ada, message, custom_id)
        second = await discord.click(discord.ada, message, custom_id)
        await bot.settled()
        assert [text_of(one) for one in (*first.ephemeral, *second.ephemeral)] == ["You said that already."]
        assert [len(parts) for parts in bot.said(bot.place(thread))] == [1, 1, 1]
        assert bot.app.turns.queries.counts().decisions == 1

    play(tmp_path, scene)


def test_what_is_acknowledged_is_kept_already(tmp_path):
    async def scene(bot):
        inbox = bot.app.turns.log.inbox
        discord, kept, seen = bot.discord, inbox.receive_many, []
        thread = await opened(bot)
        form = await tapped(bot, thread, "Type an answer")

        def receive_many(several):
            seen.append([one for one in discord.used.values() if one is not form and one.acknowledged])
            return kept(several)

        inbox.receive_many = receive_many
        await tapped(bot, thread, "Decide now")
        discord.used = {form.token: form}
        await discord.submit(discord.ada, form, text="No")
        await bot.settled()
        assert seen == [[], []]

    play(tmp_path, scene)


def test_a_tap_is_acknowledged_in_time_also_while_the_database_is_slow(tmp_path, monkeypatch):
    monkeypatch.setattr(interactions, "KEEPS_IN", 0.05)

    async def scene(bot):
        discord, kept, go_on = bot.discord, bot.app.turns.receive, threading.Event()
        thread = await opened(bot)
        bot.app.turns.receive = lambda incoming: go_on.wait(20) and kept(incoming)
        message, custom_id = last_button(discord.by_bot(thread), "decide_now")
        used = await discord.click(discord.ada, message, custom_id)
        await discord.until(lambda: used.acknowledged)
        go_on.set()
        await bot.settled()
        assert len(discord.by_bot(thread)) == 2

    play(tmp_path, scene)


def test_a_question_with_several_answers_is_a_select(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot, "The chatbot makes mistakes with maths.")
        while not (
            select := [one for one in walk(discord.by_bot(thread)[-1]["components"]) if one["type"] == 3]
        ):
            await tapped(bot, thread, "Not sure")
        options = select[0]["options"]
        assert select[0]["max_values"] == len(options)
        chosen = [option["value"] for option in options[:2]]
        await discord.click(discord.ada, discord.by_bot(thread)[-1], select[0]["custom_id"], chosen)
        await bot.settled()
        closed = text_of(discord.by_bot(thread)[-2])
        assert "; ".join(option["label"] for option in options[:2]) in closed

    play(tmp_path, scene)


def test_an_answer_in_own_words_can_be_typed_into_a_form(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        form = await tapped(bot, thread, "Type an answer")
        assert form.modal["custom_id"].startswith("type:")
        await discord.submit(discord.ada, form, text="No")
        await bot.settled()
        assert "chosen by Ada" in text_of(discord.by_bot(thread)[0])

    play(tmp_path, scene)


def test_another_lever_is_logged_with_the_reason(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        form = await tapped(bot, thread, "Another lever…")
        await discord.submit(discord.bob, form, choice=["workflow"], text="We lack a *step*.")
        await bot.settled()
        assert "workflow instead of" in text_of(discord.by_bot(thread)[-1])
        (decided,) = bot.app.archive.decisions()
        assert (decided.lever, decided.own, decided.note, decided.by_name) == (
            "workflow",
            True,
            "We lack a *step*.",
            "Bob",
        )

    play(tmp_path, scene)


def test_what_is_not_right_is_kept_each_time_it_is_said(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        for reason in ("It is not the facts.", "And not the prompt."):
            form = await tapped(bot, thread, "Not right…")
            await discord.submit(discord.ada, form, text=reason)
            await bot.settled()
        assert [parts[0].kind for parts in bot.said(bot.place(thread))][2:] == ["kept_feedback"] * 2

    play(tmp_path, scene)


def test_a_verdict_is_shared_in_another_channel_where_the_person_and_the_bot_may_write(tmp_path):
    async def scene(bot):
        discord = bot.discord
        ideas = discord.new_channel(discord.guild, "ideas")
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        form = await tapped(bot, thread, "Share…")
        await discord.submit(discord.ada, form, _may_write(ideas, True), choice=[ideas["id"]])
        await bot.settled()
        (shared,) = discord.by_bot(ideas)
        assert "Ada" in text_of(shared)
        assert buttons(shared) == {}
        assert "The verdict is shared" in text_of(discord.by_bot(thread)[-1])

    play(tmp_path, scene)


def test_nobody_shares_where_they_may_not_write_themselves(tmp_path):
    async def scene(bot):
        discord = bot.discord
        news = discord.new_channel(discord.guild, "news")
        thread = await opened(bot)
        await tapped(bot, thread, "Decide now")
        form = await tapped(bot, thread, "Share…")
        used = await discord.submit(discord.ada, form, _may_write(news, False), choice=[news["id"]])
        await bot.settled()
        assert "You may not write in that channel" in text_of(used.ephemeral[0])
        assert discord.by_bot(news) == []

    play(tmp_path, scene)


def test_a_channel_where_the_bot_may_not_write_is_named_with_what_is_missing(tmp_path):
    async def main():
        async with Discord() as discord:
            closed = discord.new_channel(discord.guild, "closed", denied=1 << 11)
            async with running(tmp_path, discord) as bot:
                thread = await opened(bot)
                await tapped(bot, thread, "Decide now")
                form = await tapped(bot, thread, "Share…")
                used = await discord.submit(
                    discord.ada, form, _may_write(closed, True), choice=[closed["id"]]
                )
                await bot.settled()
                assert "“Send Messages”" in text_of(used.ephemeral[0])

    asyncio.run(main())


def test_buttons_and_open_forms_work_after_a_restart(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord) as bot:
                thread = await opened(bot)
                form = await tapped(bot, thread, "Type an answer")
            async with running(tmp_path, discord) as bot:
                await discord.submit(discord.ada, form, text="No")
                await bot.settled()
                assert len(discord.by_bot(thread)) == 2
            async with running(tmp_path, discord) as bot:
                await tapped(bot, thread, "Decide now")
                assert "Log this decision" in text_of(discord.by_bot(thread)[-1])
            assert len(discord.asked("PUT", r"/applications/\d+/commands")) == 1

    asyncio.run(main())


def test_a_button_whose_case_is_gone_says_so(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        (post,) = discord.by_bot(thread)
        for one in walk(post["components"]):
            if one.get("custom_id", "").startswith("why:"):
                one["custom_id"] = "why:nobodyknows"
        used = await tapped(bot, thread, "Why?")
        assert "no longer know" in text_of(used.ephemeral[0])

    play(tmp_path, scene)


def test_an_error_while_a_button_is_handled_is_said_in_a_sentence_and_logged_by_type(tmp_path, caplog):
    async def scene(bot):
        thread = await opened(bot)
        bot.app.file.connection.execute("ALTER TABLE questions RENAME TO lost")
        used = await tapped_only(bot, thread)
        assert "Something went wrong on my side" in text_of(used.ephemeral[0])
        bot.app.file.connection.execute("ALTER TABLE lost RENAME TO questions")

    play(tmp_path, scene)
    assert "interaction_failed" in caplog.text
    assert "no such table" not in caplog.text


@pytest.mark.parametrize("invited", [True, False])
def test_a_button_that_failed_works_when_it_is_tried_again(tmp_path, invited):
    async def scene(bot):
        discord = bot.discord
        away = discord.new_channel(discord.new_guild("Elsewhere", installed=False), "random")
        room = discord.general if invited else away
        used = await discord.command(discord.ada, room, "triage", describe=OUTDATED)
        await bot.settled()
        post = discord.by_bot(discord.thread(used.original))[0] if invited else used.original
        respond, bot.app.turns._respond = bot.app.turns._respond, None
        failed = await discord.click(discord.ada, post, buttons(post)["Decide now"])
        await bot.settled()
        bot.app.turns._respond = respond
        again = await discord.click(discord.ada, post, buttons(post)["Decide now"])
        await bot.settled()
        last = discord.by_bot(discord.thread(used.original))[-1] if invited else again.original
        assert "Log this decision" in text_of(last)
        if not invited:
            assert "Please try again" in text_of(failed.original)

    play(tmp_path, scene)


async def tapped_only(bot, thread):
    message, custom_id = last_button(bot.discord.by_bot(thread), "why")
    used = await bot.discord.click(bot.discord.ada, message, custom_id)
    await bot.discord.until(lambda: any(map(text_of, used.ephemeral)))
    return used


def _may_write(channel, may):
    permissions = str(1 << 10 | (1 << 11 if may else 0))
    shown = {"id": channel["id"], "type": 0, "name": channel["name"], "permissions": permissions}
    return {"channels": {channel["id"]: shown}}

"""Commands on Discord: what they answer, who sees it, and that Discord is told about them once."""

import asyncio
import threading

import pytest

from bot.discord.commands import same
from storage.subscriptions import Channel
from tests.bot_fixtures import OUTDATED
from tests.discord_loopback import Discord
from tests.discord_parts import EPHEMERAL, buttons, text_of
from tests.discord_play import opened, play, running, tapped


async def used(bot, user, channel, name, **options):
    """The interaction of a command, once it is answered."""
    found = await bot.discord.command(user, channel, name, **options)
    await bot.settled()
    return found


@pytest.mark.parametrize("visible", [False, True])
def test_a_question_is_answered_in_quotes_to_the_person_alone_unless_they_want_otherwise(tmp_path, visible):
    async def scene(bot):
        discord = bot.discord
        asked = {"visible": True} if visible else {}
        found = await used(
            bot, discord.ada, discord.general, "ask", question="Can fine-tuning replace RAG?", **asked
        )
        assert "Fine-tuning cannot replace retrieval" in text_of(found.original)
        assert bool(found.original["flags"] & EPHEMERAL) is not visible
        assert len(discord.by_bot(discord.general)) == visible

    play(tmp_path, scene)


@pytest.mark.parametrize("visible", [False, True])
def test_a_question_that_the_guidance_does_not_answer_is_kept_and_told_where_others_saw_it(tmp_path, visible):
    async def scene(bot):
        asked = {"visible": True} if visible else {}
        general = bot.discord.general
        found = await used(bot, bot.discord.ada, general, "ask", question="Who won in 1954?", **asked)
        assert "The guidance does not say" in text_of(found.original)
        assert [gap.text for gap in bot.app.turns.queries.gaps()] == ["Who won in 1954?"]
        for channel in (general["id"], "1"):
            news = bot.app.weekly.preview(Channel("discord", bot.discord.guild["id"], channel))
            assert len(news.gaps) == visible

    play(tmp_path, scene)


def test_help_says_what_can_be_done(tmp_path):
    async def scene(bot):
        found = await used(bot, bot.discord.ada, bot.discord.general, "help")
        assert all(one in text_of(found.ephemeral[0]) for one in ("/triage", "/ask", "/decisions", "/forget"))

    play(tmp_path, scene)


@pytest.mark.parametrize("name", ["help", "forget"])
def test_a_command_that_is_told_twice_is_answered_once_and_nothing_is_apologised_for(tmp_path, name, caplog):
    async def scene(bot):
        discord = bot.discord
        found = await used(bot, discord.ada, discord.general, name)
        await discord.redeliver("INTERACTION_CREATE")
        await bot.settled()
        assert len(found.ephemeral) == 1
        if name == "forget":
            (shown,) = found.ephemeral
            await discord.click(discord.ada, shown, buttons(shown)["Keep it"])
            await discord.redeliver("INTERACTION_CREATE")
            await bot.settled()
            assert "Nothing was deleted" in text_of(shown)

    play(tmp_path, scene)
    assert "interaction_failed" not in caplog.text


def test_an_answer_whose_response_was_lost_is_not_apologised_for(tmp_path):
    async def scene(bot):
        discord = bot.discord
        for name in ("help", "forget"):
            discord.fault("POST", r"/interactions/\d+/[\w-]+/callback", after=True, lose=True)
            found = await used(bot, discord.ada, discord.general, name)
            assert len(found.ephemeral) == 1
            assert "went wrong" not in text_of(found.ephemeral[0])
        (shown,) = found.ephemeral
        discord.fault("POST", r"/interactions/\d+/[\w-]+/callback", after=True, lose=True)
        kept = await discord.click(discord.ada, shown, buttons(shown)["Keep it"])
        await bot.settled()
        assert "Nothing was deleted" in text_of(shown)
        assert kept.followups == []

    play(tmp_path, scene)


def test_questions_that_take_long_keep_nobody_else_waiting(tmp_path):
    async def scene(bot):
        discord = bot.discord
        ask, goes_on, began = bot.app.turns.ask, threading.Event(), []

        def slow(*said):
            began.append(said)
            assert goes_on.wait(20)
            return ask(*said)

        bot.app.turns.ask = slow
        many = [
            await discord.command(
                discord.ada, discord.general, "ask", question="Can fine-tuning replace RAG?"
            )
            for _ in range(40)
        ]
        await discord.until(lambda: began)
        said = await discord.mention(discord.bob, discord.general, OUTDATED)
        try:
            await discord.until(lambda: discord.thread(said) and discord.by_bot(said["id"]))
        finally:
            goes_on.set()
        await bot.settled()
        assert all("cannot replace retrieval" in text_of(one.original) for one in many)

    play(tmp_path, scene)


async def decided(bot, channel=None):
    """A thread with a logged decision, and the decision's id."""
    thread = await opened(bot, channel=channel)
    await tapped(bot, thread, "Decide now")
    await tapped(bot, thread, "Log this decision")
    return thread, bot.app.archive.decisions()[0].id


def test_decisions_lists_ones_open_triages_and_what_was_decided_on_the_server(tmp_path):
    async def scene(bot):
        discord = bot.discord
        _, decision = await decided(bot)
        thread = await opened(bot, "The chatbot makes mistakes with maths.")
        mine = await used(bot, discord.ada, discord.general, "decisions")
        assert decision in text_of(mine.ephemeral[0])
        assert f"<#{thread['id']}>" in text_of(mine.ephemeral[0])
        theirs = await used(bot, discord.bob, discord.general, "decisions")
        assert decision in text_of(theirs.ephemeral[0])
        assert thread["id"] not in text_of(theirs.ephemeral[0])
        shown = await used(bot, discord.ada, discord.general, "decisions", visible=True)
        assert thread["id"] not in text_of(shown.original)

    play(tmp_path, scene)


def test_one_decision_is_shown_with_its_reasons_where_it_was_made_and_nowhere_else(tmp_path):
    async def main():
        async with Discord() as discord:
            other = discord.new_channel(discord.new_guild("Other"), "general")
            async with running(tmp_path, discord) as bot:
                _, decision = await decided(bot)
                here = await used(bot, discord.bob, discord.general, "decisions", decision=decision.upper())
                assert "Why" in text_of(here.ephemeral[0])
                there = await used(bot, discord.bob, other, "decisions", decision=decision)
                assert "no such decision" in text_of(there.ephemeral[0])
                none = await used(bot, discord.bob, discord.general, "decisions", decision="d-none")
                assert "no such decision" in text_of(none.ephemeral[0])

    asyncio.run(main())


def test_what_was_decided_in_private_is_shown_to_nobody_else(tmp_path):
    async def scene(bot):
        discord = bot.discord
        mine = discord.dm(discord.ada)
        await discord.say(discord.ada, mine, OUTDATED)
        await bot.settled()
        for label in ("Decide now", "Log this decision"):
            await tapped(bot, mine, label)
        decision = bot.app.archive.decisions()[0].id
        assert "Why" in text_of((await used(bot, discord.ada, mine, "decisions", decision=decision)).original)
        theirs = await used(bot, discord.bob, discord.dm(discord.bob), "decisions", decision=decision)
        assert "no such decision" in text_of(theirs.ephemeral[0])
        listed = await used(bot, discord.bob, discord.dm(discord.bob), "decisions")
        assert decision not in text_of(listed.original)

    play(tmp_path, scene)


def test_what_was_decided_in_a_hidden_channel_is_shown_only_there(tmp_path):
    async def main():
        async with Discord() as discord:
            hidden = discord.new_channel(discord.guild, "leads", hidden=True)
            async with running(tmp_path, discord) as bot:
                _, decision = await decided(bot, hidden)
                here = await used(bot, discord.bob, hidden, "decisions", decision=decision)
                assert "Why" in text_of(here.original)
                there = await used(bot, discord.bob, discord.general, "decisions", decision=decision)
                assert "no such decision" in text_of(there.original)
                listed = await used(bot, discord.bob, discord.general, "decisions")
                assert decision not in text_of(listed.original)

    asyncio.run(main())


def test_decisions_are_suggested_while_somebody_types(tmp_path):
    async def scene(bot):
        discord = bot.discord
        _, decision = await decided(bot)
        found = await discord.complete(discord.ada, discord.general, "decisions", decision="ret")
        await discord.until(lambda: found.acknowledged)
        (choice,) = found.acknowledged[0]["data"]["choices"]
        assert choice["value"] == decision
        assert choice["name"].startswith(f"{decision} · retrieval")

    play(tmp_path, scene)


@pytest.mark.parametrize("answer", ["Delete it", "Keep it"])
def test_what_a_person_said_is_deleted_only_after_they_said_so_twice(tmp_path, answer):
    async def scene(bot):
        discord = bot.discord
        thread, _ = await decided(bot)
        asked = await used(bot, discord.ada, discord.general, "forget")
        (shown,) = asked.ephemeral
        assert bot.app.turns.queries.transcript(bot.app.turns.queries.at(bot.place(thread)))[0].text
        await discord.click(discord.ada, shown, buttons(shown)[answer])
        await bot.settled()
        kept = bot.app.turns.queries.at(bot.place(thread))
        words = (
            [line.text for line in bot.app.turns.queries.transcript(kept) if line.who == "person"]
            if kept
            else []
        )
        if answer == "Delete it":
            assert "Forgotten: " in text_of(shown)
            assert OUTDATED not in words
        else:
            assert "Nothing was deleted" in text_of(shown)
            assert OUTDATED in words
        assert buttons(shown) == {}

    play(tmp_path, scene)


def test_discord_is_told_the_commands_once_and_again_when_they_change(tmp_path):
    async def main():
        async with Discord() as discord:
            for changed in (False, False, True):
                if changed:
                    discord.commands[0]["description"] = "an older one"
                async with running(tmp_path, discord):
                    pass
            assert len(discord.asked("PUT", r"/applications/\d+/commands")) == 2
            assert {one["name"] for one in discord.commands} == {
                *(
                    "triage",
                    "ask",
                    "decisions",
                    "digest",
                    "outcome",
                    "forget",
                    "help",
                    "review",
                    "settings",
                    "Triage this",
                ),
            }
            managing = next(one for one in discord.commands if one["name"] == "settings")
            assert (managing["integration_types"], managing["contexts"]) == ([0], [0])
            assert managing["default_member_permissions"] == str(1 << 5)
            others = [one for one in discord.commands if one is not managing]
            assert all(one["integration_types"] == [0, 1] for one in others)
            assert all(one["contexts"] == [0, 1, 2] for one in others)
        assert discord.wrong == []

    asyncio.run(main())


@pytest.mark.parametrize("fault", [{"status": 403, "code": 50001}, {"status": 429, "retry_after": 3600.0}])
def test_a_discord_that_takes_no_commands_can_still_be_talked_to(tmp_path, caplog, fault):
    async def main():
        async with Discord() as discord:
            discord.fault("PUT", r"/applications/\d+/commands", **fault)
            async with running(tmp_path, discord) as bot:
                assert len(discord.by_bot(await opened(bot))) == 1

    asyncio.run(main())
    assert "commands_not_synced" in caplog.text


@pytest.mark.parametrize(
    ("mine", "theirs", "known"),
    [
        ({"name": "a", "nsfw": False}, {"name": "a", "id": "1"}, True),
        ({"name": "a"}, {"name": "b"}, False),
        ({"contexts": [0, 1]}, {"contexts": [1, 0]}, True),
        ({"options": [{"name": "x"}]}, {"options": [{"name": "x", "required": False}]}, True),
        ({"options": []}, {"options": [{"name": "x"}]}, False),
        ({"options": [{"name": "x", "required": True}]}, {"options": [{"name": "x"}]}, False),
    ],
)
def test_commands_are_the_same_when_discord_knows_all_that_is_said_of_them(mine, theirs, known):
    assert same(mine, theirs) is known

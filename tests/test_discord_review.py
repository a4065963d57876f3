"""`/review` on Discord: leads review with the same effects as in the console, and nobody else sees it."""

import asyncio

import pytest

from tests.discord_loopback import Discord
from tests.discord_parts import EPHEMERAL, buttons, text_of, walk
from tests.discord_play import opened, running, tapped


def leads(*names):
    """The settings for which these users of the stand-in lead."""
    return {"leads": tuple(f"discord:{one}" for one in names)}


def scene_of(tmp_path, scene):
    """Play a scene in which Ada leads."""

    async def main():
        async with Discord() as discord, running(tmp_path, discord, **leads(discord.ada["id"])) as bot:
            await scene(bot)
        assert discord.wrong == [], "\n".join(discord.wrong)
        assert discord.pings == [], discord.pings

    asyncio.run(main())


async def decided(bot):
    """A thread with a logged decision, and the decision's id."""
    thread = await opened(bot)
    await tapped(bot, thread, "Decide now")
    await tapped(bot, thread, "Log this decision", bot.discord.bob)
    return thread, bot.app.archive.decisions()[0].id


async def asked(bot, user=None, channel=None):
    """What `/review` shows."""
    found = await bot.discord.command(user or bot.discord.ada, channel or bot.discord.general, "review")
    await bot.settled()
    assert found.original["flags"] & EPHEMERAL
    return found.original


async def picked(bot, shown, decision):
    """Choose a decision of the list; the message, which then shows that one."""
    used = await bot.discord.click(bot.discord.ada, shown, "review:pick", [decision])
    await bot.settled()
    return used.original


async def clicked(bot, shown, label, user=None):
    """Tap a button; what came of it."""
    used = await bot.discord.click(user or bot.discord.ada, shown, buttons(shown)[label])
    await bot.settled()
    return used


def reviews(bot, decision):
    """What is in the log."""
    record = bot.app.archive.decision(decision)
    return [(one.what, one.by_name, one.lever, one.reason) for one in record.reviews]


def links(shown):
    """The addresses that a message's buttons open, by their labels."""
    return {one["label"]: one["url"] for one in walk(shown["components"]) if one.get("url")}


def last(bot, thread):
    return text_of(bot.discord.by_bot(thread)[-1])


def test_an_approval_is_logged_and_told_in_the_thread_and_waits_no_more(tmp_path):
    async def scene(bot):
        thread, decision = await decided(bot)
        shown = await asked(bot)
        assert decision in text_of(shown)
        one = await picked(bot, shown, decision)
        assert "decided by Bob" in text_of(one)
        after = (await clicked(bot, one, "Approve")).original
        assert reviews(bot, decision) == [("approved", "Ada", None, "")]
        assert "Ada approved" in last(bot, thread)
        assert "Ada approved" in text_of(after)
        assert "Nothing waits for a review" in text_of(after)
        assert after["id"] == shown["id"]

    scene_of(tmp_path, scene)


def test_an_override_needs_another_lever_and_is_told_with_its_reason(tmp_path):
    async def scene(bot):
        thread, decision = await decided(bot)
        lever = bot.app.archive.decision(decision).decided.lever
        one = await picked(bot, await asked(bot), decision)
        form = await clicked(bot, one, "Override…")
        same = await bot.discord.submit(bot.discord.ada, form, lever=[lever], reason="Because.")
        await bot.settled()
        assert "Choose the lever" in text_of(same.original)
        assert reviews(bot, decision) == []
        await bot.discord.submit(bot.discord.ada, form, lever=["not_ready"], reason="No *owner*.")
        await bot.settled()
        assert reviews(bot, decision) == [("overridden", "Ada", "not_ready", "No *owner*.")]
        assert "Ada overrode" in last(bot, thread)

    scene_of(tmp_path, scene)


def test_a_comment_is_kept_once_however_often_it_is_sent(tmp_path):
    async def scene(bot):
        thread, decision = await decided(bot)
        one = await picked(bot, await asked(bot), decision)
        form = await clicked(bot, one, "Comment…")
        for _ in range(2):
            sent = await bot.discord.submit(bot.discord.ada, form, reason="Which team?")
            await bot.settled()
        assert reviews(bot, decision) == [("commented", "Ada", None, "Which team?")]
        assert "Which team?" in last(bot, thread)
        assert "kept already" in text_of(sent.original)
        assert decision in text_of(sent.original)

    scene_of(tmp_path, scene)


def test_a_double_click_is_one_approval(tmp_path):
    async def scene(bot):
        thread, decision = await decided(bot)
        one = await picked(bot, await asked(bot), decision)
        before = len(bot.discord.by_bot(thread))
        carried = buttons(one)["Approve"]
        for _ in range(2):
            await bot.discord.click(bot.discord.ada, one, carried)
        await bot.settled()
        assert len(reviews(bot, decision)) == 1
        assert len(bot.discord.by_bot(thread)) == before + 1

    scene_of(tmp_path, scene)


def test_what_somebody_reviewed_meanwhile_is_looked_at_again_first(tmp_path):
    async def scene(bot):
        _, decision = await decided(bot)
        first = await picked(bot, await asked(bot), decision)
        second = await picked(bot, await asked(bot), decision)
        form = await clicked(bot, second, "Comment…")
        await clicked(bot, first, "Approve")
        late = await bot.discord.submit(bot.discord.ada, form, reason="Wait")
        await bot.settled()
        assert "Somebody reviewed this meanwhile" in text_of(late.original)
        assert [one[0] for one in reviews(bot, decision)] == ["approved"]

    scene_of(tmp_path, scene)


def test_a_day_for_another_look_is_set_with_a_review_or_alone_and_told_when_it_comes(tmp_path):
    async def scene(bot):
        thread, decision = await decided(bot)
        one = await picked(bot, await asked(bot), decision)
        form = await clicked(bot, one, "Look again…")
        for wrong, says in (("soon", "Write the day as"), ("2020-01-01", "That day has passed")):
            sent = await bot.discord.submit(bot.discord.ada, form, day=wrong, reason="volume?")
            await bot.settled()
            assert says in text_of(sent.original)
        today = bot.app.file.now().date().isoformat()
        sent = await bot.discord.submit(bot.discord.ada, form, day=today, reason="volume?")
        await bot.settled()
        assert "is looked at again on" in text_of(sent.original)
        assert "Worth another look" in text_of(sent.original)
        one = await picked(bot, await asked(bot), decision)
        form = await clicked(bot, one, "Comment…")
        await bot.discord.submit(bot.discord.ada, form, reason="Which team?", day="2099-03-31")
        await bot.settled()
        assert "31 Mar 2099" in last(bot, thread)
        assert "Worth another look" not in text_of(await asked(bot))

    scene_of(tmp_path, scene)


def test_who_is_no_lead_gets_the_link_to_their_threads_only_and_cannot_review(tmp_path):
    async def scene(bot):
        _, decision = await decided(bot)
        theirs = await asked(bot, bot.discord.bob)
        assert decision not in text_of(theirs)
        assert "Only leads review" in text_of(theirs)
        assert list(links(theirs)) == ["My threads in the console"]
        one = await picked(bot, await asked(bot), decision)
        refused = await clicked(bot, one, "Approve", bot.discord.bob)
        assert "Only leads review" in text_of(refused.original)
        assert reviews(bot, decision) == []

    scene_of(tmp_path, scene)


def test_a_decision_that_is_gone_is_said_to_be(tmp_path):
    async def scene(bot):
        _, decision = await decided(bot)
        shown = await asked(bot)
        assert "no longer here" in text_of(await picked(bot, shown, "d-gone"))
        one = await picked(bot, await asked(bot), decision)
        for button in walk(one["components"]):
            if button.get("label") == "Approve":
                button["custom_id"] = "review:approved:d-gone:0"
        assert "no longer here" in text_of((await clicked(bot, one, "Approve")).original)

    scene_of(tmp_path, scene)


def test_the_way_back_shows_the_list(tmp_path):
    async def scene(bot):
        _, decision = await decided(bot)
        one = await picked(bot, await asked(bot), decision)
        assert "Waits for your review" in text_of((await clicked(bot, one, "Back to the list")).original)

    scene_of(tmp_path, scene)


def test_the_link_into_the_console_is_for_that_person_alone(tmp_path):
    async def scene(bot):
        url = links(await asked(bot))["Open the console"]
        holder = bot.app.links.holder(url.partition("?link=")[2])
        assert (holder.platform, holder.person, holder.name) == ("discord", bot.discord.ada["id"], "Ada")

    scene_of(tmp_path, scene)


@pytest.mark.parametrize("label", ["Approve", "Comment…"])
def test_buttons_work_after_a_restart(tmp_path, label):
    async def main():
        async with Discord() as discord:
            leading = leads(discord.ada["id"])
            async with running(tmp_path, discord, **leading) as bot:
                _, decision = await decided(bot)
                one = await picked(bot, await asked(bot), decision)
            async with running(tmp_path, discord, **leading) as bot:
                used = await clicked(bot, one, label)
                if used.modal:
                    await discord.submit(discord.ada, used, reason="Yes")
                    await bot.settled()
                assert len(reviews(bot, decision)) == 1
        assert discord.wrong == []

    asyncio.run(main())

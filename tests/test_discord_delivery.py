"""A reply stands on Discord once, whatever Discord does with it; where it cannot, a sentence says why."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.courier import Gone, Later
from bot.draft import Draft
from bot.replies import Greet, Logged
from storage.records import Claimed, Sending
from tests.bot_fixtures import OUTDATED
from tests.discord_loopback import Discord
from tests.discord_parts import HISTORY, IN_THREADS, SEND, THREADS, buttons, text_of
from tests.discord_play import opened, play, running, tapped

MESSAGES = r"/channels/\d+/messages"


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 500, "after": True},
        {"status": 429, "retry_after": 0.05},
        {"lose": True},
        {"lose": True, "after": True},
        {"hang": True},
    ],
    ids=["fails", "fails after it took effect", "too many", "lost", "lost after it took effect", "hangs"],
)
def test_a_reply_stands_once_when_the_request(tmp_path, fault):
    async def scene(bot):
        bot.discord.fault("POST", MESSAGES, **fault)
        thread = await opened(bot)
        assert len(bot.discord.by_bot(thread)) == 1
        nonces = {body["nonce"] for body in bot.discord.asked("POST", MESSAGES)}
        assert len(nonces) == 1
        assert all(body["enforce_nonce"] for body in bot.discord.asked("POST", MESSAGES))
        assert len(bot.discord.asked("POST", MESSAGES)) == (
            1 if fault.get("lose") and fault.get("after") else 2
        )

    play(tmp_path, scene, seconds=0.5 if fault.get("hang") else 20.0)


def test_many_at_once_each_get_one_reply_while_requests_go_wrong(tmp_path):
    async def scene(bot):
        discord = bot.discord
        for fault in ({"lose": True}, {"status": 500}, {"status": 429, "retry_after": 0.02}):
            discord.fault("POST", MESSAGES, **fault, after=fault.get("status") != 429, times=2)
            discord.fault("POST", r"/channels/\d+/messages/\d+/threads", **fault, times=1)
        said = [await discord.mention(discord.ada, discord.general, OUTDATED) for _ in range(16)]
        await bot.settled()
        assert [len(discord.by_bot(one["id"])) for one in said] == [1] * 16

    play(tmp_path, scene)


def test_a_reply_whose_response_was_lost_is_found_later_though_discord_forgot_the_nonce(tmp_path):
    async def killed_while_sending(discord):
        fault = discord.fault("POST", MESSAGES, hang=True, after=True)
        async with running(tmp_path, discord) as bot:
            said = await discord.mention(discord.ada, discord.general, OUTDATED)
            await discord.until(lambda: not fault.times and discord.by_bot(said["id"]))
            await bot.lanes.stop(0)
        return said

    async def main():
        async with Discord() as discord:
            said = await killed_while_sending(discord)
            discord.forget_nonces()
            async with running(tmp_path, discord) as bot:
                with bot.app.file.transaction() as tables:  # a minute later
                    tables.execute("UPDATE outbox SET free_at = queued_at")
                await discord.until(bot.idle)
            assert len(discord.by_bot(said["id"])) == 1
            assert len(discord.asked("POST", MESSAGES)) == 1

    asyncio.run(main())


def test_a_thread_that_was_opened_unnoticed_is_used(tmp_path):
    async def scene(bot):
        bot.discord.fault("POST", r"/channels/\d+/messages/\d+/threads", lose=True, after=True)
        thread = await opened(bot)
        assert len(bot.discord.by_bot(thread)) == 1

    play(tmp_path, scene)


def test_an_archived_thread_is_opened_again_for_a_reply(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.archive(thread)
        await tapped(bot, thread, "Decide now")
        assert thread["thread_metadata"]["archived"] is False
        assert len(discord.by_bot(thread)) == 2

    play(tmp_path, scene)


def test_a_locked_thread_is_answered_through_the_tap_itself(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.archive(thread)
        thread["thread_metadata"]["locked"] = True
        used = await tapped(bot, thread, "Decide now")
        (followed,) = used.followups
        assert "Log this decision" in buttons(followed)
        assert "No longer open" in text_of(discord.by_bot(thread)[0])
        assert len(discord.by_bot(thread)) == 2
        assert thread["thread_metadata"]["archived"] is True

    play(tmp_path, scene)


def test_a_deleted_thread_is_told_in_a_direct_message_and_lets_go_of_the_reply(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        discord.fault("POST", MESSAGES, status=404, code=10003)
        await discord.mention(discord.ada, thread, "decide now")
        await bot.settled()
        (told,) = discord.by_bot(discord.dm(discord.ada))
        assert "the thread it belongs to was deleted" in text_of(told)
        assert bot.app.turns.queries.counts().outbox_dead == 1

    play(tmp_path, scene)


def test_where_it_may_not_open_a_thread_it_answers_beside_the_message_and_says_what_it_lacks(tmp_path):
    async def main():
        async with Discord() as discord:
            room = discord.new_channel(discord.guild, "room", denied=THREADS)
            async with running(tmp_path, discord) as bot:
                said = await discord.mention(discord.ada, room, OUTDATED)
                await bot.settled()
                (post,) = discord.by_bot(room)
                assert post["message_reference"]["message_id"] == said["id"]
                assert "“Create Public Threads”" in text_of(post)
                again = {"message_id": post["id"], "channel_id": room["id"]}
                await discord.mention(discord.ada, room, "decide now", message_reference=again)
                await bot.settled()
                assert "Log this decision" in text_of(discord.by_bot(room)[-1])
                await tapped(bot, room, "Start over")
                assert "Started over" in text_of(discord.by_bot(room)[-1])
        assert discord.wrong == []

    asyncio.run(main())


@pytest.mark.parametrize("takes_direct_messages", [True, False])
def test_where_it_may_not_write_it_tells_the_person_directly_if_they_let_it(tmp_path, takes_direct_messages):
    async def main():
        async with Discord() as discord:
            closed = discord.new_channel(discord.guild, "closed", denied=SEND | IN_THREADS)
            if not takes_direct_messages:
                discord.closed_dms.add(discord.ada["id"])
            async with running(tmp_path, discord) as bot:
                await discord.mention(discord.ada, closed, OUTDATED)
                await bot.settled()
                told = [text_of(one) for one in discord.by_bot(discord.dm(discord.ada))]
                assert len(told) == takes_direct_messages
                assert all("“Send Messages in Threads”" in one for one in told)
                assert bot.app.turns.queries.counts().outbox_dead == 1

    asyncio.run(main())


def test_a_person_who_takes_no_direct_messages_holds_nothing_up(tmp_path):
    async def scene(bot):
        discord = bot.discord
        discord.closed_dms.add(discord.ada["id"])
        await discord.say(discord.ada, discord.dm(discord.ada), OUTDATED)
        await discord.say(discord.bob, discord.dm(discord.bob), OUTDATED)
        await bot.settled()
        assert len(discord.by_bot(discord.dm(discord.bob))) == 1
        assert bot.app.turns.queries.counts().outbox_dead == 1

    play(tmp_path, scene)


def test_components_that_discord_refuses_are_said_in_plain_text(tmp_path):
    async def scene(bot):
        bot.discord.fault("POST", MESSAGES, status=400, code=50035)
        thread = await opened(bot)
        (post,) = bot.discord.by_bot(thread)
        assert "Question 1" in post["content"]
        assert post["components"] == []

    play(tmp_path, scene)


def test_a_history_that_may_not_be_read_does_not_stop_a_second_try(tmp_path):
    async def main():
        async with Discord() as discord:
            room = discord.new_channel(discord.guild, "room", denied=HISTORY)
            async with running(tmp_path, discord) as bot:
                discord.fault("POST", MESSAGES, lose=True, after=True)
                thread = await opened(bot, channel=room)
                assert len(discord.by_bot(thread)) == 1

    asyncio.run(main())


def test_a_reply_longer_than_a_post_arrives_whole_and_is_edited_as_a_whole(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        long = tuple(Logged(f"d-{number:04}", "rag", "x" * 1500, None) for number in range(4))
        going = sending(bot, thread)
        onto = await bot.adapter.courier.deliver(going, long, "")
        first, second = discord.by_bot(thread)[1:]
        assert onto == f"{thread['id']}:{first['id']},{thread['id']}:{second['id']}"
        assert text_of(first).count("Logged") + text_of(second).count("Logged") == 4
        kept = await bot.adapter.courier.deliver(going, long[:1], onto)
        assert discord.by_bot(thread)[1:] == [first]
        assert text_of(first).count("Logged") == 1
        again = await bot.adapter.courier.deliver(replace(going, id=1000), long, kept)
        assert again.startswith(kept)
        assert len(discord.by_bot(thread)) == 3

    play(tmp_path, scene)


def test_an_earlier_post_in_an_archived_thread_is_edited_all_the_same(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        (post,) = discord.by_bot(thread)
        await discord.archive(thread)
        onto = f"{thread['id']}:{post['id']}"
        assert await bot.adapter.courier.deliver(sending(bot, thread), (Greet(),), onto) == onto
        assert "disappoints you" in text_of(post)

    play(tmp_path, scene)


@pytest.mark.parametrize("edits", [True, False])
def test_a_post_that_somebody_deleted_is_replaced_only_for_an_edited_message(tmp_path, edits):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        (post,) = discord.by_bot(thread)
        discord.messages[thread["id"]].remove(post)
        going = replace(sending(bot, thread), edits="1" if edits else "")
        onto = f"{thread['id']}:{post['id']}"
        if edits:
            await bot.adapter.courier.deliver(going, (Greet(),), onto)
        else:
            with pytest.raises(Gone):
                await bot.adapter.courier.deliver(going, (Greet(),), onto)
        assert len(discord.by_bot(thread)) == edits

    play(tmp_path, scene)


@pytest.mark.parametrize("limited", [False, True])
def test_the_bot_types_while_a_turn_takes_long_if_it_may(tmp_path, limited, caplog):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        discord.fault("POST", r"/channels/\d+/typing", status=429, retry_after=3600.0, times=int(limited))
        going = sending(bot, thread)
        claimed = Claimed(
            1, 1, going.thread_id, going.place, "1", "message", "1", "", "", {}, going.queued_at
        )
        async with bot.adapter.courier.working(claimed, Draft()):
            await discord.until(lambda: discord.asked("POST", rf"/channels/{thread['id']}/typing"))
            await discord.until(lambda: not limited or "rate limited" in caplog.text)
            await discord.heard()

    play(tmp_path, scene)


def test_without_a_connection_a_delivery_is_put_off(tmp_path):
    async def scene(bot):
        thread = await opened(bot)
        await bot.adapter.close()
        with pytest.raises(Later):
            await bot.adapter.courier.deliver(sending(bot, thread), (Greet(),), "")

    play(tmp_path, scene)


def sending(bot, thread):
    """A reply that waits for a thread."""
    place = bot.place(thread)
    return Sending(999, 1, bot.app.turns.queries.at(place), place, "t" * 12, "", datetime.now(UTC))

"""The bot stays connected to Discord: it resumes, begins anew, and nothing is done twice."""

import asyncio
import logging

import pytest
from pydantic import SecretStr

from bot.bootstrap import application
from bot.discord import adapter, client, missed
from bot.discord.adapter import BAD_TOKEN, CUT, NO_INTENT, OUT_OF_REACH, DiscordAdapter
from bot.discord.listening import Listening
from bot.lanes import Lanes
from bot.serve import Service
from bot.settings import Settings
from storage.errors import StorageError
from storage.records import Incoming, Place
from tests.bot_fixtures import OUTDATED, database
from tests.discord_loopback import Discord
from tests.discord_parts import TOKEN
from tests.discord_play import opened, play, running, tapped


def test_what_was_said_while_the_connection_was_cut_is_answered_after_the_resume(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.drop()
        await discord.mention(discord.ada, thread, "decide now")
        await discord.until(lambda: any(one.resumed for one in discord.sessions.values()))
        await bot.settled()
        assert len(discord.by_bot(thread)) == 2
        assert discord.identified == 1

    play(tmp_path, scene)


def test_what_was_said_while_the_bot_was_restarted_is_answered_once(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord) as bot:
                thread = await opened(bot)
            await discord.mention(discord.ada, thread, "decide now")
            missed = await discord.mention(discord.bob, discord.general, OUTDATED)
            async with running(tmp_path, discord) as bot:
                await discord.until(lambda: discord.thread(missed) and discord.by_bot(missed["id"]))
                await bot.settled()
                assert len(discord.by_bot(thread)) == 2
                assert len(discord.by_bot(missed["id"])) == 1

    asyncio.run(main())


def test_direct_messages_that_were_missed_are_answered_once_where_the_bot_was_spoken_to_before(tmp_path):
    async def main():
        async with Discord() as discord:
            mine, theirs = discord.dm(discord.ada), discord.dm(discord.bob)
            async with running(tmp_path, discord) as bot:
                await discord.say(discord.ada, mine, OUTDATED)
                await bot.settled()
            await discord.say(discord.ada, mine, "decide now")
            await discord.say(discord.bob, theirs, OUTDATED)
            async with running(tmp_path, discord) as bot:
                await discord.until(lambda: len(discord.by_bot(mine)) == 2)
                await bot.settled()
                assert len(discord.by_bot(mine)) == 2
                assert discord.by_bot(theirs) == []

    asyncio.run(main())


def restarted(tmp_path, meanwhile, answered):
    """Run the bot, stop it, let people do something, run it again, and wait until something is so."""

    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord) as bot:
                thread = await opened(bot)
            told = await meanwhile(discord, thread)
            async with running(tmp_path, discord) as bot:
                await discord.until(lambda: answered(discord, told), 20)
                await bot.settled()
        return discord, thread

    return asyncio.run(main())


def test_a_busy_channel_is_looked_through_until_what_was_missed_there_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(missed, "EVERY", 0.2)
    monkeypatch.setattr(missed, "LOOKS_FOR", 0.5)
    monkeypatch.setattr(missed, "MOST_MESSAGES", 60)

    async def meanwhile(discord, thread):
        for number in range(120):
            await discord.say(discord.bob, discord.general, f"we ship part {number} today")
        for how in ({"lose": True, "times": 4}, {"hang": True}):
            discord.fault("GET", rf"/channels/{discord.general['id']}/messages", **how)
        return await discord.mention(discord.ada, discord.general, OUTDATED)

    discord, _ = restarted(tmp_path, meanwhile, lambda discord, told: discord.thread(told))
    assert not any(fault.times for fault in discord.faults)


def test_a_log_in_and_a_look_at_the_commands_that_never_end_hold_up_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(adapter, "LOGS_IN", 0.5)
    monkeypatch.setattr(client, "ASKS_FOR", 0.2)

    async def main():
        async with Discord() as discord:
            discord.fault("GET", "/users/@me", hang=True)
            discord.fault("GET", r"/applications/\d+/commands", hang=True)
            async with running(tmp_path, discord) as bot:
                await opened(bot)

    asyncio.run(main())


def test_what_cannot_be_read_is_let_go_and_the_connection_stays(tmp_path, caplog):
    async def scene(bot):
        discord = bot.discord
        (session,) = discord.sessions.values()
        for told in ({"content": "no message at all"}, {"channel_id": [], "id": {}}):
            session.sent.append({"op": 0, "s": len(session.sent) + 1, "t": "MESSAGE_CREATE", "d": told})
            await session.socket.send_json(session.sent[-1])
        await opened(bot)
        assert discord.identified == 1

    play(tmp_path, scene)
    assert "no message at all" not in caplog.text


def test_a_message_that_is_told_twice_is_answered_once(tmp_path):
    async def scene(bot):
        discord = bot.discord
        said = await discord.mention(discord.ada, discord.general, OUTDATED)
        await discord.redeliver("MESSAGE_CREATE")
        await bot.settled()
        await discord.dispatch("MESSAGE_CREATE", discord._as_sent(said), discord.general)
        await bot.settled()
        assert len(discord.by_bot(discord.thread(said))) == 1

    play(tmp_path, scene)


def test_an_interaction_that_is_told_twice_counts_once(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        pressed = await tapped(bot, thread, "Decide now")
        await discord.redeliver("INTERACTION_CREATE")
        await bot.settled()
        assert pressed.ephemeral == []
        used = await discord.command(discord.ada, discord.general, "triage", describe=OUTDATED)
        await discord.redeliver("INTERACTION_CREATE")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 2
        assert len(discord.by_bot(discord.thread(used.original))) == 1

    play(tmp_path, scene)


def test_a_session_that_begins_anew_does_nothing_twice(tmp_path):
    async def scene(bot):
        discord = bot.discord
        thread = await opened(bot)
        await discord.drop(resumable=False)
        await discord.until(lambda: discord.identified == 2 and bot.adapter.trouble() == "")
        await discord.mention(discord.ada, thread, "decide now")
        await bot.settled()
        assert len(discord.by_bot(thread)) == 2
        assert len(discord.asked("PUT", r"/applications/\d+/commands")) == 1

    play(tmp_path, scene)


def test_health_says_that_it_is_not_connected_while_it_is_not(tmp_path):
    async def scene(bot):
        assert bot.adapter.trouble() == ""
        bot.discord.admits.clear()
        await bot.discord.drop(resumable=False)
        await bot.discord.until(lambda: bot.adapter.trouble() == CUT)
        bot.discord.admits.set()
        await bot.discord.until(lambda: bot.adapter.trouble() == "")
        await bot.adapter.stop()
        assert bot.adapter.trouble() == "Discord is disconnected"

    play(tmp_path, scene)


def test_as_many_connections_are_made_as_discord_asks_for(tmp_path):
    async def main():
        async with Discord(shards=2) as discord, running(tmp_path, discord) as bot:
            assert sorted(one.shard for one in discord.sessions.values()) == [(0, 2), (1, 2)]
            thread = await opened(bot)
            await discord.say(discord.ada, discord.dm(discord.ada), OUTDATED)
            await bot.settled()
            assert len(discord.by_bot(thread)) == 1
            assert len(discord.by_bot(discord.dm(discord.ada))) == 1
            await discord.drop()
            await discord.until(lambda: all(one.resumed for one in discord.sessions.values()))
            await discord.until(lambda: bot.adapter.trouble() == "")

    asyncio.run(main())


@pytest.mark.parametrize("wrong", ["token", "token at the gateway", "intent"])
def test_what_an_operator_has_to_mend_is_said_in_a_sentence(tmp_path, wrong, caplog):
    async def main():
        async with Discord() as discord:
            discord.refuse_intents = wrong == "intent"
            if wrong == "token at the gateway":
                discord.token = "another.token"
            given = {"discord_token": SecretStr("wrong.token")} if wrong == "token" else {}
            async with running(tmp_path, discord, wait=False, discord_message_content=True, **given) as bot:
                said = NO_INTENT if wrong == "intent" else BAD_TOKEN
                await discord.until(lambda: bot.adapter.trouble() == said)

    asyncio.run(main())
    assert "wrong.token" not in caplog.text
    assert TOKEN not in caplog.text
    assert all(record.exc_info is None for record in caplog.records)


def test_a_discord_that_is_out_of_reach_is_tried_again(tmp_path):
    async def main():
        async with Discord() as discord:
            discord.fault("GET", r"/gateway/bot", status=502)
            async with running(tmp_path, discord, wait=False) as bot:
                await discord.until(lambda: bot.adapter.trouble() == OUT_OF_REACH)
                await discord.until(lambda: bot.adapter.trouble() == "")
                await opened(bot)

    asyncio.run(main())


def test_the_bot_asks_for_no_privilege_unless_it_is_told_to(tmp_path):
    async def scene(bot):
        (session,) = bot.discord.sessions.values()
        assert session.intents == 1 | 1 << 9 | 1 << 12

    play(tmp_path, scene)


def test_a_clean_stop_delivers_what_is_under_way_and_keeps_the_rest(tmp_path):
    async def main():
        async with Discord() as discord:
            async with running(tmp_path, discord):
                discord.fault("POST", r"/channels/\d+/messages", status=500)
                said = await discord.mention(discord.ada, discord.general, OUTDATED)
                await discord.until(lambda: discord.asked("POST", r"/channels/\d+/messages"))
            assert len(discord.by_bot(discord.thread(said))) == 1
            assert all(one.socket is None or one.socket.closed for one in discord.sessions.values())

    asyncio.run(main())


def test_a_stop_before_the_first_connection_leaves_nothing_behind(tmp_path):
    async def main():
        async with Discord() as discord:
            discord.fault("GET", r"/users/@me", hang=True)
            async with running(tmp_path, discord, wait=False):
                await discord.until(lambda: discord.asked("GET", r"/users/@me"))

    asyncio.run(main())


def test_an_error_in_a_listener_is_logged_by_its_type_only(tmp_path, caplog):
    async def scene(bot):
        bot.app.file.connection.execute("ALTER TABLE inbox RENAME TO lost")
        await bot.discord.mention(bot.discord.ada, bot.discord.general, f"secret words {OUTDATED}")
        await bot.discord.until(lambda: "listener_failed" in caplog.text)
        bot.app.file.connection.execute("ALTER TABLE lost RENAME TO inbox")

    with caplog.at_level(logging.INFO):
        play(tmp_path, scene)
    assert "listener_failed event=on_message" in caplog.text
    assert "secret words" not in caplog.text


def test_a_database_that_is_busy_for_a_moment_loses_nothing():
    class Shaky:
        tries = 0

        async def receive(self, incoming):
            self.tries += 1
            if self.tries == 1:
                raise StorageError("busy")
            return True

    async def main():
        lanes = Shaky()
        place = Place("discord", "1", "2", "3")
        assert await Listening(None, lanes, None).tapped(Incoming(place, "4", "5", "words"))
        assert lanes.tries == 2

    asyncio.run(main())


def test_serve_runs_it_with_its_health_and_stops_it_cleanly(tmp_path):
    async def main():
        async with Discord() as discord:
            given = {"discord_token": SecretStr(TOKEN), "discord_api_url": discord.url}
            settings = Settings(db=database(tmp_path), **given)
            with application(settings) as app:
                adapter = DiscordAdapter(settings, app)
                service = Service(app.turns, app.outbound, [adapter], ("127.0.0.1", 0))
                await service.start()
                await discord.until(lambda: service.troubles() == {"discord": "", "database": ""})
                said = await discord.mention(discord.ada, discord.general, OUTDATED)
                await discord.until(lambda: discord.thread(said) and discord.by_bot(said["id"]))
                await service.stop()
                assert service.troubles()["discord"] != ""

    asyncio.run(main())


def test_an_adapter_that_was_never_started_can_be_stopped(tmp_path):
    async def main():
        settings = Settings(db=database(tmp_path), discord_token=SecretStr(TOKEN))
        with application(settings) as app:
            adapter = DiscordAdapter(settings, app)
            lanes = Lanes(app.turns, app.outbound, adapter.courier)
            assert "not connected yet" in adapter.trouble()
            await adapter.stop()
            await lanes.stop()
            await adapter.close()
            assert adapter.http() == {}

    asyncio.run(main())

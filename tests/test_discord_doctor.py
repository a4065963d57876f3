"""`doctor` finds what is wrong with the Discord side, and says how to mend it."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.discord import doctor
from bot.discord.permissions import ALL, NEEDS, SEND, invitation, missing, sentence
from bot.settings import Settings
from tests.discord_loopback import Discord
from tests.discord_parts import TOKEN


def findings(prepare=None, token: str = TOKEN, **more):
    async def main():
        async with Discord() as discord:
            if prepare:
                prepare(discord)
            given = {"discord_token": SecretStr(token), "discord_api_url": discord.url, **more}
            return await asyncio.to_thread(doctor.check, Settings(db=Path("unused.db"), **given))

    return asyncio.run(main())


def mends(prepare=None, **more):
    return {finding.what: finding.says for finding in findings(prepare, **more) if not finding.ok}


def test_a_sound_bot_has_nothing_to_mend():
    assert mends() == {}
    assert mends(discord_message_content=True) == {}


def test_a_token_that_is_not_accepted_is_found():
    assert "reset it in the developer portal" in mends(token="wrong")["discord"]


def test_an_intent_that_is_not_switched_on_is_found():
    def off(discord):
        discord.flags = 0

    assert mends(off) == {}
    assert "Message Content Intent" in mends(off, discord_message_content=True)["discord intents"]


def test_a_permission_that_its_role_lacks_is_named_with_the_server():
    def less(discord):
        discord.guild["granted"] = str(ALL & ~SEND.bit)

    assert "on Team: Send Messages" in mends(less)["discord permissions"]


def test_a_bot_on_no_server_is_given_its_invitation():
    def nowhere(discord):
        discord.guild["installed"] = False

    assert "https://discord.com/oauth2/authorize?client_id=" in mends(nowhere)["discord servers"]


def test_an_api_that_is_out_of_reach_is_found_without_its_own_words():
    says = mends(discord_api_url="http://127.0.0.1:9/api")["discord"]
    assert "SEXTANT_DISCORD_API_URL" in says


def test_no_finding_shows_the_token():
    assert all(TOKEN not in finding.says for finding in findings())


def test_the_invitation_asks_for_exactly_what_is_needed():
    assert f"permissions={ALL}" in invitation(1)
    assert missing(ALL) == ()
    assert missing(0) == NEEDS
    assert missing(1 << 3) == ()


@pytest.mark.parametrize("need", NEEDS)
def test_what_is_missing_is_said_with_its_use(need):
    said = sentence(missing(ALL & ~need.bit))
    assert f"“{need.name}” (to {need.use})" in said
    assert sentence(()) == ""

"""Checks the Discord side of an installation: the token, the intents, the permissions, the commands."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import discord

from bot.discord.client import ask_gateway, intents, point_at
from bot.discord.permissions import invitation, missing
from bot.finding import Finding

if TYPE_CHECKING:
    from bot.settings import Settings

WHAT = "discord"
MOST_NAMED = 5
PAGE = 200


def check(settings: "Settings") -> list[Finding]:
    """Every finding about Discord; nothing is changed and no connection to the gateway is made."""
    return asyncio.run(_all(settings))


async def _all(settings: "Settings") -> list[Finding]:
    return [finding async for finding in _check(settings)]


async def _check(settings: "Settings") -> AsyncIterator[Finding]:
    token = settings.discord_token
    if token is None:
        yield Finding(WHAT, False, "DISCORD_TOKEN is not set; copy it from the developer portal under Bot")
        return
    try:
        gateway = await ask_gateway(settings.discord_api_url, token.get_secret_value())
        point_at(settings.discord_api_url, gateway.url)
        async with discord.Client(intents=intents(settings.discord_message_content)) as client:
            await client.login(token.get_secret_value())
            async for finding in _application(client, settings.discord_message_content, gateway.shards):
                yield finding
    except discord.LoginFailure:
        says = "Discord does not accept DISCORD_TOKEN; reset it in the developer portal and copy it anew"
        yield Finding(WHAT, False, says)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
        says = f"{settings.discord_api_url} does not answer as Discord does ({type(error).__name__})"
        yield Finding(WHAT, False, f"{says}; check the network and SEXTANT_DISCORD_API_URL")


async def _application(client: discord.Client, content: bool, shards: int) -> AsyncIterator[Finding]:
    assert client.user is not None
    connections = "1 connection" if shards == 1 else f"{shards} connections"
    yield Finding(WHAT, True, f"the token is that of {client.user.name}, over {connections}")
    yield _intent(client, content)
    commands = await client.http.get_global_commands(client.application_id or 0)
    says = f"{len(commands)} commands are known" if commands else "`serve` will add the commands"
    yield Finding("discord commands", True, says)
    guilds = [guild async for guild in _guilds(client)]
    link = invitation(client.application_id or 0)
    if not guilds:
        yield Finding("discord servers", False, f"the bot is on no server; invite it: {link}")
        return
    yield Finding("discord servers", True, f"on {len(guilds)}; to invite it elsewhere: {link}")
    yield _permissions(guilds, link)


def _intent(client: discord.Client, content: bool) -> Finding:
    flags = client.application_flags
    granted = flags.gateway_message_content or flags.gateway_message_content_limited
    if content and not granted:
        says = (
            "SEXTANT_DISCORD_MESSAGE_CONTENT is on and the intent is not; switch on Message Content Intent "
            "in the developer portal under Bot, or unset the setting"
        )
        return Finding("discord intents", False, says)
    if not content:
        says = "plain follow-ups are not read: mention, button or form instead"
        return Finding("discord intents", True, f"no privileged one is needed; {says}")
    return Finding("discord intents", True, "the text of plain messages is read")


async def _guilds(client: discord.Client) -> AsyncIterator[tuple[str, int]]:
    """The name of every server that the bot is on, and what its roles permit there."""
    after: int | None = None
    while True:
        page = await client.http.get_guilds(PAGE, after=after, with_counts=False)
        for guild in page:
            after = int(guild["id"])
            # The library's own type of this answer leaves the permissions out.
            yield guild["name"], int(dict(guild).get("permissions", 0))  # type: ignore[call-overload]
        if len(page) < PAGE:
            return


def _permissions(guilds: list[tuple[str, int]], link: str) -> Finding:
    """What the bot's roles lack on each server; a channel may still take some away."""
    lacking = [(name, missing(held)) for name, held in guilds]
    wrong = [f"on {name}: {', '.join(need.name for need in needs)}" for name, needs in lacking if needs]
    if wrong:
        says = f"missing {'; '.join(wrong[:MOST_NAMED])}"
        return Finding(
            "discord permissions", False, f"{says}; grant it to its role or invite it anew: {link}"
        )
    return Finding("discord permissions", True, "all that is needed, on every server")

"""Discord under torture: people who talk there, a gateway that tells a thing once, and storms."""

import asyncio
from contextlib import suppress
from random import Random
from typing import Any

from aiohttp import web

from bot import taps
from tests.discord_loopback import Discord
from tests.discord_parts import Connection, Data, Used, text_of, walk
from tests.torture.sayings import Sayings
from tests.torture.side import Said, Shown, Storm, Talk, tap_id

STORMS: tuple[dict[str, Any], ...] = (
    {"status": 429, "retry_after": 0.0},
    {"status": 429, "retry_after": 0.5},
    {"status": 500},
    {"status": 503},
    {"hang": True},
    {"lose": True},
    {"lose": True, "after": True},
    {"status": 500, "after": True},
    {"hang": True, "after": True},
)
SAYS = ("answer", "decide_now", "log", "start_over")
"""What is tapped. Curiosity ("why") is answered to one person alone, where nothing is left to be counted."""
"""What a button may carry that says something by itself."""
ACKNOWLEDGES_IN = 3.0
MOST_TALKS = 8
KEEPS_OPEN = 40
"""Threads that nobody talks in any more and that are not in the archive yet."""


class StormyDiscord(Discord):
    """The stand-in, with trouble of its own accord."""

    def __init__(self, storm: Storm) -> None:
        super().__init__()
        self._storm = storm

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path, method = "/" + request.match_info["path"], request.method
        if self._storm.strikes(0.2 if method == "GET" and path == "/gateway/bot" else 1.0):
            self.fault(method, path, **self._storm.rng.choice(STORMS))
        answer = await super()._rest(request)
        self.faults = [one for one in self.faults if one.times]
        self.requests.clear()
        return answer

    async def _create(self, channel: str, body: Any, query: Any) -> Data:
        message = await super()._create(channel, body, query)
        self._storm.accepted()
        return message

    async def _send(self, session: Connection, name: str, data: Data) -> None:
        with suppress(OSError):  # its process died in this moment
            await super()._send(session, name, data)

    def forget_the_dead(self) -> None:
        """Sessions whose process is gone: nobody comes to resume them."""
        self.sessions = {name: one for name, one in self.sessions.items() if self._stands(one)}

    def listening(self) -> bool:
        return any(self._stands(one) for one in self.sessions.values())

    def _stands(self, session: Connection) -> bool:
        return session.socket is not None and not session.socket.closed


class DiscordSide:
    """People in a channel and its threads, and in direct messages."""

    name = "discord"

    def __init__(self, rng: Random, storm: Storm) -> None:
        self._rng = rng
        self._storm = storm
        self._sayings = Sayings(rng)
        self.platform = StormyDiscord(storm)
        self.said: list[Said] = []
        self.marks: dict[str, str] = {}
        here = self.platform
        self._people = [here.ada, here.bob, here.person("Cyd"), here.person("Dee")]
        self._talks: list[Talk] = []
        self._over: list[Talk] = []
        self._greeted = False
        self._tapping: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        await self.platform.__aenter__()

    async def stop(self) -> None:
        for task in self._tapping:
            task.cancel()
        await asyncio.gather(*self._tapping, return_exceptions=True)
        await self.platform.__aexit__()

    # What people do.

    async def act(self) -> None:
        roll = self._rng.random()
        ready = [talk for talk in self._talks if self._answered(talk)]
        if roll < 0.03:
            await self.platform.drop(resumable=self._rng.random() < 0.7)
        elif roll < 0.06:
            await self.platform.redeliver("MESSAGE_CREATE")
        elif roll < 0.3 or not ready:
            await self._open()
        elif roll < 0.4 and self._greeted:
            await self._direct()
        elif roll < 0.65:
            await self._follow(self._rng.choice(ready))
        elif roll < 0.75:
            await self._edit(self._rng.choice(ready))
        else:
            self._tap(self._rng.choice(ready))

    def waiting(self) -> int:
        posts = sum(len(self.platform.by_bot(channel)) for channel in self.platform.messages)
        return max(len(self.said) - posts, len(self._tapping))

    async def greet(self) -> None:
        """Let everybody write directly once: of others Discord cannot be asked what they wrote meanwhile."""
        await self.platform.until(self.platform.listening, 60)
        self._greeted = True
        for person in self._people:
            await self._direct(person)
        await self.platform.until(
            lambda: all(self.platform.by_bot(self.platform.dm(one)) for one in self._people), 60
        )

    async def _open(self) -> None:
        here = self.platform
        text, mark = self._sayings.case()
        who = self._rng.choice(self._people)
        message = await here.mention(who, here.general, text)
        self.marks[mark] = message["id"]
        self._expect(message, message["id"])
        self._talks.append(Talk(message["id"], who["id"], self._rng.random() < 0.4))
        self._over += self._talks[:-MOST_TALKS]
        self._talks = self._talks[-MOST_TALKS:]
        if (
            len(self._over) > KEEPS_OPEN
            and (thread := here.channels.get(self._over.pop(0).where)) is not None
        ):
            await here.archive(thread)

    async def _follow(self, talk: Talk) -> None:
        here, text = self.platform, self._sayings.follow_up()
        thread = here.channels[talk.where]
        if talk.shared:
            message = await here.mention(self._rng.choice(self._people), thread, text)
        else:
            message = await here.say(here.users[talk.opener], thread, text)
        self._expect(message, talk.where)

    async def _direct(self, who: Data | None = None) -> None:
        here = self.platform
        person = who or self._rng.choice(self._people)
        channel = here.dm(person)
        message = await here.say(person, channel, self._sayings.case()[0])
        self._expect(message, channel["id"])

    async def _edit(self, talk: Talk) -> None:
        here = self.platform
        mine = [
            one
            for one in here.in_channel(talk.where)
            if one["author"]["id"] in here.users and one["author"]["id"] != here.me["id"]
        ]
        if not mine:
            return
        message, text = self._rng.choice(mine), self._sayings.follow_up()
        named = f"<@{here.me['id']}> "
        new = named + text if message["content"].startswith(named) else text
        if new == message["content"]:
            return
        await here.edit(message, new)
        name = message["id"]
        self.said = [one for one in self.said if (one.kind, one.id) != ("edit", name)]
        self.said.append(Said(self.name, name, talk.where, "edit", text=text))

    def _tap(self, talk: Talk) -> None:
        here = self.platform
        message = here.by_bot(talk.where)[-1]
        offered = [
            one["custom_id"]
            for one in walk(message["components"])
            if one["type"] == 2 and (read := taps.decode(one.get("custom_id", ""))) and read.act in SAYS
        ]
        if offered:
            carried, who = self._rng.choice(offered), self._rng.choice(self._people)
            task = asyncio.ensure_future(self._until_tapped(who, message, carried, talk.where))
            self._tapping.add(task)
            task.add_done_callback(self._tapping.discard)

    async def _until_tapped(self, who: Data, message: Data, carried: str, where: str) -> None:
        """Discord tells a tap once, and says that it failed; then a person taps again."""
        while True:
            if self.platform.listening():
                try:
                    used = await self.platform.click(who, message, carried)
                except AssertionError:
                    return  # what was offered is over
                if await self._acknowledged(used):
                    break
            await asyncio.sleep(self._rng.uniform(0.1, 0.8))
        self.said.append(Said(self.name, tap_id(carried, who["id"]), where, "tap", sure=True))

    async def _acknowledged(self, used: Used) -> bool:
        def over() -> bool:
            return bool(used.acknowledged) or not self.platform.listening()

        try:
            await self.platform.until(over, ACKNOWLEDGES_IN)
        except TimeoutError:
            return False
        return bool(used.acknowledged)

    def _answered(self, talk: Talk) -> bool:
        return talk.where in self.platform.channels and bool(self.platform.by_bot(talk.where))

    def _expect(self, message: Data, where: str) -> None:
        self.said.append(Said(self.name, message["id"], where, "message"))

    # What is looked at in the end.

    def calm(self) -> None:
        self._storm.share = 0.0
        self.platform.faults.clear()

    async def delivered(self) -> None:
        while self._tapping:
            await asyncio.wait(set(self._tapping))

    def shown(self) -> dict[str, Shown]:
        here = self.platform
        return {
            f"{channel}:{one['id']}": Shown(channel, text_of(one))
            for channel in here.messages
            for one in here.by_bot(channel)
        }

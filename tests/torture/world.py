"""Two platforms that survive, people who talk on both, and a bot that is killed again and again."""

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from bot.bootstrap import application
from bot.settings import Settings
from tests.bot_fixtures import database
from tests.discord_parts import TOKEN
from tests.slack_serving import SECRET
from tests.torture.checking import Found, answered, consistent, missing, verdicts
from tests.torture.discord import DiscordSide
from tests.torture.lives import Life, a_minute_passes, loud, standby
from tests.torture.side import STORMY, Side, Storm
from tests.torture.slack import SlackSide

POINTS = {
    "random": 30,
    "starting": 8,
    "stopping": 10,
    "accepted": 20,
    "inbox": 12,
    "turn": 12,
    "statement": 8,
}
"""Where the process dies, and how often beside the others."""
SERVES_WITHIN = 60.0
LIVES_FOR = 2.0
"""Seconds that it serves at most before it is killed at any moment."""
ARRIVES_WITHIN = 15.0
"""Seconds in which a life that serves should come to its point."""
SETTLES_WITHIN = 300.0
MOST_WAITING = 30
OFTEN = 12.0
"""How often in a second somebody does something."""


@dataclass
class Report:
    """What the torture did, and what came of it."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    stops: int = 0
    seconds: float = 0.0
    platforms: dict[str, Found] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    verdicts: int = 0
    complaints: Counter[str] = field(default_factory=Counter)
    traces: list[str] = field(default_factory=list)

    @property
    def lost(self) -> int:
        return sum(len(one.lost) for one in self.platforms.values())

    @property
    def doubled(self) -> int:
        return sum(len(one.doubled) for one in self.platforms.values())

    @property
    def crossed(self) -> int:
        return sum(len(one.crossed) for one in self.platforms.values())

    @property
    def good(self) -> bool:
        return not (self.lost or self.doubled or self.crossed or self.wrong)


class World:
    """The platforms, the people, and the life of the bot that is going on."""

    def __init__(self, folder: Path, seed: int, often: float) -> None:
        self._often = often
        self.rng = Random(seed)
        self.report = Report(seed)
        self._folder = folder
        database(folder)
        self._storm = Storm(Random(self.rng.random()), kill=self._kill)
        self.slack = SlackSide(Random(self.rng.random()), self._storm)
        self.discord = DiscordSide(Random(self.rng.random()), self._storm)
        self._life: Life | None = None
        self._next: asyncio.Task[Life] | None = None
        self._count = 0

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.slack, self.discord

    def _kill(self) -> None:
        if self._life is not None:
            self._life.kill()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """The platforms, until the block ends."""
        await self.slack.start()
        await self.discord.start()
        self._make_next()
        try:
            yield
        finally:
            self._kill()
            if self._life is not None:
                await self._life.ended()
            if self._next is not None:
                spare = await self._next
                spare.kill()
                await spare.ended()
            await self.slack.stop()
            await self.discord.stop()

    def _make_next(self) -> None:
        """Load the next process while the one before still runs. Every third life takes Slack over HTTP."""
        self._count += 1
        http = self._count % 3 == 0
        settings = {
            "SLACK_BOT_TOKEN": "xoxb-1",
            **({"SLACK_SIGNING_SECRET": SECRET} if http else {"SLACK_APP_TOKEN": "xapp-1"}),
            "SEXTANT_SLACK_API_URL": self.slack.platform.url,
            "DISCORD_TOKEN": TOKEN,
            "SEXTANT_DISCORD_API_URL": self.discord.platform.url,
            "SEXTANT_DISCORD_MESSAGE_CONTENT": "yes",
        }
        self._next = asyncio.ensure_future(standby(self._folder, settings, http))

    async def _begin(self, point: str, last: bool = False) -> Life:
        assert self._next is not None
        life = self._life = await self._next
        self._next = None
        if not last:
            self._make_next()
        life.go(point)
        return life

    async def _end(self, life: Life) -> None:
        """See the process off, and let Discord forget its sessions."""
        await life.ended()
        self.slack.port = 0
        self._storm.deadly = 0
        self.discord.platform.forget_the_dead()
        self.report.complaints += loud(life.lines)
        if any(line.startswith("Traceback") for line in life.lines):
            self.report.traces.append("\n".join(life.lines))
        if self.rng.random() < 0.5:
            self.discord.platform.forget_nonces()

    async def _serving(self, life: Life) -> bool:
        """Wait until it serves. False: it was killed before."""
        ended = asyncio.ensure_future(life.ended())
        serves = asyncio.ensure_future(life.serves.wait())
        await asyncio.wait({ended, serves}, timeout=SERVES_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        serves.cancel()
        ended.cancel()
        await asyncio.gather(serves, ended, return_exceptions=True)
        if life.serves.is_set() and life.http:
            self.slack.port = life.port
        return life.serves.is_set()

    async def live(self, point: str) -> None:
        """One life, which ends at the point; `random` for any moment."""
        if self.rng.random() < 0.7:
            a_minute_passes(self._folder / "sextant.db")
        life = await self._begin(self._order(point))
        if point == "starting":
            await asyncio.sleep(self.rng.uniform(0.0, 1.2))
        elif await self._serving(life):
            if point == "accepted":
                self._storm.deadly = self.rng.randint(1, 4)
            if point == "random":
                await asyncio.sleep(self.rng.uniform(0.0, LIVES_FOR))
            elif point == "stopping":
                await asyncio.sleep(self.rng.uniform(0.2, LIVES_FOR))
                life.ask_to_stop()
                await life.ended(self.rng.uniform(0.0, 0.8))
            elif not await life.ended(ARRIVES_WITHIN):
                point = "random"  # nothing came that far
        life.kill()
        await self._end(life)
        if life.was_killed:
            self.report.kills[point] += 1
        elif point == "stopping" and life.code == 0:
            self.report.stops += 1
        else:
            self.report.wrong.append(f"the process ended by itself with {life.code}: {life.lines[-3:]}")

    def _order(self, point: str) -> str:
        if point == "statement":
            return f"statement:{int(math.exp(self.rng.uniform(0, math.log(1500))))}"
        return f"{point}:{self.rng.randint(1, 4)}" if point in ("inbox", "turn") else "never"

    async def talk(self) -> None:
        """People talk as long as the bot is not too far behind."""
        while True:
            await asyncio.sleep(self.rng.expovariate(self._often))
            side = self.rng.choice(self.sides)
            if side.waiting() < MOST_WAITING:
                await side.act()

    async def begin(self) -> None:
        """A first life in which everybody writes to the bot directly, on Discord."""
        self._storm.share = 0.0
        life = await self._begin("never")
        await self._serving(life)
        await self.discord.greet()
        self._storm.share = STORMY
        life.kill()
        await self._end(life)

    async def settle(self) -> None:
        """A last life without trouble, until everything that was said is answered."""
        for side in self.sides:
            side.calm()
        a_minute_passes(self._folder / "sextant.db")
        life = await self._begin("never", last=True)
        if not await self._serving(life):
            self.report.wrong.append(f"the last life did not serve: {life.lines[-3:]}")
            return
        with application(Settings(db=self._folder / "sextant.db")) as app:
            await self.discord.platform.until(self.discord.platform.listening, 60)
            ends = time.monotonic() + SETTLES_WITHIN
            async with asyncio.timeout(SETTLES_WITHIN):
                await asyncio.gather(*(side.delivered() for side in self.sides))
            quiet = 0
            while time.monotonic() < ends and quiet < 5:
                await asyncio.sleep(0.3)
                idle = app.queries.counts().waiting_since is None and not missing(app, self.sides)
                quiet = quiet + 1 if idle else 0
            self.report.platforms = {side.name: answered(app, side) for side in self.sides}
            self.report.wrong += consistent(app)
            self.report.verdicts = verdicts(app)
        life.ask_to_stop()
        if not await life.ended(40) or life.code != 0:
            self.report.wrong.append(f"the last life did not stop cleanly: {life.code}")
            life.kill()
        await self._end(life)
        self._life = None


def drawn(rng: Random) -> Iterator[str]:
    """Points without end, each as often as it should be."""
    while True:
        yield rng.choices(list(POINTS), list(POINTS.values()))[0]


async def tortured(
    folder: Path,
    seed: int,
    kills: int,
    points: Iterator[str] | None = None,
    often: float = OFTEN,
    directly: bool = True,
    tell: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Kill the bot so many times under traffic, let it come to rest, and say what came of it.

    `directly`: people also write to it directly on Discord, for which one more life is needed.
    """
    world = World(folder, seed, often)
    points = points or drawn(world.rng)
    began = time.monotonic()
    async with world.open():
        if directly:
            await world.begin()
        talking = asyncio.ensure_future(world.talk())
        try:
            while world.report.kills.total() < kills and not talking.done():
                await world.live(next(points))
                world.report.seconds = time.monotonic() - began
                tell(world.report)
        finally:
            talking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await talking
        await world.settle()
    return world.report

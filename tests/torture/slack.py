"""Slack under torture: people who talk, deliveries that come until they are acknowledged, and storms."""

import asyncio
import json
from collections.abc import Coroutine
from random import Random
from typing import Any

import aiohttp
from aiohttp import web

from tests.slack_loopback import BOT_ID, Fault, LoopbackSlack, texts, user
from tests.slack_serving import MENTION, SECRET, signed
from tests.torture.sayings import Sayings
from tests.torture.side import Said, Shown, Storm, Talk, tap_id

ACKNOWLEDGES_IN = 3.0
CURIOUS = ("why:", "flips:")
"""Answered to one person alone, where nothing is left to be counted."""

PEOPLE = ("UADA", "UBOB", "UCYD", "UDEE")
STORMS = (
    Fault(429, retry_after="0"),
    Fault(429, retry_after="1"),
    Fault(500),
    Fault(error="internal_error"),
    Fault(hangs=True),
    Fault(cut=True),
    Fault(cut=True),
)
MOST_TALKS = 8


class StormySlack(LoopbackSlack):
    """The stand-in, with trouble of its own accord."""

    def __init__(self, storm: Storm) -> None:
        super().__init__()
        self._storm = storm
        self.checks = (
            False  # other tests hold every request against the schemas; here it would take half the time
        )
        for person in PEOPLE[2:]:
            self.users[person] = user(person, person[1:].title())

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        rarely = 0.2 if method in ("auth.test", "apps.connections.open") else 1.0
        if self._storm.strikes(rarely):
            self.faults[method].append(self._storm.rng.choice(STORMS))
        self.calls.clear()
        return await super()._api(request)

    def _chat_postMessage(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super()._chat_postMessage(body)
        if "error" not in told:
            self._storm.accepted()
        return told

    def reachable(self) -> bool:
        return any(not socket.closed for socket in self._sockets)

    def newest(self) -> web.WebSocketResponse | None:
        """The newest connection that stands; those that are gone are forgotten."""
        self._sockets = [one for one in self._sockets if not one.closed]
        return self._sockets[-1] if self._sockets else None


class SlackSide:
    """People in two channels and in direct messages."""

    name = "slack"

    def __init__(self, rng: Random, storm: Storm) -> None:
        self._rng = rng
        self._storm = storm
        self._sayings = Sayings(rng)
        self.platform = StormySlack(storm)
        self.said: list[Said] = []
        self.marks: dict[str, str] = {}
        self.port = 0
        """Where the bot takes deliveries over HTTP; 0 while it uses Socket Mode."""
        self._talks: list[Talk] = []
        self._bringing: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        await self.platform.start()
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ACKNOWLEDGES_IN))

    async def stop(self) -> None:
        for task in self._bringing:
            task.cancel()
        await asyncio.gather(*self._bringing, return_exceptions=True)
        assert self._http is not None
        await self._http.close()
        await self.platform.stop()

    # What people do.

    async def act(self) -> None:
        roll = self._rng.random()
        ready = [talk for talk in self._talks if self._answered(talk)]
        if roll < 0.25 or not ready:
            self._open()
        elif roll < 0.35:
            self._direct()
        elif roll < 0.65:
            self._follow(self._rng.choice(ready))
        elif roll < 0.75:
            self._edit(self._rng.choice(ready))
        else:
            self._tap(self._rng.choice(ready))

    def waiting(self) -> int:
        posts = sum(len(self.platform.posts(channel)) for channel in self.platform.channels)
        return max(len(self.said) - posts, len(self._bringing))

    def _open(self) -> None:
        text, mark = self._sayings.case()
        who, channel = self._rng.choice(PEOPLE), self._rng.choice(("C1", "C2"))
        event = self.platform.say(channel, who, MENTION + text)
        where = f"{channel}/{event['ts']}"
        self.marks[mark] = where
        talk = Talk(where, who, self._rng.random() < 0.4, [event["ts"]])
        self._talks = [*self._talks, talk][-MOST_TALKS:]
        self._tell(event, where, mentioned=True)

    def _follow(self, talk: Talk) -> None:
        channel, thread = talk.where.split("/")
        who = self._rng.choice(PEOPLE) if talk.shared else talk.opener
        text = self._sayings.follow_up()
        event = self.platform.say(channel, who, MENTION + text if talk.shared else text, thread)
        talk.mine.append(event["ts"])
        self._tell(event, talk.where, mentioned=talk.shared)

    def _direct(self) -> None:
        who = self._rng.choice(PEOPLE)
        channel = f"D{who[1:]}"
        self.platform._conversations_open({"users": who})
        text, mark = self._sayings.case()
        self.marks[mark] = f"{channel}/"
        self._tell(self.platform.say(channel, who, text), f"{channel}/", mentioned=False)

    def _edit(self, talk: Talk) -> None:
        channel, _ = talk.where.split("/")
        ts = self._rng.choice(talk.mine)
        held = next(one for one in self.platform.channels[channel].messages if one["ts"] == ts)
        before = dict(held)
        text = self._sayings.follow_up()
        at = self.platform.ts()
        held["text"] = MENTION + text if before["text"].startswith(MENTION) else text
        held["edited"] = {"user": held["user"], "ts": at}
        event = {
            "type": "message",
            "subtype": "message_changed",
            "channel": channel,
            "channel_type": self.platform.channels[channel].kind,
            "ts": at,
            "event_ts": at,
            "message": dict(held),
            "previous_message": before,
        }
        if held["text"] != before["text"]:
            one = self._expect(f"{channel}:{ts}", talk.where, "edit", text)
            self._bring(self._until_taken(self.platform.envelope(event), one))

    def _tap(self, talk: Talk) -> None:
        channel, thread = talk.where.split("/")
        message = self.platform.posts(channel, thread)[-1]
        offered = [
            one
            for block in message.get("blocks", ())
            for one in block.get("elements", ())
            if str(one.get("action_id", "")).startswith("sextant_tap_")
            and not str(one.get("value", "")).startswith(CURIOUS)
        ]
        if not offered:
            return
        action, who = self._rng.choice(offered), self._rng.choice(PEOPLE)
        if options := action.get("options"):
            action = {**action, "selected_option": self._rng.choice(options)}
        self._bring(self._until_tapped(channel, message, action, who, talk.where))

    def _answered(self, talk: Talk) -> bool:
        channel, thread = talk.where.split("/")
        return bool(self.platform.posts(channel, thread))

    # How Slack brings it.

    def _tell(self, event: dict[str, Any], where: str, mentioned: bool) -> None:
        """Bring a message; Slack tells of a mention in two events."""
        one = self._expect(f"{event['channel']}:{event['ts']}", where, "message")
        self._bring(self._until_taken(self.platform.envelope(event), one))
        if mentioned:
            again = {key: value for key, value in event.items() if key != "channel_type"}
            self._bring(self._until_taken(self.platform.envelope(again | {"type": "app_mention"}), one))

    def _expect(self, name: str, where: str, kind: Any, text: str = "") -> Said:
        self.said = [one for one in self.said if not (text and one.kind == kind and one.id == name)]
        self.said.append(Said(self.name, name, where, kind, text=text))
        return self.said[-1]

    def _bring(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._bringing.add(task)
        task.add_done_callback(self._bringing.discard)

    async def _until_taken(self, payload: dict[str, Any], one: Said) -> None:
        """Again and again until it is acknowledged, and now and then once more."""
        tries = 0
        while not await self._offer(payload, "events_api", tries):
            tries += 1
            await asyncio.sleep(self._rng.uniform(0.1, 0.8))
        one.sure = True
        if self._rng.random() < 0.1:
            await self._offer(payload, "events_api", tries + 1)

    async def _until_tapped(
        self, channel: str, message: dict[str, Any], action: dict[str, Any], who: str, where: str
    ) -> None:
        """Slack brings a tap once, and says that it failed; then a person taps again."""
        carried = str(action.get("value") or action["selected_option"]["value"])
        while not await self._offer(self.platform.click(channel, message, action, who), "interactive"):
            await asyncio.sleep(self._rng.uniform(0.1, 0.8))
        self._expect(tap_id(carried, who), where, "tap").sure = True

    async def _offer(self, payload: dict[str, Any], kind: str, tries: int = 0) -> bool:
        """Bring something once. Whether it was acknowledged in time."""
        if self.port:
            return await self._post(payload, kind, tries)
        socket = self.platform.newest()
        if socket is None:
            return False
        envelope = f"e-{next(self.platform._envelopes)}"
        frame = {
            "envelope_id": envelope,
            "payload": payload,
            "type": kind,
            "accepts_response_payload": kind != "events_api",
            "retry_attempt": tries,
            "retry_reason": "timeout" if tries else "",
        }
        try:
            await socket.send_json(frame)
            gone = lambda: envelope in self.platform.acks or socket.closed  # noqa: E731
            await self.platform.until(gone, ACKNOWLEDGES_IN)
        except (TimeoutError, OSError, RuntimeError):
            return False
        return self.platform.acks.pop(envelope, None) is not None

    async def _post(self, payload: dict[str, Any], kind: str, tries: int) -> bool:
        assert self._http is not None
        retry = {"X-Slack-Retry-Num": str(tries), "X-Slack-Retry-Reason": "http_timeout"} if tries else {}
        if kind == "events_api":
            raw, headers = signed(payload, SECRET, **retry)
        else:
            raw, headers = signed({"payload": json.dumps(payload)}, SECRET, form=True)
        url = f"http://127.0.0.1:{self.port}/slack/events"
        try:
            async with self._http.post(url, data=raw, headers=headers | retry) as answer:
                return answer.status == 200
        except (TimeoutError, aiohttp.ClientError, OSError):
            return False

    # What is looked at in the end.

    def calm(self) -> None:
        self._storm.share = 0.0
        self.platform.faults.clear()

    async def delivered(self) -> None:
        while self._bringing:
            await asyncio.wait(set(self._bringing))

    def shown(self) -> dict[str, Shown]:
        return {
            f"{channel}:{one['ts']}": Shown(
                f"{channel}/{'' if channel[0] == 'D' else one.get('thread_ts', '')}",
                "\n".join(texts(one["blocks"])),
            )
            for channel, held in self.platform.channels.items()
            for one in held.messages
            if one.get("bot_id") == BOT_ID
        }

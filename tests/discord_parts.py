"""What the stand-in for Discord is made of: constants, records, and what its messages look like."""

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

Data = dict[str, Any]

TOKEN = "loopback.token"
EPOCH = 1420070400000
TEXT, DM, VOICE, GROUP, NEWS, NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD, STAGE, FORUM = (
    *(0, 1, 2, 3, 5, 10, 11, 12, 13, 15),
)
THREAD_TYPES = (NEWS_THREAD, PUBLIC_THREAD, PRIVATE_THREAD)
SHAPES: dict[int, Data] = {
    VOICE: {"bitrate": 64000, "user_limit": 0, "rtc_region": None},
    STAGE: {"bitrate": 64000, "user_limit": 0, "rtc_region": None, "topic": None},
    FORUM: {"available_tags": [], "default_reaction_emoji": None, "default_forum_layout": 0, "topic": None},
}
"""What else belongs to a channel of a kind."""
VIEW, SEND, HISTORY, THREADS, PRIVATE, IN_THREADS = (1 << bit for bit in (10, 11, 16, 35, 36, 38))
EVERYTHING = VIEW | SEND | HISTORY | THREADS | IN_THREADS
EPHEMERAL, COMPONENTS_V2, LOADING = 1 << 6, 1 << 15, 1 << 7
CONTENT_INTENT, CONTENT_FLAG = 1 << 15, 1 << 19


class Refused(Exception):
    """An answer other than 2xx."""

    def __init__(self, status: int, code: int, message: str = "refused") -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass
class Fault:
    """What goes wrong with the next matching requests. `after`: only once the request took effect."""

    method: str
    path: str
    status: int = 500
    code: int = 0
    after: bool = False
    hang: bool = False
    lose: bool = False
    retry_after: float = 0.0
    times: int = 1


@dataclass
class Used:
    """An interaction, and what the bot did with it."""

    id: str
    token: str
    frame: Data
    channel: str
    acknowledged: list[Data] = field(default_factory=list)
    original: Data | None = None
    source: Data | None = None
    followups: list[Data] = field(default_factory=list)
    over: bool = False

    @property
    def modal(self) -> Data | None:
        """The form that it was answered with."""
        forms = [one["data"] for one in self.acknowledged if one["type"] == 9]
        return forms[0] if forms else None

    @property
    def ephemeral(self) -> list[Data]:
        """What only the person sees, oldest first."""
        shown = [self.original, *self.followups]
        return [one for one in shown if one is not None and one["flags"] & EPHEMERAL]


@dataclass
class Connection:
    """One gateway session: what was sent in it, for a resume."""

    id: str
    intents: int
    shard: tuple[int, int]
    socket: web.WebSocketResponse | None = None
    sent: list[Data] = field(default_factory=list)
    beats: int = 0
    resumed: int = 0


def walk(components: Any) -> Any:
    """Every component, also those within others."""
    for one in components or ():
        yield one
        for key in ("components", "component", "accessory", "data"):
            inner = one.get(key)
            yield from walk(inner if isinstance(inner, list) else [inner] if isinstance(inner, dict) else ())


def text_of(message: Data) -> str:
    """All that a person reads in a message, its buttons and options included."""
    said = [message["content"]]
    for one in walk(message["components"]):
        said += [one.get("content", ""), one.get("label", ""), one.get("placeholder", "")]
        said += [option["label"] for option in one.get("options", ())]
    return "\n".join(line for line in said if line)


def buttons(message: Data) -> dict[str, str]:
    """The ids that a message's buttons carry, by their labels."""
    return {one["label"]: one["custom_id"] for one in walk(message["components"]) if one["type"] == 2}


def numbered(components: list[Data]) -> list[Data]:
    """With an id for every component that has none, as Discord gives them."""
    kept = json.loads(json.dumps(components))
    taken = {one["id"] for one in walk(kept) if one.get("id")}
    free = (number for number in itertools.count(1) if number not in taken)
    for one in walk(kept):
        if not one.get("id"):
            one["id"] = next(free)
    return kept


def role_of(role: str, name: str, permissions: int) -> Data:
    return {
        "id": role,
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0 if name == "@everyone" else 1,
        "permissions": str(permissions),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def member_of(user: Data) -> Data:
    return {
        "user": user,
        "nick": None,
        "avatar": None,
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
    }


def thread_of(parent: Data, thread: str, kind: int, owner: Data, name: str) -> Data:
    return {
        "id": thread,
        "type": kind,
        "guild_id": parent["guild_id"],
        "parent_id": parent["id"],
        "owner_id": owner["id"],
        "name": name,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "rate_limit_per_user": 0,
        "denied": parent["denied"],
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": now(),
            "locked": False,
            "create_timestamp": now(),
        },
    }


def now() -> str:
    return datetime.now(UTC).isoformat()

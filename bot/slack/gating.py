"""Who and what is listened to. Pure: it reads what Slack sent, and asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bot.slack.mrkdwn import mentions, readable

Raw = Mapping[str, Any]
"""Something as Slack sent it."""

Standing = Literal["member", "guest", "outsider", "bot"]

_SPOKEN = frozenset({"", "file_share", "thread_broadcast", "me_message"})
"""The kinds of message that a person writes; all others tell of joins, topics, bots and deletions."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a person wrote in a conversation.

    `thread` is the id of the thread's first message, empty at the top of a channel; `private` is None where
    Slack does not tell; `edited` is when an earlier text was changed, empty for a new one. `calls` are the
    other people whom it mentions, `teams` the workspaces that Slack names for its author, and `under` is who
    wrote the thread's first message, where Slack tells and it is not the bot.
    """

    channel: str
    ts: str
    thread: str
    user: str
    text: str
    direct: bool
    private: bool | None
    mentioned: bool
    calls: frozenset[str]
    teams: frozenset[str]
    edited: str = ""
    under: str = ""

    @property
    def id(self) -> str:
        """The message's id in its workspace: the same for each of the events that tell of it."""
        return f"{self.channel}:{self.ts}"

    @property
    def key(self) -> str:
        """The id of the thread in which it is answered."""
        return self.thread or self.ts


def said(event: Raw, bot_user: str) -> Said | None:
    """What a person wrote, or None for anything else: bots, ourselves, joins, deletions, edits of nothing."""
    written, edited = event, ""
    if event.get("subtype") == "message_changed":
        written = _mapping(event.get("message"))
        edited = _edit(written, _mapping(event.get("previous_message")))
        if not edited:
            return None
    elif event.get("type") == "app_mention":  # an edit that adds a mention comes as this event as well
        edited = str(_mapping(event.get("edited")).get("ts") or "")
    user, channel, ts = written.get("user"), event.get("channel"), written.get("ts")
    if not (_is_id(user) and _is_id(channel) and _is_id(ts)) or _is_automatic(written, bot_user):
        return None
    text = written.get("text") if isinstance(written.get("text"), str) else ""
    called = mentions(str(text))
    kind = str(event.get("channel_type") or "")
    direct = kind == "im" or str(channel).startswith("D")
    return Said(
        channel=str(channel),
        ts=str(ts),
        thread=str(written.get("thread_ts") or ""),
        user=str(user),
        text=readable(str(text), bot_user),
        direct=direct,
        private=kind != "channel" if kind else (True if direct else None),
        mentioned=bot_user in called or event.get("type") == "app_mention",
        calls=called - {bot_user},
        teams=teams_of(written),
        edited=edited,
        under=_under(written, bot_user),
    )


def teams_of(written: Raw) -> frozenset[str]:
    """The workspaces that a message names for its author."""
    named = (written.get(name) for name in ("team", "user_team", "source_team"))
    return frozenset(team for team in named if isinstance(team, str) and team)


def foreign(teams: frozenset[str], team: str, enterprise: str) -> bool:
    """Whether Slack says outright that an author belongs elsewhere. Within an enterprise it may not tell."""
    return not enterprise and bool(teams - {team})


def standing_of(user: Raw, team: str, enterprise: str) -> Standing:
    """Who somebody is to a workspace by `users.info`; what it does not say is held against them."""
    if user.get("is_bot") or user.get("is_workflow_bot") or user.get("id") == "USLACKBOT":
        return "bot"
    if user.get("is_stranger") or user.get("deleted") or not _at_home(user, team, enterprise):
        return "outsider"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    return "member"


def admitted(standing: Standing, guests: bool) -> bool:
    """Whether somebody is answered; `guests` is the setting that lets in guests and other organisations."""
    return standing == "member" or (guests and standing in ("guest", "outsider"))


def name_of(user: Raw) -> str:
    """How somebody is called, as they chose it."""
    profile = _mapping(user.get("profile"))
    for name in (profile.get("display_name"), profile.get("real_name"), user.get("name")):
        if isinstance(name, str) and name.strip():
            return " ".join(name.split())
    return ""


def _at_home(user: Raw, team: str, enterprise: str) -> bool:
    if user.get("team_id") == team:
        return True
    within = _mapping(user.get("enterprise_user")).get("enterprise_id") or user.get("enterprise_id")
    return bool(enterprise) and within == enterprise


def _edit(now: Raw, before: Raw) -> str:
    """When a person changed the text; empty when only its looks changed, such as a preview of a link."""
    edited = _mapping(now.get("edited"))
    if now.get("text") == before.get("text") or edited.get("user", now.get("user")) != now.get("user"):
        return ""
    return str(edited.get("ts") or now.get("ts") or "")


def _under(written: Raw, bot_user: str) -> str:
    found = written.get("parent_user_id")
    return str(found) if _is_id(found) and found not in (bot_user, written.get("user")) else ""


def _is_automatic(written: Raw, bot_user: str) -> bool:
    profile = _mapping(written.get("user_profile"))
    by_app = bool(written.get("app_id")) and not written.get("client_msg_id")
    return (
        str(written.get("subtype", "")) not in _SPOKEN
        or bool(written.get("bot_id") or written.get("bot_profile") or profile.get("is_bot"))
        or by_app
        or written.get("user") in (bot_user, "USLACKBOT")
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _mapping(value: object) -> Raw:
    return value if isinstance(value, Mapping) else {}

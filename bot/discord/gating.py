"""Which messages on Discord are for the bot, and where their thread lives. Pure."""

import re
from dataclasses import dataclass, field

from storage.records import Place

PLATFORM = "discord"
DIRECT = "@me"
"""The workspace of direct messages, as Discord's own links call it."""
PRIVATE = "private:"
"""The key of a place begins so until its first reply opened it as a private thread."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as far as it matters here; ids are Discord's, an empty text where there is none.

    `replied_case` is the message that a post of ours, to which this one replies, itself replied to.
    """

    id: str
    channel: str
    text: str
    me: str
    role: str = ""
    """The role that Discord made for the bot, which people mention when they mean the bot."""
    guild: str = ""
    hidden: bool = False
    """Whether not everybody on the server can see the channel."""
    thread: str = ""
    at_home: bool = True
    """Whether its thread was opened by the bot, or by who writes."""
    parent: str = ""
    """The channel in which it was written, or below which its thread is."""
    human: bool = True
    ordinary: bool = True
    names_me: bool = False
    names_others: bool = False
    replies_to_me: bool = False
    replies_to_other: bool = False
    replied_case: str = ""
    names: dict[str, str] = field(default_factory=dict)
    """The names of the people that are mentioned, by id."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A message to answer. `surely`: it speaks to the bot; else only if nobody else speaks in the thread."""

    place: Place
    text: str
    surely: bool = True


def wanted(heard: Heard) -> Wanted | None:
    """What to answer, or None: bots, webhooks and what Discord itself announces are never answered."""
    if not (heard.human and heard.ordinary):
        return None
    text = spoken(heard)
    if not heard.guild:
        return Wanted(direct(heard.channel), text)
    if heard.names_me or (heard.replies_to_me and text):
        return Wanted(place(heard), text or "help")
    if not (heard.thread and heard.at_home and text) or heard.names_others or heard.replies_to_other:
        return None
    return Wanted(place(heard), text, surely=False)


def place(heard: Heard) -> Place:
    """Where the message's thread lives; a thread opened from a message has the id of that message."""
    key = heard.thread or heard.replied_case or heard.id
    return Place(PLATFORM, heard.guild, heard.channel, key, heard.hidden)


def direct(channel: str) -> Place:
    """A direct message channel: all of it is one thread."""
    return Place(PLATFORM, DIRECT, channel, channel, private=True)


def spoken(heard: Heard) -> str:
    """The text without the mention of the bot, and with other people's names instead of their ids."""
    mine = rf"<@!?{re.escape(heard.me)}>" + (rf"|<@&{re.escape(heard.role)}>" if heard.role else "")
    text = re.sub(mine, " ", heard.text)
    text = re.sub(r"<@!?(\d+)>", lambda found: "@" + heard.names.get(found[1], "somebody"), text)
    return re.sub(r"[ \t]{2,}", " ", text).strip()


def alone(voices: int) -> bool:
    """The two-party rule: with one person in the thread all they say is for the bot, with more it waits."""
    return voices == 1

"""What the bot must be allowed to do on Discord, and how to say which part of it is missing."""

from dataclasses import dataclass
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Need:
    """A permission: its bit, what Discord calls it, and what it is needed for."""

    bit: int
    name: str
    use: str


VIEW = Need(1 << 10, "View Channels", "see what is said to me")
SEND = Need(1 << 11, "Send Messages", "answer in a channel")
HISTORY = Need(1 << 16, "Read Message History", "see whether an answer stands already")
THREADS = Need(1 << 35, "Create Public Threads", "open a thread for a triage")
IN_THREADS = Need(1 << 38, "Send Messages in Threads", "answer in a thread")
PRIVATE = Need(1 << 36, "Create Private Threads", "open a private thread")
"""Needed only where those who manage a server want it."""
NEEDS = (VIEW, SEND, HISTORY, THREADS, IN_THREADS)
ALL = sum(need.bit for need in NEEDS)
ADMINISTRATOR = 1 << 3


def missing(held: int, needs: tuple[Need, ...] = NEEDS) -> tuple[Need, ...]:
    """The needs that a permission value does not cover; an administrator lacks nothing."""
    if held & ADMINISTRATOR:
        return ()
    return tuple(need for need in needs if not held & need.bit)


def sentence(lacking: tuple[Need, ...]) -> str:
    """What is missing and how to mend it; empty when nothing is."""
    if not lacking:
        return ""
    named = ", ".join(f"“{need.name}” (to {need.use})" for need in lacking)
    return f"I lack {named}. Ask somebody who manages the server to give it to my role."


def invitation(application: int | str) -> str:
    """The link that installs the bot with the least that it needs."""
    wanted = {"client_id": application, "scope": "bot applications.commands", "permissions": ALL}
    return f"https://discord.com/oauth2/authorize?{urlencode(wanted)}"

"""Where a reply is shown, as far as its looks depend on it."""

import re
from dataclasses import dataclass

from bot.news import Where
from bot.slack.mrkdwn import inline, labelled
from bot.slack.workspaces import PLATFORM
from decision.assess import shortened

LONGEST_TITLE = 70

_TS = re.compile(r"[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Around:
    """`turn` is the key that buttons carry, `url` the workspace's address with its last slash, or empty.

    `channel` and `thread` are where it stands, empty where that does not matter. `picture` is Slack's id of
    the file with its chart; without it the chart is told in words.
    """

    turn: str = ""
    url: str = ""
    channel: str = ""
    thread: str = ""
    picture: str = ""

    def named(self, title: str, where: Where, most: int = LONGEST_TITLE) -> str:
        """A thread by its title, cut at a word; it leads there where that can be said."""
        url = self.thread_url(where.channel, where.key) if where.platform == PLATFORM else ""
        shown = shortened(title, most) or "without a title"
        return labelled(url, shown) if url else inline(shown)

    def post_url(self, ts: str) -> str:
        """The address of another post of the same thread; empty where it cannot be made."""
        found = self.thread_url(self.channel, ts)
        if not found or not _TS.fullmatch(self.thread):
            return found
        return f"{found}?thread_ts={self.thread}&cid={self.channel}"

    def thread_url(self, channel: str, key: str) -> str:
        """The address of a thread; empty where it cannot be made."""
        if not self.url or not _TS.fullmatch(key):
            return ""
        return f"{self.url}archives/{channel}/p{key.replace('.', '')}"

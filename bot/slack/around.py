"""Where a reply is shown, as far as its looks depend on it."""

import re
from dataclasses import dataclass

_TS = re.compile(r"[0-9]+\.[0-9]+")


@dataclass(frozen=True, slots=True)
class Around:
    """`turn` is the key that buttons carry, `url` the workspace's address with its last slash, or empty."""

    turn: str = ""
    url: str = ""

    def thread_url(self, channel: str, key: str) -> str:
        """The address of a thread; empty where it cannot be made."""
        if not self.url or not _TS.fullmatch(key):
            return ""
        return f"{self.url}archives/{channel}/p{key.replace('.', '')}"

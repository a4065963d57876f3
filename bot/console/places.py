"""Where something was said, as far as a viewer may know: a name, an id, or only that it is private."""

import json
from dataclasses import dataclass, field

from bot.access import Viewer
from bot.console.showing import PLATFORMS
from storage.channels import ChannelName, Channels
from storage.listing import Listing
from storage.records import Place

MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Places:
    """What channels are called, for one viewer."""

    channels: Channels
    listing: Listing
    viewer: Viewer
    _known: dict[tuple[str, str, str], ChannelName | None] = field(default_factory=dict)
    """A page names few channels, many times each."""

    def __call__(self, where: Place, thread: str = "") -> str:
        """The place of a thread, in words."""
        platform = PLATFORMS.get(where.platform, where.platform)
        if where.platform == "terminal":
            return platform
        key = (where.platform, where.workspace, where.channel)
        if key not in self._known:
            self._known[key] = self.channels.find(where)
        named = self._known[key]
        closed = where.private or (named is not None and named.private)
        own = closed and bool(thread) and self.listing.owns_thread(self.viewer.sight, thread)
        if named is not None and (own or not closed):
            return f"{platform} #{named.name}{', private' if closed else ''}"
        return f"{platform}, private" if where.private else f"{platform} {where.channel}"

    def open_to_all(self) -> list[tuple[str, str]]:
        """The ids and names of the public channels of the workspaces that they lead."""
        viewer, guest = self.viewer, self.viewer.guest
        if not viewer.lead or viewer.keeper:
            return []
        workspaces = "" if viewer.everywhere else json.dumps(viewer.leading or (guest.workspace,))
        return self.channels.open_to_all(guest.platform, workspaces)

    def called(self, said: str) -> tuple[str, ...]:
        """The ids of the public channels of this name, or what was said, as it may be an id."""
        wanted = said.removeprefix("#").casefold()
        return tuple(one for one, name in self.open_to_all() if name.casefold() == wanted) or (said,)

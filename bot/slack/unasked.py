"""What is said without being asked, such as digests and reviews: who reads it there is looked at first."""

from dataclasses import replace

from bot.courier import Gone
from bot.posts import Parts
from bot.replies import Digest
from bot.slack.directory import Directory
from bot.slack.workspaces import Workspace
from bot.weekly_halts import OUTSIDE, TOO_WIDE
from storage.records import ALONE, Sending


class Unasked:
    """Finds the place of what nobody's message asks for, and keeps it from other organisations."""

    def __init__(self, directory: Directory, guests: bool) -> None:
        """`guests`: whether people of other organisations may read what the bot says in their channels."""
        self._directory = directory
        self._guests = guests

    async def __call__(self, workspace: Workspace, sending: Sending, parts: Parts) -> Sending:
        """The reply with the channel that it goes to; any answer to somebody stays as it is.

        Raises:
            Later: Slack cannot be asked now.
            Gone: it may not be said there.
        """
        channel = sending.place.channel
        if channel.startswith(ALONE):
            direct = await self._directory.direct(workspace, channel.removeprefix(ALONE))
            return replace(sending, place=replace(sending.place, channel=direct))
        if not sending.answers_to and not channel.startswith("D"):
            await self._look(workspace, channel, parts)
        return sending

    async def _look(self, workspace: Workspace, channel: str, parts: Parts) -> None:
        digests = [part for part in parts if isinstance(part, Digest)]
        if digests:  # once a week there is time to look anew
            self._directory.changed(workspace, channel)
        if not (await self._directory.conversation(workspace, channel)).shared:
            return
        if not self._guests:
            raise Gone(OUTSIDE)
        if not all(part.only_here for part in digests):
            raise Gone(TOO_WIDE)

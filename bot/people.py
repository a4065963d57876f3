"""What one person has with the bot: where their threads and decisions stand, and being forgotten."""

from dataclasses import replace

from bot import replies
from bot.names import UNTITLED
from bot.precedents import precedent
from bot.told import OpenThread
from storage.archive import Archive, DecisionFilter
from storage.database import DatabaseFile
from storage.findings import Thread
from storage.forgetting import forget
from storage.queries import Queries

MOST = 10
"""How many of each are listed."""


class People:
    """Reads and forgets by person; a person is known by their id on a platform and workspace."""

    def __init__(self, file: DatabaseFile, queries: Queries, archive: Archive) -> None:
        self._file = file
        self._queries = queries
        self._archive = archive

    def standing(
        self, platform: str, workspace: str, person: str, lead: bool = False
    ) -> replies.ShowStanding:
        """Their open threads and decisions; for a lead also what waits for a review and is not private."""
        here = DecisionFilter(platform=platform, workspace=workspace)
        mine = self._archive.decisions(replace(here, by=person), MOST)
        unseen = replace(here, state="logged", private=False)
        waiting = self._archive.decisions(unseen, MOST) if lead else []
        threads = self._queries.open_threads(platform, workspace, person, MOST)
        return replies.ShowStanding(
            tuple(map(self._open, threads)), tuple(map(precedent, mine)), tuple(map(precedent, waiting))
        )

    def forget(self, platform: str, workspace: str, person: str) -> replies.Forgotten:
        """Take a person's words and name out of the log, for good."""
        done = forget(self._file, platform, workspace, person)
        return replies.Forgotten(done.messages, done.decisions)

    def _open(self, thread: Thread) -> OpenThread:
        put = self._queries.open_question(thread.id)
        given = self._queries.last_verdict(thread.id)
        return OpenThread(
            title=thread.title or UNTITLED,
            channel=thread.place.channel,
            key=thread.place.key,
            at=thread.opened_at.isoformat(),
            asking=put.question.text if put else "",
            lever=given.verdict.lever if given else "",
        )

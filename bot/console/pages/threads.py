"""Threads as a list, and one as it was said."""

from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from bot import posts
from bot.console.render import Block, render
from bot.console.visit import NOT_HERE, Visit
from storage.findings import Line

PAGE = 30
DELETED = Block("quiet", "What stood here is kept no longer.")


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a transcript: a person's words, or the blocks of what the bot said."""

    who: str
    person: bool
    at: datetime
    text: str
    blocks: tuple[Block, ...]


def index(visit: Visit) -> Response:
    """One page of the list."""
    waiting, page = visit.asked("waiting") == "yes", visit.page
    listed = visit.site.listing.threads(visit.me.sight, waiting, PAGE + 1, (page - 1) * PAGE)
    return visit.show(
        "threads.html", listed=listed[:PAGE], waiting=waiting, page=page, further=len(listed) > PAGE
    )


def show(visit: Visit) -> Response:
    """One thread."""
    thread_id = visit.request.path_params["id"]
    if not visit.site.listing.sees_thread(visit.me.sight, thread_id):
        raise NOT_HERE
    thread = visit.site.queries.thread(thread_id)
    if thread is None:
        raise NOT_HERE
    given = visit.site.queries.last_verdict(thread_id)
    return visit.show(
        "thread.html",
        thread=thread,
        lines=lines(visit, thread_id),
        decision=given.decision if given else None,
    )


def _person(line: Line) -> Said:
    """What a person wrote; of whom nothing but the platform's id is left, that is not shown either."""
    if not line.text and not line.author_name:
        return Said("Somebody", True, line.at, "", (DELETED,))
    return Said(line.author_name or line.author, True, line.at, line.text, ())


def lines(visit: Visit, thread_id: str) -> list[Said]:
    """The transcript of a thread; who may see it was asked before."""
    found = []
    for line in visit.site.queries.transcript(thread_id):
        if line.who == "person":
            found.append(_person(line))
            continue
        try:
            parts = posts.from_json(line.text)
        except ValueError:  # of an earlier version, or a quote was taken out of it
            found.append(Said("Sextant", False, line.at, "This reply can no longer be shown.", ()))
            continue
        blocks = tuple(block for part in parts for block in render(part))
        found.append(Said("Sextant", False, line.at, "", blocks or (DELETED,)))
    return found

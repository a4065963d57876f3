"""A verdict that somebody shows in another channel, with what was decided on it by then."""

from dataclasses import replace

from bot import posts, wording
from bot.exchange import Turn
from bot.replies import Logged, SharedVerdict
from storage.archive import Archive
from storage.findings import GivenVerdict
from storage.queries import Queries
from storage.records import NEW, Claimed, Elsewhere, random_letters


def shared(claim: Claimed, said: Turn, queries: Queries, archive: Archive) -> tuple[Elsewhere, ...]:
    """What a turn says in another channel: the verdict of its thread, or nothing."""
    given = queries.last_verdict(claim.thread_id)
    if not said.shares or given is None:
        return ()
    thread = queries.thread(claim.thread_id)
    key, private = f"{NEW}{random_letters(12)}", not said.shares_openly
    place = replace(claim.place, channel=said.shares, key=key, private=private)
    title, by = thread.title if thread else "", claim.author_name or claim.author
    shown = SharedVerdict(given.verdict, title, by, _logged(given, archive))
    return (Elsewhere(place, posts.to_json((shown,))),)


def _logged(given: GivenVerdict, archive: Archive) -> str:
    """As what a verdict was logged, with the lever that holds after reviews; empty where it was not."""
    found = archive.decision(given.decision) if given.decision else None
    if found is None:
        return ""
    held, advised = found.decided, given.verdict.lever
    other = advised if held.lever != advised else None
    return wording.logged_as(Logged(held.id, held.lever, held.by_name, other))

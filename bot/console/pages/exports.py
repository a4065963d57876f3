"""The filtered list as a file: CSV, JSON, or one MADR Markdown file a decision in a ZIP.

It is written while it is sent, a few hundred decisions at a time, so that fifty thousand fit.
"""

import json
import zipfile
from collections.abc import Callable, Iterator
from tempfile import SpooledTemporaryFile

from starlette.responses import Response, StreamingResponse

from bot.access import shown
from bot.console import filters
from bot.console.visit import Sorry, Visit
from bot.names import LEVERS
from storage.export import as_csv, details
from storage.findings import Decided, DecisionRecord
from storage.madr import as_madr, file_name

AT_ONCE = 500
MOST_FILES = 5_000
ALL = 10_000_000
IN_MEMORY = 8 * 1024 * 1024
_SIZE = 256 * 1024


def export(visit: Visit) -> Response:
    """The list in the form that is asked for."""
    form = visit.asked("format")
    made: dict[str, tuple[str, Callable[[Visit], Iterator[bytes]]]] = {
        "csv": ("text/csv; charset=utf-8", _csv),
        "json": ("application/json", _json),
        "madr": ("application/zip", _madr),
    }
    if form not in made:
        raise Sorry(404, "No such form", "Decisions are exported as CSV, JSON or MADR.")
    if form == "madr":
        _few_enough(visit)
    _note(visit)
    kind, write = made[form]
    name = f"decisions.{'zip' if form == 'madr' else form}"
    return StreamingResponse(
        write(visit), media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'}
    )


def _note(visit: Visit) -> None:
    """Keep that they were taken, and how many; nothing is said of who took none."""
    wanted, guest = filters.wanted(visit, filters.said(visit)), visit.me.guest
    if many := visit.site.listing.count(visit.me.sight, wanted, ALL):
        visit.site.audit.took_out(guest.platform, guest.workspace, guest.person, many)


def _few_enough(visit: Visit) -> None:
    wanted = filters.wanted(visit, filters.said(visit))
    if visit.site.listing.count(visit.me.sight, wanted, MOST_FILES) > MOST_FILES:
        raise Sorry(
            413, "Too many for one archive", f"More than {MOST_FILES:,} decisions pass; filter further."
        )


def _decided(visit: Visit) -> Iterator[list[Decided]]:
    """What passes the filter, newest first, some at a time; what is decided meanwhile is not shown twice."""
    wanted = filters.wanted(visit, filters.said(visit))
    given: set[str] = set()
    offset = 0
    while listed := visit.site.listing.decisions(visit.me.sight, wanted, AT_ONCE, offset):
        offset += len(listed)
        fresh = [_told(visit, one.decided) for one in listed if one.decided.id not in given]
        given.update(one.id for one in fresh)
        yield fresh


def _told(visit: Visit, decided: Decided) -> Decided:
    if not decided.place.private:
        return decided
    record = DecisionRecord(decided, None, (), (), ())
    return shown(record, visit.site.listing.seen(visit.me.sight, decided.id)).decided


def _records(visit: Visit) -> Iterator[DecisionRecord]:
    for some in _decided(visit):
        for one in some:
            record = visit.site.archive.decision(one.id)
            if record is not None:
                seen = visit.site.listing.seen(visit.me.sight, one.id) if one.place.private else "whole"
                yield shown(record, seen)


def _csv(visit: Visit) -> Iterator[bytes]:
    yield as_csv([]).encode()
    for some in _decided(visit):
        yield as_csv(some).split("\r\n", 1)[1].encode()


def _json(visit: Visit) -> Iterator[bytes]:
    before = "[\n"
    for record in _records(visit):
        yield (before + json.dumps(details(record), ensure_ascii=False, indent=2)).encode()
        before = ",\n"
    yield b"[]\n" if before == "[\n" else b"\n]\n"


def _madr(visit: Visit) -> Iterator[bytes]:
    with SpooledTemporaryFile(IN_MEMORY) as kept:
        with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
            for record in _records(visit):
                archive.writestr(file_name(record.decided), as_madr(record, LEVERS))
        kept.seek(0)
        while piece := kept.read(_SIZE):
            yield piece

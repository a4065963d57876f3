"""All decisions as a list: filtered, searched, sorted, paged."""

from starlette.responses import Response

from bot.console import filters
from bot.console.places import MOST_NAMED
from bot.console.visit import Visit
from storage.listing import MOST_COUNTED

PAGE = 30


def index(visit: Visit) -> Response:
    """One page of the list."""
    site, sight, page = visit.site, visit.me.sight, visit.page
    found = filters.said(visit)
    wanted = filters.wanted(visit, found)
    listed = site.listing.decisions(sight, wanted, PAGE + 1, (page - 1) * PAGE)
    return visit.show(
        "decisions.html",
        listed=listed[:PAGE],
        count=site.listing.count(sight, wanted),
        most=MOST_COUNTED,
        said=found,
        channels=[name for _, name in visit.places.open_to_all()][:MOST_NAMED],
        more=any(found[name] for name in filters.NAMES if name not in ("text", "lever", "state", "sort")),
        filtered=any(found.values()),
        query=filters.query(found),
        page=page,
        back=filters.query(found, page=page - 1) if page > 1 else "",
        on=filters.query(found, page=page + 1) if len(listed) > PAGE else "",
    )

"""The first page, how well verdicts keep their promises, and how the machinery is."""

from datetime import timedelta

from starlette.responses import Response

from bot.calibration import calibrate
from bot.console import charts
from bot.console.site import Troubles
from bot.console.visit import Page, Visit
from bot.names import LEVERS
from storage.listing import Wanted

WEEKS = 8
FEW = 6


def home(visit: Visit) -> Response:
    """What waits for the person who came."""
    site, sight = visit.site, visit.me.sight
    today = site.now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = today - timedelta(days=today.weekday() + 7 * (WEEKS - 1))
    counted = site.looks.by_week(sight, since, WEEKS)
    counts = {lever: counted[lever] for lever in LEVERS if lever in counted}
    starts = [(since + timedelta(days=7 * number)).date() for number in range(WEEKS)]
    state = "logged" if visit.me.lead else ""
    return visit.show(
        "home.html",
        listed=site.listing.decisions(sight, Wanted(state=state), FEW),
        due=site.looks.due(sight),
        threads=site.listing.threads(sight, waiting=True, limit=FEW),
        chart=charts.levers_by_week(counts, starts),
        counts=counts,
        starts=starts,
    )


def calibration(visit: Visit) -> Response:
    """How sure verdicts were, beside what became of the decisions."""
    found = calibrate(visit.site.promises())
    return visit.show("calibration.html", found=found, chart=charts.reliability(found))


def health(troubles: Troubles) -> Page:
    """The page that says what waits, what failed and what is out of reach; nothing of what was said."""

    def show(visit: Visit) -> Response:
        month = visit.site.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return visit.show(
            "health.html",
            counts=visit.site.queries.counts(),
            troubles=troubles(),
            used=visit.site.queries.used_since(month),
        )

    return show

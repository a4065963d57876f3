"""What the forms of a decision's page say: a review, an outcome, a day for another look."""

from collections.abc import Callable

from starlette.responses import Response

from bot.console.pages.decision import Form, Trouble, found, page
from bot.console.visit import NOT_YOURS, Visit, see
from bot.reviewing import KeptAlreadyError, ReviewError, StaleError

UNKNOWN = -1
"""How many there were, where a form does not say: nothing that is kept can follow from it."""


def review(visit: Visit) -> Response:
    """Keep an approval, an override or a comment, and perhaps a day for another look."""
    record, seen = found(visit)
    if not visit.me.lead or not seen:
        raise NOT_YOURS
    return _kept(
        visit,
        "review",
        lambda said: visit.site.reviewing.review(
            visit.me.guest,
            record.decided.id,
            said("what"),
            said("reason"),
            said("lever"),
            seen=_count(said("seen")),
            look=said("again"),
        ),
    )


def outcome(visit: Visit) -> Response:
    """Keep how it turned out; whoever sees the whole of it may say."""
    record, seen = found(visit)
    if seen != "whole":
        raise NOT_YOURS
    return _kept(
        visit,
        "outcome",
        lambda said: visit.site.reviewing.outcome(
            visit.me.guest,
            record.decided.id,
            said("result"),
            said("note"),
            (said("measure"), said("before"), said("after")),
            seen=_count(said("seen")),
        ),
    )


def look_again(visit: Visit) -> Response:
    """Set a day for another look."""
    record, _ = found(visit)
    if not visit.me.lead:
        raise NOT_YOURS
    return _kept(
        visit,
        "look",
        lambda said: visit.site.reviewing.look_again(
            visit.me.guest, record.decided.id, said("day"), said("look_for")
        ),
    )


def _kept(visit: Visit, form: Form, keep: Callable[[Callable[[str], str]], object]) -> Response:
    done = f"/decisions/{visit.request.path_params['id']}?done={form}"
    try:
        keep(lambda name: visit.form.get(name, "").strip())
    except KeptAlreadyError:
        return see(done)
    except StaleError as error:
        return page(visit, Trouble(form, str(error), 409))
    except ReviewError as error:
        return page(visit, Trouble(form, str(error)))
    return see(done)


def _count(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 10 else UNKNOWN

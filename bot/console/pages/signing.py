"""Signing in with a link, and out again.

A link is opened by whoever sees it first, and chat platforms look at links by themselves: so opening one only
asks, and the button under it uses it up.
"""

from dataclasses import replace

from starlette.responses import Response

from bot.console.visit import Sorry, Visit, see
from bot.links import SIGN_IN_LASTS, LinkRefusedError

_NO_GOOD = Sorry(
    403,
    "This link signs nobody in",
    "It was used, it is older than ten minutes, or it is not whole. Ask the bot for a fresh one.",
)


def ask(visit: Visit) -> Response:
    """Who the link is for, and a button."""
    try:
        guest = visit.site.links.holder(visit.asked("link"))
    except LinkRefusedError as error:
        raise _NO_GOOD from error
    return visit.show("sign_in.html", name=guest.name or guest.person, link=visit.asked("link"))


def sign_in(visit: Visit) -> Response:
    """Use the link up; the browser is known from now on."""
    try:
        known = visit.site.links.sign_in(visit.form.get("link", ""))
    except LinkRefusedError as error:
        raise _NO_GOOD from error
    if visit.known:  # as whoever this browser was signed in before: nobody would find that again to end it
        visit.site.links.leave(visit.known)
    answer = see("/")
    answer.set_cookie(
        visit.site.cookie,
        known,
        max_age=int(SIGN_IN_LASTS.total_seconds()),
        path="/",
        secure=visit.site.secure,
        httponly=True,
        samesite="lax",  # strict would sign nobody in who comes from a chat
    )
    return answer


def to_start(visit: Visit) -> Response:
    """For whoever opens the address again where they signed out: it signs nobody out by itself."""
    return see("/")


def sign_out(visit: Visit) -> Response:
    """Leave here, or everywhere."""
    if visit.form.get("everywhere"):
        visit.site.links.leave_everywhere(visit.me.guest)
    visit.site.links.leave(visit.known)
    answer = replace(visit, viewer=None).show(
        "signed_out.html", everywhere=bool(visit.form.get("everywhere")), was=visit.me
    )
    answer.delete_cookie(visit.site.cookie, path="/", secure=visit.site.secure, httponly=True, samesite="lax")
    return answer

"""Digests: who gets them, what was posted, and what the next one would say."""

from starlette.responses import Response

from bot import digest_wording, posts, replies
from bot.console.visit import NOT_HERE, Visit
from bot.news import News
from bot.weekly_intents import WEEKDAYS
from storage.records import Place
from storage.subscriptions import Channel, Subscription


def index(visit: Visit) -> Response:
    """Subscriptions, and what was posted to public channels."""
    posted = [(one, *_told(one.body)) for one in visit.site.posted.newest(visit.me.sight)]
    shown = [(one, visit.places(_place(one.channel)), *_when(one)) for one in _public(visit)]
    return visit.show("digests.html", subscriptions=shown, posted=posted)


def preview(visit: Visit) -> Response:
    """What a channel's digest would say now; who holds the database may ask for all of it."""
    named = visit.asked("channel")
    channel = next((one.channel for one in _public(visit) if _named(one.channel) == named), None)
    if channel is None and not (visit.me.keeper and not named):
        raise NOT_HERE
    news = visit.site.weekly.preview(channel)
    return visit.show(
        "preview.html",
        channel=visit.places(_place(channel)) if channel else "",
        title=digest_wording.title(news),
        summary=digest_wording.summary(news),
        sections=digest_wording.sections(news),
    )


def _public(visit: Visit) -> list[Subscription]:
    return [one for one in visit.site.subscriptions.all() if _open(visit, one.channel)]


def _open(visit: Visit, channel: Channel) -> bool:
    """Whether a channel is public, and of a workspace that the viewer leads."""
    return not channel.private and visit.me.leads_in(channel.platform, channel.workspace)


def _place(channel: Channel) -> Place:
    return Place(channel.platform, channel.workspace, channel.id, "", channel.private)


def _named(channel: Channel) -> str:
    return f"{channel.platform}:{channel.workspace}:{channel.id}"


def _when(one: Subscription) -> tuple[str, str]:
    rhythm = one.rhythm
    day = WEEKDAYS[rhythm.weekday].capitalize()
    return _named(one.channel), f"{day} {rhythm.hour:02}:{rhythm.minute:02} ({rhythm.zone})"


def _told(body: str) -> tuple[str, str]:
    """The title and the summary of a digest."""
    try:
        news: News | None = next(
            (part.news for part in posts.from_json(body) if isinstance(part, replies.Digest)), None
        )
    except ValueError:
        news = None
    if news is None:
        return "A digest", "It can no longer be shown."
    return digest_wording.title(news), digest_wording.summary(news)

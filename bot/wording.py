"""Sentences that read the same on every platform: what is said where nothing but a sentence is to be said.

The first is the message, the second what a person may do next; a platform shows it smaller, if at all.
"""

from datetime import date
from typing import assert_never

from bot import replies, weekly_wording
from bot.names import LANGUAGES, LEVERS, ONE_WORD
from bot.told import Changed, Heard
from decision.assess import shortened

Notice = (
    replies.Decline
    | replies.Puzzled
    | replies.Logged
    | replies.AlreadyLogged
    | replies.NothingToLog
    | replies.UnknownLever
    | replies.StartedOver
    | replies.Stale
    | replies.KeptFeedback
    | replies.Shared
    | replies.Forgotten
    | replies.KeptOutcome
    | replies.Reviewed
    | replies.Subscribed
    | replies.DigestHalted
    | replies.UnknownTime
    | replies.UnknownDecision
    | replies.Failed
)
"""Replies that are a sentence and nothing else."""


def notice(reply: Notice) -> tuple[str, str]:  # noqa: C901 - one case a reply, and nothing else
    """The sentence, and what to do next or an empty text. Names and quotes in it are as people wrote them."""
    match reply:
        case replies.Decline():
            said = "This does not seem to be about a feature built on a language model, so I cannot help."
            return (
                f"{reply.note} {said}".strip(),
                "If it is, tell me what the feature should do and what it does instead.",
            )
        case replies.Puzzled():
            return _puzzled(reply)
        case replies.Logged():
            return f"Logged as {logged_as(reply)}.", ""
        case replies.AlreadyLogged():
            return f"This verdict is logged already, as {reply.decision}.", "Tell me more to get a new one."
        case replies.NothingToLog():
            return _nothing_to_log(reply)
        case replies.UnknownLever():
            named = shortened(reply.named, 40)
            levers = ", ".join(ONE_WORD.values())
            return f"I know no lever “{named}”. Nothing was logged.", f"The levers: {levers}."
        case replies.StartedOver():
            return "Started over: what you said before no longer counts.", "What disappoints you?"
        case replies.Stale():
            late = f"That came too late. {chosen(reply.chose, reply.by)}".strip()
            return late, "To change it, say it in your own words; the newest counts."
        case replies.KeptFeedback():
            return "Thank you; what you found not right is kept.", ""
        case replies.Shared():
            return "The verdict is shared.", ""
        case replies.Forgotten():
            return _forgotten(reply), ""
        case replies.KeptOutcome():
            return weekly_wording.kept(reply)
        case replies.Reviewed():
            return _reviewed(reply)
        case replies.Subscribed():
            return weekly_wording.subscribed(reply)
        case replies.DigestHalted():
            return weekly_wording.halted(reply, "a channel of yours")
        case replies.UnknownTime():
            return weekly_wording.unknown_time(reply)
        case replies.UnknownDecision():
            return weekly_wording.unknown_decision(reply)
        case replies.Failed():
            return (
                "Something went wrong on my side; your message is kept. Please try again.",
                f"Reference for your operator: {reply.reference}",
            )
        case _:
            assert_never(reply)


def flips(reply: replies.ShowFlips) -> str:
    """The sentence before what would change the verdict, or that nothing would."""
    lever = LEVERS[reply.lever]
    stands = {
        "given": f"It is {lever} now.",
        "leaning": f"There is no verdict yet; so far it leans to {lever}.",
        "unchanged": f"Nothing new was said since the verdict, so it is still {lever}.",
    }[reply.stands]
    if reply.flips:
        return f"{stands} It would change like this:"
    return f"{stands} Nothing I could be told about one or two points would change it."


REPLACED = "Replaced: a newer answer counts now."
"""What an earlier verdict says once something else took its place; a platform links what did, if it can."""


def chosen(chose: tuple[str, ...], by: str) -> str:
    """Who chose what, as a sentence; empty when nobody chose anything."""
    return f"{by or 'Somebody'} chose: {'; '.join(chose)}." if chose else ""


def partly(heard: Heard) -> str:
    """That a language was read in part, or an empty text."""
    if not heard.partly:
        return ""
    language = LANGUAGES.get(heard.language, "this language")
    return f"I read {language} only in part; what I missed, tell me in English if you can."


def changed(change: Changed) -> str:
    """What was contradicted, and by whom it was said before."""
    before = f"{change.by} said" if change.by else "Before"
    return f"Changed: {change.now}. {before}: {change.before}. The newest counts."


def logged_as(reply: replies.Logged) -> str:
    """As what a verdict was logged: the decision's id, its lever, and by whom."""
    instead = f" instead of {LEVERS[reply.instead_of]}" if reply.instead_of else ""
    return f"{reply.decision}: {LEVERS[reply.lever]}{instead}, by {reply.by or 'somebody'}"


def _nothing_to_log(reply: replies.NothingToLog) -> tuple[str, str]:
    if not reply.leaning:
        return "There is no verdict to log yet.", "Describe your case, or say “decide now”."
    said = f"The verdict is not final: so far it leans to {LEVERS[reply.leaning]}. Nothing was logged."
    return said, "Say “decide now” to have the verdict and log it, or answer the question."


def _puzzled(reply: replies.Puzzled) -> tuple[str, str]:
    said = "I could not find anything in that to go on."
    if reply.language not in ("en", "und"):
        language = LANGUAGES.get(reply.language, "this language")
        said = f"I read {language} only in part and found nothing to go on."
    if reply.hint:
        return reply.hint, ""
    said = f"{reply.note} {said}".strip()
    if reply.asking:
        return said, "Choose one of the answers, or say it in other words."
    return said, "Tell me what the feature should do, what it does instead, and what you have tried."


def _reviewed(reply: replies.Reviewed) -> tuple[str, str]:
    lever = LEVERS.get(reply.lever, reply.lever)
    about = f"{reply.decision}, “{reply.title}”" if reply.title else reply.decision
    why = f" “{reply.note}”" if reply.note else ""
    look = f"It is looked at again on {plain_day(reply.look)}." if reply.look else ""
    match reply.what:
        case "approved":
            return f"{reply.by} approved {about}: {lever}.{why}", look
        case "overridden":
            before = (
                f" instead of {LEVERS.get(reply.instead_of, reply.instead_of)}" if reply.instead_of else ""
            )
            then = f"What was logged stays in the log. {look}".strip()
            return f"{reply.by} overrode {about}: {lever}{before}.{why}", then
        case "commented":
            return f"{reply.by} on {about}:{why}", look


def plain_day(day: str) -> str:
    """“31 Mar 2027” for an ISO day."""
    found = date.fromisoformat(day)
    return f"{found.day} {found:%b %Y}"


def _forgotten(reply: replies.Forgotten) -> str:
    messages = "1 message" if reply.messages == 1 else f"{reply.messages} messages"
    if not reply.decisions:
        return f"Forgotten: {messages} of yours."
    decisions = "1 decision stays" if reply.decisions == 1 else f"{reply.decisions} decisions stay"
    return f"Forgotten: {messages} of yours. {decisions}, without your name and words."

"""What is said about outcomes and subscriptions: a sentence, and what a person may do next."""

from datetime import date, datetime

from bot import replies
from bot.digest_wording import RESULTS, measured
from bot.names import ONE_WORD

_WHEN = "For example: digest here monday 09:00 Europe/Berlin."


def ask_outcome(reply: replies.AskOutcome) -> tuple[str, str]:
    """The question after a while; its choices are `digest_wording.RESULTS`, in their order."""
    title = f" on “{reply.title}”" if reply.title else ""
    ago = "today" if not reply.days else f"{reply.days} day{'s' if reply.days > 1 else ''} ago"
    who = f"{reply.by} decided" if reply.by else "It was decided"
    lever = ONE_WORD.get(reply.lever, reply.lever)
    said = f"{who} {ago}{title}: {lever} ({reply.decision}). Did it help?"
    if reply.answered:
        return f"{said} {reply.answered}", ""
    if reply.number == 2:
        said = f"Once more, and then I leave you alone. {said}"
    return said, f"Or say how you measured it: outcome {reply.decision} worked: solved tickets 61 % to 83 %."


def answered(reply: replies.KeptOutcome) -> str:
    """Who answered what, to stand where it was asked."""
    return f"{reply.by or 'Somebody'}: {RESULTS.get(reply.result, reply.result)}."


def kept(reply: replies.KeptOutcome) -> tuple[str, str]:
    """What was kept; who did not say how it was measured may add it."""
    lever = ONE_WORD.get(reply.lever, reply.lever)
    told = measured(reply.measure, reply.before, reply.after)
    said = f"Kept for {reply.decision} ({lever}): {RESULTS.get(reply.result, reply.result)}"
    said += f", {told}" if told else ""
    if reply.result == "too_early":
        return f"{said}. I ask once more later.", ""
    if told or reply.note:
        return f"{said}.", ""
    return (
        f"{said}.",
        f"How was it measured? Say: outcome {reply.decision} {_word(reply.result)}: … from … to …",
    )


def subscribed(reply: replies.Subscribed) -> tuple[str, str]:
    """How the channel stands with its digest."""
    if reply.state == "none":
        return "This channel gets no weekly digest.", _WHEN
    if reply.state == "nowhere":
        return "A terminal gets no weekly digest; nothing was changed.", "To see it now: digest preview."
    if reply.state == "ended":
        return "This channel gets no weekly digest any more.", ""
    if reply.state == "paused":
        return "The weekly digest of this channel is paused.", "To go on: digest resume."
    moment = datetime.fromisoformat(reply.next)
    scope = "of this channel's decisions" if reply.only_here else "of all public decisions"
    said = f"This channel gets a digest {scope} every {moment:%A} at {moment:%H:%M} ({reply.zone})."
    said += " The next one comes now." if reply.now else f" The next one comes on {_day(moment.date())}."
    said += "" if reply.says_empty else " Quiet weeks are passed over."
    return said, "To see it now: digest preview. Also: digest pause, digest off."


def halted(reply: replies.DigestHalted, channel: str) -> tuple[str, str]:
    """That a digest was paused; `channel` is the channel as the platform names it."""
    said = f"I paused the weekly digest of {channel}: "
    if reply.why == "gone":
        said += "I can no longer post there. I was removed or may not write, or it was archived or deleted."
        return said, "Once I am in it again, tell me there: “digest resume”."
    said += "people of another organisation read it by now"
    if reply.why == "shared":
        return f"{said}.", "Once it is yours alone again, tell me there: “digest resume”."
    wide = "“digest here monday 09:00, only this channel”"
    return (
        f"{said}, and it told of other channels too.",
        f"For its own decisions alone, tell me there: {wide}.",
    )


def unknown_time(reply: replies.UnknownTime) -> tuple[str, str]:
    """That a time could not be read."""
    named = f" “{reply.named[:60]}”" if reply.named else ""
    return f"I could not read the time{named}. Nothing was changed.", _WHEN


def unknown_decision(reply: replies.UnknownDecision) -> tuple[str, str]:
    """That there is no such decision here."""
    if reply.named:
        return f"I know no decision {reply.named} here. Nothing was kept.", "Say it where it was decided."
    return "Nothing was decided in this thread yet.", "Name the decision: outcome d-7f3k worked."


def _word(result: str) -> str:
    return {"did_not_work": "did not work"}.get(result, result.replace("_", " "))


def _day(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"

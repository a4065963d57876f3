"""Replies as lines of text. Pure: what is printed depends on the reply alone.

Order and words carry the meaning; colour only repeats it.
"""

from collections.abc import Iterator

from bot import replies, weekly_wording, wording
from bot.digest_wording import RESULTS
from bot.names import LEVERS
from bot.replies import Reply
from bot.terminal.digest import digest_lines
from bot.terminal.lines import Line, quoted
from bot.terminal.verdict import closing_lines, verdict_lines
from bot.told import Heard, Told
from decision.assess import shortened


def render(reply: Reply) -> list[Line]:
    """The lines of a reply."""
    return list(_lines(reply))


def _lines(reply: Reply) -> Iterator[Line]:  # noqa: C901 - one case a reply, and nothing else
    match reply:
        case replies.Ask():
            yield from _ask(reply)
        case replies.Answered():
            yield Line(f"{reply.question.text} {wording.chosen(reply.chose, reply.by)}", "quiet")
        case replies.GiveVerdict():
            yield from _heard(reply.heard)
            yield from verdict_lines(reply.verdict, reply.explanation)
            yield from closing_lines(reply)
        case replies.SharedVerdict():
            yield Line(f"{reply.by} shares a verdict on “{reply.title}”:")
            if reply.logged:
                yield Line(f"Logged as {reply.logged}")
            yield from verdict_lines(reply.verdict)
        case replies.ExplainQuestion():
            yield Line(reply.why.text)
            yield from quoted(reply.why.citation, indent=2)
        case replies.ShowFlips():
            yield from _flips(reply)
        case replies.ShowHeard():
            yield from _heard_so_far(reply.told)
        case replies.AnswerFromGuidance():
            yield from _guidance(reply)
        case replies.Greet():
            yield from _greet()
        case replies.ShowStanding():
            yield from _standing(reply)
        case replies.Digest():
            yield from digest_lines(reply)
        case replies.AskOutcome():
            yield from _ask_outcome(reply)
        case _:
            yield from _notice(reply)


def _ask(reply: replies.Ask) -> Iterator[Line]:
    yield from _heard(reply.heard)
    many = " (one or more, such as 1 3)" if reply.question.many else ""
    yield Line(f"Question {reply.number}: {reply.question.text}{many}", "strong")
    for number, option in enumerate(reply.question.options, 1):
        yield Line(f"{number}. {option.label}", indent=2)
    yield Line("Type a number or your own words; or: why, not sure, decide now.", "hint")


def _heard(heard: Heard) -> Iterator[Line]:
    for said in (wording.partly(heard), heard.note, *map(wording.changed, heard.changed)):
        if said:
            yield Line(said, "warning")
    if heard.told:
        yield Line("What I read:", "quiet")
        yield from map(_told, heard.told)
    if heard.partly or heard.note or heard.changed or heard.told:
        yield Line()


def _told(told: Told) -> Line:
    doubt = "" if told.sure else "probably "
    said = f" (“{shortened(told.quote, 70)}”)" if told.quote else ""
    return Line(f"- {doubt}{told.says}{said}", "quiet", 2)


def _notice(reply: wording.Notice) -> Iterator[Line]:
    said, next_step = wording.notice(reply)
    yield Line(said, "strong" if isinstance(reply, replies.Logged) else "plain")
    if next_step:
        yield Line(next_step, "quiet")


def _flips(reply: replies.ShowFlips) -> Iterator[Line]:
    yield Line(wording.flips(reply))
    for flip in reply.flips:
        yield Line(f"- {flip.text}")


def _heard_so_far(told: tuple[Told, ...]) -> Iterator[Line]:
    if not told:
        yield Line("I hold nothing about your case yet. Tell me what disappoints you.")
        return
    yield Line("Sorry. This is what I hold; tell me in your words what is different, and the newest counts:")
    yield from map(_told, told)


def _guidance(reply: replies.AnswerFromGuidance) -> Iterator[Line]:
    if not reply.quotes:
        yield Line(f"{reply.note} The guidance does not say.".strip())
        return
    if reply.note:
        yield Line(reply.note)
    if reply.explanation:
        yield Line(" ".join(said.text for said in reply.explanation))
    yield Line("The guidance says:")
    for citation in reply.quotes:
        yield Line(f"“{citation.quote}”", indent=2)
        yield Line(f"{citation.passage.heading} ({citation.passage.id})", "quiet", 4)


def _standing(reply: replies.ShowStanding) -> Iterator[Line]:
    if not (reply.threads or reply.decisions or reply.waiting):
        yield Line("You have no open thread and no decision yet.")
    for thread in reply.threads:
        where = f"I asked: {thread.asking}" if thread.asking else f"it leans to {_lever(thread.lever)}"
        yield Line(f"- open: “{thread.title}”, {where}")
    for past in reply.decisions:
        yield Line(f"- {past.decision}: {_lever(past.lever)}, {past.outcome or past.state}: {past.title}")
    for past in reply.waiting:
        yield Line(f"- waits for a review: {past.decision}: {_lever(past.lever)}: {past.title}")


def _ask_outcome(reply: replies.AskOutcome) -> Iterator[Line]:
    said, next_step = weekly_wording.ask_outcome(reply)
    yield Line(said, "plain" if reply.answered else "strong")
    if not reply.answered:
        yield Line(f"- {'; '.join(RESULTS.values())}", indent=2)
        yield Line(next_step, "hint")


def _lever(lever: str) -> str:
    return LEVERS.get(lever, lever or "nothing yet")


def _greet() -> Iterator[Line]:
    yield Line(
        "Tell me about an AI feature that disappoints you. I find out where it fails and which lever to pull:"
    )
    yield Line("prompting, retrieval, workflow, fine-tuning, a mix, another model, or first a defined task.")
    yield Line(
        "Any time: why, not sure, decide now, what would change this, that's wrong, start over, "
        "log this decision, quit; or a question about the guidance.",
        "quiet",
    )

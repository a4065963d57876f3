"""A question with its answers to tap, and what stands in its place once it is answered."""

from collections.abc import Iterator

from bot import replies, taps, wording
from bot.slack import blocks as kit
from bot.slack.around import Around
from bot.slack.blocks import Block, Element
from bot.slack.mrkdwn import escape, inline
from bot.told import Heard, Told
from decision.verdict import Question

TAP = "sextant_tap"
"""Buttons and menus that are a tap by themselves; each has a number of its own."""
MANY = "sextant_many"
"""Boxes or a menu of several choices, which count once `DONE` is tapped."""
DONE = "sextant_done"

MOST_BUTTONS = 8
LONGEST_BUTTON = 30
"""Slack takes 75 characters and shows about so many; a longer label stands beside a circle instead."""
MOST_QUOTE = 70
WHY, DECIDE = 90, 91


def ask(reply: replies.Ask, around: Around) -> Iterator[Block]:
    """What was heard, the question, its answers, and what else can be done."""
    yield from heard(reply.heard)
    yield from kit.sections(f"*Question {reply.number}*\n{escape(reply.question.text)}")
    yield from _answers(reply.question, around.turn)
    done = (kit.button("Done", DONE, taps.encode("answer", around.turn), "primary"),)
    yield from kit.actions(
        (
            *(done if reply.question.many else ()),
            kit.button("Why?", f"{TAP}_{WHY}", taps.encode("why", around.turn)),
            kit.button("Decide now", f"{TAP}_{DECIDE}", taps.encode("decide_now", around.turn)),
        )
    )
    yield from kit.context(_how(reply, around))


def _how(reply: replies.Ask, around: Around) -> str:
    """How to answer: said once, and as long as plain words are not taken as said to us."""
    if reply.crowded:
        return "Tap an answer. Several people write here: to say it in your own words, mention me."
    if reply.number > 1:
        return ""
    alone = around.channel.startswith("D")
    return "Tap an answer, or say it in your own words" + (
        "." if alone else "; once others write here too, mention me."
    )


def answered(reply: replies.Answered) -> Iterator[Block]:
    """The question, and who chose what."""
    chose = "; ".join(map(escape, reply.chose))
    by = inline(reply.by, 60) or "somebody"
    said = f":white_check_mark: *{chose}* · {by}" if chose else ":heavy_minus_sign: closed without an answer"
    yield from kit.context(f"{escape(reply.question.text)}\n{said}")


def heard(found: Heard) -> Iterator[Block]:
    """What was taken from the last message, so that a person can object."""
    for said in (wording.partly(found), found.note, *map(wording.changed, found.changed)):
        if said:
            yield from kit.context(f":warning: {inline(said)}")
    if found.told:
        yield from kit.context(f"*What I read*\n{told_lines(found.told)}")


def told_lines(told: tuple[Told, ...]) -> str:
    """What is taken to be so, a line each, with the person's own words."""
    return "\n".join(map(_told, told))


def _told(told: Told) -> str:
    doubt = "" if told.sure else "probably "
    said = f" (“{inline(told.quote, MOST_QUOTE)}”)" if told.quote else ""
    return f"• {doubt}{escape(told.says)}{said}"


def _answers(question: Question, turn: str) -> Iterator[Block]:
    labels = [(one.label, taps.encode("answer", turn, n)) for n, one in enumerate(question.options)]
    if question.many:
        yield from kit.actions((_several(labels),))
    elif len(labels) <= MOST_BUTTONS and all(len(label) <= LONGEST_BUTTON for label, _ in labels):
        yield from kit.actions([kit.button(label, f"{TAP}_{n}", v) for n, (label, v) in enumerate(labels)])
    else:
        yield from kit.actions((_one(labels),))


def _one(labels: list[tuple[str, str]]) -> Element:
    options = [kit.option(label, value) for label, value in labels]
    if len(options) <= kit.BOXES:
        return kit.radio_buttons(f"{TAP}_0", options)
    return kit.select("Choose an answer", f"{TAP}_0", options)


def _several(labels: list[tuple[str, str]]) -> Element:
    options = [kit.option(label, value) for label, value in labels]
    if len(options) <= kit.BOXES:
        return kit.checkboxes(MANY, options)
    return kit.multi_select("Choose one or more", MANY, options)

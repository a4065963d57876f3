"""What a tap does: each is about a question or a verdict of its own thread, and may come too late."""

from dataclasses import replace

from bot import replies
from bot.conversation import Conversation
from bot.exchange import State, Turn
from bot.intents import LogRequest
from bot.replies import Reply
from bot.taps import Tap
from storage.findings import PutQuestion
from storage.queries import Queries


def respond(conversation: Conversation, queries: Queries, thread: str, state: State, tap: Tap) -> Turn:
    """Respond to a tap in a thread; nothing it carries is trusted to belong there."""
    match tap.act:
        case "answer" | "why":
            return _about_question(conversation, queries, thread, state, tap)
        case "log" | "not_right" | "share":
            return _about_verdict(conversation, queries, thread, state, tap)
        case "decide_now":
            return conversation.decide_now(state)
        case "flips":
            return conversation.show_flips(state)
        case "start_over":
            return conversation.start_over()
        case "outcome":  # a decision may be asked about in any of its places; see `asides`
            return Turn((replies.Stale(),))


def _about_question(
    conversation: Conversation, queries: Queries, thread: str, state: State, tap: Tap
) -> Turn:
    put, open_now = queries.question(tap.turn), queries.open_question(thread)
    if put is None or put.thread_id != thread:
        return Turn((replies.Stale(),))
    if open_now is None or open_now.turn != put.turn:
        return Turn((_stale(queries, put),))
    if tap.act == "why":
        return conversation.why(state)
    return conversation.answer(state, put.question.factor, tap.values)


def _about_verdict(conversation: Conversation, queries: Queries, thread: str, state: State, tap: Tap) -> Turn:
    given, newest = queries.verdict(tap.turn), queries.last_verdict(thread)
    if given is None or newest is None or given.thread_id != thread:
        return Turn((replies.Stale(),))
    if tap.act == "not_right":
        return replace(conversation.not_right(state), feedback=tap.note)
    if given.turn != newest.turn:
        return Turn((replies.Stale(),))
    if tap.act == "log":
        days = int(tap.values[0]) if tap.values and tap.values[0].isdecimal() else None
        return conversation.log(state, LogRequest(lever=tap.lever or None, note=tap.note, ask_after=days))
    if not tap.values:
        return Turn(())
    return Turn((replies.Shared(tap.values[0]),), shares=tap.values[0], shares_openly=tap.public)


def _stale(queries: Queries, put: PutQuestion) -> Reply:
    labels = {option.value: option.label for option in put.question.options}
    given = queries.answer_to(put.turn, put.question.factor)
    if given is None:
        return replies.Stale()
    return replies.Stale(given.by, tuple(labels.get(value, value) for value in given.values))

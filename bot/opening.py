"""What is said to one message that opens a case and will be followed by no other, as `ask` prints it."""

from dataclasses import replace

from bot.conversation import Conversation
from bot.costs import costed
from bot.exchange import State
from bot.replies import Ask, Reply
from bot.told import Heard
from decision.evidence import Case


def opening(conversation: Conversation, message: str) -> tuple[Reply, ...]:
    """Where the case leans and what would be asked next, or whatever else the message calls for."""
    turn = conversation.receive(State(), message)
    if turn.verdict is None or not isinstance(ask := turn.replies[0], Ask):
        return turn.replies
    return (costed(turn.verdict, ask.heard, Case(turn.evidence)), replace(ask, heard=Heard()))

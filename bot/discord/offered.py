"""What a button, select or form is about, read back from the log: they carry ids only."""

from typing import TYPE_CHECKING

from bot import taps
from bot.digest_wording import RESULTS
from bot.taps import Tap
from storage.records import Place

if TYPE_CHECKING:
    from bot.bootstrap import Application


def tapped(
    app: "Application", read: taps.Carried, indices: tuple[int, ...], label: str, where: str
) -> tuple[Tap, Place, str] | None:
    """The tap, its thread's place, and what was said by it; None where nothing of the kind was offered."""
    place = place_of_turn(app, read.turn, where)
    if place is None:
        return None
    if read.act == "outcome":
        chosen_result = [result for number, result in enumerate(RESULTS) if number in indices]
        return Tap("outcome", read.turn, tuple(chosen_result)), place, label
    if read.act != "answer":
        return Tap(read.act, read.turn), place, label
    put = app.turns.queries.question(read.turn)
    options = put.question.options if put is not None else ()
    if not indices or not all(index < len(options) for index in indices):
        return None
    chosen = [options[index] for index in indices]
    said = "; ".join(option.label for option in chosen)
    return Tap("answer", read.turn, tuple(option.value for option in chosen)), place, said


def place_of_turn(app: "Application", turn: str, where: str) -> Place | None:
    """The place of the thread in which a turn offered something, if it is on the same server."""
    queries = app.turns.queries
    offered = queries.question(turn) or queries.verdict(turn) or app.outcomes.asked_by(turn)
    thread = queries.thread(offered.thread_id) if offered is not None else None
    return thread.place if thread is not None and thread.place.workspace == where else None

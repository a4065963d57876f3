"""The reader that needs no network: phrases for what is said outright, meaning for what it is about.

Phrases are precise and win; the gist fills in the symptom and the job with honest doubt. Without an encoder
the phrases work alone.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from decision.answers import plain_answer, read_answer
from decision.border import declined
from decision.evidence import Case, Evidence
from decision.language import language_of
from decision.phrases import read_phrases
from decision.reader import Kind, Reading
from decision.verdict import Question

if TYPE_CHECKING:
    from decision.gist import Encode, Read

LIKELY = 0.5
"""A symptom that is at least so likely is not read anew from what is said later."""

SYMPTOM, JOB, VAGUE = "symptom", "job", "vague_goal"
"""The symptom of a message that names none."""

READ_IN_PART = frozenset({"de", "es", "fr", "it", "ja", "ko", "nl", "pt", "ru", "zh"})
"""Other languages that are read at all; what is written in none of these is never declined."""

READ_IN_FULL = frozenset({"en", "und"})
"""Languages read in full; of others only the most telling words and some of the meaning are understood."""


class OfflineReader:
    """Reads by rules and a small local model; deterministic."""

    name = "offline"

    def __init__(self, encoder: "Callable[[], Encode | None]") -> None:
        """`encoder` gives the encoder when it is first needed, or None when there is none."""
        self._encoder = encoder

    def read(self, message: str, case: Case, question: Question | None) -> Reading:
        """Read a message that was written into a case, perhaps to answer an open question."""
        language = language_of(message)
        said = read_phrases(message)
        answer = self._answer(message, question, said, language) if question is not None else ()
        if answer:
            said = (*answer, *(item for item in said if item.factor != answer[0].factor))
        first = not case.evidence and question is None
        read = self._read(message, language) if _open(case) and not answer else None
        if language not in READ_IN_FULL | READ_IN_PART:
            read = None
        elif first and declined(message, said, read, partly=language not in READ_IN_FULL):
            return Reading("off_topic", language=language)
        if case.evidence and read is not None and not read.adds_to(case, bool(said)):
            read = None
        found = (item for item in _gist(said, read) if item.factor != JOB or item.factor not in case.current)
        evidence = (*found, *said)
        kind: Kind = "answer" if answer else "case" if evidence else "nothing"
        # A short answer says too little to tell its language by, and it was understood.
        return Reading(kind, evidence, language, partly=language not in READ_IN_FULL and not answer)

    def _answer(
        self, message: str, question: Question, said: tuple[Evidence, ...], language: str
    ) -> tuple[Evidence, ...]:
        """What answers the question: an option that is named, or what other words most likely mean."""
        named = read_answer(message, question)
        settled = bool(plain_answer(message, question)) or question.many
        stated = not named and any(item.factor == question.factor for item in said)
        if settled or stated or language not in READ_IN_FULL or (encode := self._encoder()) is None:
            return named
        from decision.meant import read_meant

        return read_meant(message, question, named, encode)

    def _read(self, message: str, language: str) -> "Read | None":
        encode = self._encoder()
        if encode is None or not message.strip():
            return None
        from decision.gist import Read

        read = Read(message, language, encode)
        return read if read.says_something else None


def _open(case: Case) -> bool:
    """Whether it is still to be told what goes wrong: nobody said so in words, and no reading is likely."""
    held = case.current.get(SYMPTOM, ())
    return all(item.certainty < LIKELY or item.value == VAGUE for item in held)


def _gist(said: tuple[Evidence, ...], read: "Read | None") -> tuple[Evidence, ...]:
    if read is None:
        return ()
    known = {item.factor for item in said}
    found = tuple(item for item in read.evidence() if item.factor not in known)
    settled = any(item.factor == "retrieval_state" and item.value in ("right_page", "none") for item in said)
    return tuple(map(_without_a_search_fault, found)) if settled else found


def _without_a_search_fault(item: Evidence) -> Evidence:
    """The reading once the person has said that the right page comes up, or that nothing is searched."""
    others = tuple(other for other in item.alternatives if other[0] != "wrong_passage")
    if item.value != "wrong_passage" or not others:
        return replace(item, alternatives=others)
    (value, share), *rest = others
    return replace(item, value=value, certainty=share, alternatives=tuple(rest))

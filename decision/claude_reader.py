"""The reader that asks Claude: one call a turn, and the offline reader wherever there is no answer to use.

It sends what is known, the open question and the new message, never the transcript. What comes back is
checked in `claude_schema`: at most it is evidence, with the person's own words.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from decision.answers import plain_answer
from decision.claude import READING, Claude
from decision.claude_call import Asked, Said
from decision.claude_prompts import prompt
from decision.claude_schema import BY_MEANING, Answer, Checked, checked, described, parsed, schema
from decision.claude_trouble import TroubleError
from decision.evidence import Case
from decision.language import language_of
from decision.policy import Policy
from decision.reader import Kind, Reader, Reading, Usage
from decision.verdict import Question

logger = logging.getLogger(__name__)

MOST_TOKENS = 4_000
"""Of an answer, with what the model thinks before it; a reading takes a few hundred."""

MOST_CHARACTERS = 12_000
"""Of a message; what comes after is not sent."""

CUT = f"I read only the first {MOST_CHARACTERS:,} characters of this message."

LIMIT = "limit"
"""Why the fallback reads where the model may not be asked: a budget or a rate is used up."""

READ_OFFLINE = "so this message was read by simple rules instead"

_LANGUAGE = re.compile(r"[a-z]{2}")


class ClaudeReader:
    """Reads by asking the model. `name` is what the log calls it."""

    name = "claude"

    def __init__(
        self,
        claude: Claude,
        policy: Policy,
        fallback: Reader,
        allowed: Callable[[], str] = lambda: "",
        fell_back: Callable[[str], None] = lambda cause: None,
    ) -> None:
        """`allowed` says in a sentence why the model may not be asked now; nothing when it may.

        `fell_back` is told each time that the fallback reads instead: the kind of trouble, or `limit` where
        the model may not be asked.
        """
        self._claude = claude
        self._policy = policy
        self._fallback = fallback
        self._allowed = allowed
        self._fell_back = fell_back
        self._schema = schema(policy)
        self._prompt = prompt("reading", described(policy))

    def read(self, message: str, case: Case, question: Question | None) -> Reading:
        """Read a message that was written into a case, perhaps to answer an open question."""
        if not message.strip():
            return self._fallback.read(message, case, question)
        if question is not None and (plain := plain_answer(message, question)):
            return Reading("answer", plain, language_of(message))  # there is nothing to interpret
        if refusal := self._allowed():
            self._fell_back(LIMIT)
            return self._offline(message, case, question, refusal)
        asked = Asked(
            prompt=self._prompt.version,
            system=self._prompt.text,
            content=({"type": "text", "text": told(message, case, question)},),
            max_tokens=MOST_TOKENS,
            schema=self._schema,
        )
        try:
            answer, usage = self._claude.understand(asked, READING, _understood)
        except TroubleError as trouble:
            self._fell_back(trouble.kind)
            return self._offline(message, case, question, f"{trouble.says}, {READ_OFFLINE}.", trouble.usage)
        return self._reading(answer, message, case, question, usage)

    def _reading(
        self, answer: Answer, message: str, case: Case, question: Question | None, usage: Usage
    ) -> Reading:
        first = not case.evidence and question is None
        held = checked(answer, message, self._policy, question, opens=not case.evidence)
        _log(held)
        kind = _kind(answer.kind, held, question, first)
        language = answer.language if _LANGUAGE.fullmatch(answer.language) else "und"
        evidence = held.evidence if kind in ("case", "answer", "correction") else ()
        return Reading(
            kind, evidence, language, usage=usage, note=CUT if len(message) > MOST_CHARACTERS else ""
        )

    def _offline(
        self, message: str, case: Case, question: Question | None, note: str, usage: Usage | None = None
    ) -> Reading:
        reading = self._fallback.read(message, case, question)
        return replace(reading, note=note, usage=usage or Usage(), reader=self._fallback.name)


def _understood(said: Said) -> tuple[Answer, Usage]:
    return parsed(said.text), said.usage


def told(message: str, case: Case, question: Question | None) -> str:
    """What the model is told for one message, as JSON: a message cannot end its own quotation marks."""
    document: Mapping[str, Any] = {
        "known": [f"{item.factor}:{item.value}" for held in case.current.values() for item in held],
        "open_question": None
        if question is None
        else {
            "factor": question.factor,
            "text": question.text,
            "options": {option.value: option.label for option in question.options},
        },
        "message": message[:MOST_CHARACTERS].encode("utf-8", "replace").decode(),
    }
    return json.dumps(document, ensure_ascii=False)


def _kind(said: Kind, held: Checked, question: Question | None, first: bool) -> Kind:
    """What the message is, as far as the evidence bears it out: facts beside a question are still facts."""
    factors = {item.factor for item in held.evidence}
    if question is not None and question.factor in factors:
        return "answer"
    if said == "off_topic":  # only a message that opens a case can be none of ours
        return "off_topic" if first else "nothing"
    if factors and (said in ("case", "answer", "correction", "nothing") or factors - BY_MEANING):
        return "correction" if said == "correction" else "case"
    return said if said in ("guidance", "greeting", "correction") else "nothing"


def _log(held: Checked) -> None:
    if held.invented or held.unknown:
        logger.warning(
            "evidence_dropped invented=%s unknown=%s factors=%s",
            *(len(held.invented), held.unknown, ",".join(held.invented) or "-"),
        )

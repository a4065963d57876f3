"""What a person wants from the bot when they are not describing their case: a few set phrases.

The same verbs are buttons elsewhere; in the terminal, and for whoever prefers to type, they are words.
"""

import re
from dataclasses import dataclass
from typing import Literal

Intent = Literal["why", "flips", "decide_now", "wrong", "start_over", "log", "help", "greeting", "guidance"]

_THIS = r"(?: (?:it|this|that|the|this decision|the decision|decision|verdict|the verdict))?"
_INTENTS: dict[Intent, tuple[str, ...]] = {
    "start_over": (r"start (?:over|again)", r"restart", r"reset", r"new (?:case|problem)", r"from scratch"),
    "decide_now": (
        r"(?:just |please )?decide(?: now| already)?",
        r"give me (?:the|your|a) verdict",
        r"(?:enough|no more) questions",
        r"verdict(?: now)?",
    ),
    "why": (
        r"why",
        r"why (?:do|are|would) you ask(?:ing)?(?: me)?(?: this| that)?",
        r"why (?:this|that)(?: question)?",
        r"why does (?:it|this|that) matter",
    ),
    "flips": (r"what (?:would|could|might) (?:change|flip)(?: (?:this|that|it|your mind|the verdict))?",),
    "wrong": (
        r"(?:no,? )?(?:that|this|it)(?:'s|’s| is| was)? (?:wrong|not right|incorrect|not true)",
        r"you(?:'re|’re| are) (?:wrong|mistaken)",
        r"you (?:misread|misunderstood)(?: me)?",
        r"what did you (?:hear|understand|read)",
    ),
    "help": (
        r"help",
        r"commands",
        r"what can (?:you|i) (?:do|say)",
        r"how does this work",
        r"who are you",
        r"\?",
    ),
    "greeting": (
        r"(?:hi|hello|hey|hallo|bonjour|hola|yo|moin|servus|ciao|good (?:morning|afternoon|evening|day))"
        r"(?: (?:there|all|sextant|bot|everyone|team))?(?:[,!. ]+how are you(?: today| doing)?)?",
        r"how are you",
        r"thanks?(?: you)?(?: a lot| so much)?",
        r"ok(?:ay)?|cool|great",
    ),
}
_PATTERNS = {
    intent: re.compile(rf"\W*(?:{'|'.join(patterns)})\W*", re.IGNORECASE)
    for intent, patterns in _INTENTS.items()
}

_ASKS = re.compile(
    r"^\W*(?:(?:and|but|so|ok(?:ay)?|hi|hello|hey)\b\W*)?"
    r"(?:can|could|does|do|did|is|are|should|when|what|which|who|how|why|will|would|must)\b[^.!?\n]*"
    r"(?:[.!?](?!\s)[^.!?\n]*)*\?\s*$",
    re.IGNORECASE,
)
"""One sentence that asks; a point inside a word or a number ends none."""
_OF_THEIRS = re.compile(
    r"\b(?:my|our|ours|mine|us|me"
    r"|(?:we|i)(?:['’](?:ve|re|m|d)| (?:have|had|are|am|use|used|built|run|tried|trained|get|got|see|want))"
    r"|(?:the|this|that|these) (?:bot|assistant|chat ?bot|feature|answers?|app|agent|output))\b",
    re.IGNORECASE,
)
"""Who says this speaks about their own case."""
_SUBJECT = re.compile(
    r"\b(?:fine[- ]?tun\w*|rag|retrieval|prompt\w*|lora|qlora|schemas?|few[- ]?shot|cach\w+|workflows?|tools?"
    r"|hybrid|mix|function calling|eval\w*|labels?|labell?ing|tokens?|embeddings?|vectors?|models?|train\w*"
    r"|agents?|guardrails?|guidance|mistakes?|levers?|test (?:set|examples?)|golden set|annotators?"
    r"|facts test|context window|hallucinat\w+|distill\w*|handbook)\b",
    re.IGNORECASE,
)

MOST_IN_A_QUESTION = 140
"""A longer question tells about a case while it asks."""
_ASK = re.compile(
    r"^\s*ask(?:\s*[:,]\s*|\s+(?!(?:it|him|her|them|chatgpt|gpt|claude|the)\b))(?P<question>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_LOG = re.compile(
    rf"^\W*log\b{_THIS}(?:\s+as\s+(?P<lever>[\w -]{{1,40}}?))?(?:\s+instead)?"
    r"(?:\s+by\s+(?P<by>[^:,]{1,60}?))?"
    r"(?:(?:\s*(?:[:,]|\bbecause\b|\bnote\b))+\s*(?P<note>\S.*))?\W*$",
    re.IGNORECASE | re.DOTALL,
)
_LOG_THIS = re.compile(r"\W*log\s+(?:it|this|that|the|decision|verdict|as|by)\b", re.IGNORECASE)
"""A note needs one of these: a pasted line such as "log: error" is no request."""
_LEVERS = {
    "prompt": "prompt",
    "prompting": "prompt",
    "rag": "rag",
    "retrieval": "rag",
    "workflow": "workflow",
    "fine-tune": "fine_tune",
    "fine-tuning": "fine_tune",
    "fine tuning": "fine_tune",
    "fine_tune": "fine_tune",
    "hybrid": "hybrid",
    "mix": "hybrid",
    "a mix": "hybrid",
    "not ready": "not_ready",
    "not_ready": "not_ready",
    "another model": "switch_model",
    "switch model": "switch_model",
    "switch_model": "switch_model",
}

MOST_CHARACTERS = 300
"""A longer message is a description, whatever it ends with."""


@dataclass(frozen=True, slots=True)
class LogRequest:
    """How a person wants the decision logged: by whom, with what note, and with which lever of their own.

    `unknown` is what they named instead of a lever that exists. `ask_after` is after how many days the thread
    is asked how it turned out: 0 for never, None for the usual time.
    """

    by: str = ""
    lever: str | None = None
    note: str = ""
    unknown: str = ""
    ask_after: int | None = None


def intent_of(message: str) -> Intent | None:
    """The intent that the whole message expresses, or None when it is about the case."""
    text = message.strip()
    if len(text) > MOST_CHARACTERS:
        return None
    for intent, pattern in _PATTERNS.items():
        if pattern.fullmatch(text):
            return intent
    if log_request(text) is not None:
        return "log"
    return "guidance" if _ASK.match(text) or _about_the_field(text) else None


def asks_something(message: str) -> bool:
    """Whether a message is one short question, whosever things it is about."""
    text = message.strip()
    return len(text) <= MOST_IN_A_QUESTION and bool(_ASKS.match(text))


def asks_guidance(message: str) -> bool:
    """Whether a message says in so many words that it is a question for the guidance."""
    return bool(_ASK.match(message))


def guidance_question(message: str) -> str:
    """The question itself, without a leading "ask"."""
    found = _ASK.match(message)
    return (found["question"] if found else message).strip()


def log_request(message: str) -> LogRequest | None:
    """What "log this decision as retrieval by Ada: note" says, or None when it is no such request."""
    found = _LOG.match(message)
    if found is None or (found["note"] and not _LOG_THIS.match(message)):
        return None
    wanted = (found["lever"] or "").strip().lower()
    lever = _LEVERS.get(wanted)
    unknown = "" if lever else wanted
    return LogRequest((found["by"] or "").strip(), lever, (found["note"] or "").strip(), unknown)


def lever_named(text: str) -> str | None:
    """The lever that a word or two name, or None."""
    return _LEVERS.get(text.strip().lower())


def _about_the_field(text: str) -> bool:
    """Whether a question is about the field, and about no case of the person's own."""
    return asks_something(text) and bool(_SUBJECT.search(text)) and not _OF_THEIRS.search(text)

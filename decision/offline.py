"""The reader that needs no network: phrases for what is said outright, meaning for what it is about.

Phrases are precise and win; the gist fills in the symptom and the job with honest doubt. Without an encoder
the phrases work alone.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from decision.answers import read_answer
from decision.evidence import Case, Evidence
from decision.glossary import PRESSURE
from decision.language import language_of
from decision.phrases import read_phrases
from decision.reader import Kind, Reading
from decision.verdict import Question

if TYPE_CHECKING:
    from decision.gist import Encode, Read

OFF_TOPIC = 0.55
"""Above this chance a first message is declined; no training case about a feature comes near it, held out."""

FIRM_OFF_TOPIC = 0.75
"""Above this chance it is declined although it names something that sounds like a language model."""

SURELY_OFF_TOPIC = 0.97
"""Above this chance it is declined although it names one of the four levers' own words."""

LIKELY = 0.5
"""A symptom that is at least so likely is not read anew from what is said later."""

SYMPTOM, VAGUE = "symptom", "vague_goal"
"""The symptom of a message that names none."""

READ_IN_FULL = frozenset({"en", "und"})
"""Languages read in full; of others only the most telling words and some of the meaning are understood."""

_NAMES_A_MODEL = re.compile(
    r"\b(?:llms?|rag|gpt\S*|chat\s?gpt|chat\s?bots?|bots?|assistant|copilot|prompts?|fine[- ]?tun\w*|ai"
    r"|hallucinat\w*|embeddings?|retriev\w*|agents?|claude|gemini|llama\S*|mistral\S*|qwen\S*|lora|langchain)\b"
    r"|大模型|微调|提示词|プロンプト",
    re.IGNORECASE,
)
_NAMES_A_LEVER = re.compile(
    r"\b(?:llms?|rag|chat ?bots?|fine[- ]?tun\w*|hallucinat\w*|system prompt)\b|大模型|微调", re.IGNORECASE
)
_OTHER_MODEL = re.compile(
    r"\b(?:tesseract|easyocr|lightgbm|xgboost|catboost|random forest|scikit-learn|sklearn|yolo\w*|u-?net|resnet\w*"
    r"|stable diffusion|sdxl|comfyui|midjourney|segmentation masks?|mask decoder|object detection|spacy|word2vec"
    r"|fasttext|isolation forest|arima|prophet|kalman|svm|logistic regression)\b",
    re.IGNORECASE,
)
"""Models that do not answer in language: training them is another trade."""
_A_LANGUAGE_MODEL = re.compile(
    r"\b(?:llms?|rag|gpt\S*|chat ?gpt|chat ?bots?|claude|gemini|llama\S*|mistral\S*|qwen\S*|prompts?|language models?)\b",
    re.IGNORECASE,
)


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
        answer = read_answer(message, question) if question is not None else ()
        if answer:
            said = (*answer, *(item for item in said if item.factor != answer[0].factor))
        first = not case.evidence and question is None
        read = self._read(message, language) if _open(case) and not answer else None
        if first and _declined(message, said, read):
            return Reading("off_topic", language=language)
        if case.evidence and read is not None and not read.adds_to(case):
            read = None
        found = (item for item in _gist(said, read) if item.factor == SYMPTOM or item.factor not in case.current)
        evidence = (*found, *said)
        kind: Kind = "answer" if answer else "case" if evidence else "nothing"
        # A short answer says too little to tell its language by, and it was understood.
        return Reading(kind, evidence, language, partly=language not in READ_IN_FULL and not answer)

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


def _declined(message: str, said: tuple[Evidence, ...], read: "Read | None") -> bool:
    if _OTHER_MODEL.search(message) and not _A_LANGUAGE_MODEL.search(message):
        return True
    named = bool(_NAMES_A_MODEL.search(message) or PRESSURE.search(message))
    if read is None:
        return not named and not said
    harmful = any(item.factor == "error_cost" and item.value == "safety" for item in said)
    if _NAMES_A_LEVER.search(message):
        return read.off_topic() > SURELY_OFF_TOPIC
    return read.off_topic() > (FIRM_OFF_TOPIC if named or harmful else OFF_TOPIC)


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

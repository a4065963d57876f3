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

OFF_TOPIC = 0.6
"""Above this chance a first message is declined. This limit and the next ones leave out no more than one in
five hundred of the real training cases, held out."""

FIRM_OFF_TOPIC = 0.8
"""Above this chance it is declined although it names something that sounds like a language model."""

SURELY_OFF_TOPIC = 0.9
"""Above this chance it is declined although it uses the words of the trade, or is read only in part."""

FAULT, SURFACE = 0.3, 0.15
"""Above these it is declined when it shows a fault of the machinery, or is about what a screen shows."""

LIKELY = 0.5
"""A symptom that is at least so likely is not read anew from what is said later."""

SYMPTOM, JOB, VAGUE = "symptom", "job", "vague_goal"
"""The symptom of a message that names none."""

OF_THE_TRADE = frozenset({"retrieval_state", "facts_test", "label_agreement", "error_cost"})
"""Facts that hardly anybody states about anything else."""

READ_IN_PART = frozenset({"de", "es", "fr", "it", "ja", "ko", "nl", "pt", "ru", "zh"})
"""Other languages that are read at all; what is written in none of these is never declined."""

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
    r"\b(?:tesseract|easyocr|paddle ?ocr|lightgbm|xgboost|catboost|random forest|scikit-learn|sklearn"
    r"|yolo\w*|u-?net|resnet\w*|stable (?:diffusion|cascade)|diffusion models?|sdxl|comfyui"
    r"|midjourney|controlnet|hidream"
    r"|segmentation masks?|mask decoder|object detection|word2vec|fasttext|isolation forest|arima|kalman|svm"
    r"|logistic regression|text[- ]to[- ]speech|speech synthesis|voice clon\w*|feature importance)\b"
    r"|时间序列|目标检测",
    re.IGNORECASE,
)
"""Models that do not answer in language: training them is another trade."""
_A_FAULT = re.compile(
    r"\bcuda\b|out[- ]?of[- ]?memory|\boom\b|tried to allocate|\bvram\b"
    r"|\b(?:attribute|type|import|modulenotfound|ratelimit|connection|timeout|permission)error\b"
    r"|\b(?:error|status|code|http|gives?|returns?|getting|occasional)\W{1,3}(?:\w+ )?"
    r"(?:4(?:00|01|03|04|13|22|29)|50[0234])s?\b|\b(?:4(?:01|03|04|13|29)|50[0234])s?\b(?: error| on| from|:)"
    r"|exceeded (?:\w+ )?quota"
    r"|rate ?limit|\bapi keys?\b|stack ?trace|traceback|segfault|\bcrash\w*\b|\bwebhooks?\b|\bdocker\b"
    r"|\bpip install\b|显存|报错",
    re.IGNORECASE,
)
"""Signs of a fault in the machinery around a model: memory, keys, quotas, libraries."""
_A_SURFACE = re.compile(
    r"\b(?:drop ?downs?|picker|icons?|side ?bar|tool ?tips?|zsh\w*|oh-my-zsh|passphrase|ssh|git_prompt\w*"
    r"|dark mode|chat window|scroll\w*|buttons?|popup|log ?in)\b",
    re.IGNORECASE,
)
"""What is seen and clicked: screens, shells and their prompts."""
_A_LANGUAGE_MODEL = re.compile(
    r"\b(?:llms?|rag|gpt\S*|chat ?gpt|chat ?bots?|claude|gemini|llama\S*|mistral\S*|qwen\S*|prompts?"
    r"|language models?)\b",
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
        if language not in READ_IN_FULL | READ_IN_PART:
            read = None
        elif first and _declined(message, said, read, language):
            return Reading("off_topic", language=language)
        if case.evidence and read is not None and not read.adds_to(case, bool(said)):
            read = None
        found = (item for item in _gist(said, read) if item.factor != JOB or item.factor not in case.current)
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


def _declined(message: str, said: tuple[Evidence, ...], read: "Read | None", language: str) -> bool:
    if _OTHER_MODEL.search(message) and not _A_LANGUAGE_MODEL.search(message):
        return True
    named = bool(_NAMES_A_MODEL.search(message) or PRESSURE.search(message))
    if read is None:
        return not named and not said
    return read.off_topic() > _limit(message, language, named or any(i.factor in OF_THE_TRADE for i in said))


def _limit(message: str, language: str, named: bool) -> float:
    """How likely it must be that the message is about something else; the first sign that applies counts."""
    if _A_FAULT.search(message):
        return FAULT
    if _A_SURFACE.search(message):
        return SURFACE
    if _NAMES_A_LEVER.search(message) or language not in READ_IN_FULL:
        return SURELY_OFF_TOPIC
    return FIRM_OFF_TOPIC if named else OFF_TOPIC


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

"""The border of the topic: whether a first message is about a feature built on a language model at all.

How the message reads as a whole is weighed together with plain signs beside it, by a small logistic model
that `make train` fits on labelled messages from both sides of the border. A wrong refusal is worse than a
wrong question, so the limit lies where next to none of the real cases is refused.
"""

import re
from math import log
from typing import TYPE_CHECKING

from decision.evidence import Evidence
from decision.glossary import PRESSURE

if TYPE_CHECKING:
    from decision.gist import Read

OF_THE_TRADE = frozenset({"retrieval_state", "facts_test", "label_agreement", "error_cost"})
"""Facts that hardly anybody states about anything else."""

MOST_FACTS = 4

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
_OWN = re.compile(r"\b(?:our|my|we|us|i'm|users?|customers?|it)\b", re.IGNORECASE)
"""Somebody speaks of something that is theirs."""


def declined(message: str, said: tuple[Evidence, ...], read: "Read | None", partly: bool) -> bool:
    """Whether a first message is declined. `said`: what it states outright; `partly`: its language is read in
    part. Without a reading of its meaning, only what neither names a model nor states a fact is declined.
    """
    if _OTHER_MODEL.search(message) and not _A_LANGUAGE_MODEL.search(message):
        return True
    if read is None:
        return not (said or names_a_model(message))
    return read.outside(signs(message, said, partly))


def signs(message: str, said: tuple[Evidence, ...], partly: bool) -> tuple[float, ...]:
    """The plain signs of a message, in the order of the fitted weights."""
    of_the_trade = names_a_model(message) or any(item.factor in OF_THE_TRADE for item in said)
    return (
        float(of_the_trade),
        float(bool(_NAMES_A_LEVER.search(message))),
        float(bool(_A_FAULT.search(message))),
        float(bool(_A_SURFACE.search(message))),
        float(min(len(said), MOST_FACTS)),
        log(max(len(message), 1)),
        float(partly),
        float(bool(_OWN.search(message))),
    )


def names_a_model(message: str) -> bool:
    """Whether it names something that sounds like a language model, or a wish for one."""
    return bool(_NAMES_A_MODEL.search(message) or PRESSURE.search(message))

"""Scores a reader and the policy on labelled cases: by the first message alone, and with answers.

How the scores are put into words stands in `bot.scores`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import mean, median
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from decision.assess import confidence
from decision.evidence import NOT_SURE, Case, Evidence
from decision.judgement import Judgement
from decision.policy import Policy
from decision.questions import next_question
from decision.reader import Reader, Reading, Usage

SCORED = ("knowledge", "behavior", "workflow")
"""The diagnosis is scored where the label is one of these."""

OFF_TOPIC = "off_topic"


Lever = Literal["prompt", "rag", "workflow", "fine_tune", "hybrid", "not_ready", "switch_model", "off_topic"]


class CaseFileError(LookupError):
    """A line of a case file cannot be used; the text says which and why."""


class LabelledCase(BaseModel):
    """One line of a case file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    text: str
    lever: list[Lever] = Field(min_length=1)
    failure: str = "unknown"
    failure_also: list[str] = []
    answers: dict[str, str | list[str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, data: Any) -> Any:
        """Other tools write a missing field as null."""
        return (
            {key: value for key, value in data.items() if value is not None} if type(data) is dict else data
        )

    @property
    def off_topic(self) -> bool:
        return self.lever == [OFF_TOPIC]


@dataclass(frozen=True, slots=True)
class Scored:
    """What was advised for one case."""

    case: LabelledCase
    lever: str
    confidence: float
    diagnosis: str
    questions: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    note: str = ""
    """Why another reader than the one that is scored read the message; empty as a rule."""

    @property
    def top(self) -> bool:
        return self.lever == self.case.lever[0]

    @property
    def accepted(self) -> bool:
        return self.lever in self.case.lever

    @property
    def diagnosed(self) -> bool:
        return self.diagnosis in (self.case.failure, *self.case.failure_also)


def load(path: Path) -> list[LabelledCase]:
    """The cases of a JSON Lines file.

    Raises:
        CaseFileError: with the number of the first line that is not a labelled case.
    """
    found = []
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CaseFileError(f"{path.name} is not UTF-8 text; save it as UTF-8") from error
    for number, line in enumerate(text.split("\n"), 1):  # `splitlines` also cuts inside a JSON string
        if not line.strip():
            continue
        try:
            found.append(LabelledCase.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"])) or "line"
            raise CaseFileError(f"{path.name}, line {number}: {where}: {first['msg']}") from error
    if not found:
        raise CaseFileError(f"{path.name} holds no cases; each line is a JSON object with id, text and lever")
    return found


def evaluate(
    cases: Sequence[LabelledCase], reader: Reader, policy: Policy, at_once: int = 1
) -> tuple[list[Scored], list[Scored]]:
    """Every case scored by its first message, and with its answers. Up to `at_once` are read in parallel."""
    first, answered = [], []
    for labelled, reading in zip(cases, _read(cases, reader, at_once), strict=True):
        if reading.kind == OFF_TOPIC:
            scored = Scored(labelled, OFF_TOPIC, 1.0, "none", (), reading.usage, reading.note)
            first.append(scored)
            answered.append(scored)
            continue
        case = Case(reading.evidence)
        alone = _score(labelled, Judgement(policy, case), ())
        first.append(replace(alone, usage=reading.usage, note=reading.note))
        answered.append(_asked(labelled, policy, case))
    return first, answered


def _read(cases: Sequence[LabelledCase], reader: Reader, at_once: int) -> Iterator[Reading]:
    """The readings in the order of the cases."""
    if at_once == 1:
        yield from (reader.read(labelled.text, Case(), None) for labelled in cases)
        return
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda labelled: reader.read(labelled.text, Case(), None), cases)


def _asked(labelled: LabelledCase, policy: Policy, case: Case) -> Scored:
    while (worth := next_question(Judgement(policy, case), len(case.asked))) is not None:
        answer = labelled.answers.get(worth.factor, NOT_SURE)
        values = answer if isinstance(answer, list) else [answer]
        case = case.asking(worth.factor).adding(
            *(Evidence(worth.factor, value, source="tap") for value in values)
        )
    return _score(labelled, Judgement(policy, case), case.asked)


def _score(labelled: LabelledCase, judgement: Judgement, asked: tuple[str, ...]) -> Scored:
    diagnosis = max(judgement.diagnosis, key=lambda name: judgement.diagnosis[name])
    return Scored(labelled, judgement.now.lever, confidence(judgement), diagnosis, asked)


def summary(first: list[Scored], answered: list[Scored]) -> dict[str, Any]:
    """The scores as `eval --json` prints them."""
    counts = [len(scored.questions) for scored in answered if not scored.case.off_topic]
    return {
        "n": len(first),
        "first_message": _rates(first),
        "with_answers": _rates(answered)
        | {"questions_median": median(counts or [0]), "questions_mean": round(mean(counts or [0]), 2)},
        "harmful_fine_tune": _share(
            scored.lever == "fine_tune" and "fine_tune" not in scored.case.lever
            for scored in (*first, *answered)
        ),
        "calibration": calibration(answered),
        **_model(first),
    }


def _model(first: list[Scored]) -> dict[str, Any]:
    """What a model was used for the readings; nothing where none was."""
    used = [scored.usage for scored in first if scored.usage.calls]
    notes = [scored.note for scored in first if scored.note]
    if not used and not notes:
        return {}
    return {
        "model": {
            "name": next((usage.model for usage in used), ""),
            "prompt": next((usage.prompt for usage in used), ""),
            "calls": sum(usage.calls for usage in used),
            "tokens_in": sum(usage.tokens_in for usage in used),
            "tokens_cached": sum(usage.tokens_cached for usage in used),
            "tokens_out": sum(usage.tokens_out for usage in used),
            "cost_usd": round(sum(usage.cost_usd for usage in used), 6),
            "read_offline": len(notes),
            "because": sorted(set(notes)),
        }
    }


def _rates(scored: list[Scored]) -> dict[str, float | None]:
    on_topic = [item for item in scored if not item.case.off_topic]
    off_topic = [item for item in scored if item.case.off_topic]
    diagnosed = [item for item in on_topic if item.case.failure in SCORED]
    return {
        "top1": _share(item.top for item in on_topic),
        "acceptable": _share(item.accepted for item in on_topic),
        "diagnosis": _share(item.diagnosed for item in diagnosed),
        "off_topic_recall": _share(item.lever == OFF_TOPIC for item in off_topic),
        "refused": _share(item.lever == OFF_TOPIC for item in on_topic),
    }


def calibration(scored: list[Scored], bins: int = 5) -> dict[str, float | None]:
    """Brier score and expected calibration error (Naeini et al., 2015; equal-width bins) of the confidence.

    The confidence is the chance that a reviewer accepts the lever, so it is compared with exactly that.
    """
    on_topic = [item for item in scored if not item.case.off_topic and item.lever != OFF_TOPIC]
    if not on_topic:
        return {"brier": None, "ece": None}
    brier = mean((item.confidence - item.accepted) ** 2 for item in on_topic)
    gaps = 0.0
    for k in range(bins):
        inside = [
            i
            for i in on_topic
            if k / bins <= i.confidence < (k + 1) / bins or (k == bins - 1 and i.confidence == 1)
        ]
        if inside:
            gaps += abs(mean(i.confidence for i in inside) - mean(i.accepted for i in inside)) * len(inside)
    return {"brier": round(brier, 4), "ece": round(gaps / len(on_topic), 4)}


def rows(first: list[Scored], answered: list[Scored]) -> Iterator[Mapping[str, Any]]:
    """One row a case: what was advised by the first message and with answers, and what the label accepts."""
    for one, two in zip(first, answered, strict=True):
        yield {
            "id": one.case.id,
            "accepted": one.case.lever,
            "failure": one.case.failure,
            "first_message": {
                "lever": one.lever,
                "diagnosis": one.diagnosis,
                "confidence": round(one.confidence, 3),
            },
            "with_answers": {
                "lever": two.lever,
                "diagnosis": two.diagnosis,
                "confidence": round(two.confidence, 3),
            },
            "questions": list(two.questions),
        }


def _share(claims: Iterable[bool]) -> float | None:
    found = list(claims)
    return round(sum(found) / len(found), 4) if found else None

"""The scores of an evaluation in words: of one reader, or of two side by side."""

from collections.abc import Iterator, Mapping
from typing import Any

PARTS = (("first message", "first_message"), ("with answers", "with_answers"))
RATES = (
    ("first choice", "top1"),
    ("acceptable", "acceptable"),
    ("diagnosis", "diagnosis"),
    ("off-topic found", "off_topic_recall"),
    ("refused by mistake", "refused"),
)


def in_words(scores: Mapping[str, Any]) -> Iterator[str]:
    """The summary as lines for a person."""
    yield f"{scores['n']} cases"
    for title, key in PARTS:
        part = scores[key]
        yield (
            f"{title:>13}: first choice {_percent(part['top1'])}, acceptable {_percent(part['acceptable'])}, "
            f"diagnosis {_percent(part['diagnosis'])}, off-topic found {_percent(part['off_topic_recall'])}, "
            f"refused by mistake {_percent(part['refused'])}"
        )
    answered = scores["with_answers"]
    yield f"    questions: median {answered['questions_median']}, mean {answered['questions_mean']}"
    yield f"fine-tuning advised where no label accepts it: {_percent(scores['harmful_fine_tune'])}"
    calibrated = scores["calibration"]
    yield f"calibration of the confidence: Brier {calibrated['brier']}, ECE {calibrated['ece']}"
    yield from _model(scores)


def side_by_side(scores: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The summaries of several readers as one table, a column each."""
    of = list(scores.values())
    yield f"{of[0]['n']} cases"
    yield _line("", list(scores))
    for title, key in PARTS:
        for name, rate in RATES:
            yield _line(f"{title}: {name}", [_percent(one[key][rate]) for one in of])
    yield _line("questions, median", [str(one["with_answers"]["questions_median"]) for one in of])
    yield _line("questions, mean", [str(one["with_answers"]["questions_mean"]) for one in of])
    yield _line("fine-tuning, not accepted", [_percent(one["harmful_fine_tune"]) for one in of])
    for name in ("brier", "ece"):
        yield _line(f"calibration, {name}", [str(one["calibration"][name]) for one in of])
    for one in of:
        yield from _model(one)


def _line(what: str, values: list[str]) -> str:
    return f"{what:<36}" + "".join(f"{value:>10}" for value in values)


def _model(scores: Mapping[str, Any]) -> Iterator[str]:
    if "model" not in scores:
        return
    used = scores["model"]
    yield (
        f"{used['name'] or 'the model'}: {used['calls']} calls, {used['tokens_in']:,} tokens in "
        f"({used['tokens_cached']:,} of them cached), {used['tokens_out']:,} out, ${used['cost_usd']:.4f}"
    )
    if used["read_offline"]:
        yield f"read by the offline reader instead: {used['read_offline']} of {scores['n']}"
        yield from (f"  {note}" for note in used["because"])


def row_in_words(row: Mapping[str, Any]) -> str:
    """One case as a line for a person."""
    first, answered = row["first_message"], row["with_answers"]
    return (
        f"{row['id']:>8}  accepts {'/'.join(row['accepted']):<28} first {first['lever']:<11} "
        f"answered {answered['lever']:<11} {answered['confidence']:.0%}  "
        f"asked {', '.join(row['questions']) or '-'}"
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"

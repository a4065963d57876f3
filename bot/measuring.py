"""Runs an evaluation over the readers that are asked for, wired as the settings want them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from bot import evaluation
from bot.evaluation import LabelledCase
from bot.settings import Settings, SettingsError
from decision.offline import OfflineReader
from decision.policy import Policy
from decision.reader import Reader

AT_ONCE = 4
"""How many messages a model reads at the same time."""


def measured(
    settings: Settings, cases: Sequence[LabelledCase], wanted: str, rows: bool
) -> dict[str, dict[str, Any]]:
    """The scores by reader; `wanted` is "offline", "claude" or "both".

    Raises:
        SettingsError: no model is set up, or it read none of the cases.
    """
    from bot.reading import encoder, load_policy

    policy, offline = load_policy(settings.policy), OfflineReader(encoder)
    found = {}
    if wanted in ("offline", "both"):
        found["offline"] = _scores(cases, offline, policy, 1, rows)
    if wanted in ("claude", "both"):
        with _claude(settings, policy, offline) as reader:
            found["claude"] = _scores(cases, reader, policy, AT_ONCE, rows)
        used = found["claude"].get("model", {})
        if used.get("read_offline") == len(cases):
            raise SettingsError([f"the model read none of the cases. {' '.join(used['because'])}"])
    return found


@contextmanager
def _claude(settings: Settings, policy: Policy, fallback: Reader) -> Iterator[Reader]:
    from bot import claude
    from decision.claude_reader import ClaudeReader

    if not claude.possible(settings):
        raise SettingsError([f"there is no model to measure; {claude.TO_SET_UP}"])
    line = claude.connected(settings)
    try:
        yield ClaudeReader(line, policy, fallback)
    finally:
        line.close()


def _scores(
    cases: Sequence[LabelledCase], reader: Reader, policy: Policy, at_once: int, rows: bool
) -> dict[str, Any]:
    first, answered = evaluation.evaluate(cases, reader, policy, at_once)
    detail = {"rows": list(evaluation.rows(first, answered))} if rows else {}
    return evaluation.summary(first, answered) | detail

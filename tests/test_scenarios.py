"""The founding article's scenarios and the tricky situations, told in a user's words to the whole product."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import Application
from bot.turns import Turns
from decision.verdict import Verdict
from storage.records import Incoming, Place, random_letters

SCENARIOS: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "scenarios.toml").read_text("utf-8")
)["scenario"]


def played(turns: Turns, name: str, says: list[str]) -> Verdict:
    """The final verdict after these messages in a thread of their own."""
    place = Place("test", "", "", name)
    for text in [*says, "decide now"]:
        turns.receive(Incoming(place, random_letters(12), "me", text))
        assert turns.handle_next("test")
    given = turns.queries.last_verdict(turns.log.thread(place, "me"))
    assert given is not None, "no verdict was given"
    assert given.verdict.final
    return given.verdict


def test_every_scenario_has_a_name_of_its_own_and_names_what_exists(app: Application) -> None:
    levers = set(app.policy.levers)
    warnings = {rule.id for rule in app.policy.warnings}
    advice = {rule.id for rule in app.policy.advice}
    assert len({scenario["name"] for scenario in SCENARIOS}) == len(SCENARIOS)
    for scenario in SCENARIOS:
        assert {*scenario["lever"], *scenario.get("not", [])} <= levers, scenario["name"]
        assert {*scenario.get("warns", [])} <= warnings, scenario["name"]
        assert {scenario.get("advises")} <= {*advice, None}, scenario["name"]
        assert not {*scenario["lever"]} & {*scenario.get("not", [])}, scenario["name"]


@pytest.mark.parametrize("scenario", [pytest.param(one, id=one["name"]) for one in SCENARIOS])
def test_the_verdict_is_right_where(app: Application, scenario: dict[str, Any]) -> None:
    verdict = played(app.turns, scenario["name"], scenario["says"])
    levers = ", ".join(f"{name} {share:.2f}" for name, share in verdict.levers.items() if share >= 0.01)
    assert verdict.lever not in scenario.get("not", []), levers
    assert verdict.lever in scenario["lever"], levers
    assert {*scenario.get("warns", [])} <= {warning.id for warning in verdict.warnings}
    if "advises" in scenario:
        (advice,) = (rule for rule in app.policy.advice if rule.id == scenario["advises"])
        assert verdict.headline == advice.headline

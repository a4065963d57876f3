"""The model's budget is counted from the log, and past a limit the offline reader takes over and says so."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bot.budget import Budget, Speaker
from decision.claude_reader import ClaudeReader
from decision.evidence import Case
from decision.policy import packaged
from tests.claude_fixtures import Rules, line
from tests.claude_server import ClaudeServer, reads

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Log:
    """What turns cost, and when; and who had the model read."""

    def __init__(self) -> None:
        self.now = NOON
        self.costs: list[tuple[datetime, float]] = []
        self.read: list[tuple[datetime, Speaker]] = []
        self.sums = 0

    def spent_since(self, moment: datetime) -> float:
        self.sums += 1
        return sum(cost for at, cost in self.costs if at >= moment)

    def read_since(self, platform: str, workspace: str, person: str, moment: datetime) -> int:
        return sum(at >= moment and who == (platform, workspace, person) for at, who in self.read)


@pytest.fixture
def log() -> Iterator[Log]:
    return Log()


def budget(log: Log, monthly: float = 0.0, rate: int = 0) -> Budget:
    return Budget(log.spent_since, log.read_since, lambda: log.now, monthly, rate)


def test_without_limits_nothing_is_refused_and_nothing_is_counted(log: Log) -> None:
    log.costs = [(NOON, 1e6)]
    assert budget(log).refusal() == ""
    assert log.sums == 0


def test_a_spent_month_is_refused_and_the_next_one_is_not(log: Log) -> None:
    log.costs = [(NOON - timedelta(days=3), 4.0), (NOON - timedelta(days=40), 100.0)]
    month = budget(log, monthly=5.0)
    assert month.refusal() == ""
    log.costs.append((NOON, 1.0))
    assert "budget for the model is used up" in month.refusal()
    log.now = datetime(2026, 12, 1, 0, 0, tzinfo=UTC)
    assert month.refusal() == ""


def test_a_person_is_limited_by_the_hour_and_nobody_else_is(log: Log) -> None:
    ada, bob = ("slack", "T1", "ada"), ("slack", "T1", "bob")
    hourly = budget(log, rate=2)
    log.read = [(NOON - timedelta(minutes=50), ada), (NOON - timedelta(minutes=5), ada), (NOON, bob)]
    with hourly.speaking("slack", "T1", "ada"):
        assert "read 2 of your messages" in hourly.refusal()
        with hourly.speaking("slack", "T1", "bob"):
            assert hourly.refusal() == ""
        assert hourly.refusal() != ""
    with hourly.speaking("slack", "T2", "ada"):
        assert hourly.refusal() == ""
    log.now += timedelta(minutes=11)
    with hourly.speaking("slack", "T1", "ada"):
        assert hourly.refusal() == ""


def test_past_the_budget_the_offline_reader_reads_and_says_why_in_one_sentence(log: Log) -> None:
    log.costs = [(NOON, 5.0)]
    spent = budget(log, monthly=5.0)
    with ClaudeServer(reads("case")) as server, line(server) as claude:
        reading = ClaudeReader(claude, packaged(), Rules(), spent.refusal).read("Our bot lies", Case(), None)
        assert server.asked == []
    assert reading.note == spent.refusal()
    assert reading.note.count(".") == 1
    assert reading.usage.calls == 0

"""What several tests share: the packaged policy, the handbook, the offline reader, random cases."""

import logging
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st

from bot.bootstrap import Application, application
from bot.logs import OURS
from bot.reading import encoder
from bot.settings import Settings
from decision import policy as policies
from decision.assess import Guidance
from decision.evidence import NOT_SURE, Case, Evidence, Source
from decision.offline import OfflineReader
from decision.policy import Policy
from knowledge.handbook import read_handbook

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("steady")

SOURCES: tuple[Source, ...] = ("quote", "tap", "trial")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests want to say about what they did, whichever process they ran in."""
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == "says":
                terminalreporter.write_line(f"{report.nodeid.split('::')[-1]}: {text}")


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A command sets up the log of its process; the next test is to find the log as it was."""
    root = logging.getLogger()
    handlers, hooks = root.handlers[:], (sys.excepthook, threading.excepthook)
    levels = {name: logging.getLogger(name).level for name in (None, *OURS)}
    yield
    root.handlers[:] = handlers
    sys.excepthook, threading.excepthook = hooks
    logging.captureWarnings(False)
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The packaged policy."""
    return policies.packaged()


@pytest.fixture(scope="session")
def guidance() -> Guidance:
    """Finds a passage of the handbook by its id."""
    return {
        section.passage.id: section.passage for file in read_handbook() for section in file.sections
    }.__getitem__


@pytest.fixture(scope="session")
def reader() -> OfflineReader:
    """The offline reader with the local encoder."""
    return OfflineReader(encoder)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The application as it runs, over a database of its own."""
    path: Path = tmp_path_factory.mktemp("app") / "sextant.db"
    with application(Settings(db=path, reader="offline")) as built:
        yield built


@pytest.fixture(scope="session")
def cases(policy: Policy) -> st.SearchStrategy[Case]:
    """Random cases: any factors, answers, sources and doubts, in any order."""
    return st.lists(_evidence(policy), max_size=14).map(lambda said: Case(tuple(said)))


@pytest.fixture(scope="session")
def tunable() -> Case:
    """A case in which every firm answer speaks for fine-tuning."""
    said = {
        "human_fix": "nothing_helps",
        "facts_test": "no",
        "change_rate": "rarely",
        "task_scope": "narrow",
        "test_examples": "200_plus",
        "training_pairs": "1000_plus",
        "label_agreement": "high",
        "failure_pattern": "same",
        "output_need": "identical",
        "volume": "over_10m",
        "goal_stability": "stable",
        "owner": "named",
        "needs_action": "none",
        "reference_material": "none",
    }
    tried = (Evidence("tried", value, source="tap") for value in ("baseline_prompt", "few_shot"))
    return Case((*(Evidence(factor, value, source="tap") for factor, value in said.items()), *tried))


@st.composite
def _evidence(draw: st.DrawFn, policy: Policy) -> Evidence:
    factor = draw(st.sampled_from(sorted(policy.factors)))
    values = [*policy.factors[factor].options, NOT_SURE]
    value, other = draw(st.sampled_from(values)), draw(st.sampled_from(values))
    source = draw(st.sampled_from(SOURCES))
    certainty = draw(st.sampled_from([1.0, 1.0, 0.9, 0.75, 0.7, 0.4])) if source == "quote" else 1.0
    guessed = certainty < 0.75 and other not in (value, NOT_SURE)
    others = ((other, round((1 - certainty) / 2, 3)),) if guessed else ()
    return Evidence(factor, value, "as they said" if source == "quote" else "", source, certainty, others)

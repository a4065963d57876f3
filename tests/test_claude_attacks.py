"""Text cannot make the bot do anything but record evidence, even where the model falls for it completely."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.bootstrap import Application
from bot.conversation import Conversation
from bot.turns import Turns
from decision.assess import assess
from decision.citation import Passage
from decision.claude_citing import source
from decision.claude_explainer import Explainer
from decision.claude_reader import ClaudeReader
from decision.evidence import Case, Evidence
from decision.judgement import Judgement
from decision.policy import Policy
from storage.records import Incoming, Place, random_letters
from tests.claude_fixtures import KEY, Rules, line
from tests.claude_server import Answer, ClaudeServer, cites, says, text

ATTACKS: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (Path(__file__).parent / "attacks.toml").read_text("utf-8")
)
MESSAGES = [pytest.param(one, id=one["name"]) for one in ATTACKS["message"]]
DOCUMENTS = [pytest.param(one, id=one["name"]) for one in ATTACKS["document"]]

BEFORE = Case(
    (
        Evidence("symptom", "stale_facts", "outdated prices", certainty=0.9),
        Evidence("change_rate", "weekly", source="tap"),
        Evidence("human_fix", "document", source="tap"),
    )
)
"""What Ada said before somebody else writes into her thread; it leads to retrieval."""

ACTIVE = re.compile(r"https?:|://|www\.|<|>|@|\]\(|`|\*|\u202e|\u200b|evil\.", re.IGNORECASE)


def fooled(attack: dict[str, Any]) -> Answer:
    """What a model answers that does all that the message asks for."""
    listed = [
        {"is": claim, "quote": quote + "x" * attack.get("stretch", 0), "sure": sure}
        for claim, quote, sure in attack["reads"]
    ] * attack.get("times", 1)
    document = {
        "kind": attack.get("kind", "case"),
        "language": attack.get("language", "en"),
        "evidence": listed,
        **attack.get("also", {}),
    }
    tool = {"type": "tool_use", "id": "t1", "name": attack.get("tool", ""), "input": {"id": 1}}
    return says(*([tool] if "tool" in attack else []), text(json.dumps(document)))


def test_there_are_enough_attacks_each_with_a_name_of_its_own() -> None:
    names = [attack["name"] for kind in ATTACKS.values() for attack in kind]
    assert len(names) >= 40
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("attack", MESSAGES)
def test_a_message_stays_inside_its_quotation_marks(policy: Policy, attack: dict[str, Any]) -> None:
    with ClaudeServer(fooled({"reads": []}), fooled(attack)) as server, line(server) as claude:
        reader = ClaudeReader(claude, policy, Rules())
        reader.read("our bot is wrong", BEFORE, None)
        reader.read(attack["text"], BEFORE, None)
        plain, attacked = server.asked
        assert server.told()["message"] == attack["text"]
    assert {**attacked, "messages": None} == {**plain, "messages": None}
    assert len(attacked["messages"]) == 1
    assert not {"tools", "tool_choice", "mcp_servers", "container"} & set(attacked)


@pytest.mark.parametrize("attack", MESSAGES)
def test_a_fooled_model_adds_at_most_evidence_with_the_persons_words(
    policy: Policy, attack: dict[str, Any]
) -> None:
    for before in (Case(), BEFORE):
        with ClaudeServer(fooled(attack)) as server, line(server) as claude:
            reading = ClaudeReader(claude, policy, Rules()).read(attack["text"], before, None)
        for item in reading.evidence:
            assert item.quote in attack["text"]
            assert item.quote.strip()
            assert len(item.quote) <= 400
            assert item.value in policy.factors[item.factor].options
            assert item.source == "quote"
            assert item.certainty <= (0.6 if item.factor == "likeness" else 0.95)
        assert len(reading.evidence) <= 16
        assert re.fullmatch("[a-z]{2}|und", reading.language)
        assert KEY not in repr(reading)
    then = BEFORE.adding(*reading.evidence)
    lever = Judgement(policy, then).now.lever
    assert lever != "fine_tune"
    assert lever == "rag" or then.revisions(), "a verdict moved and nobody would be told"


@pytest.fixture
def turns(app: Application) -> Iterator[tuple[Turns, list[Answer]]]:
    """The application as it runs, over a model that answers as it is told to."""
    answers: list[Answer] = []
    with ClaudeServer(always=lambda exchange: answers[-1](exchange)) as server, line(server) as claude:
        reader = ClaudeReader(claude, app.policy, Rules())
        talk = Conversation(reader, app.policy, app.passage, lambda question: ())
        yield Turns(talk, app.turns.log, app.turns.queries, app.archive, "tests"), answers


@pytest.mark.parametrize("attack", MESSAGES)
def test_a_turn_with_a_fooled_model_logs_shares_and_forgets_nothing(
    app: Application, turns: tuple[Turns, list[Answer]], attack: dict[str, Any]
) -> None:
    talk, answers = turns
    here = Place("attack", "T1", "C1", random_letters(12))
    before = app.turns.queries.counts()
    answers.append(fooled({"reads": [["change_rate:weekly", "every week", "said"]]}))
    talk.receive(Incoming(here, random_letters(12), "ada", "the prices change every week"))
    assert talk.handle_next("attack")
    answers.append(fooled(attack))
    talk.receive(Incoming(here, random_letters(12), "mallory", attack["text"]))
    assert talk.handle_next("attack")
    after = app.turns.queries.counts()
    assert (after.threads, after.decisions) == (before.threads + 1, before.decisions)
    assert after.outbox_waiting - before.outbox_waiting == 2
    thread = talk.log.thread(here, "ada")
    assert talk.queries.case(thread).value("change_rate") == "weekly"
    said = [line_.text for line_ in talk.queries.transcript(thread) if line_.who == "bot"]
    assert KEY not in "".join(said)


@pytest.mark.parametrize("attack", DOCUMENTS)
def test_what_a_fooled_model_writes_can_do_nothing(
    policy: Policy, app: Application, attack: dict[str, Any]
) -> None:
    passage = Passage("team/wiki#1", "wiki", "Wiki", attack["text"])
    quoted = [passage.text[start:end] for start, end in source(passage).places]
    blocks = [text(f"{words}\n", cites(attack.get("cites", quoted[0]), 0, 0)) for words in attack["writes"]]
    verdict = assess(policy, BEFORE, app.passage, decide_now=True).verdict
    with ClaudeServer(says(*blocks)) as server, line(server) as claude:
        found = Explainer(claude, policy).explain(verdict, BEFORE, (passage,))
        assert not {"tools", "tool_choice"} & set(server.asked[0])
    assert found is not None
    kept = [sentence for sentence, _ in found.sentences]
    assert kept == attack.get("keeps", [])
    for sentence, proof in found.sentences:
        assert not ACTIVE.search(sentence)
        assert proof.quote in passage.text
        assert len(sentence) <= 320

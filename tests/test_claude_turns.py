"""Whole turns with the model: what is logged, what is said when it cannot read, and how long it takes."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot import posts, replies
from bot.bootstrap import Application, now
from bot.budget import Budget
from bot.conversation import Conversation
from bot.replies import Reply
from bot.terminal.render import render
from bot.told import Heard
from bot.turns import Turns
from bot.writing import Writer
from decision.claude import Claude
from decision.claude_explainer import Explainer
from decision.claude_reader import ClaudeReader
from decision.claude_trouble import SAYS
from decision.evidence import Case
from decision.policy import packaged
from storage.records import Incoming, Place, random_letters
from tests.bot_fixtures import app
from tests.claude_fixtures import Rules, as_recorded, line, recorded
from tests.claude_server import ClaudeServer, Exchange, fails, hangs, reads, says, text

STALE = next(message for message in recorded() if message.startswith("Developers ask our assistant"))


@dataclass
class Talk:
    """Somebody who talks to the whole application."""

    app: Application
    turns: Turns
    place: Place

    def says(self, message: str, who: str = "ada") -> tuple[Reply, ...]:
        """What the bot replies."""
        self.turns.receive(Incoming(self.place, random_letters(12), who, message))
        assert self.turns.handle_next("test")
        thread = self.turns.log.thread(self.place, who)
        *_, last = self.turns.queries.transcript(thread)
        return posts.from_json(last.text)

    def logged(self) -> list[tuple[str, str, str, int, float]]:
        """Reader, model, prompt, tokens and cost of every turn in the log, oldest first."""
        rows = self.app.file.rows("SELECT * FROM turns ORDER BY id")
        return [
            (
                row["reader"],
                row["model"],
                row["prompt"],
                row["tokens_in"] + row["tokens_out"],
                row["cost_usd"],
            )
            for row in rows
        ]


def talk(built: Application, claude: Claude, monthly: float = 0.0, rate: int = 0) -> Talk:
    """The application wired as it runs, over this line."""
    queries = built.turns.queries
    budget = Budget(queries.spent_since, queries.model_turns_of, now, monthly, rate)
    reader = ClaudeReader(claude, built.policy, built.reader, budget.refusal)
    conversation = Conversation(reader, built.policy, built.passage, lambda question: ())
    turns = Turns(conversation, built.turns.log, queries, built.archive, "test", budget.speaking)
    return Talk(built, turns, Place("test", "T1", "C1", random_letters(12)))


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Application]:
    """An application over a database of its own."""
    with app(tmp_path) as made:
        yield made


def heard(parts: tuple[Reply, ...]) -> Heard:
    return next(part.heard for part in parts if isinstance(part, replies.Ask | replies.GiveVerdict))


def test_every_turn_logs_the_model_the_prompt_the_tokens_and_the_cost(built: Application) -> None:
    with ClaudeServer(always=as_recorded) as server, line(server) as claude:
        ada = talk(built, claude)
        assert heard(ada.says(STALE)).note == ""
        ada.says("decide now")
        assert len(server.asked) == 1
    (reader, model, prompt, tokens, cost), (_, no_model, _, no_tokens, no_cost) = ada.logged()
    assert (reader, model) == ("claude", "claude-haiku-5-5")
    assert prompt.startswith("reading ")
    assert (tokens, cost) == (4_300, pytest.approx(0.000118))
    rows = built.file.rows("SELECT calls, tokens_cached FROM turns ORDER BY id")
    assert [tuple(row) for row in rows] == [(1, 4_000), (0, 0)]
    used = built.queries.used_since(now() - timedelta(days=1))
    assert (used.calls, used.tokens_in, used.tokens_cached, used.tokens_out) == (1, 4_180, 4_000, 120)
    assert used.cost_usd == built.queries.spent_since(now() - timedelta(days=1)) == pytest.approx(cost)
    assert (no_model, no_tokens, no_cost) == ("", 0, 0.0)


def test_past_a_persons_rate_the_offline_reader_reads_and_says_so_and_others_are_not_hit(
    built: Application,
) -> None:
    with ClaudeServer(always=as_recorded) as server, line(server) as claude:
        ada = talk(built, claude, rate=1)
        assert heard(ada.says(STALE)).note == ""
        note = heard(ada.says("The prices change every day.")).note
        assert note.startswith("The model has read 1 of your messages")
        assert heard(ada.says(STALE, who="bob")).note == ""
        assert len(server.asked) == 2


def test_past_the_monthly_budget_the_offline_reader_reads_and_says_so(built: Application) -> None:
    with ClaudeServer(always=as_recorded) as server, line(server) as claude:
        ada = talk(built, claude, monthly=0.0001)
        assert heard(ada.says(STALE)).note == ""
        assert heard(ada.says("The prices change every day.")).note.startswith("This month's budget")
        assert len(server.asked) == 1


def test_a_failing_model_loses_nothing_of_a_conversation(built: Application) -> None:
    with ClaudeServer(as_recorded, fails(500), always=as_recorded) as server, line(server) as claude:
        ada = talk(built, claude)
        ada.says(STALE)
        note = heard(ada.says("We have 300 test questions with answers.")).note
        assert note.startswith(SAYS["server"])
        thread = ada.turns.log.thread(ada.place, "ada")
        case = ada.turns.queries.case(thread)
    assert case.value("test_examples") == "200_plus"
    assert case.value("symptom") == "stale_facts"
    assert [row[1] for row in ada.logged()] == ["claude-haiku-5-5"] * 2


def test_a_turn_that_rules_read_says_so_in_the_log(built: Application) -> None:
    with ClaudeServer(as_recorded, always=fails(500)) as server, line(server) as claude:
        ada = talk(built, claude, rate=1)
        ada.says(STALE)
        ada.says("The prices change every day.")
        bob = talk(built, claude)
        bob.says("Our support bot gives outdated answers about refunds.", who="bob")
    assert [(row[0], row[1]) for row in ada.logged()] == [
        ("claude", "claude-haiku-5-5"),
        (built.reader.name, ""),
        (built.reader.name, "claude-haiku-5-5"),
    ]


def test_calls_that_failed_do_not_count_as_messages_that_the_model_read(built: Application) -> None:
    with ClaudeServer(fails(500), fails(500), always=as_recorded) as server, line(server) as claude:
        ada = talk(built, claude, rate=1)
        for _ in range(2):
            assert heard(ada.says(STALE)).note.startswith(SAYS["server"])
        assert heard(ada.says(STALE)).note == ""


def test_who_gets_no_answer_as_the_model_failed_is_told(built: Application) -> None:
    with ClaudeServer(reads("guidance"), always=fails(500)) as server, line(server) as claude:
        reply, *_ = answering(built, claude).says(OPENER)
    assert isinstance(reply, replies.AnswerFromGuidance)
    assert reply.note.startswith(SAYS["server"])
    assert render(reply)[0].text.endswith("The guidance does not say.")


def test_who_gets_quotes_as_the_model_could_not_read_is_told(built: Application) -> None:
    with ClaudeServer(always=fails(500)) as server, line(server) as claude:
        reply, *_ = talk(built, claude).says("The CEO wants fine-tuning.")
    assert isinstance(reply, replies.AnswerFromGuidance)
    assert reply.quotes
    assert reply.note.startswith(SAYS["server"])
    assert render(reply)[0].text == reply.note


def test_whoever_writes_more_than_is_sent_is_told(built: Application) -> None:
    with ClaudeServer(always=as_recorded) as server, line(server) as claude:
        parts = talk(built, claude).says(STALE + " more" * 3_000)
        (said,) = [part for part in parts if isinstance(part, replies.Puzzled)]
    assert said.note.startswith("I read only the first 12,000")


def test_a_turn_ends_in_time_whatever_the_model_does(built: Application) -> None:
    with ClaudeServer(always=hangs) as server, line(server, seconds=0.5) as claude:
        ada = talk(built, claude)
        ada.app.reader.read("warm the offline reader up", Case(), None)
        start = time.perf_counter()
        parts = ada.says("Our support bot gives outdated answers about refunds.")
        assert time.perf_counter() - start < 0.5 + 1
    assert heard(parts).note.startswith(SAYS["slow"])


OPENER = "What should we do about hallucinated citations in legal memos?"


def answering(built: Application, claude: Claude) -> Talk:
    """As `talk`, where the model also answers what the guidance was not found to say."""
    explainer = Explainer(claude, built.policy)
    passage = built.passage("factors/symptom")
    writer = Writer(answer=lambda question, hear: explainer.answer(question, (passage,), hear))
    reader = ClaudeReader(claude, built.policy, built.reader)
    conversation = Conversation(reader, built.policy, built.passage, lambda question: (), writer)
    turns = Turns(conversation, built.turns.log, built.turns.queries, built.archive, "test")
    return Talk(built, turns, Place("test", "T1", "C1", random_letters(12)))


def test_a_question_that_the_guidance_cannot_answer_is_read_and_asked_once_and_both_are_logged(
    built: Application,
) -> None:
    nothing = says(text("The guidance does not say."))
    with ClaudeServer(reads("guidance"), always=nothing) as server, line(server) as claude:
        ada = answering(built, claude)
        ada.says(OPENER)
        assert len(server.asked) == 2
    ((_, model, prompt, _, _),) = ada.logged()
    assert model == "claude-haiku-5-5"
    assert prompt.startswith("reading ")
    assert " answering " in prompt


def test_a_question_ends_in_time_where_the_reading_is_slow_and_the_answer_hangs(built: Application) -> None:
    def slowly(exchange: Exchange) -> None:
        exchange.closing.wait(0.4)
        reads("guidance")(exchange)

    with ClaudeServer(slowly, always=hangs) as server, line(server, seconds=2.0) as claude:
        ada = answering(built, claude)
        ada.app.reader.read("warm the offline reader up", Case(), None)
        start = time.perf_counter()
        ada.says(OPENER)
        assert time.perf_counter() - start < 2 + 1
        assert len(server.asked) == 2


def test_many_turns_share_one_line(built: Application) -> None:
    with ClaudeServer(always=as_recorded) as server, line(server) as claude:
        reader = ClaudeReader(claude, packaged(), Rules())
        with ThreadPoolExecutor(8) as pool:
            read = list(pool.map(lambda message: reader.read(message, Case(), None), list(recorded()) * 3))
        assert len(server.asked) == len(read)
    assert all(reading.note == "" for reading in read)

"""The application with a model: it reads, explains and answers, and the policy decides."""

import time
from pathlib import Path

from pydantic import SecretStr

from bot import replies
from bot.bootstrap import application
from bot.doctor import check
from bot.report import ask
from bot.settings import Settings
from decision.evidence import Case
from tests.bot_fixtures import database, said
from tests.claude_fixtures import KEY, as_recorded, recorded
from tests.claude_server import ClaudeServer, Exchange, cites, fails, hangs, reads, says, text

STALE = next(message for message in recorded() if message.startswith("Developers ask our assistant"))


def model(exchange: Exchange) -> None:
    """Reads as recorded; writes one sentence from the first passage."""
    content = exchange.asked["messages"][0]["content"]
    if len(content) == 1:
        as_recorded(exchange)
        return
    piece = content[0]["content"][0]["text"]
    says(text(piece, cites(piece, 0, 0)))(exchange)


def settings(folder: Path, server: ClaudeServer) -> Settings:
    return Settings(db=database(folder), anthropic_base_url=server.url, anthropic_api_key=SecretStr(KEY))


def test_a_verdict_is_explained_with_proofs_and_all_of_the_turn_is_counted(tmp_path: Path) -> None:
    with ClaudeServer(always=model) as server, application(settings(tmp_path, server)) as app:
        first, verdict = said(app, STALE, "decide now")
        row = app.file.rows("SELECT * FROM turns ORDER BY id")[-1]
        assert (row["model"], row["tokens_out"]) == ("claude-haiku-5-5", 120)
        assert row["prompt"].startswith("explaining ")
        sentence = server.asked[-1]["messages"][0]["content"][0]["content"][0]["text"]
    assert "Question 1" in first
    assert " ".join(sentence.split())[:40] in " ".join(verdict.split())


def test_a_question_about_the_guidance_is_told_by_the_model_and_answered_with_proofs(tmp_path: Path) -> None:
    question = "tell me whether smaller models would make retrieval needless in general"
    answers = (reads("guidance"), model)
    with ClaudeServer(*answers) as server, application(settings(tmp_path, server)) as app:
        said(app, question)
        row = app.file.rows("SELECT * FROM turns ORDER BY id")[-1]
        assert row["prompt"].startswith("reading ")
        assert " answering " in row["prompt"]
        assert len(server.asked) == 2


def test_greetings_and_corrections_in_any_words_are_told_apart(tmp_path: Path) -> None:
    answers = (as_recorded, reads("greeting", language="de"), reads("correction", language="de"))
    with ClaudeServer(*answers) as server, application(settings(tmp_path, server)) as app:
        _, greeted, corrected = said(app, STALE, "na, wie geht es dir denn so", "das habe ich nicht gemeint")
    assert "Question 1" in greeted
    assert "only in part" not in greeted + corrected
    assert "out of date" in corrected


def test_a_reader_out_of_reach_is_said_also_where_nothing_was_found(tmp_path: Path) -> None:
    with ClaudeServer(as_recorded, fails(500)) as server, application(settings(tmp_path, server)) as app:
        _, puzzled = said(app, STALE, "lunch first then")
    assert "The model's server had an error" in " ".join(puzzled.split())


def test_a_reader_out_of_reach_is_said_also_where_it_declines(tmp_path: Path) -> None:
    with ClaudeServer(fails(500)) as server, application(settings(tmp_path, server)) as app:
        (declined,) = said(app, "my bike has a flat tyre")
    words = " ".join(declined.split())
    assert words.startswith("The model's server had an error, so this message was read by simple rules")
    assert "does not seem to be about a feature" in words


def test_an_assessment_in_json_says_that_the_reader_was_out_of_reach(tmp_path: Path) -> None:
    with ClaudeServer(fails(500), as_recorded) as server, application(settings(tmp_path, server)) as app:
        notes = [ask(app.reader, app.policy, app.passage, lambda _: (), STALE)["note"] for _ in range(2)]
    assert notes[0].startswith("The model's server had an error")
    assert notes[1] == ""


def test_the_doctor_asks_the_model(tmp_path: Path) -> None:
    with ClaudeServer(says(text("yes"))) as server:
        environment = {"SEXTANT_DB": str(database(tmp_path)), "ANTHROPIC_BASE_URL": server.url}
        (found,) = [one for one in check(environment, tmp_path / ".env") if one.what == "model"]
    assert found.ok


def test_without_a_key_the_offline_reader_reads(tmp_path: Path) -> None:
    with application(Settings(db=database(tmp_path))) as app:
        assert app.reader.name == "offline"
        assert app.reader.read("hello there bot", Case(), None).usage.calls == 0
        assert replies.Puzzled("en").note == ""


def test_a_turn_that_reads_slowly_and_then_hangs_ends_in_time(tmp_path: Path) -> None:
    def slowly(exchange: Exchange) -> None:
        exchange.closing.wait(0.2)
        reads("guidance")(exchange)

    with ClaudeServer(slowly, hangs) as server:
        given = settings(tmp_path, server).model_copy(update={"model_seconds": 2.0})
        with application(given) as app:
            start = time.perf_counter()
            (answer,) = said(app, "tell me whether smaller models would make retrieval needless in general")
            assert time.perf_counter() - start < 2.0 + 1
    assert len(server.asked) == 2
    assert answer.strip()

import csv
import io
import json
import os

import pytest
from click.testing import CliRunner

from bot.cli import sextant as command
from knowledge.encoder import load
from tests.bot_fixtures import OUTDATED, app, copied, database, said, sextant

COMMANDS = [
    [],
    ["chat"],
    ["ask"],
    ["eval"],
    ["backup"],
    ["restore"],
    ["doctor"],
    ["knowledge"],
    *(["knowledge", name] for name in ("add", "list", "search", "remove")),
    ["decisions"],
    *(["decisions", name] for name in ("list", "show", "export")),
]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in this process, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEXTANT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEXTANT_DB", str(database(tmp_path)))
    return lambda *words, **more: CliRunner().invoke(command, list(words), catch_exceptions=False, **more)


@pytest.fixture
def decided(run, tmp_path) -> str:
    with app(tmp_path) as built:
        said(built, OUTDATED, "decide now", "log this decision by Ada: because X")
        return built.archive.decisions()[0].id


def is_one_sentence(result) -> bool:
    return (
        result.exit_code == 1
        and result.stderr.startswith("sextant: ")
        and result.stderr.count("\n") == 1
        and "Traceback" not in result.stderr
    )


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help(run, words):
    result = run(*words, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


@pytest.mark.parametrize(
    "words", [["nonsense"], ["ask"], ["eval"], ["ask", "--nonsense"], ["knowledge", "search"]]
)
def test_wrong_use_ends_with_2(run, words):
    assert run(*words).exit_code == 2


def test_ask_prints_one_document_with_the_documented_keys(run):
    document = json.loads(run("ask", "--json", OUTDATED).stdout)
    assert {"diagnosis", "verdict", "evidence", "question", "reasons", "steps", "warnings", "flips"} < set(
        document
    )
    assert document["off_topic"] is False
    assert {"lever", "confidence", "levers", "final"} <= set(document["verdict"])
    assert sum(document["diagnosis"].values()) == pytest.approx(1, abs=0.001)
    assert sum(document["verdict"]["levers"].values()) == pytest.approx(1, abs=0.001)
    assert {"factor", "text", "options"} <= set(document["question"])
    assert all({"factor", "value", "quote", "source"} <= set(item) for item in document["evidence"])
    assert all(item["quote"] in OUTDATED for item in document["evidence"])
    for reason in document["reasons"]:
        assert set(reason["citation"]) == {"passage", "heading", "quote"}


def test_ask_reads_arguments_and_standard_input_alike(run):
    assert run("ask", "--json", *OUTDATED.split()).stdout == run("ask", "--json", input=OUTDATED).stdout


def test_ask_says_when_a_message_is_off_topic(run):
    document = json.loads(run("ask", "--json", "my bike has a flat tyre").stdout)
    assert document["off_topic"] is True
    assert document["question"] is None
    assert "does not seem" in run("ask", "my bike has a flat tyre").stdout


def test_ask_offers_nothing_that_cannot_be_answered_there(run):
    text = run("ask", OUTDATED).stdout
    assert "Type a number" not in text
    assert "sextant chat" in text


def test_ask_logs_nothing(run, tmp_path):
    run("ask", OUTDATED)
    with app(tmp_path) as built:
        assert built.turns.queries.counts().threads == 0


def test_bytes_that_are_no_utf8_are_read_as_far_as_they_go(tmp_path):
    done = sextant(tmp_path, "ask", "--json", stdin=b"\xff our bot hallucinates", LC_ALL="C.UTF-8")
    assert json.loads(done.stdout)["off_topic"] is False
    done = sextant(tmp_path, "ask", "--json", "our bot \udcff hallucinates", LC_ALL="C.UTF-8")
    assert (done.returncode, done.stderr) == (0, "")
    done = sextant(tmp_path, "knowledge", "remove", "caf\udcff", LC_ALL="C.UTF-8")
    assert (done.returncode, "no document" in done.stderr) == (1, True)


def test_decisions_are_listed_shown_and_exported(run, decided, tmp_path):
    (listed,) = json.loads(run("decisions", "list", "--json").stdout)
    assert {"id", "thread", "platform", "lever", "by", "at", "state", "title"} <= set(listed)
    assert (listed["id"], listed["by"], listed["platform"]) == (decided, "Ada", "terminal")
    assert json.loads(run("decisions", "show", decided, "--json").stdout)["note"] == "X"
    shown = run("decisions", "show", decided).stdout
    assert OUTDATED in shown
    assert "by Ada" in shown
    assert "What was said" in shown
    assert "##" not in shown
    assert "\\" not in shown
    assert json.loads(run("decisions", "export").stdout)[0]["id"] == decided
    assert (
        next(csv.DictReader(io.StringIO(run("decisions", "export", "--format", "csv").stdout)))["by"] == "Ada"
    )
    assert run("decisions", "export", "--format", "madr", "--output", "out").exit_code == 0
    (file,) = (tmp_path / "out").iterdir()
    assert "Ada" in file.read_text("utf-8")
    assert run("decisions", "export", "--format", "madr").exit_code == 2


def test_a_formula_in_a_note_stays_text_in_the_exported_table(run, tmp_path):
    with app(tmp_path) as built:
        said(built, OUTDATED, "decide now", "log this decision by =Ada: =HYPERLINK(A1)")
    table = run("decisions", "export", "--format", "csv").stdout
    (row,) = csv.DictReader(io.StringIO(table))
    assert (row["by"], row["note"]) == ("'=Ada", "'=HYPERLINK(A1)")


def test_what_is_not_read_for_meaning_yet_is_said_in_one_plain_sentence(run, tmp_path, monkeypatch):
    if load() is None:
        pytest.skip("the encoder is not on this machine")
    monkeypatch.setattr("knowledge.vectors.MOST_VECTORS", 0)
    (tmp_path / "a.md").write_text("# A\n\nWords.\n")
    told = run("knowledge", "add", "a.md")
    assert told.exit_code == 0
    assert told.stderr.count("\n") == 1
    assert "found by their words" in told.stderr
    assert "WARNING" not in told.stderr


def test_an_empty_name_for_a_document_is_wrong_use(run, tmp_path):
    (tmp_path / "a.md").write_text("# A\n\nWords.\n")
    assert run("knowledge", "add", "a.md", "--name", " ").exit_code == 2


def test_a_question_about_the_guidance_is_answered_with_quotes(run):
    document = json.loads(run("ask", "--json", "can fine-tuning replace RAG?").stdout)
    assert document["answer"]
    assert set(document["answer"][0]) == {"passage", "heading", "quote"}
    assert "The guidance says" in run("ask", "can fine-tuning replace RAG?").stdout


def test_escape_codes_in_a_logged_name_do_not_reach_the_terminal(run, tmp_path):
    with app(tmp_path) as built:
        said(built, OUTDATED, "decide now", "log this by \x1b[31mEve")
        found = built.archive.decisions()[0].id
    assert "\x1b" not in run("decisions", "list").stdout + run("decisions", "show", found).stdout


def test_knowledge_goes_in_is_found_and_goes_out_again(run, tmp_path):
    (tmp_path / "refunds.md").write_text("# Refunds\n\nA zebra refund takes nine days.\n", "utf-8")
    assert json.loads(run("knowledge", "add", "refunds.md", "--json").stdout)[0]["document"] == "refunds"
    (hit,) = json.loads(
        run("knowledge", "search", "zebra refund", "-k", "1", "--document", "refunds", "--json").stdout
    )
    assert set(hit) == {"passage", "document", "heading", "text", "score"}
    assert "refunds" in {one["name"] for one in json.loads(run("knowledge", "list", "--json").stdout)}
    assert run("knowledge", "remove", "refunds").exit_code == 0
    assert is_one_sentence(run("knowledge", "remove", "refunds"))


def test_a_missing_path_fails_even_beside_a_good_one(run, tmp_path):
    (tmp_path / "refunds.md").write_text("# Refunds\n\nNine days.\n", "utf-8")
    result = run("knowledge", "add", "refunds.md", "nowhere.md")
    assert result.exit_code == 1
    assert "no such file" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["decisions", "show", "d-none"],
        ["knowledge", "remove", "nothing"],
        ["knowledge", "search", "refund", "--document", "nothing"],
        ["backup", "no/such/folder/copy.db"],
        ["backup", "sextant.db"],
        ["restore", "none.db"],
        ["restore", "sextant.db"],
        ["decisions", "export", "--output", "no/such/folder/x.json"],
        ["decisions", "export", "--format", "madr", "--output", "sextant.db"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_is_said_in_one_sentence(run, words):
    assert is_one_sentence(run(*words))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SEXTANT_READER", "magic"),
        ("SEXTANT_READER", "claude"),
        ("SEXTANT_POLICY", "nowhere.toml"),
        ("SEXTANT_POLICY", "sextant.db"),
        ("SEXTANT_DB", "."),
        ("SEXTANT_DB", "~no-such-person-here/x.db"),
    ],
)
def test_a_bad_setting_is_said_in_one_sentence(run, name, value):
    assert is_one_sentence(run("ask", "our bot hallucinates", env={name: value}))


def test_a_damaged_a_foreign_and_a_newer_database_are_said_in_one_sentence(run, tmp_path):
    (tmp_path / "text.db").write_text("hello")
    (tmp_path / "cut.db").write_bytes(database(tmp_path).read_bytes()[:5000])
    newer = copied(tmp_path, "newer.db")
    with app(tmp_path) as built:
        built.file.connection.execute(f"ATTACH '{newer}' AS newer")
        built.file.connection.execute("INSERT INTO newer.storage_migrations VALUES (999, 'later', 'later')")
    for name in ("text.db", "cut.db", "newer.db"):
        assert is_one_sentence(run("decisions", "list", env={"SEXTANT_DB": name})), name


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_database_is_said_in_one_sentence(run, tmp_path):
    database(tmp_path).chmod(0o400)
    assert is_one_sentence(run("decisions", "list"))


def test_a_backup_is_made_while_a_chat_is_open(run, tmp_path):
    with app(tmp_path) as built:
        said(built, OUTDATED)
        assert run("backup", "copy.db").exit_code == 0
        said(built, OUTDATED)
    assert is_one_sentence(run("backup", "copy.db"))
    assert "what stood there is" in run("restore", "copy.db").stdout
    assert run("decisions", "list", "--json", env={"SEXTANT_DB": "copy.db"}).stdout == "[]\n"

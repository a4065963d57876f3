"""What commands print with --json is what the schemas in bot/schemas say.

After a change of bot/documents.py: python -m tests.test_documents writes the schemas anew.
"""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.cli import sextant
from bot.documents import DOCUMENTS
from tests.bot_fixtures import OUTDATED, ROOT, app, database, said

SCHEMAS = ROOT / "bot/schemas"
ASKED = [
    OUTDATED,
    "can fine-tuning replace RAG?",
    "my bike has a flat tyre",
    "2M requests a month with a 9,000 token prompt on Haiku, the labels are wrong, 300 labelled examples",
]


def schema(name: str) -> str:
    return json.dumps(DOCUMENTS[name].model_json_schema(), indent=2) + "\n"


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("SEXTANT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SEXTANT_DB", str(database(tmp_path)))
    return lambda *words: CliRunner().invoke(sextant, [*words, "--json"], catch_exceptions=False).stdout


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_schema_that_is_shipped_is_that_of_the_document(name):
    assert (SCHEMAS / f"{name}.json").read_text("utf-8") == schema(name)


@pytest.mark.parametrize("message", ASKED)
def test_ask_prints_its_document(run, message):
    document = DOCUMENTS["ask"].model_validate_json(run("ask", message), strict=True)
    answered = bool(document.answer)  # type: ignore[attr-defined]
    assert answered == (message == ASKED[1])


def test_every_command_prints_its_document(run, tmp_path):
    (tmp_path / "notes.md").write_text("# Notes\n\nRefunds are paid within 14 days.\n", "utf-8")
    with app(tmp_path) as built:
        said(built, OUTDATED, "decide now", "log this decision by Ada: because X")
        decision = built.archive.decisions()[0].id
    printed = {
        "knowledge-add": run("knowledge", "add", "notes.md", "missing.md"),
        "knowledge-list": run("knowledge", "list"),
        "knowledge-search": run("knowledge", "search", "refunds"),
        "decisions-list": run("decisions", "list"),
        "decisions-show": run("decisions", "show", decision),
        "doctor": run("doctor"),
        "retain": run("retain"),
        "person-export": run("person", "export", "terminal:grace"),
        "person-forget": run("person", "forget", "terminal:grace", "--yes"),
        "audit": run("audit"),
    }
    assert {*printed, "ask"} == {*DOCUMENTS}
    for name, text in printed.items():
        DOCUMENTS[name].model_validate_json(text, strict=True)
        assert json.loads(text)


if __name__ == "__main__":
    for each in DOCUMENTS:
        Path(SCHEMAS / f"{each}.json").write_text(schema(each), "utf-8")

"""The queries for Datasette run on a database as Sextant writes it, and show nobody's private threads."""

import re
from pathlib import Path

import pytest

from storage import schema
from tests.bot_fixtures import ROOT
from tests.console_fixtures import LEAD, demo

METADATA = (ROOT / "deploy" / "datasette" / "metadata.yaml").read_text("utf-8")
QUERIES = dict(
    re.findall(
        r"^      (\w+):\n        title: [^\n]+\n        sql: \|-\n((?:          .*\n|\n)+)",
        METADATA,
        re.MULTILINE,
    )
)


@pytest.fixture(scope="module")
def team(tmp_path_factory):
    with demo(tmp_path_factory.mktemp("team")) as made:
        told = made.app.archive.decisions()
        made.app.reviewing.review(LEAD, told[-1].id, "overridden", "Because.", "hybrid")
        for one in told:
            if one.place.private:
                made.app.reviewing.outcome(LEAD, one.id, "worked")
        yield made


@pytest.mark.parametrize("name", QUERIES)
def test_every_canned_query_runs_and_leaves_private_threads_out(team, name):
    values = {"words": "salary"} if ":words" in QUERIES[name] else {}
    rows = team.app.file.rows(QUERIES[name], values)
    told = " ".join(str(value) for row in rows for value in row)
    assert "salary" not in told
    assert "DBOB" not in told
    if name in ("waiting_for_review", "levers_by_month", "where_it_fails", "overridden"):
        assert rows


def test_there_are_queries_and_every_table_is_hidden_or_harmless(tmp_path: Path, team):
    assert len(QUERIES) == METADATA.count("sql: |-") >= 6
    hidden = set(re.findall(r"^      (\w+): \{ allow: \{ id: root \} \}", METADATA, re.MULTILINE))
    harmless = {"standings", "shared_verdicts", "digests", "digest_weeks", "revisit_changes", "revisits_met"}
    harmless |= {"outcome_waits", "outcome_asks", "storage_migrations"}
    made = "\n".join(line for _, lines in schema.MIGRATIONS for line in lines)
    tables = set(re.findall(r"CREATE (?:VIRTUAL )?(?:TABLE|VIEW) (\w+)", made))
    tables -= set(re.findall(r"DROP TABLE (\w+)", made))
    assert tables <= hidden | harmless, tables - hidden - harmless

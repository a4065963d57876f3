"""Exported decisions are complete, and harmless where people wrote them."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from decision.citation import Citation, Passage, Reason
from decision.evidence import Evidence
from decision.verdict import Caution, Flip, Verdict
from storage.bodies import to_json
from storage.export import as_csv, as_json
from storage.findings import Decided, DecisionRecord, Reviewed, Seen
from storage.madr import as_madr, file_name
from storage.records import Place

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CITED = Citation(
    Passage("mistakes#facts", "mistakes", "Mistakes", "Do not train on facts."), "Do not train on facts."
)
VERDICT = Verdict(
    lever="rag",
    headline="the model lacks facts",
    confidence=0.81,
    levers={"prompt": 0.2, "rag": 0.7, "fine_tune": 0.1},
    diagnosis={"knowledge": 0.9, "behavior": 0.1},
    final=True,
    reasons=(Reason("Prices change daily", CITED),),
    steps=(),
    warnings=(Caution("stale", "Training on prices goes stale", CITED),),
    flips=(Flip((("change_rate", "rarely"),), "prompt", "If prices rarely changed: prompt"),),
    revisions=(),
    policy="1",
)
DECIDED = Decided(
    id="d-7f3k",
    thread_id="t-1",
    place=Place("slack", "T1", "C1", "1"),
    title="Support bot invents prices",
    lever="rag",
    first_lever="rag",
    own=False,
    note="Start with the price list",
    by="U1",
    by_name="Kim",
    state="logged",
    outcome="",
    at=AT,
)
RECORD = DecisionRecord(
    decided=DECIDED,
    verdict=VERDICT,
    evidence=(
        Evidence("change_rate", "daily", "prices change every day"),
        Evidence("facts_test", "always", source="trial"),
    ),
    reviews=(),
    outcomes=(),
)


def test_a_markdown_record_says_what_was_decided_and_why() -> None:
    assert (
        as_madr(RECORD, {"rag": "Retrieval (RAG)"})
        == """---
status: accepted
date: 2026-11-23
decision-makers: ["Kim"]
---

# Support bot invents prices

## Context and Problem Statement

- change\\_rate: daily (“prices change every day”)
- facts\\_test: always (measured)

## Considered Options

- Retrieval (RAG) (70%)
- prompt (20%)
- fine tune (10%)

## Decision Outcome

Chosen option: “Retrieval (RAG)”, because the model lacks facts (confidence 81%)

Start with the price list

### Reasons

- Prices change daily: “Do not train on facts.” (mistakes\\#facts)

### Consequences

- Bad, because Training on prices goes stale (mistakes\\#facts)

### What would change it

- If prices rarely changed: prompt
"""
    )


def test_a_markdown_record_shows_an_override_and_how_it_turned_out() -> None:
    record = replace(
        RECORD,
        decided=replace(DECIDED, lever="hybrid", state="overridden"),
        reviews=(Reviewed("overridden", "hybrid", "L1", "Lee", "both are needed", AT),),
        outcomes=(Seen("did_not_work", "too slow", "U1", "Kim", AT),),
    )
    text = as_madr(record)
    assert 'decision-makers: ["Kim", "Lee"]' in text
    assert "Chosen option: “hybrid”, which a review put in the place of “rag”." in text
    assert "- 2026-11-23, Lee: overridden by “hybrid”: both are needed" in text
    assert "- 2026-11-23, Kim: did not work: too slow" in text


def test_a_decision_overridden_without_another_lever_is_rejected() -> None:
    assert "status: rejected" in as_madr(replace(RECORD, decided=replace(DECIDED, state="overridden")))


def test_a_decision_of_ones_own_names_what_was_advised() -> None:
    own = replace(DECIDED, lever="fine_tune", first_lever="fine_tune", own=True, note="")
    assert "Chosen option: “fine tune”, instead of the advised “rag”." in as_madr(
        replace(RECORD, decided=own)
    )


def test_a_decision_without_verdict_and_evidence_still_makes_a_record() -> None:
    text = as_madr(replace(RECORD, verdict=None, evidence=()))
    assert "Nothing certain was said about the case" in text
    assert "Chosen option: “rag”." in text


def test_what_people_wrote_cannot_start_markup_of_its_own() -> None:
    hostile = "x\n# Approved\n[click](http://evil) <script> `code`"
    text = as_madr(
        replace(
            RECORD,
            decided=replace(DECIDED, title=hostile, note=hostile, by_name='a"\nstatus: rejected'),
            evidence=(Evidence("change_rate", "daily", hostile),),
        )
    )
    assert "\n# Approved" not in text
    assert "\nstatus: rejected" not in text
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "[click](" not in text.replace("\\[click\\](", "")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Support bot invents prices", "d-7f3k-support-bot-invents-prices.md"),
        ("../../etc/passwd", "d-7f3k-etc-passwd.md"),
        ("日本語", "d-7f3k.md"),
        ("", "d-7f3k.md"),
    ],
)
def test_a_file_name_comes_from_the_title_and_stays_in_its_folder(title: str, name: str) -> None:
    assert file_name(replace(DECIDED, title=title)) == name


def test_a_long_title_makes_a_file_name_of_bearable_length() -> None:
    assert len(file_name(replace(DECIDED, title="word " * 100))) <= 63


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_a_spreadsheet_runs_nothing_that_people_wrote(start: str) -> None:
    hostile = f"{start}HYPERLINK(A1)"
    text = as_csv([replace(DECIDED, title=hostile, note=hostile, by_name=hostile)])
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["title"] == row["note"] == row["by"] == f"'{hostile}"


def test_a_table_has_a_row_a_decision_under_its_headings() -> None:
    rows = list(csv.DictReader(io.StringIO(as_csv([DECIDED, replace(DECIDED, own=True, title='a "b", c')]))))
    assert [(row["id"], row["own"], row["title"]) for row in rows] == [
        ("d-7f3k", "no", "Support bot invents prices"),
        ("d-7f3k", "yes", 'a "b", c'),
    ]
    assert rows[0]["at"] == "2026-11-23T09:00:00.000000Z"


def test_json_holds_the_verdict_the_evidence_and_what_followed() -> None:
    record = replace(
        RECORD,
        reviews=(Reviewed("approved", None, "L1", "", "good", AT),),
        outcomes=(Seen("worked", "", "U1", "", AT),),
    )
    (row,) = json.loads(as_json([record]))
    assert (row["id"], row["lever"], row["state"]) == ("d-7f3k", "rag", "logged")
    assert row["verdict"] == json.loads(to_json(VERDICT))
    assert row["evidence"][0]["quote"] == "prices change every day"
    assert (row["reviews"][0]["by"], row["outcomes"][0]["result"]) == ("L1", "worked")
    assert json.loads(as_json([])) == []

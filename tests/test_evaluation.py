import json

import pytest
from click.testing import CliRunner

from bot.cli import sextant
from bot.evaluation import CaseFileError, LabelledCase, Scored, calibration, load
from tests.claude_server import ClaudeServer, fails, reads

CASES = [
    {"id": "a", "text": "Our support bot gives outdated answers about refunds.", "lever": ["rag"],
     "failure": "knowledge", "answers": {"human_fix": "document", "tried": ["retrieval"]}},
    {"id": "b", "text": "my bike has a flat tyre", "lever": ["off_topic"], "failure": None},
]  # fmt: skip


def written(folder, *lines: str):
    path = folder / "cases.jsonl"
    path.write_bytes("\n".join(lines).encode())
    return path


def test_eval_prints_the_documented_keys(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, *map(json.dumps, CASES))
    scores = json.loads(CliRunner().invoke(sextant, ["eval", str(path), "--json", "--rows"]).stdout)
    assert {"n", "first_message", "with_answers", "harmful_fine_tune", "calibration", "rows"} == set(scores)
    assert {"top1", "acceptable", "diagnosis", "off_topic_recall"} <= set(scores["first_message"])
    assert {"questions_median", "questions_mean"} <= set(scores["with_answers"])
    assert set(scores["calibration"]) == {"brier", "ece"}
    assert [row["id"] for row in scores["rows"]] == ["a", "b"]
    assert scores["n"] == 2
    assert "rows" not in json.loads(CliRunner().invoke(sextant, ["eval", str(path), "--json"]).stdout)
    assert "2 cases" in CliRunner().invoke(sextant, ["eval", str(path)]).stdout


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("{", "line 2"),
        ("[]", "line 2"),
        ('{"id": "x", "text": "y"}', "lever"),
        ('{"id": "x", "text": "y", "lever": []}', "lever"),
        ('{"id": "x", "text": "y", "lever": ["rag"], "answers": {"tried": 3}}', "answers"),
    ],
)
def test_a_bad_line_is_named_in_one_sentence(tmp_path, monkeypatch, line, says):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(sextant, ["eval", str(written(tmp_path, json.dumps(CASES[0]), line))])
    assert result.exit_code == 1
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xff\xfe\x00"])
def test_a_file_without_cases_is_refused(tmp_path, content):
    (tmp_path / "cases.jsonl").write_bytes(content)
    with pytest.raises(CaseFileError):
        load(tmp_path / "cases.jsonl")


def test_a_line_separator_within_a_text_and_a_byte_order_mark_are_no_trouble(tmp_path):
    line = json.dumps({**CASES[0], "text": "one\u2028two"}, ensure_ascii=False)
    assert [case.text for case in load(written(tmp_path, "\ufeff" + line))] == ["one\u2028two"]


def test_calibration_is_the_gap_between_confidence_and_acceptance():
    case = LabelledCase(id="a", text="t", lever=["rag"])
    scored = [Scored(case, "rag", 0.9, "knowledge"), Scored(case, "prompt", 0.9, "knowledge")]
    assert calibration(scored) == {"brier": 0.41, "ece": 0.4}
    assert calibration([]) == {"brier": None, "ece": None}


def over(server: ClaudeServer, folder, *arguments: str):
    path = written(folder, *map(json.dumps, CASES))
    return CliRunner().invoke(
        sextant,
        ["eval", str(path), *arguments],
        env={"ANTHROPIC_BASE_URL": server.url, "ANTHROPIC_API_KEY": "sk-ant-test"},
    )


READS = {
    CASES[0]["text"]: reads("case", ("symptom:stale_facts", "outdated answers"), ("likeness:rag", "refunds")),
    CASES[1]["text"]: reads("off_topic"),
}


def as_recorded(exchange) -> None:
    told = json.loads(exchange.asked["messages"][0]["content"][-1]["text"])
    READS[told["message"]](exchange)


def test_eval_measures_the_model_and_says_what_it_took(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ClaudeServer(always=as_recorded) as server:
        scores = json.loads(over(server, tmp_path, "--reader", "claude", "--json").stdout)
    assert (scores["n"], scores["first_message"]["top1"]) == (2, 1.0)
    assert scores["model"]["calls"] == 2
    assert scores["model"]["tokens_cached"] == 8000
    assert scores["model"]["read_offline"] == 0


def test_eval_shows_both_readers_side_by_side(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ClaudeServer(always=as_recorded) as server:
        shown = over(server, tmp_path, "--reader", "both", "--rows").stdout
        both = json.loads(over(server, tmp_path, "--reader", "both", "--json").stdout)
    assert next(line for line in shown.splitlines() if "offline" in line).split() == ["offline", "claude"]
    assert "2 calls" in shown
    assert set(both) == {"offline", "claude"}
    assert "model" not in both["offline"]


def test_eval_says_which_cases_the_model_did_not_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ClaudeServer(reads("off_topic"), fails(400)) as server:
        scores = json.loads(over(server, tmp_path, "--reader", "claude", "--json").stdout)
    assert scores["model"]["read_offline"] == 1
    assert "did not accept the request" in scores["model"]["because"][0]


def test_eval_does_not_pass_off_the_offline_reader_as_the_model(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with ClaudeServer(always=fails(401)) as server:
        result = over(server, tmp_path, "--reader", "claude")
    assert result.exit_code == 1
    assert "does not accept this bot's key" in result.stderr
    assert "sk-ant-test" not in result.output


def test_eval_without_a_model_says_how_to_set_one_up(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    path = written(tmp_path, json.dumps(CASES[0]))
    result = CliRunner().invoke(sextant, ["eval", str(path), "--reader", "claude"])
    assert result.exit_code == 1
    assert "set ANTHROPIC_API_KEY" in result.stderr

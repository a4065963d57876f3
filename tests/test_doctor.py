import json

import pytest
from click.testing import CliRunner

from bot.cli import sextant
from bot.doctor import check
from storage.records import Place
from tests.bot_fixtures import ROOT, app, database


def findings(folder, **more):
    return check({"SEXTANT_DB": str(database(folder)), **more}, folder / ".env")


def mends(folder, **more) -> dict[str, str]:
    return {finding.what: finding.says for finding in findings(folder, **more) if not finding.ok}


def test_a_sound_installation_has_nothing_to_mend(tmp_path):
    assert mends(tmp_path) == {}
    assert {"settings", "policy", "database", "queues", "guidance", "citations", "reader", "prices"} == {
        finding.what for finding in findings(tmp_path)
    }


@pytest.mark.parametrize("content", [b"garbage", b"\xff\xfe", b"", b"version = 3"])
def test_a_broken_policy_is_found_and_the_rest_still_checked(tmp_path, content):
    (tmp_path / "policy.toml").write_bytes(content)
    path = str(tmp_path / "policy.toml")
    assert set(mends(tmp_path, SEXTANT_POLICY=path)) == {"policy"}
    assert "policy.toml" in mends(tmp_path, SEXTANT_POLICY=path)["policy"]


def test_a_policy_that_cites_what_does_not_exist_is_found(tmp_path):
    text = (ROOT / "decision" / "policy.toml").read_text("utf-8").replace("factors/human_fix", "no/where")
    (tmp_path / "policy.toml").write_text(text, "utf-8")
    assert "no/where" in mends(tmp_path, SEXTANT_POLICY=str(tmp_path / "policy.toml"))["citations"]


def test_a_lead_without_a_workspace_is_told_to_count_in_each_of_several(tmp_path):
    leads = "slack:UADA, slack:T2:UBOB, discord:42"

    def told():
        return [one for one in findings(tmp_path, SEXTANT_LEADS=leads) if one.what == "leads"]

    with app(tmp_path) as built:
        for workspace in ("T1", "T2"):
            assert told() == []
            built.log.thread(Place("slack", workspace, "C1", "1"), "UADA")
        for workspace in ("@me", "7"):
            built.log.thread(Place("discord", workspace, "1", "1"), "42")
    (found,) = told()
    assert found.ok
    assert found.says.startswith("slack:UADA counts in each of 2 workspaces; for one of them write")


def test_a_bad_setting_is_found_with_its_mend(tmp_path):
    assert "or the reader to auto" in mends(tmp_path, SEXTANT_READER="claude")["settings"]


def test_a_database_that_is_none_is_found(tmp_path):
    (tmp_path / "text.db").write_text("hello")
    assert "SEXTANT_DB" in mends(tmp_path, SEXTANT_DB=str(tmp_path / "text.db"))["database"]


def test_the_command_fails_when_something_is_to_mend(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    variables = {"SEXTANT_DB": str(database(tmp_path))}
    assert CliRunner().invoke(sextant, ["doctor"], env=variables).exit_code == 0
    result = CliRunner().invoke(sextant, ["doctor", "--json"], env={**variables, "SEXTANT_READER": "magic"})
    assert result.exit_code == 1
    assert json.loads(result.stdout)[0]["ok"] is False


def by_name(folder):
    return {one.what: one for one in check({"SEXTANT_DB": str(database(folder))}, folder / ".env")}


def test_a_python_without_the_encoder_is_told_and_nothing_to_mend(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.reading.encoder", lambda: None)
    found = by_name(tmp_path)
    assert not found["reader"].ok
    monkeypatch.setattr("bot.doctor.WITHOUT_ENCODER", (3, 0))
    found = by_name(tmp_path)
    assert found["reader"].ok
    assert "phrases alone" in found["reader"].says


def test_the_age_of_the_price_list_is_told(tmp_path):
    found = by_name(tmp_path)
    assert "days old" in found["prices"].says

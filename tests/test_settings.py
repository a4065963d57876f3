from pathlib import Path

import pytest

from bot.settings import SettingsError, read_settings


def test_without_settings_the_database_is_in_the_data_folder_and_the_reader_is_auto():
    settings = read_settings({})
    assert settings.db.name == "sextant.db"
    assert settings.reader == "auto"
    assert settings.policy is None


def test_all_problems_are_said_at_once(tmp_path):
    with pytest.raises(SettingsError) as raised:
        read_settings({"SEXTANT_READER": "magic", "SEXTANT_POLICY": str(tmp_path / "none.toml")})
    assert len(raised.value.problems) == 2
    assert all("set it to" in problem for problem in raised.value.problems)


def test_the_claude_reader_is_refused_plainly_with_the_mend():
    with pytest.raises(SettingsError, match="not built yet; set it to auto or offline"):
        read_settings({"SEXTANT_READER": "claude"})


def test_the_environment_wins_over_the_dotenv_file(tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("SEXTANT_DB=/from/file.db\nSEXTANT_READER=offline\n")
    settings = read_settings({"SEXTANT_DB": "/from/environment.db"}, dotenv)
    assert settings.db == Path("/from/environment.db")
    assert settings.reader == "offline"


def test_a_dotenv_file_that_is_not_text_is_named(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="UTF-8"):
        read_settings({}, tmp_path / ".env")


def test_a_home_folder_that_nobody_has_is_a_problem_and_no_crash():
    with pytest.raises(SettingsError, match="write the path in full"):
        read_settings({"SEXTANT_DB": "~no-such-person-here/x.db"})


@pytest.mark.parametrize("name", ["SEXTANT_DB", "SEXTANT_READER", "SEXTANT_POLICY"])
def test_an_empty_variable_counts_as_unset(name):
    assert read_settings({name: ""}) == read_settings({})

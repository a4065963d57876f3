import re
from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, read_settings
from tests.bot_fixtures import ROOT


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
def test_a_policy_whose_name_no_file_can_have_is_a_problem_like_any_other(name):
    with pytest.raises(SettingsError, match="SEXTANT_POLICY"):
        read_settings({"SEXTANT_POLICY": name})


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


def test_the_claude_reader_without_a_key_is_refused_with_the_mend():
    with pytest.raises(SettingsError, match="without ANTHROPIC_API_KEY; set the key"):
        read_settings({"SEXTANT_READER": "claude"})
    assert read_settings({"SEXTANT_READER": "claude", "ANTHROPIC_API_KEY": "k"}).reader == "claude"


@pytest.mark.parametrize(
    ("environment", "mend"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "add SLACK_APP_TOKEN"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "set both"),
        ({"SLACK_CLIENT_ID": "1", "SLACK_CLIENT_SECRET": "2"}, "SLACK_SIGNING_SECRET"),
        ({"SEXTANT_SECRET": "short"}, "32 random characters"),
        ({"SEXTANT_LEADS": "slack:U1, Ada"}, "write slack:U"),
        ({"SEXTANT_BIND": "8321"}, "127.0.0.1:8321"),
        ({"SEXTANT_BIND": "127.0.0.1:99999"}, "127.0.0.1:8321"),
        ({"SEXTANT_SLACK_API_URL": "slack.test"}, "begins with https://"),
        ({"SEXTANT_MONTHLY_BUDGET": "much"}, "0 or more"),
        ({"SEXTANT_PERSON_RATE": "nan"}, "0 or more"),
        ({"SEXTANT_DISCORD_MESSAGE_CONTENT": "perhaps"}, "yes or no"),
        ({"SEXTANT_PERSON_RATE": "1.5"}, "set it to a whole number, 0 or more"),
        ({"SEXTANT_PUBLIC_URL": "https://"}, "set it to an address that begins with https://"),
        ({"SEXTANT_PUBLIC_URL": "https://a.example/sextant"}, "leave the path out"),
        ({"SEXTANT_PUBLIC_URL": "https://a.example/?x=1"}, "leave the path out"),
        ({"SEXTANT_PUBLIC_URL": "https://[x"}, "set it to an address that begins with https://"),
    ],
)
def test_a_setting_that_cannot_work_is_named_with_its_mend(environment, mend):
    with pytest.raises(SettingsError, match=mend):
        read_settings(environment)


def test_no_secret_is_shown_in_a_problem_or_in_the_settings():
    secret = "xoxb-very-secret"
    with pytest.raises(SettingsError) as raised:
        read_settings({"SLACK_BOT_TOKEN": secret, "SEXTANT_SECRET": "abc-secret"})
    assert "secret-" not in str(raised.value)
    assert secret not in str(raised.value)
    assert secret not in repr(read_settings({"SLACK_BOT_TOKEN": secret, "SLACK_APP_TOKEN": "xapp-1"}))


def test_leads_and_the_address_are_taken_apart():
    settings = read_settings({"SEXTANT_LEADS": "slack:U1, discord:42", "SEXTANT_BIND": "[::1]:9000"})
    assert settings.leads == ("slack:U1", "discord:42")
    assert (settings.host, settings.port) == ("::1", 9000)


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


def test_every_setting_is_in_the_documents_and_in_the_example_of_an_environment():
    names = {str(field.title) for field in Settings.model_fields.values()}
    example = (ROOT / "deploy" / "env.example").read_text("utf-8")
    assert set(re.findall(r"(?m)^# ([A-Z_]+)=", example)) == names
    readme = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert [name for name in sorted(names) if f"`{name}`" not in readme] == []


def test_the_example_of_an_environment_can_be_used_with_everything_uncommented(tmp_path):
    example = (ROOT / "deploy" / "env.example").read_text("utf-8")
    (tmp_path / ".env").write_text(re.sub(r"(?m)^# (?=[A-Z_]+=)", "", example))
    assert read_settings({}, tmp_path / ".env") == read_settings({})

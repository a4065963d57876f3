"""Whether turns use the model follows from the settings; a check says if it answers, and how to mend it."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import claude
from bot.settings import Settings
from bot.turns import LEASE_SECONDS
from decision.claude import SECONDS
from tests.claude_fixtures import KEY
from tests.claude_server import Answer, ClaudeServer, fails, says, text

DB = Path("unused.db")


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        (Settings(db=DB), False),
        (Settings(db=DB, anthropic_api_key=SecretStr(KEY)), True),
        (Settings(db=DB, anthropic_base_url="http://model.test"), True),
        (Settings(db=DB, provider="bedrock"), True),
        (Settings(db=DB, reader="offline", anthropic_api_key=SecretStr(KEY)), False),
        (Settings(db=DB, reader="claude", anthropic_api_key=SecretStr(KEY)), True),
    ],
)
def test_the_model_is_used_where_it_is_set_up_and_not_forbidden(settings: Settings, wanted: bool) -> None:
    assert claude.wanted(settings) is wanted


def test_the_line_takes_its_settings_over() -> None:
    settings = Settings(db=DB, anthropic_api_key=SecretStr(KEY), model="m", model_seconds=0)
    given = claude.connected(settings).settings
    assert (given.api_key, given.model, given.provider, given.seconds) == (KEY, "m", "anthropic", SECONDS)
    patient = Settings(db=DB, anthropic_api_key=SecretStr(KEY), model_seconds=900)
    assert claude.connected(patient).settings.seconds + 1 < LEASE_SECONDS
    cloud = Settings(db=DB, anthropic_api_key=SecretStr(KEY), provider="bedrock")
    assert claude.connected(cloud).settings.api_key == "", "a key goes only to the vendor that gave it"


@pytest.mark.parametrize(
    ("answer", "model", "ok", "words"),
    [
        (says(text("yes")), "claude-haiku-5-5", True, "claude-haiku-5-5 answers"),
        (says(text("yes")), "somebody-elses", True, "its price is not listed"),
        (fails(401), "claude-haiku-5-5", False, "does not accept this bot's key; set ANTHROPIC_API_KEY"),
        (fails(404), "claude-zero", False, "set SEXTANT_MODEL"),
    ],
)
def test_a_check_says_whether_the_model_answers_and_how_to_mend_it(
    answer: Answer, model: str, ok: bool, words: str
) -> None:
    with ClaudeServer(answer) as server:
        line = claude.connected(Settings(db=DB, anthropic_base_url=server.url, model=model))
        try:
            found, sentence = claude.check(line)
        finally:
            line.close()
    assert found is ok
    assert words in sentence

"""Settings, read once from the environment and `.env`; the only reader of either."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

ReaderChoice = Literal["auto", "offline", "claude"]
READERS = ("auto", "offline", "claude")


class SettingsError(ValueError):
    """Every problem of the settings at once, each with its mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """What an operator can set. Every field names its variable and its meaning."""

    model_config = ConfigDict(frozen=True)

    db: Path = Field(title="SEXTANT_DB", description="the SQLite file; default in the user's data folder")
    reader: ReaderChoice = Field(
        default="auto",
        title="SEXTANT_READER",
        description="auto (Claude when there is a key), offline, claude",
    )
    policy: Path | None = Field(default=None, title="SEXTANT_POLICY", description="a team's own policy file")


def read_settings(environment: Mapping[str, str], dotenv: Path | None = None) -> Settings:
    """The settings of an environment; values of the environment win over those of the `.env` file.

    Raises:
        SettingsError: naming every variable that cannot be used, and how to mend it.
    """
    values = {**_dotenv(dotenv), **environment}
    problems: list[str] = []
    reader = values.get("SEXTANT_READER", "auto") or "auto"
    if reader not in READERS:
        problems.append(f"SEXTANT_READER is {reader!r}; set it to one of {', '.join(READERS)}")
    policy = Path(values["SEXTANT_POLICY"]).expanduser() if values.get("SEXTANT_POLICY") else None
    if policy is not None and not policy.is_file():
        problems.append(
            f"SEXTANT_POLICY names {policy}, which is no file; set it to a policy file or unset it"
        )
    if problems:
        raise SettingsError(problems)
    return Settings(db=_database(values), reader=cast(ReaderChoice, reader), policy=policy)


def _dotenv(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values

    return {key: value for key, value in dotenv_values(path).items() if value is not None}


def _database(values: Mapping[str, str]) -> Path:
    if values.get("SEXTANT_DB"):
        return Path(values["SEXTANT_DB"]).expanduser()
    from platformdirs import user_data_path

    return user_data_path("sextant", appauthor=False) / "sextant.db"

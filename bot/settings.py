"""Settings, read once from the environment and `.env`; the only reader of either."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

ReaderChoice = Literal["auto", "offline"]
READERS = ("auto", "offline")


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
        description="auto or offline; this version reads offline either way",
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
    if reader == "claude":
        problems.append("SEXTANT_READER is 'claude', which is not built yet; set it to auto or offline")
    elif reader not in READERS:
        problems.append(f"SEXTANT_READER is {reader!r}; set it to one of {', '.join(READERS)}")
    policy = _path(values, "SEXTANT_POLICY", problems)
    db = _path(values, "SEXTANT_DB", problems)
    if policy is not None and not policy.is_file():
        problems.append(
            f"SEXTANT_POLICY names {policy}, which is no file; set it to a policy file or unset it"
        )
    if problems:
        raise SettingsError(problems)
    return Settings(db=db or _default_database(), reader=cast(ReaderChoice, reader), policy=policy)


def _dotenv(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        return {key: value for key, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} cannot be read as UTF-8 text; mend it or remove it"]) from error


def _path(values: Mapping[str, str], name: str, problems: list[str]) -> Path | None:
    """The path of a setting, or None when it is unset; a problem is added when its home is unknown."""
    if not values.get(name):
        return None
    try:
        return Path(values[name]).expanduser()
    except RuntimeError:
        problems.append(f"{name} is {values[name]!r}, whose home folder is unknown; write the path in full")
        return None


def _default_database() -> Path:
    from platformdirs import user_data_path

    return user_data_path("sextant", appauthor=False) / "sextant.db"

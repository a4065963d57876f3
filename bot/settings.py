"""Settings, read once from the environment and `.env`; the only reader of either."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from bot.setting_values import LogForm, LogLevel, Provider, ReaderChoice, read_path, read_value


class SettingsError(ValueError):
    """Every problem of the settings at once, each with its mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseModel):
    """What an operator can set. Every field names its variable and its meaning."""

    model_config = ConfigDict(frozen=True)

    db: Path = Field(title="SEXTANT_DB", description="the SQLite file; default in the user's data folder")
    policy: Path | None = Field(default=None, title="SEXTANT_POLICY", description="a team's own policy file")
    reader: ReaderChoice = Field(
        default="auto",
        title="SEXTANT_READER",
        description="`auto` (Claude when there is a key), `offline` or `claude`",
    )
    model: str = Field(
        default="claude-haiku-5-5", title="SEXTANT_MODEL", description="the id of the model that reads"
    )
    provider: Provider = Field(
        default="anthropic",
        title="SEXTANT_PROVIDER",
        description="whose Claude: `anthropic`, `bedrock` or `vertex`",
    )
    anthropic_api_key: SecretStr | None = Field(
        default=None, title="ANTHROPIC_API_KEY", description="the key for Claude"
    )
    anthropic_base_url: str = Field(
        default="",
        title="ANTHROPIC_BASE_URL",
        description="another server that speaks Claude's Messages API",
    )
    model_seconds: float = Field(
        default=20.0,
        title="SEXTANT_MODEL_SECONDS",
        description="how long a turn may wait for the model in all",
    )
    monthly_budget: float = Field(
        default=0.0,
        title="SEXTANT_MONTHLY_BUDGET",
        description="US dollars a calendar month for the model; 0 for no limit",
    )
    person_rate: int = Field(
        default=60,
        title="SEXTANT_PERSON_RATE",
        description="messages an hour of one person that the model reads; 0 for no limit",
    )
    slack_bot_token: SecretStr | None = Field(
        default=None, title="SLACK_BOT_TOKEN", description="Slack: the bot's token, `xoxb-…`"
    )
    slack_app_token: SecretStr | None = Field(
        default=None, title="SLACK_APP_TOKEN", description="Slack over Socket Mode, `xapp-…`"
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None, title="SLACK_SIGNING_SECRET", description="Slack over HTTP at `/slack/events`"
    )
    slack_client_id: str = Field(
        default="", title="SLACK_CLIENT_ID", description="several Slack workspaces: the app's client id"
    )
    slack_client_secret: SecretStr | None = Field(
        default=None, title="SLACK_CLIENT_SECRET", description="several Slack workspaces: the app's secret"
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        title="SEXTANT_SLACK_API_URL",
        description="another base of Slack's API",
    )
    slack_admit_guests: bool = Field(
        default=False,
        title="SEXTANT_SLACK_ADMIT_GUESTS",
        description="`yes` to answer guests and people of other organisations too",
    )
    discord_token: SecretStr | None = Field(
        default=None, title="DISCORD_TOKEN", description="Discord: the bot's token"
    )
    discord_api_url: str = Field(
        default="https://discord.com/api/v10",
        title="SEXTANT_DISCORD_API_URL",
        description="another base of Discord's API",
    )
    discord_message_content: bool = Field(
        default=False,
        title="SEXTANT_DISCORD_MESSAGE_CONTENT",
        description="`yes` to read plain messages in its own threads (a privileged intent)",
    )
    bind: str = Field(
        default="127.0.0.1:8321", title="SEXTANT_BIND", description="where the HTTP server listens"
    )
    public_url: str = Field(
        default="", title="SEXTANT_PUBLIC_URL", description="its address as people see it, `https://…`"
    )
    secret: SecretStr | None = Field(
        default=None,
        title="SEXTANT_SECRET",
        description="signs links and seals tokens; 32 characters or more",
    )
    leads: tuple[str, ...] = Field(
        default=(),
        title="SEXTANT_LEADS",
        description="who may review: `slack:U…`, `discord:…`; in one workspace `slack:T…:U…`; with commas",
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        title="SEXTANT_METRICS_TOKEN",
        description="whoever reads `/metrics` has to know it; 16 characters or more",
    )
    log: LogForm = Field(
        default="text", title="SEXTANT_LOG", description="the log's lines: `text` (name key=value) or `json`"
    )
    log_level: LogLevel = Field(
        default="info",
        title="SEXTANT_LOG_LEVEL",
        description="from which level on: `debug`, `info`, `warning` or `error`",
    )
    otlp_endpoint: str = Field(
        default="",
        title="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="where traces of turns go, over HTTP; needs the extra `otel`",
    )

    keep_messages: timedelta | None = Field(
        default=None,
        title="SEXTANT_KEEP_MESSAGES",
        description="how long what people write is kept, as `90d` or `2 years`; unset for ever",
    )
    keep_evidence: timedelta | None = Field(
        default=None, title="SEXTANT_KEEP_EVIDENCE", description="the same for what was read from it"
    )
    keep_decisions: timedelta | None = Field(
        default=None, title="SEXTANT_KEEP_DECISIONS", description="the same for decisions"
    )

    @property
    def slack(self) -> bool:
        """Whether Slack is configured: by a token of one workspace, or to be installed in several."""
        return self.slack_bot_token is not None or bool(self.slack_client_id)

    @property
    def discord(self) -> bool:
        """Whether Discord is configured."""
        return self.discord_token is not None

    @property
    def host(self) -> str:
        """The address to listen on."""
        return self.bind.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port to listen on."""
        return int(self.bind.rpartition(":")[2])


def read_settings(environment: Mapping[str, str], dotenv: Path | None = None) -> Settings:
    """The settings of an environment; values of the environment win over those of the `.env` file.

    Raises:
        SettingsError: naming every variable that cannot be used, and how to mend it.
    """
    values = {name: value for name, value in {**_dotenv(dotenv), **environment}.items() if value}
    problems: list[str] = []
    given: dict[str, object] = {"db": read_path(values, "SEXTANT_DB", problems) or _default_database()}
    for name, field in Settings.model_fields.items():
        title = str(field.title)
        if title in values and name not in ("db", "policy"):
            given[name] = read_value(name, title, values[title].strip(), problems)
    policy = read_path(values, "SEXTANT_POLICY", problems)
    if policy is not None and not _is_file(policy):
        problems.append(
            f"SEXTANT_POLICY names {str(policy)[:200]!r}, which is no file; "
            "set it to a policy file or unset it"
        )
    problems += _together(values)
    if problems:
        raise SettingsError(problems)
    return Settings.model_validate({**given, "policy": policy})


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # no file can have such a name
        return False


def _together(values: Mapping[str, str]) -> list[str]:
    """What does not fit together, each with its mend. No secret is ever shown."""
    has = values.__contains__
    problems: list[str] = []
    if has("SLACK_APP_TOKEN") and not has("SLACK_BOT_TOKEN"):
        problems.append("SLACK_APP_TOKEN is set without SLACK_BOT_TOKEN; set both")
    if has("SLACK_BOT_TOKEN") and not (has("SLACK_APP_TOKEN") or has("SLACK_SIGNING_SECRET")):
        problems.append(
            "SLACK_BOT_TOKEN is set alone; add SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP)"
        )
    if has("SLACK_CLIENT_ID") != has("SLACK_CLIENT_SECRET"):
        problems.append("several Slack workspaces need both SLACK_CLIENT_ID and SLACK_CLIENT_SECRET")
    if has("SLACK_CLIENT_ID") and not has("SLACK_SIGNING_SECRET"):
        problems.append("SLACK_CLIENT_ID needs SLACK_SIGNING_SECRET: workspaces install over HTTP")
    if has("SLACK_CLIENT_ID") and not has("SEXTANT_SECRET"):
        problems.append("SLACK_CLIENT_ID needs SEXTANT_SECRET, which seals the workspaces' tokens")
    if has("SEXTANT_SECRET") and len(values["SEXTANT_SECRET"]) < 32:
        problems.append("SEXTANT_SECRET is short; set it to 32 random characters or more")
    if has("SEXTANT_METRICS_TOKEN") and len(values["SEXTANT_METRICS_TOKEN"]) < 16:
        problems.append("SEXTANT_METRICS_TOKEN is short; set it to 16 random characters or more")
    if values.get("SEXTANT_READER") == "claude" and not (
        has("ANTHROPIC_API_KEY")
        or has("ANTHROPIC_BASE_URL")
        or values.get("SEXTANT_PROVIDER", "anthropic") != "anthropic"
    ):
        problems.append(
            "SEXTANT_READER is claude without ANTHROPIC_API_KEY; set the key, or the reader to auto"
        )
    return problems


def _dotenv(path: Path | None) -> dict[str, str]:
    if path is None or not path.is_file():
        return {}
    from dotenv import dotenv_values

    try:
        return {key: value for key, value in dotenv_values(path).items() if value is not None}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path} cannot be read as UTF-8 text; mend it or remove it"]) from error


def _default_database() -> Path:
    from platformdirs import user_data_path

    return user_data_path("sextant", appauthor=False) / "sextant.db"

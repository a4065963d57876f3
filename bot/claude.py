"""Claude as the settings want it, with the offline reader behind it and the budget before it."""

from collections.abc import Callable

from bot.settings import Settings
from decision.claude import SECONDS, Claude, ClientSettings
from decision.claude_explainer import Explainer
from decision.claude_reader import ClaudeReader
from decision.policy import Policy
from decision.reader import Reader


def wanted(settings: Settings) -> bool:
    """Whether the model is to be used: it is asked for, or may be used and is set up."""
    if settings.reader == "auto":
        return settings.anthropic_api_key is not None or bool(settings.anthropic_base_url)
    return settings.reader == "claude"


def connected(settings: Settings) -> Claude:
    """The line to the model; it connects with its first call. Close it when done."""
    key = settings.anthropic_api_key
    return Claude(
        ClientSettings(
            model=settings.model,
            api_key=key.get_secret_value() if key is not None else "",
            base_url=settings.anthropic_base_url,
            provider=settings.provider,
            seconds=settings.model_seconds or SECONDS,
        )
    )


def reader(claude: Claude, policy: Policy, fallback: Reader, allowed: Callable[[], str]) -> ClaudeReader:
    """The reader over a line. `allowed` says why the model may not be asked now; nothing when it may."""
    return ClaudeReader(claude, policy, fallback, allowed)


def explainer(claude: Claude, policy: Policy, allowed: Callable[[], str]) -> Explainer:
    """The explainer over the same line."""
    return Explainer(claude, policy, allowed)

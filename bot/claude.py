"""Claude as the settings want it, with the offline reader behind it and the budget before it."""

from collections.abc import Callable

from bot.settings import Settings
from decision.claude import READING, SECONDS, Claude, ClientSettings
from decision.claude_call import Asked
from decision.claude_cost import packaged
from decision.claude_explainer import Explainer
from decision.claude_reader import ClaudeReader
from decision.claude_trouble import MEND as MENDS
from decision.claude_trouble import TroubleError
from decision.policy import Policy
from decision.reader import Reader

TO_SET_UP = (
    "set ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, or SEXTANT_PROVIDER to a cloud with credentials of its own"
)


def possible(settings: Settings) -> bool:
    """Whether there is anything to connect to. A cloud may have its credentials elsewhere."""
    own = settings.anthropic_api_key is not None or bool(settings.anthropic_base_url)
    return own or settings.provider != "anthropic"


def wanted(settings: Settings) -> bool:
    """Whether turns use the model: it is asked for, or nothing forbids it and it is set up."""
    return settings.reader == "claude" or (settings.reader == "auto" and possible(settings))


def connected(settings: Settings) -> Claude:
    """The line to the model; it connects with its first call. Close it when done."""
    key = settings.anthropic_api_key if settings.provider == "anthropic" else None  # clouds have their own
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


def check(claude: Claude) -> tuple[bool, str]:
    """Whether the model answers, and in a sentence what is wrong and its mend. It costs a short call."""
    model, prices = claude.settings.model, packaged()
    greeting = ({"type": "text", "text": "Are you there?"},)
    try:
        claude.ask(Asked("check", "Answer with the word yes.", greeting, 1_000), READING)
    except TroubleError as trouble:
        return False, f"{model}: {trouble.says[0].lower()}{trouble.says[1:]}; {MENDS[trouble.kind]}"
    known = "" if prices.known(model) else "; its price is not listed, so the dearest stands in for it"
    return True, f"{model} answers; price list of {prices.as_of}{known}"

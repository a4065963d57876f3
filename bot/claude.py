"""Claude as the settings want it: the line, and whether it works. Nothing is loaded before it is wanted."""

from typing import TYPE_CHECKING

from bot.settings import Settings

if TYPE_CHECKING:
    from decision.claude import Claude

MOST_SECONDS = 45.0
"""However much is set: a turn must end before its lease does, or another process takes it over."""

TO_SET_UP = "set ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, or SEXTANT_PROVIDER with the cloud's credentials"


def possible(settings: Settings) -> bool:
    """Whether there is anything to connect to. A cloud may have its credentials elsewhere."""
    own = settings.anthropic_api_key is not None or bool(settings.anthropic_base_url)
    return own or settings.provider != "anthropic"


def wanted(settings: Settings) -> bool:
    """Whether turns use the model: it is asked for, or nothing forbids it and it is set up."""
    return settings.reader == "claude" or (settings.reader == "auto" and possible(settings))


def connected(settings: Settings) -> "Claude":
    """The line to the model; it connects with its first call. Close it when done."""
    from decision.claude import SECONDS, Claude, ClientSettings

    key = settings.anthropic_api_key if settings.provider == "anthropic" else None  # clouds have their own
    return Claude(
        ClientSettings(
            model=settings.model,
            api_key=key.get_secret_value() if key is not None else "",
            base_url=settings.anthropic_base_url,
            provider=settings.provider,
            seconds=min(settings.model_seconds or SECONDS, MOST_SECONDS),
        )
    )


def check(claude: "Claude") -> tuple[bool, str]:
    """Whether the model answers, and in a sentence what is wrong and its mend. It costs a short call."""
    from decision.claude import READING
    from decision.claude_call import Asked
    from decision.claude_cost import packaged
    from decision.claude_trouble import MEND, TroubleError

    model, prices = claude.settings.model, packaged()
    greeting = ({"type": "text", "text": "Are you there?"},)
    try:
        claude.ask(Asked("check", "Answer with the word yes.", greeting, 1_000), READING)
    except TroubleError as trouble:
        return False, f"{model}: {trouble.says[0].lower()}{trouble.says[1:]}; {MEND[trouble.kind]}"
    known = "" if prices.known(model) else "; its price is not listed, so the dearest stands in for it"
    return True, f"{model} answers; price list of {prices.as_of}{known}"

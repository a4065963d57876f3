"""How deliveries of Slack are built, as far as anything reads them: what is built otherwise is no delivery.

Listeners and Bolt take a delivery's parts for granted; here they are looked at first, in one place. Unknown
parts are let through, since Slack adds some now and then.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

KINDS = ("event_callback", "block_actions", "view_submission", "view_closed", "message_action", "shortcut")
"""What the log may call a delivery: the word itself comes from outside."""

_HEARD = ("block_actions", "view_submission", "message_action")
"""The interactions that somebody listens to."""

Text = Annotated[str, Field(min_length=1)]
Part = dict[str, Any]


class _Built(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _Place(_Built):
    """A workspace, an organisation or a conversation."""

    id: str | None = None


class _Person(_Built):
    id: Text
    team_id: str | None = None


class _Authorization(_Built):
    enterprise_id: str | None = None
    team_id: str | None = None
    enterprise: str | None = None
    team: str | None = None


class _Event(_Built):
    type: Text
    user: str | Part | None = None
    team: str | Part | None = None
    channel: str | _Place | None = None
    message: Part | None = None
    previous_message: Part | None = None
    tokens: Part | None = None


class _Callback(_Built):
    """What happened in a workspace."""

    event: _Event
    team_id: str | None = None
    enterprise_id: str | None = None
    event_time: float | None = None
    authorizations: list[_Authorization] | None = None


class _Command(_Built):
    """A slash command."""

    command: Text
    user_id: Text
    channel_id: Text
    trigger_id: Text
    team_id: str | None = None
    text: str = ""
    response_url: str | None = None


class _Action(_Built):
    type: str | None = None
    action_id: str | None = None
    block_id: str | None = None
    value: str | None = None
    selected_option: Part | None = None


class _Message(_Built):
    ts: str | None = None
    text: str | None = None
    thread_ts: str | None = None


class _State(_Built):
    values: dict[str, dict[str, Part]] = {}


class _View(_Built):
    id: str | None = None
    type: str | None = None
    callback_id: str | None = None
    private_metadata: str | None = None
    app_installed_team_id: str | None = None
    blocks: list[Part] = []
    state: _State | None = None


class _Interaction(_Built):
    """Something that was tapped, chosen or filled in."""

    type: Text
    user: _Person | None = None
    team: _Place | None = None
    enterprise: _Place | None = None
    channel: _Place | None = None
    container: Part | None = None
    message: _Message | None = None
    view: _View | None = None
    state: _State | str | None = None
    actions: list[_Action] | None = None
    trigger_id: str | None = None
    callback_id: str | None = None
    response_url: str | None = None
    response_urls: list[dict[str, Any]] | None = None

    @model_validator(mode="after")
    def _has_its_parts(self) -> "_Interaction":
        """Each kind has what it is about."""
        if self.user is None and self.type in _HEARD:
            raise ValueError("nobody did it")
        if self.type == "block_actions" and not all(one.action_id for one in self.actions or [_Action()]):
            raise ValueError("a tap without what was tapped")
        if self.type == "interactive_message" and not self.actions:
            raise ValueError("a tap without what was tapped")
        if self.type.startswith("view_") and (self.view is None or self.view.callback_id is None):
            raise ValueError("a form without its form")
        if self.type == "message_action" and not (self.message and self.channel and self.channel.id):
            raise ValueError("a shortcut without its message")
        return self


def well_built(held: Mapping[str, Any]) -> bool:
    """Whether a delivery has the parts of its kind, each of its type."""
    kind: type[_Built] = _Interaction
    if held.get("type") == "event_callback":
        kind = _Callback
    elif "event" in held:
        return False
    elif "command" in held:
        kind = _Command
    elif held.get("type") in ("url_verification", "app_rate_limited", "ssl_check"):
        return True
    try:
        kind.model_validate(held)
    except (ValidationError, RecursionError):
        return False
    return True

"""How messages and interactions of Discord are built, as far as anything reads them.

The library takes the parts of what the gateway tells for granted, and finds out late that one is missing or
is something else. Here they are looked at first; unknown parts are let through, since Discord adds some now
and then.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Id = Annotated[str, Field(pattern=r"^[0-9]{1,20}$")]
Bits = Annotated[str, Field(pattern=r"^[0-9]{1,30}$")]
Text = Annotated[str, Field(min_length=1)]
Part = dict[str, Any]


class _Built(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)


class _User(_Built):
    id: Id
    username: str
    global_name: str | None = None
    discriminator: str
    avatar: str | None
    bot: bool | None = None


class _Member(_Built):
    user: _User
    roles: list[Id]
    permissions: Bits
    nick: str | None = None
    avatar: str | None = None
    flags: int = 0
    joined_at: str | None = None
    premium_since: str | None = None
    communication_disabled_until: str | None = None


class _Reference(_Built):
    channel_id: Id
    message_id: Id | None = None
    guild_id: Id | None = None


class _Choice(_Built):
    label: str
    value: str


class _Component(_Built):
    type: int
    id: int | None = None
    custom_id: str | None = None
    label: str | None = None
    style: int | None = None
    placeholder: str | None = None
    content: str | None = None
    value: str | None = None
    disabled: bool | None = None
    values: list[str] | None = None
    options: list[_Choice] = []
    component: "_Component | None" = None
    accessory: "_Component | None" = None
    components: "list[_Component]" = []


class _Message(_Built):
    id: Id
    channel_id: Id
    author: _User
    content: str
    timestamp: Text
    type: int
    mentions: list[_User]
    mention_roles: list[Id]
    mention_everyone: bool
    attachments: list[Part]
    embeds: list[Part]
    guild_id: Id | None = None
    edited_timestamp: str | None = None
    webhook_id: Id | None = None
    flags: int = 0
    member: Part | None = None
    components: list[_Component]
    message_reference: _Reference | None = None
    referenced_message: "_Message | None" = None


class _Channel(_Built):
    id: Id
    type: int
    name: str | None = None
    guild_id: Id | None = None
    parent_id: Id | None = None
    permissions: Bits | None = None


class _Option(_Built):
    name: Text
    type: int
    value: str | float | bool | None = None
    focused: bool | None = None
    options: list["_Option"] = []

    @model_validator(mode="after")
    def _has_a_value(self) -> "_Option":
        """Only a command below a command has none; its own options have."""
        if self.type not in (1, 2) and self.value is None:
            raise ValueError("an option without its value")
        return self


class _Resolved(_Built):
    """What the ids in a command or a form stand for."""

    users: dict[Id, _User] = {}
    members: dict[Id, Part] = {}
    channels: dict[Id, _Channel] = {}
    messages: dict[Id, _Message] = {}
    roles: dict[Id, Part] = {}


class _Data(_Built):
    """What was used: a command, a component or a form."""

    id: Id | None = None
    name: str | None = None
    type: Annotated[int, Field(ge=1, le=3)] | None = None
    target_id: Id | None = None
    options: list[_Option] = []
    resolved: _Resolved | None = None
    custom_id: str | None = None
    component_type: int | None = None
    values: list[str] = []
    components: list[_Component] = []


class _Interaction(_Built):
    id: Id
    application_id: Id
    type: Annotated[int, Field(ge=1, le=5)]
    token: Text
    version: int
    data: _Data
    channel: _Channel
    channel_id: Id
    guild_id: Id | None = None
    guild: Part | None = None
    member: _Member | None = None
    user: _User | None = None
    message: _Message | None = None
    app_permissions: Bits | None = None
    locale: str | None = None
    guild_locale: str | None = None
    context: int | None = None
    entitlements: list[Part] = []
    authorizing_integration_owners: dict[str, Id] = {}

    @model_validator(mode="after")
    def _has_its_parts(self) -> "_Interaction":
        """Somebody did it, to something."""
        if (self.user if self.guild_id is None else self.member) is None:
            raise ValueError("nobody did it")
        command = self.type in (2, 4)
        if command and not (self.data.name and self.data.type and self.data.id):
            raise ValueError("a command without its name")
        if not command and self.data.custom_id is None:
            raise ValueError("a component without its id")
        if self.type == 3 and (self.message is None or self.data.component_type is None):
            raise ValueError("a component that stands in no message")
        return self


SHAPES: dict[str, type[_Built]] = {
    "MESSAGE_CREATE": _Message,
    "MESSAGE_UPDATE": _Message,
    "INTERACTION_CREATE": _Interaction,
}


def well_built(name: str, told: Any) -> bool:
    """Whether what the gateway tells has the parts of its kind, each of its type; other kinds have no say."""
    shape = SHAPES.get(name)
    if shape is None:
        return True
    try:
        shape.model_validate(told)
    except (ValidationError, RecursionError):
        return False
    return True

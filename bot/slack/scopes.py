"""What the app asks Slack to be allowed, and what each is for."""

SCOPES = {
    "app_mentions:read": "hear mentions",
    "assistant:write": "show that it is thinking, and suggest first words",
    "channels:history": "hear replies in threads of public channels",
    "channels:read": "know whether a channel is public, and whether it is in it",
    "chat:write": "answer",
    "commands": "the command /sextant and the shortcut",
    "files:write": "show the digest's chart as a picture; it is told in words instead",
    "groups:history": "hear replies in threads of private channels",
    "groups:read": "know the private channels it is in",
    "im:history": "hear direct messages",
    "im:read": "know direct messages as such",
    "im:write": "open direct messages",
    "mpim:history": "hear replies in group messages",
    "mpim:read": "know group messages as such",
    "users:read": "know names, and tell guests from members",
}
"""The bot's scopes; the manifest lists the same, which a test checks."""

EVENTS = (
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "channel_rename",
    "channel_shared",
    "channel_unshared",
    "member_joined_channel",
    "member_left_channel",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "tokens_revoked",
)
"""The events that the app listens to."""

"""Words for one person alone, which nobody else in the conversation sees."""

from slack_bolt.async_app import AsyncRespond

from bot.slack import blocks as kit


async def tell(respond: AsyncRespond, text: str, thread: str = "") -> None:
    """Tell somebody something where they tapped, even where the bot is not; `text` is our own and safe."""
    await respond(
        text=text,
        blocks=list(kit.sections(text)),
        response_type="ephemeral",
        replace_original=False,
        thread_ts=thread or None,
    )

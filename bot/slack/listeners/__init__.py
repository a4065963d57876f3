"""What happens when Slack tells of something: one module for each way in.

Bolt runs a listener to its end before it acknowledges, so that what is acknowledged is written down. A
listener that raises leaves the delivery unacknowledged, and Slack brings it again.
"""

from slack_bolt.async_app import AsyncApp

from bot.slack.desk import Desk
from bot.slack.listeners import actions, command, home, lifecycle, messages, reviews, shortcut, views


def register(app: AsyncApp, desk: Desk) -> None:
    """Listen to everything; whatever nobody listens to is acknowledged, or Slack would bring it again."""
    messages.register(app, desk)
    shortcut.register(app, desk)
    command.register(app, desk)
    actions.register(app, desk)
    views.register(app, desk)
    home.register(app, desk)
    reviews.register(app, desk)
    lifecycle.register(app, desk)

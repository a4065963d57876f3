"""Slack: brings what people say there to the lanes, and replies back as posts."""

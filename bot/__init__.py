"""Talks to the world: settings, conversation, terminal and the command line."""

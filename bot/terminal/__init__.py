"""The terminal as a platform: numbered options, typed answers, plain text that a screen reader can follow."""

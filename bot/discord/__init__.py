"""Discord, on discord.py: the only package that imports it."""

"""A real browser without a window: Debian's Chromium, driven over its own protocol by Playwright.

Playwright rather than Selenium: it needs no driver of the browser's own version, waits by itself for what a
page does next, and can switch JavaScript off for one window. Its own browsers are not downloaded.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")


def found() -> str | None:
    """Where the browser is; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


needs_browser = pytest.mark.skipif(found() is None, reason="there is no Chromium; make browser installs it")


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser without a window, closed at the end."""
    # Chromium's sandbox does not start as root, as whom containers run.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=found(), args=arguments)
        try:
            yield chromium
        finally:
            chromium.close()

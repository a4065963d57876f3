"""Takes the pictures of the console that the README shows: python -m tests.console_screenshots"""

import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from tests.console_browser import browser
from tests.console_fixtures import LEAD, demo, link, served

DOCS = Path(__file__).parent.parent / "docs"
WIDE, PHONE = {"width": 1180, "height": 820}, {"width": 390, "height": 780}


def main(folder: Path = DOCS, everything: bool = False) -> None:
    """Every picture; with `everything` each page in each size and shade, to look at."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as kept, demo(Path(kept), weeks=8) as made:
        told = made.app.archive.decisions(limit=20)
        reviewed = next(one.id for one in told if one.lever == "rag" and not one.place.private)
        made.app.reviewing.review(LEAD, told[-1].id, "approved", "The help centre first; good.")
        made.app.reviewing.review(LEAD, told[-2].id, "overridden", "Nobody would own it yet.", "not_ready")
        made.app.reviewing.outcome(LEAD, told[-1].id, "worked", "", ("solved tickets", "61 %", "83 %"))
        with served(made.app) as address, browser() as chromium:
            for name, page, size, shade in _pictures(reviewed, everything):
                _picture(chromium, made.app, address + page, folder / f"console-{name}.png", size, shade)


def _pictures(decision: str, everything: bool) -> list[tuple[str, str, dict[str, int], str]]:
    if not everything:
        return [
            ("home", "/", {**WIDE, "height": 1020}, "light"),
            ("decision", f"/decisions/{decision}", WIDE, "light"),
            ("list-dark", "/decisions", WIDE, "dark"),
            ("phone", f"/decisions/{decision}", PHONE, "light"),
        ]
    pages = {
        "home": "/",
        "list": "/decisions",
        "decision": f"/decisions/{decision}",
        "threads": "/threads",
        "guidance": "/guidance",
        "found": "/guidance?text=can+fine-tuning+replace+retrieval",
        "digests": "/digests",
        "calibration": "/calibration",
        "health": "/health",
        "missing": "/decisions/d-none",
    }
    return [
        (f"{name}-{shape}-{shade}", page, size, shade)
        for name, page in pages.items()
        for shape, size, shade in (("wide", WIDE, "light"), ("phone", PHONE, "dark"))
    ]


def _picture(chromium: Any, app: Any, address: str, target: Path, size: dict[str, int], shade: str) -> None:
    context = chromium.new_context(viewport=size, color_scheme=shade, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(link(app, LEAD))
    page.click("text=Sign in as")
    page.goto(address)
    page.screenshot(path=target)
    with Image.open(target) as whole:  # a page has few colours; with all of them it is three times as large
        whole.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE).save(target, optimize=True)
    context.close()


if __name__ == "__main__":
    main()

"""The README's transcript is what the product prints, and its commands and settings exist.

After a change of what is printed: python -m tests.test_readme writes the transcript anew.
"""

import re
import tempfile
from pathlib import Path

from tests.bot_fixtures import ROOT, app, said

README = ROOT / "README.md"
BLOCK = re.compile(r"```\n(> .*?)```\n", re.DOTALL)
OPENING = (
    "Our support bot invents refund rules. They change every week. "
    "The CEO wants to fine-tune it on the help centre."
)
LOGGING = "log this decision by Ada: search over the help centre first"
MORE = ("1", "decide now")


def transcript(folder: Path) -> str:
    """A short chat as it is printed; "..." stands for lines that are left out."""
    with app(folder) as built:
        messages = [OPENING]
        while "Verdict:" not in said(built, *messages)[-1]:
            messages.append(MORE[min(len(messages), len(MORE)) - 1])
        printed = said(built, *messages, LOGGING)
    shown = (
        f"> {message}\n{_shortened(text)}"
        for message, text in zip([*messages, LOGGING], printed, strict=True)
    )
    return re.sub(r"\bd-[a-z0-9]{4}\b", "d-px9b", "\n".join(shown))


def _shortened(text: str) -> str:
    """Two options of a question and one reason of a verdict."""
    kept: list[str] = []
    for line in text.rstrip().splitlines():
        if re.match(r"  3\. |2\. ", line):
            return "\n".join([*kept, "  ..." if line.startswith(" ") else "...", ""])
        kept.append(line)
    return "\n".join([*kept, ""])


def test_the_readme_shows_a_chat_as_it_is_printed(tmp_path):
    found = BLOCK.search(README.read_text("utf-8"))
    assert found is not None
    assert found[1] == transcript(tmp_path), "run python -m tests.test_readme"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        block = f"```\n{transcript(Path(scratch))}```\n"
    README.write_text(BLOCK.sub(lambda _: block, README.read_text("utf-8"), count=1), "utf-8")

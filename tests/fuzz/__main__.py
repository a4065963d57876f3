"""Fuzz every way in, and say how many inputs each of them took.

python -m tests.fuzz [INPUTS] [SEED] [WORD OF A NAME]
"""

import logging
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.entries import Entry, fuzz
from tests.fuzz.everything import ENTRIES


def main(inputs: int, seed: int, only: str) -> int:
    """Print a line a way in; 0 when all inputs were dealt with."""
    logging.getLogger().addHandler(logging.NullHandler())
    entries = [entry for entry in ENTRIES if only in entry.name]
    whole = sum(entry.share for entry in entries)
    took, failed = 0, 0
    for entry in entries:
        count, error = _one(entry, max(round(inputs * entry.share / whole), 20), seed)
        took += count
        failed += bool(error)
    print(
        f"{took} inputs, {failed} of {len(entries)} ways in with an error that nobody expected; seed {seed}"
    )
    return 1 if failed else 0


def _one(entry: Entry, inputs: int, seed: int) -> tuple[int, str]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        try:
            count, error = fuzz(entry, Path(name), inputs, seed), ""
        except Exception as found:
            count, error = 0, f"{type(found).__name__}: {found}"[:2000]
            notes = "\n".join(getattr(found, "__notes__", ()))
            error += f"\n{notes[:3000]}"
    print(f"{count:6} {time.monotonic() - began:6.1f} s  {entry.name}  {error}", flush=True)
    return count, error


if __name__ == "__main__":
    asked = sys.argv[1:]
    sys.exit(
        main(
            int(asked[0]) if asked else 24_000,
            int(asked[1]) if len(asked) > 1 else 0,
            asked[2] if len(asked) > 2 else "",
        )
    )

"""Measures Sextant: turns, search, cold start, the log, what a model takes. `--quick` for a minute of it.

Run with: make bench, or python -m tests.bench
"""

import argparse
import os
from dataclasses import dataclass

from tests.bench import claude_tokens, console, decisions, digest, search_quality, startup, turns
from tests.bench.figures import Line, table

SECTIONS = ("startup", "turns", "decisions", "digest", "console", "model", "quality")


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    runs: int
    turns: int
    decisions: int
    passages: tuple[int, ...]


FULL = Size(runs=7, turns=300, decisions=50_000, passages=(10, 100_000))
QUICK = Size(runs=3, turns=100, decisions=1_000, passages=(10, 1_000))


def main() -> None:
    """Print every table as soon as it is measured, and what misses its limit at the end."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    parser.add_argument("--only", choices=SECTIONS, help="one section")
    wanted = parser.parse_args()
    size = QUICK if wanted.quick else FULL
    sections = (wanted.only,) if wanted.only else SECTIONS
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    missed: list[Line] = []
    if "startup" in sections:
        missed += _shown("Cold start, in a process of its own", startup.measure(size.runs))
    if "turns" in sections:
        for passages in size.passages:
            missed += _shown(*turns.measure(passages, size.decisions, size.turns))
    if "decisions" in sections:
        missed += _shown("Decisions", decisions.measure(size.decisions))
    if "digest" in sections:
        missed += _shown("Digest", digest.measure(size.decisions))
    if "console" in sections:
        missed += _shown("Console, with twenty messages a decision", console.measure(size.decisions))
    if "model" in sections:
        missed += _shown(*claude_tokens.measure())
    if "quality" in sections:
        _quality()
    if missed:
        _shown("Over the limit", missed)
    else:
        print("\nEverything is within its limit.")


def _shown(title: str, lines: list[Line]) -> list[Line]:
    """Print a table; which of its lines miss their limit."""
    print(table(title, lines), flush=True)
    return [line for line in lines if line.missed]


def _quality() -> None:
    print("\nSearch, how often the passage that answers is found")
    if search_quality.SEED.is_file():
        search_quality.main()
    else:
        print(f"  not measured: {search_quality.SEED.name} is not here")


if __name__ == "__main__":
    main()

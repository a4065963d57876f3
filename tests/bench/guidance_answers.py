"""Measures how well questions about the guidance are answered, on questions in people's own words.

Each line of guidance.jsonl is a question with the passages that answer it; no passage means that the guidance
does not say. `tune` ones were looked at while answers were made better, `report` ones only counted.
Run with: python -m tests.bench.guidance_answers
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from knowledge.library import Library

ASKED = Path(__file__).with_name("guidance.jsonl")


@dataclass(frozen=True, slots=True)
class Scored:
    """A question with what came of it: the passages quoted, best first."""

    question: str
    split: str
    wanted: tuple[str, ...]
    quoted: tuple[str, ...]

    @property
    def first(self) -> bool:
        """Whether the first quote answers."""
        return any(fnmatch(pid, want) for pid in self.quoted[:1] for want in self.wanted)

    @property
    def any(self) -> bool:
        """Whether one of the quotes answers."""
        return any(fnmatch(pid, want) for pid in self.quoted for want in self.wanted)


def scored(library: Library) -> list[Scored]:
    """Every question, answered."""
    found = []
    for line in ASKED.read_text("utf-8").splitlines():
        row = json.loads(line)
        answer = library.answer(row["question"])
        quoted = tuple(citation.passage.id for citation in answer.citations) if answer else ()
        found.append(Scored(row["question"], row["split"], tuple(row["passages"]), quoted))
    return found


def figures(rows: Sequence[Scored]) -> dict[str, float]:
    """The shares: first quote right, any quote right, and honestly not answered."""
    told, untold = [row for row in rows if row.wanted], [row for row in rows if not row.wanted]
    return {
        "first": sum(row.first for row in told) / len(told),
        "any": sum(row.any for row in told) / len(told),
        "refused": sum(not row.quoted for row in untold) / len(untold),
    }


def main() -> None:
    """Print the shares of each half; with an argument, the `tune` questions that went wrong as well."""
    rows = scored(Library(":memory:"))
    for split in ("tune", "report"):
        half = [row for row in rows if row.split == split]
        print(f"{split:7}", "  ".join(f"{name} {share:.2f}" for name, share in figures(half).items()))
    for row in rows:
        wrong = not row.first if row.wanted else bool(row.quoted)
        if wrong and row.split == "tune" and len(sys.argv) > 1:
            print(f"  {row.question}  ->  {', '.join(row.quoted) or 'nothing'}")


if __name__ == "__main__":
    main()

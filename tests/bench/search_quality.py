"""Measures how often a search finds the passage that answers, on the founding article as a team document.

The questions are in questions.jsonl: `tune` ones were looked at while the search was made, `report` ones not.
Run with: python -m tests.bench.search_quality
"""

import json
from pathlib import Path

from knowledge.library import Library

HERE = Path(__file__).parent
SEED = HERE.parents[2] / "shared/seed/source-guidance.txt"


def asked() -> list[dict[str, str]]:
    """The questions with the sentence that answers each."""
    return [json.loads(line) for line in (HERE / "questions.jsonl").read_text("utf-8").splitlines()]


def rank(library: Library, question: dict[str, str], document: str | None) -> float:
    """The reciprocal rank of the first passage that holds the answer; 0 outside the first five."""
    answer = " ".join(question["answer"].split())
    for place, hit in enumerate(library.search(question["query"], 5, document), 1):
        if answer in " ".join(hit.passage.text.split()):
            return 1 / place
    return 0.0


def main() -> None:
    """Print hit@5 and mean reciprocal rank for each kind of question."""
    library = Library(":memory:")
    library.add(SEED, name="article")
    for document in ("article", None):
        for kind in ("hard", "easy"):
            for split in ("tune", "report"):
                ranks = [
                    rank(library, question, document)
                    for question in asked()
                    if (question["kind"], question["split"]) == (kind, split)
                ]
                hits = sum(place > 0 for place in ranks) / len(ranks)
                mrr = sum(ranks) / len(ranks)
                where = "in the document" if document else "everywhere"
                print(f"{where:16} {kind} {split:7} n={len(ranks)} hit@5={hits:.3f} mrr={mrr:.3f}")


if __name__ == "__main__":
    main()

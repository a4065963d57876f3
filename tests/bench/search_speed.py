"""Measures how long a search takes beside a hundred thousand team passages, and how long opening takes.

Every question is encoded, and compared with as many vectors as a corpus may have; those that one `catch_up`
does not make are drawn by chance, for the time does not depend on what they are. The passages are sentences
of the handbook, mixed with words drawn by Zipf's law.
Run with: python -m tests.bench.search_speed
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

import numpy as np

from knowledge.corpus import Corpus
from knowledge.cutting import cut
from knowledge.handbook import read_handbook
from knowledge.library import Library
from knowledge.outline import Outline
from knowledge.vectors import MOST_VECTORS
from tests.bench.search_quality import asked

PASSAGES_A_DOCUMENT = 500


def grown(library: Library, passages: int) -> None:
    """Fill the team's collection."""
    chance = random.Random(7)
    said = [section.passage.text for file in read_handbook() for section in file.sections]
    words = [word for text in said for word in text.split()]
    rare = [f"{chance.choice(words).strip('.,').lower()}{chance.choice('aeiou')}x" for _ in range(30_000)]
    odds = list(accumulate(1 / (n + 20) for n in range(len(rare))))
    corpus = Corpus(library._connection)
    for number in range(passages // PASSAGES_A_DOCUMENT):
        outline = Outline()
        for place in range(PASSAGES_A_DOCUMENT):
            outline.heading(1, f"{chance.choice(words)} {chance.choice(words)} {place}")
            start = chance.randrange(len(words) - 60)
            text = words[start : start + 40] + chance.choices(rare, cum_weights=odds, k=60)
            chance.shuffle(text)
            outline.block(" ".join(text))
        name = f"grown-{number}"
        corpus.put(name, name, name, name, cut(name, outline))


def drawn(library: Library) -> None:
    """Fill the corpus with vectors up to the limit, five a passage."""
    chance = np.random.default_rng(7)
    rows = library._connection.execute(
        "SELECT digest FROM passages WHERE collection = 'team' "
        "AND digest NOT IN (SELECT digest FROM vectors) "
        "LIMIT (SELECT ? - sum(length(vectors)) / 768 FROM vectors) / 5",
        (MOST_VECTORS,),
    ).fetchall()
    for (digest,) in rows:
        vectors = chance.normal(0, 384**-0.5, (5, 384)).astype("<f2")
        library._connection.execute(
            "INSERT OR IGNORE INTO vectors VALUES (?, ?)", (digest, vectors.tobytes())
        )
    library._connection.execute("UPDATE collections SET version = version + 1")


def timed(what: str, repeat: list[Callable[[], object]]) -> None:
    """Print the median and the 99th percentile of what each call takes."""
    took = []
    for call in repeat:
        start = time.perf_counter()
        call()
        took.append((time.perf_counter() - start) * 1000)
    took.sort()
    print(
        f"{what}: p50 {statistics.median(took):.2f} ms, p99 {took[max(int(len(took) * 0.99) - 1, 0)]:.2f} ms"
    )


def main(passages: int = 100_000) -> None:
    """Measure on a file of its own."""
    questions = [question["query"] for question in asked()]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sextant.db"
        start = time.perf_counter()
        library = Library(path)
        print(f"first opening, handbook indexed: {(time.perf_counter() - start) * 1000:.1f} ms")
        timed("opening with a current index", [lambda: Library(path).close()] * 50)
        timed("search, handbook alone", [lambda q=q: library.search(q) for q in questions])  # type: ignore[misc]
        start = time.perf_counter()
        grown(library, passages)
        print(f"{passages} team passages written: {time.perf_counter() - start:.1f} s")
        start = time.perf_counter()
        library.catch_up()
        print(f"encoded: {time.perf_counter() - start:.1f} s")
        library._connection.execute("BEGIN")
        drawn(library)
        library._connection.execute("COMMIT")
        timed("vectors read", [lambda: library.search("anything")])
        timed("search, first time", [lambda q=q: library.search(q) for q in questions])  # type: ignore[misc]
        timed("search, again", [lambda q=q: library.search(q) for q in questions])  # type: ignore[misc]
        timed("answer", [lambda q=q: library.answer(q) for q in questions])  # type: ignore[misc]
        library.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

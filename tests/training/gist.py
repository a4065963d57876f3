"""Train the gist (`decision/gist.npz`, `decision/gist.json`) on the labelled first messages in `cases/`.

Run by `make train`. Linear heads on frozen sentence vectors and counted words: small enough to ship, light
enough to read a message in milliseconds.
"""

import json
from collections import Counter
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from decision.gist import Vocabulary, terms
from decision.glossary import glossed
from decision.language import language_of
from knowledge.encoder import load

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "decision"
STRENGTH = 8.0
"""Inverse regularisation, chosen by cross-validation on the training cases."""
MOST_WORDS = 4000
FEWEST_CASES = 4
RANKED = ((1.0,), (0.68, 0.32), (0.55, 0.28, 0.17))
"""What the acceptable levers share of a case, best first."""
WEIGHT = {"real": 2.0, "edge": 0.5}
"""Cases reworded from real threads count twice; the ones written to mark the border of the topic, half."""

Matrix = NDArray[np.float32]
Row = dict[str, Any]
Trained = tuple[list[str], Matrix]
"""Options, and weights by feature (the last row is the bias) and option."""


def cases(*paths: Path) -> list[Row]:
    """The labelled cases of the files, in order; all training files when none is named."""
    files = paths or tuple(sorted((HERE / "cases").glob("*.jsonl")))
    rows = [
        json.loads(line) | {"kind": path.stem.split("_")[0]}
        for path in files
        for line in path.read_text("utf-8").splitlines()
        if line
    ]
    return [row | {"gloss": glossed(row["text"], language_of(row["text"]))[0]} for row in rows]


def rarity(rows: list[Row]) -> dict[str, float]:
    """The words that stand in enough cases, the commonest first, with how rare they are."""
    counts = Counter(word for row in rows for word in set(terms(row["gloss"])))
    kept = [(word, count) for word, count in counts.most_common(MOST_WORDS) if count >= FEWEST_CASES]
    return {word: round(log((1 + len(rows)) / (1 + count)) + 1, 3) for word, count in kept}


def features(rows: list[Row], known: dict[str, float]) -> Matrix:
    """Sentence vector, counted words, and 1 for the bias."""
    vocabulary = Vocabulary(known)
    encoder = load()
    assert encoder is not None, "training needs the encoder"
    words = np.stack([vocabulary.counted(row["gloss"]) for row in rows])
    vectors = np.stack([encoder.encode(row["gloss"]).vector for row in rows])
    return np.hstack([vectors, words, np.ones((len(rows), 1), np.float32)])


def shares(row: Row, factor: str) -> dict[str, float]:
    """The label of a case for one head; what it reads like is shared among its acceptable levers."""
    if factor == "topic":
        return {"off_topic" if row["lever"] == ["off_topic"] else "on_topic": 1.0}
    if factor == "likeness":
        return dict(zip(row["lever"], RANKED[len(row["lever"]) - 1], strict=True))
    return {row[factor]: 1.0}


def train(rows: list[Row], x: Matrix, factor: str) -> Trained:
    """Multinomial logistic regression; off-topic messages teach only the topic."""
    kept = [i for i, row in enumerate(rows) if factor == "topic" or row["lever"] != ["off_topic"]]
    labels = [shares(rows[i], factor) for i in kept]
    options = sorted({option for label in labels for option in label})
    y = np.array([[label.get(option, 0.0) for option in options] for label in labels], np.float32)
    even = {"real": 1.0, "edge": 1.0} if factor == "topic" else WEIGHT
    weights = np.array([even.get(rows[i]["kind"], 1.0) for i in kept], np.float32)
    return options, _fitted(x[kept], y, weights[:, None])


def _fitted(x: Matrix, y: Matrix, weights: Matrix) -> Matrix:
    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(x.shape[1], y.shape[1]).astype(np.float32)
        chances = _softmax(x @ w)
        slope = x.T @ (weights * (chances - y))
        held = w.copy()
        held[-1] = 0
        value = -(weights * y * np.log(chances + 1e-9)).sum() + (held**2).sum() / (2 * STRENGTH)
        return float(value), (slope + held / STRENGTH).ravel().astype(np.float64)

    start = np.zeros(x.shape[1] * y.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return found.x.reshape(x.shape[1], y.shape[1]).astype(np.float32)


def scores(head: Trained, x: Matrix) -> Matrix:
    """How likely each option is, for every row."""
    return _softmax(x @ head[1])


def _softmax(raw: Matrix) -> Matrix:
    parts = np.exp(raw - raw.max(axis=1, keepdims=True))
    return parts / parts.sum(axis=1, keepdims=True)


def held_out(rows: list[Row], x: Matrix, factor: str, folds: int = 5) -> tuple[list[str], Matrix]:
    """Each case read by a head that has not seen it."""
    fold = np.arange(len(rows)) % folds
    options = sorted(
        {o for row in rows if factor == "topic" or row["lever"] != ["off_topic"] for o in shares(row, factor)}
    )
    found = np.zeros((len(rows), len(options)), np.float32)
    for k in range(folds):
        head = train([rows[i] for i in np.flatnonzero(fold != k)], x[fold != k], factor)
        found[np.ix_(fold == k, [options.index(name) for name in head[0]])] = scores(head, x[fold == k])
    return options, found


def main() -> None:
    rows = cases()
    known = rarity(rows)
    x = features(rows, known)
    names: dict[str, list[str]] = {}
    arrays: dict[str, Matrix] = {}
    for factor in ("topic", "symptom", "job", "likeness"):
        options, weights = train(rows, x, factor)
        names[factor] = options
        arrays[f"{factor}_weights"] = weights[:384].T.astype(np.float16)
        arrays[f"{factor}_words"] = weights[384:-1].T.astype(np.float16)
        arrays[f"{factor}_biases"] = weights[-1].astype(np.float16)
        print(f"{factor}: {len(options)} options")
    (PACKAGE / "gist.json").write_text(
        json.dumps({"heads": names, "words": known}, ensure_ascii=False, indent=0) + "\n", "utf-8"
    )
    np.savez_compressed(PACKAGE / "gist.npz", **arrays)


if __name__ == "__main__":
    main()

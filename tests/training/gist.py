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

from decision.border import signs
from decision.gist import SURELY, Terms, Vocabulary, by_sentence, grams, pooled, terms
from decision.glossary import glossed
from decision.language import language_of
from decision.offline import READ_IN_FULL
from decision.phrases import read_phrases
from knowledge.encoder import load

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "decision"
STRENGTH = 4.0
"""Inverse regularisation, chosen by cross-validation on the real training cases, as is all below."""
MOST_WORDS, FEWEST_CASES = 4000, 4
MOST_GRAMS, FEWEST_CASES_OF_A_GRAM = 6000, 8
RANKED = ((1.0,), (0.8, 0.2), (0.7, 0.2, 0.1))
"""What the acceptable levers share of a case, best first."""
WEIGHT = {"real": 6.0, "edge": 0.5}
"""How much more a case reworded from a real thread counts than an imagined one; the ones written to mark the
border of the topic count half."""
TOPIC_WEIGHT = {"real": 1.0}
BORDER_WEIGHT = {"real": 3.0}
REFUSED = 0.006
"""The share of the real training cases, held out, that the border of the topic may refuse."""

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
    return [
        row | dict(zip(("gloss", "parts"), glossed(row["text"], language_of(row["text"])), strict=True))
        for row in rows
    ]


Rarities = tuple[dict[str, float], dict[str, float]]
"""How rare each known word and word pair is, and each stretch of letters."""


def rarities(rows: list[Row]) -> Rarities:
    """The terms that stand in enough cases."""
    return (
        _rarity(rows, terms, MOST_WORDS, FEWEST_CASES),
        _rarity(rows, grams, MOST_GRAMS, FEWEST_CASES_OF_A_GRAM),
    )


def _rarity(rows: list[Row], cut: Terms, most: int, fewest: int) -> dict[str, float]:
    """The terms that stand in enough cases, the commonest first, with how rare they are."""
    counts = Counter(term for row in rows for term in set(cut(row["gloss"])))
    # Sets have no order of their own: the same cases must give the same file.
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return {
        term: round(log((1 + len(rows)) / (1 + count)) + 1, 3) for term, count in ordered if count >= fewest
    }


def features(rows: list[Row], known: Rarities) -> Matrix:
    """The mean of the sentences' vectors, counted words and letters, and 1 for the bias."""
    vocabularies = Vocabulary(known[0], terms), Vocabulary(known[1], grams)
    encoder = load()
    assert encoder is not None, "training needs the encoder"
    found = []
    for row in rows:
        encoded = encoder.encode(row["gloss"])
        vector = pooled(encoded, by_sentence(encoded, row["parts"]))
        counted = (vocabulary.counted(row["gloss"]) for vocabulary in vocabularies)
        found.append(np.concatenate([vector, *counted, np.ones(1, np.float32)]))
    return np.stack(found)


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
    counts = TOPIC_WEIGHT if factor == "topic" else WEIGHT
    weights = np.array([counts.get(rows[i]["kind"], 1.0) for i in kept], np.float32)
    return options, fitted(x[kept], y, weights[:, None])


def fitted(x: Matrix, y: Matrix, weights: Matrix, strength: float = STRENGTH) -> Matrix:
    """Weights by feature and option: multinomial logistic regression; the last feature is the bias."""

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(x.shape[1], y.shape[1]).astype(np.float32)
        chances = softmax(x @ w)
        slope = x.T @ (weights * (chances - y))
        held = w.copy()
        held[-1] = 0
        value = -(weights * y * np.log(chances + 1e-9)).sum() + (held**2).sum() / (2 * strength)
        return float(value), (slope + held / strength).ravel().astype(np.float64)

    start = np.zeros(x.shape[1] * y.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    return found.x.reshape(x.shape[1], y.shape[1]).astype(np.float32)


def scores(head: Trained, x: Matrix) -> Matrix:
    """How likely each option is, for every row."""
    return softmax(x @ head[1])


def softmax(raw: Matrix) -> Matrix:
    """Scores as shares that add up to 1, row by row."""
    parts = np.exp(raw - raw.max(axis=1, keepdims=True))
    return parts / parts.sum(axis=1, keepdims=True)


def folds(rows: list[Row], count: int) -> NDArray[np.int64]:
    """Which fold each case is in; a retelling goes with the case that it retells."""
    places = {row["id"]: place for place, row in enumerate(rows)}
    return np.array([places.get(row.get("retold"), place) for place, row in enumerate(rows)]) % count


def held_out(rows: list[Row], x: Matrix, factor: str, count: int = 5) -> tuple[list[str], Matrix]:
    """Each case read by a head that has not seen it."""
    fold = folds(rows, count)
    options = sorted(
        {o for row in rows if factor == "topic" or row["lever"] != ["off_topic"] for o in shares(row, factor)}
    )
    found = np.zeros((len(rows), len(options)), np.float32)
    for k in range(count):
        head = train([rows[i] for i in np.flatnonzero(fold != k)], x[fold != k], factor)
        found[np.ix_(fold == k, [options.index(name) for name in head[0]])] = scores(head, x[fold == k])
    return options, found


def border(rows: list[Row], x: Matrix) -> list[float]:
    """Weights of what tells the border of the topic; the last one sets the limit."""
    options, topic = held_out(rows, x, "topic")
    off = topic[:, options.index("off_topic")].clip(SURELY, 1 - SURELY)
    symptom = _symptoms(rows, x)
    found = np.array(
        [
            (log(chance / (1 - chance)), certain, *_signs(row["text"]), 1.0)
            for row, chance, certain in zip(rows, off, symptom, strict=True)
        ],
        np.float32,
    )
    outside = np.array([row["lever"] == ["off_topic"] for row in rows])
    y = np.stack([outside, ~outside], axis=1).astype(np.float32)
    weights = np.array([BORDER_WEIGHT.get(row["kind"], 1.0) for row in rows], np.float32)
    two = fitted(found, y, weights[:, None])
    line = two[:, 0] - two[:, 1]
    real = np.array([row["kind"] == "real" for row in rows])
    refused = np.sort((found @ line)[real & ~outside])[::-1]
    line[-1] -= refused[int(REFUSED * len(refused))]
    beyond = (found @ line) > 0
    for kind in sorted({row["kind"] for row in rows}):
        those = np.array([row["kind"] == kind for row in rows])
        print(
            f"border, {kind}: refused {beyond[those & ~outside].sum()} of {(those & ~outside).sum()},"
            f" caught {beyond[those & outside].sum()} of {(those & outside).sum()}"
        )
    return [round(float(weight), 3) for weight in line]


def _symptoms(rows: list[Row], x: Matrix) -> Matrix:
    """How clearly each message tells a symptom, to a head that has not seen it."""
    fold, found = folds(rows, 5), np.zeros(len(rows), np.float32)
    for k in range(5):
        head = train([rows[i] for i in np.flatnonzero(fold != k)], x[fold != k], "symptom")
        found[fold == k] = scores(head, x[fold == k]).max(axis=1)
    return found


def _signs(text: str) -> tuple[float, ...]:
    return signs(text, tuple(read_phrases(text)), partly=language_of(text) not in READ_IN_FULL)


def main() -> None:
    rows = cases()
    known = rarities(rows)
    x = features(rows, known)
    names: dict[str, list[str]] = {}
    arrays: dict[str, Matrix] = {}
    for factor in ("topic", "symptom", "job", "likeness"):
        options, weights = train(rows, x, factor)
        names[factor] = options
        arrays[f"{factor}_weights"] = weights[:384].T.astype(np.float16)
        scales = np.abs(weights[384:-1]).max(axis=0).clip(1e-9) / 127
        arrays[f"{factor}_terms"] = np.rint(weights[384:-1] / scales).T.astype(np.int8)
        arrays[f"{factor}_scales"] = scales.astype(np.float32)
        arrays[f"{factor}_biases"] = weights[-1].astype(np.float16)
        print(f"{factor}: {len(options)} options")
    document = {"heads": names, "border": border(rows, x), "words": known[0], "grams": known[1]}
    (PACKAGE / "gist.json").write_text(json.dumps(document, ensure_ascii=False, indent=0) + "\n", "utf-8")
    np.savez_compressed(PACKAGE / "gist.npz", **arrays)


if __name__ == "__main__":
    main()

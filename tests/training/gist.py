"""Train the gist heads (`decision/gist.npz`) on the labelled first messages in `cases/`.

Run by `make train`. Linear heads on frozen sentence vectors: small enough to read, light enough to ship.
"""

import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from decision.gist import Encoded
from knowledge.encoder import load

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "decision"
STRENGTH = {"symptom": 6.0, "job": 6.0, "topic": 6.0}
"""Inverse regularisation, chosen by cross-validation on the training cases."""

Matrix = NDArray[np.float32]


def cases(*paths: Path) -> list[dict]:
    """The labelled cases of the files, in order; all training files when none is named."""
    files = paths or tuple(sorted((HERE / "cases").glob("*.jsonl")))
    return [json.loads(line) for path in files for line in path.read_text("utf-8").splitlines() if line]


def encode(rows: list[dict]) -> list[Encoded]:
    encoder = load()
    assert encoder is not None, "training needs the encoder"
    return [encoder.encode(row["text"]) for row in rows]


def label(row: dict, factor: str) -> str:
    if factor == "topic":
        return "off_topic" if row["lever"] == ["off_topic"] else "on_topic"
    return row[factor]


def trained(rows: list[dict], vectors: Matrix, factor: str) -> tuple[list[str], Matrix, Matrix]:
    """Options, weights and biases of one head; off-topic messages teach only the topic."""
    kept = [i for i, row in enumerate(rows) if factor == "topic" or row["lever"] != ["off_topic"]]
    model = LogisticRegression(C=STRENGTH[factor], max_iter=3000)
    model.fit(vectors[kept], [label(rows[i], factor) for i in kept])
    weights, biases = model.coef_, model.intercept_
    if len(model.classes_) == 2:
        weights, biases = np.vstack([-weights / 2, weights / 2]), np.array([-biases[0] / 2, biases[0] / 2])
    return list(model.classes_), weights.astype(np.float32), biases.astype(np.float32)


def scores(head: tuple[list[str], Matrix, Matrix], vectors: Matrix) -> Matrix:
    _, weights, biases = head
    raw = vectors @ weights.T + biases
    parts = np.exp(raw - raw.max(axis=1, keepdims=True))
    return parts / parts.sum(axis=1, keepdims=True)


def held_out(rows: list[dict], vectors: Matrix, factor: str, options: list[str]) -> Matrix:
    """Each case read by a head that has not seen it (five folds)."""
    found = np.zeros((len(rows), len(options)), dtype=np.float32)
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    for train, test in folds.split(vectors, [row["lever"][0] for row in rows]):
        head = trained([rows[i] for i in train], vectors[train], factor)
        found[np.ix_(test, [options.index(name) for name in head[0]])] = scores(head, vectors[test])
    return found


def main() -> None:
    rows = cases()
    vectors = np.stack([encoded.vector for encoded in encode(rows)])
    heads = {factor: trained(rows, vectors, factor) for factor in STRENGTH}
    names = {factor: head[0] for factor, head in heads.items()}
    (PACKAGE / "gist.json").write_text(json.dumps(names, indent=1) + "\n", "utf-8")
    arrays = {}
    for factor, (_, weights, biases) in heads.items():
        arrays[f"{factor}_weights"] = weights.astype(np.float16)
        arrays[f"{factor}_biases"] = biases.astype(np.float16)
    np.savez_compressed(PACKAGE / "gist.npz", **arrays)
    for factor, (options, _, _) in heads.items():
        kept = [i for i, row in enumerate(rows) if factor == "topic" or row["lever"] != ["off_topic"]]
        guess = held_out([rows[i] for i in kept], vectors[kept], factor, options).argmax(axis=1)
        right = np.mean([options[g] == label(rows[i], factor) for g, i in zip(guess, kept, strict=True)])
        print(f"{factor}: {len(kept)} cases, {right:.3f} right when held out")


if __name__ == "__main__":
    main()

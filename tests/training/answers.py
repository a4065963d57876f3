"""Train what reads typed answers (`decision/meant.npz`, `decision/meant.json`) on the answers in `answers/`.

Run by `make train`. Says how many answers are read, and how many of those are read right, by heads that have
not seen them.
"""

import json
import tomllib
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from decision.meant import LIKELY, OTHER, features
from decision.policy import packaged
from knowledge.encoder import load
from tests.training.gist import Matrix, fitted, softmax

HERE = Path(__file__).parent
PACKAGE = HERE.parent.parent / "decision"
STRENGTH = 30.0
FROM_OTHERS = 60
"""Answers to other questions that teach a head what is no answer to its own."""
OTHERS_WEIGHT = 0.3
FOLDS = 6

Answers = dict[str, dict[str, list[str]]]
"""Answers by factor and option."""


def answers() -> Answers:
    """All answers, from every file."""
    found: Answers = defaultdict(lambda: defaultdict(list))
    for path in sorted((HERE / "answers").glob("*.toml")):
        for factor, options in tomllib.loads(path.read_text("utf-8")).items():
            for option, texts in options.items():
                known = found[factor][option]
                known += [text for text in texts if text not in known]
    return found


def asides() -> list[str]:
    """What people say that answers no question."""
    return (HERE / "answers/asides.txt").read_text("utf-8").splitlines()


def rows(known: Answers, factor: str) -> list[tuple[str, str]]:
    """Each answer to a question with its option; with them what is none."""
    own = [(text, option) for option, texts in known[factor].items() for text in texts]
    taken = {text for text, _ in own}
    others = sorted(
        {
            text
            for other, options in known.items()
            if other != factor
            for texts in options.values()
            for text in texts
        }
        - taken
    )
    chosen = np.random.default_rng(0).choice(np.array(others), FROM_OTHERS, replace=False)
    return own + [(str(text), OTHER) for text in (*chosen, *asides()) if str(text) not in taken]


def taught(told: list[tuple[str, str]], x: Matrix, options: list[str]) -> Matrix:
    """Weights by feature and option."""
    y = np.zeros((len(told), len(options)), np.float32)
    for place, (_, option) in enumerate(told):
        y[place, options.index(option)] = 1.0
    weights = np.array([[OTHERS_WEIGHT if option == OTHER else 1.0] for _, option in told], np.float32)
    return fitted(x, y, weights, STRENGTH)


def unseen(told: list[tuple[str, str]], x: Matrix, options: list[str]) -> list[tuple[str, str, float]]:
    """For each row: what it is, what a head reads that has not seen it, and how sure that head is."""
    order = np.random.default_rng(0).permutation(len(told))
    found = []
    for fold in range(FOLDS):
        held = order[fold::FOLDS]
        kept: NDArray[np.int64] = np.setdiff1d(order, held)
        chances = softmax(x[held] @ taught([told[i] for i in kept], x[kept], options))
        for place, shares in zip(held, chances, strict=True):
            found.append((told[place][1], options[int(shares.argmax())], float(shares.max())))
    return found


def main() -> None:
    """Train on all answers, and say how unseen ones are read."""
    policy, encoder, known = packaged(), load(), answers()
    assert encoder is not None, "training needs the encoder"
    arrays, named, seen = {}, {}, []
    for factor in sorted(known):
        told = rows(known, factor)
        options = [*known[factor], OTHER]
        question = policy.factors[factor].question
        x = np.stack([features(text, question, encoder.encode) for text, _ in told]).astype(np.float32)
        found = unseen(told, x, options)
        seen += found
        print(f"{factor}: {_told(found)}")
        arrays[factor], named[factor] = taught(told, x, options).astype(np.float16), options
    print(f"all: {_told(seen)}")
    np.savez_compressed(PACKAGE / "meant.npz", **arrays)  # type: ignore[arg-type]
    (PACKAGE / "meant.json").write_text(json.dumps(named, indent=1) + "\n", "utf-8")


def _told(found: list[tuple[str, str, float]]) -> str:
    answered = [row for row in found if row[0] != OTHER]
    read = [row for row in answered if row[1] != OTHER and row[2] >= LIKELY]
    right = sum(is_ == read_as for is_, read_as, _ in read)
    stray = [row for row in found if row[0] == OTHER]
    taken = sum(row[1] != OTHER and row[2] >= LIKELY for row in stray)
    return (
        f"{len(answered)} answers, {len(read) / len(answered):.0%} read, {right / max(len(read), 1):.0%} of"
        f" them right; {taken / max(len(stray), 1):.1%} of what is none taken for one"
    )


if __name__ == "__main__":
    main()

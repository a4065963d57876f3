"""Fit the policy's weights of evidence on the labelled cases and write them into `decision/policy.toml`.

Run by `make train`, after the gist. Each case is seen three ways: by its first message alone, with all of its
answers, and with some. The fit starts from the handbook's directions and is held near them, so that a factor
that the cases say little about keeps the direction the guidance gives it. Gates stay as they are.
"""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np
from gist import HERE, PACKAGE, RANKED, cases, features, folds, held_out, rarities
from numpy.typing import NDArray
from scipy.optimize import minimize

from decision.evidence import MANY_VALUED, NOT_SURE
from decision.gist import MOST_READINGS, READ
from decision.phrases import read_phrases
from decision.policy import Policy, parse

Array = NDArray[np.float64]
FIRM = 0.75
HELD = {"levers": 10.0, "diagnosis": 10.0}
"""How strongly the weights are held to the handbook's directions: chosen on cases kept apart, where looser
fits did better on the cases they had seen and worse on others."""
CONTRADICTS, MARGIN = 400.0, 0.05
"""What it costs an option to weigh more for a lever than for those that its own sentence supports."""
WEIGHT = {"real": 2.0, "edge": 0.5}
"""How much more a real case counts here; more was no better on real cases held out."""
SELECTIVE = frozenset({"both_needs", "style_gap", "standing", "model"})
"""Factors that the cases label mostly where they matter: their shares come from the directions."""

Reading = dict[str, dict[str, float]]
"""For each factor, how likely each value is; what is missing is doubt."""


def first_readings(rows: list[dict]) -> list[Reading]:
    """What the reader makes of each first message, its gist read by heads that have not seen the case."""
    x = features(rows, rarities(rows))
    readings: list[Reading] = [{} for _ in rows]
    for factor in READ:
        options, found = held_out(rows, x, factor)
        for reading, shares in zip(readings, found, strict=True):
            top = sorted(zip(options, shares, strict=True), key=lambda pair: -pair[1])[:MOST_READINGS]
            reading[factor] = {option: float(share) for option, share in top}
    for row, reading in zip(rows, readings, strict=True):
        for item in read_phrases(row["text"]):
            if item.factor in MANY_VALUED:
                reading.setdefault(item.factor, {})[item.value] = item.certainty
            elif item.certainty >= FIRM or item.factor not in reading:
                reading[item.factor] = {item.value: item.certainty}
    return readings


def answered(reading: Reading, row: dict, share: float, dice: np.random.Generator) -> Reading:
    """The reading after each known answer was tapped with probability `share`."""
    merged = dict(reading)
    for factor, answer in row["answers"].items():
        if dice.random() < share and answer != NOT_SURE:
            values = answer if isinstance(answer, list) else [answer]
            known = dict(merged.get(factor, {})) if factor in MANY_VALUED else {}
            merged[factor] = known | dict.fromkeys(values, 1.0)
    return merged


@dataclass
class Fit:
    """Weights towards one set of hypotheses, and what the likelihood needs to compute them."""

    names: list[str]
    options: dict[str, list[str]]
    shares: dict[str, Array]
    start: dict[str, Array]
    prior: Array
    supports: dict[str, list[list[int]]]
    """For each option, the places of the hypotheses that its sentence in the handbook speaks for."""
    trust: float = 0.85

    def unpack(self, flat: Array) -> tuple[Array, dict[str, Array]]:
        weights, at = {}, len(self.names)
        for factor, options in self.options.items():
            size = len(options) * len(self.names)
            weights[factor] = flat[at : at + size].reshape(len(options), len(self.names))
            at += size
        return flat[: len(self.names)], weights

    def pack(self, prior: Array, weights: dict[str, Array]) -> Array:
        return np.concatenate([prior, *(weights[factor].ravel() for factor in self.options)])

    def matrix(self, readings: list[Reading]) -> dict[str, Array]:
        """For each factor, cases by options: the probability of each reading."""
        found = {}
        for factor, options in self.options.items():
            rows = np.zeros((len(readings), len(options)))
            for i, reading in enumerate(readings):
                for value, share in reading.get(factor, {}).items():
                    if value in options:
                        rows[i, options.index(value)] = share
            found[factor] = rows
        return found

    def likelihoods(self, weights: Array, factor: str) -> tuple[Array, Array]:
        """exp of the normalised weights, and each option's part in the norm."""
        if factor in MANY_VALUED:
            return np.exp(weights), np.zeros_like(weights)
        raised = np.exp(weights) * self.shares[factor][:, None]
        norm = raised.sum(axis=0)
        return np.exp(weights) / norm, raised / norm

    def loss(self, flat: Array, data: dict[str, Array], targets: Array, held: float) -> tuple[float, Array]:
        prior, weights = self.unpack(flat)
        scores = np.tile(prior, (len(targets), 1))
        kept = {}
        for factor, rows in data.items():
            likely, parts = self.likelihoods(weights[factor], factor)
            if factor in MANY_VALUED:
                inside = None
                for v in range(rows.shape[1]):
                    scores += self.trust * np.log(rows[:, [v]] * likely[v] + 1 - rows[:, [v]])
            else:
                inside = rows @ likely + (1 - rows.sum(axis=1, keepdims=True)).clip(0)
                scores += self.trust * np.log(inside.clip(1e-9))
            kept[factor] = (likely, parts, inside)
        scores -= scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(axis=1, keepdims=True)
        loss = -float((targets * np.log(chances.clip(1e-12))).sum())
        slope = chances * targets.sum(axis=1, keepdims=True) - targets
        slopes = {}
        for factor, rows in data.items():
            likely, parts, inside = kept[factor]
            if inside is None:
                pull = np.stack(
                    [
                        (
                            slope * rows[:, [v]] * likely[v] / (rows[:, [v]] * likely[v] + 1 - rows[:, [v]])
                        ).sum(0)
                        for v in range(rows.shape[1])
                    ]
                )
                slopes[factor] = self.trust * pull
            else:
                direct = self.trust * likely * (rows.T @ (slope / inside.clip(1e-9)))
                slopes[factor] = direct - parts * direct.sum(axis=0)
            apart = weights[factor] - self.start[factor]
            loss += held * float((apart**2).sum())
            slopes[factor] += 2 * held * apart
            against, push = self.contradicting(weights[factor], self.supports.get(factor, []))
            loss += CONTRADICTS * against
            slopes[factor] += CONTRADICTS * push
        loss += 4 * float(((prior - self.prior) ** 2).sum())
        return loss, self.pack(slope.sum(axis=0) + 8 * (prior - self.prior), slopes)

    def contradicting(self, weights: Array, supports: list[list[int]]) -> tuple[float, Array]:
        """How far options weigh more for another hypothesis than for any that their sentence speaks for."""
        loss, slope = 0.0, np.zeros_like(weights)
        for option, named in enumerate(supports):
            if not named:
                continue
            row = weights[option]
            best = max(named, key=row.__getitem__)
            over = np.maximum(row - row[best] + MARGIN, 0.0)
            over[named] = 0.0
            loss += float((over**2).sum())
            slope[option] += 2 * over
            slope[option, best] -= 2 * float(over.sum())
        return loss, slope

    def fitted(self, data: dict[str, Array], targets: Array, held: float) -> Array:
        start = self.pack(self.prior, self.start)
        found = minimize(
            self.loss, start, (data, targets, held), jac=True, method="L-BFGS-B", options={"maxiter": 400}
        )
        return found.x

    def chances(self, flat: Array, data: dict[str, Array]) -> Array:
        """Each case's probabilities."""
        prior, weights = self.unpack(flat)
        scores = np.tile(prior, (len(next(iter(data.values()))), 1))
        for factor, rows in data.items():
            likely, _ = self.likelihoods(weights[factor], factor)
            if factor in MANY_VALUED:
                for v in range(rows.shape[1]):
                    scores += self.trust * np.log(rows[:, [v]] * likely[v] + 1 - rows[:, [v]])
            else:
                scores += self.trust * np.log(
                    (rows @ likely + (1 - rows.sum(axis=1, keepdims=True)).clip(0)).clip(1e-9)
                )
        chances = np.exp(scores - scores.max(axis=1, keepdims=True))
        return chances / chances.sum(axis=1, keepdims=True)


def blank(policy: Policy, towards: str, shares: dict[str, Array]) -> Fit:
    """A fit that starts from the weights that the policy holds now."""
    names = list(policy.levers if towards == "levers" else policy.diagnoses)
    raw = (
        [lever.prior for lever in policy.levers.values()]
        if towards == "levers"
        else list(policy.diagnoses.values())
    )
    options = {factor: list(data.options) for factor, data in policy.factors.items()}
    start = {
        factor: np.array(
            [[getattr(option, towards).get(name, 0.0) for name in names] for option in data.options.values()]
        )
        for factor, data in policy.factors.items()
    }
    supports = {
        factor: [[names.index(name) for name in option.supports] for option in data.options.values()]
        for factor, data in policy.factors.items()
        if towards == "levers"
    }
    return Fit(names, options, shares, start, np.log(np.array(raw).clip(1e-3)), supports)


def lever_targets(rows: list[dict], names: list[str]) -> Array:
    found = np.zeros((len(rows), len(names)))
    for i, row in enumerate(rows):
        for lever, share in zip(row["lever"], RANKED[len(row["lever"]) - 1], strict=True):
            found[i, names.index(lever)] = share
    return found


def diagnosis_targets(rows: list[dict], names: list[str]) -> Array:
    plain = {"unknown": "undefined", "none": "undefined"}
    found = np.zeros((len(rows), len(names)))
    for i, row in enumerate(rows):
        also = [plain.get(name, name) for name in row["failure_also"]]
        found[i, names.index(plain.get(row["failure"], row["failure"]))] += 1.0 if not also else 0.7
        for name in also:
            found[i, names.index(name)] += 0.3 / len(also)
    return found


def observed_shares(rows: list[dict], policy: Policy) -> dict[str, Array]:
    """How often each option is the answer, among the cases where the factor is known; never none."""
    counts: dict[str, Counter[str]] = {factor: Counter() for factor in policy.factors}
    for row in rows:
        for factor, answer in (row["answers"] | {"symptom": row["symptom"], "job": row["job"]}).items():
            counts[factor].update(answer if isinstance(answer, list) else [answer])
    found = {}
    for factor, data in policy.factors.items():
        if factor in SELECTIVE:
            found[factor] = np.array([option.share for option in data.options.values()])
            continue
        raw = np.array([counts[factor][option] + 3.0 for option in data.options])
        found[factor] = raw / raw.sum()
    return found


def rewritten(
    text: str, policy: Policy, fits: dict[str, Fit], flats: dict[str, Array], shares: dict[str, Array]
) -> str:
    """The policy file with the fitted numbers in place of the old ones."""
    for factor, data in policy.factors.items():
        for v, value in enumerate(data.options):
            head = f"[factors.{factor}.options.{value}]\n"
            at = text.index(head)
            end = text.find("\n[", at + len(head))
            block = text[at : end if end > 0 else len(text)]
            new = re.sub(r"(?m)^share = .*$", f"share = {shares[factor][v]:.3f}", block)
            for towards, fit in fits.items():
                _, weights = fit.unpack(flats[towards])
                row = weights[factor][v]
                row = row - (row.mean() if factor not in MANY_VALUED else 0)
                named = ", ".join(
                    f"{n} = {w:.2f}" for n, w in zip(fit.names, row, strict=True) if abs(w) >= 0.05
                )
                new = re.sub(
                    rf"(?m)^{towards} = .*$",
                    f"{towards} = {{ {named} }}" if named else f"{towards} = {{}}",
                    new,
                )
            text = text.replace(block, new)
    priors = np.exp(fits["levers"].unpack(flats["levers"])[0])
    for name, prior in zip(fits["levers"].names, priors / priors.sum(), strict=True):
        text = re.sub(rf"(?ms)(^\[levers\.{name}\]\n.*?^prior = )[\d.]+", rf"\g<1>{prior:.3f}", text)
    priors = np.exp(fits["diagnosis"].unpack(flats["diagnosis"])[0])
    for name, prior in zip(fits["diagnosis"].names, priors / priors.sum(), strict=True):
        text = re.sub(rf"(?ms)(^\[diagnoses\].*?^{name} = )[\d.]+", rf"\g<1>{prior:.3f}", text)
    return text


def main() -> None:
    start = parse((HERE / "directions.toml").read_text("utf-8"), "directions.toml")
    rows = [row for row in cases() if row["lever"] != ["off_topic"]]
    readings = first_readings(rows)
    dice = np.random.default_rng(7)
    views = [
        [answered(r, row, share, dice) for r, row in zip(readings, rows, strict=True)]
        for share in (0, 1, 0.4)
    ]
    shares = observed_shares(rows, start)
    weights = np.array([[WEIGHT.get(row["kind"], 1.0)] for row in rows])
    fits, flats = {}, {}
    for towards, targets_of in (("levers", lever_targets), ("diagnosis", diagnosis_targets)):
        fit = blank(start, towards, shares)
        targets = targets_of(rows, fit.names) * weights
        data = fit.matrix([reading for view in views for reading in view])
        fits[towards], flats[towards] = fit, fit.fitted(data, np.tile(targets, (3, 1)), HELD[towards])
    text = rewritten((HERE / "directions.toml").read_text("utf-8"), start, fits, flats, shares)
    found = scaling(
        fits["levers"],
        rows,
        views,
        lever_targets(rows, fits["levers"].names) * weights,
        np.array(start.regrets),
    )
    for name, value in zip(("intercept", "slope", "untold"), found, strict=True):
        text = re.sub(rf"(?m)^{name} = [-.\d]+", f"{name} = {value:.3f}", text)
    (PACKAGE / "policy.toml").write_text(text, "utf-8")


def scaling(
    fit: Fit, rows: list[dict], views: list[list[Reading]], targets: Array, regrets: Array
) -> tuple[float, ...]:
    """Platt scaling on real cases that the weights were not fitted on: how often the advice is accepted.

    Prints how often it is the best lever and an acceptable one.
    """
    fold, odds, untold, accepted, best = folds(rows, 5), [], [], [], []
    for k in range(5):
        train = np.flatnonzero(fold != k)
        test = [i for i in np.flatnonzero(fold == k) if rows[i]["kind"] == "real"]
        data = fit.matrix([view[i] for view in views for i in train])
        flat = fit.fitted(data, np.tile(targets[train], (3, 1)), HELD["levers"])
        for view in views[:2]:
            chances = fit.chances(flat, fit.matrix([view[i] for i in test]))
            advised = (chances @ regrets.T).argmin(axis=1)
            share = chances[np.arange(len(test)), advised].clip(1e-3, 1 - 1e-3)
            odds.append(np.log(share / (1 - share)))
            untold.append(np.array([float(view is views[0] or not rows[i]["answers"]) for i in test]))
            accepted.append((targets[test, advised] > 0).astype(float))
            best.append((targets[test].argmax(axis=1) == advised).astype(float))
    for name, part in (("at first", slice(0, None, 2)), ("with answers", slice(1, None, 2))):
        top, right = np.concatenate(best[part]).mean(), np.concatenate(accepted[part]).mean()
        print(f"real cases held out, {name}: first choice {top:.3f}, accepted {right:.3f}")
    x, u, y = np.concatenate(odds), np.concatenate(untold), np.concatenate(accepted)

    def loss(params: Array) -> float:
        z = params[0] + params[1] * x + params[2] * u
        return float(np.logaddexp(0, -z)[y == 1].sum() + np.logaddexp(0, z)[y == 0].sum())

    return tuple(float(value) for value in minimize(loss, np.array([0.0, 1.0, 0.0])).x)


if __name__ == "__main__":
    main()

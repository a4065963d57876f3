"""Pictures: levers by week for a digest, and how sure verdicts were beside what happened.

This is the only home of matplotlib. matplotlib, because it draws without a browser or the network, brings its
own font and measures text; it is loaded by the first picture, since loading it takes longer than a digest.
"""

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from bot.calibration import Calibration, in_words
from bot.digest_wording import alt_text, short_day
from bot.names import ONE_WORD
from bot.news import LeverWeeks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.container import BarContainer
    from matplotlib.figure import Figure

COLOURS = {
    "prompt": "#0072B2",
    "rag": "#E69F00",
    "workflow": "#009E73",
    "fine_tune": "#D55E00",
    "hybrid": "#CC79A7",
    "not_ready": "#757575",
    "switch_model": "#56B4E9",
}
"""Told apart by people who see few colours (Okabe and Ito)."""

_DARK = frozenset({"prompt", "workflow", "fine_tune", "not_ready"})
"""On these, white numbers read best; on the others dark ones."""

_INK, _FAINT = "#1D1C1D", "#D9D9D9"
_TITLE: dict[str, Any] = {"x": 0.02, "ha": "left", "color": _INK, "fontsize": 14, "fontweight": "bold"}
_LEGEND: dict[str, Any] = {
    "loc": "outside upper left",
    "ncols": 4,
    "frameon": False,
    "fontsize": 11,
    "handlelength": 0.9,
    "handletextpad": 0.4,
    "columnspacing": 1.2,
    "alignment": "left",
    "title_fontproperties": {"size": 14, "weight": "bold"},
}
_SIZE, _DPI = (6.4, 3.6), 200
"""1280 × 720: sharp on a phone, and shown whole by both platforms."""
_LOWEST = 4
"""A week with one decision is not drawn as tall as the picture."""


def levers_by_week(levers: LeverWeeks) -> bytes:
    """A PNG of stacked bars, one a week; `digest_wording.alt_text` says the same in words."""
    figure, axes = _figure()
    places = list(range(len(levers.weeks)))
    totals = [sum(counts) for counts in zip(*(held for _, held in levers.counts), strict=True)]
    top = max(*totals, _LOWEST) if totals else _LOWEST
    below = [0] * len(places)
    for lever, counts in levers.counts:
        colour = COLOURS.get(lever, _INK)
        bars = axes.bar(places, counts, 0.72, below, color=colour, label=ONE_WORD.get(lever, lever))
        _number(axes, bars, counts, top, "white" if lever in _DARK else _INK)
        below = [low + count for low, count in zip(below, counts, strict=True)]
    axes.set_xticks(places, [short_day(day) for day in levers.weeks], fontsize=11.5)
    axes.set_yticks([])
    axes.set_ylim(0, top * 1.03)
    axes.spines["left"].set_visible(False)
    if levers.counts:
        figure.legend(title="Decisions a week, by lever", **_LEGEND)  # a suptitle would lie over it
    return _png(figure, alt_text(levers))


def reliability(found: Calibration) -> bytes:
    """A PNG of what was promised beside what happened; a point on the line kept its promise."""
    figure, axes = _figure()
    axes.plot([0, 1], [0, 1], color=_FAINT, linewidth=1.5, zorder=1)
    for one in found.bins:
        place = (one.said, one.happened)
        axes.scatter(*place, s=40 + 14 * one.count, color=COLOURS["prompt"], zorder=2)
        axes.annotate(f"{one.count}", place, textcoords="offset points", xytext=(14, -5), fontsize=11)
    shares = [0.0, 0.25, 0.5, 0.75, 1.0]
    axes.set_xticks(shares, [f"{share:.0%}" for share in shares])
    axes.set_yticks(shares, [f"{share:.0%}" for share in shares])
    axes.set_xlim(-0.02, 1.05)
    axes.set_ylim(-0.05, 1.08)
    axes.set_xlabel("confidence of the verdict", fontsize=11)
    axes.set_ylabel("helped", fontsize=11)
    figure.suptitle("How sure verdicts were, and how often it helped", **_TITLE)
    return _png(figure, "\n".join(in_words(found)))


def _figure() -> "tuple[Figure, Axes]":
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("bottom", "left"):
        axes.spines[side].set_color(_FAINT)
    axes.tick_params(length=0, colors=_INK)
    return figure, axes


def _number(axes: "Axes", bars: "BarContainer", counts: Sequence[int], top: int, colour: str) -> None:
    """Write each count into its part of a bar, where there is room for it."""
    labels = [f"{count:,}" if count > top * 0.06 else "" for count in counts]
    axes.bar_label(bars, labels, label_type="center", color=colour, fontsize=11, fontweight="bold")


def _png(figure: "Figure", says: str) -> bytes:
    """The picture, with what it says in words inside: whoever is sent the file may read it there."""
    kept = BytesIO()
    figure.savefig(kept, format="png", metadata={"Description": says})
    return kept.getvalue()

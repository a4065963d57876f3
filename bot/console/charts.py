"""Charts as SVG, drawn here: no library, no script. Colours come from the style sheet, by class. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

from bot.calibration import Calibration
from bot.names import ONE_WORD

WIDE, HIGH, FOOT = 640, 200, 24
_LOWEST = 4
"""A week with one decision is not drawn as tall as the picture."""


def bar(value: float, kind: str = "plain") -> Markup:
    """A share as a bar; the number stands beside it in words."""
    return Markup(
        '<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="track" width="100" height="4"/><rect class="fill fill-{}" width="{}" height="4"/></svg>'
    ).format(kind, round(100 * min(max(value, 0.0), 1.0), 1))


def levers_by_week(counts: Mapping[str, Sequence[int]], weeks: Sequence[date]) -> Markup:
    """Stacked bars, one a week, with the numbers in words for whoever does not see them."""
    totals = [sum(held[number] for held in counts.values()) for number in range(len(weeks))]
    top = max([*totals, _LOWEST])
    step = WIDE / max(len(weeks), 1)
    drawn = Markup("").join(_week(number, week, counts, step, top) for number, week in enumerate(weeks))
    said = "; ".join(
        f"{ONE_WORD.get(name, name)} {', '.join(map(str, held))}" for name, held in counts.items()
    )
    return Markup(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-labelledby="weeks-title weeks-said">'
        '<title id="weeks-title">Decisions a week, by lever</title><desc id="weeks-said">{}</desc>{}</svg>'
    ).format(WIDE, HIGH + FOOT, said or "No decision in these weeks.", drawn)


def _week(number: int, week: date, counts: Mapping[str, Sequence[int]], step: float, top: int) -> Markup:
    drawn, foot = Markup(""), float(HIGH)
    left, wide = number * step + step * 0.14, step * 0.72
    for name, held in counts.items():
        high = held[number] / top * (HIGH - 16)
        if high:
            foot -= high
            drawn += Markup(
                '<rect class="fill-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="1.5"/>'
            ).format(name, left, foot, wide, max(high - 1, 0.5))
    total = sum(held[number] for held in counts.values())
    middle = left + wide / 2
    if total:
        drawn += Markup('<text class="count" x="{:.1f}" y="{:.1f}">{:,}</text>').format(
            middle, foot - 5, total
        )
    return drawn + Markup('<text class="axis" x="{:.1f}" y="{}">{}</text>').format(
        middle, HIGH + 17, f"{week.day} {week:%b}"
    )


def reliability(found: Calibration) -> Markup:
    """What verdicts promised beside what happened; a point on the line kept its promise."""
    side, edge = 320, 44
    drawn = Markup("").join(
        Markup(
            '<line class="grid" x1="{0}" x2="{1}" y1="{2}" y2="{2}"/>'
            '<text class="axis end" x="{3}" y="{4}">{5}</text><text class="axis" x="{6}" y="{7}">{5}</text>'
        ).format(
            edge,
            edge + side,
            side - tick * side + 12,
            edge - 8,
            side - tick * side + 16,
            f"{tick:.0%}",
            edge + tick * side,
            side + 30,
        )
        for tick in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    drawn += Markup('<line class="even" x1="{}" y1="{}" x2="{}" y2="12"/>').format(
        edge, side + 12, edge + side
    )
    for one in found.bins:
        x, y = edge + one.said * side, 12 + side - one.happened * side
        drawn += Markup('<circle class="fill-prompt" cx="{:.1f}" cy="{:.1f}" r="{:.1f}"/>').format(
            x, y, min(5 + one.count**0.5, 16)
        )
    said = "; ".join(
        f"{one.count} verdicts {one.said:.0%} sure, {one.happened:.0%} helped" for one in found.bins
    )
    return Markup(
        '<svg class="chart square" viewBox="0 0 {} {}" role="img" aria-labelledby="sure-title sure-said">'
        '<title id="sure-title">How sure verdicts were, and how often it helped</title>'
        '<desc id="sure-said">{}</desc>{}</svg>'
    ).format(side + 2 * edge, side + 48, said, drawn)

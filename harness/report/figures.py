"""Geometry of the small charts, in percent of their width, so that they stretch without distorting a word."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

CENTRE_PERCENT = 50.0
MARGIN_PERCENT = 74.0
EDGE_PERCENT = 1.5
"""Zero and the margin lie at the same place in every row: a glance down the column compares them."""

CURVE_POINTS = 400


@dataclass(frozen=True, slots=True)
class Whisker:
    """A difference with its interval, on an axis where zero and the margin are fixed.

    Attributes:
        dot: Position of the point, percent of the width.
        low: Position of the interval's lower end.
        high: Position of the interval's upper end.
        dot_beyond: -1 or 1 if the point lies off the axis on that side.
        low_beyond: True if the lower end lies off the axis.
        high_beyond: True if the upper end lies off the axis.
    """

    dot: float
    low: float
    high: float
    dot_beyond: int
    low_beyond: bool
    high_beyond: bool


def whisker(value: float | None, low: float | None, high: float | None, margin: float | None) -> Whisker | None:
    """Place a difference against its margin.

    Args:
        value: Candidate minus baseline, larger is worse.
        low: Lower bound; None leaves the point alone.
        high: Upper bound.
        margin: What is allowed, above zero.

    Returns:
        None if there is no value, or no margin to measure it by.
    """
    if value is None or not margin or margin <= 0:
        return None
    points = [_place(point, margin) for point in (value, value if low is None else low, value if high is None else high)]
    (dot, dot_beyond), (left, left_beyond), (right, right_beyond) = points
    return Whisker(dot, left, right, dot_beyond, bool(left_beyond), bool(right_beyond))


def _place(value: float, margin: float) -> tuple[float, int]:
    position = CENTRE_PERCENT + (MARGIN_PERCENT - CENTRE_PERCENT) * value / margin
    if position < EDGE_PERCENT:
        return EDGE_PERCENT, -1
    if position > 100 - EDGE_PERCENT:
        return 100 - EDGE_PERCENT, 1
    return round(position, 3), 0


@dataclass(frozen=True, slots=True)
class Curve:
    """One side's empirical distribution.

    Attributes:
        path: SVG path in a box of 100 by 100, y down.
        n: Samples, the missing ones included.
        missing: Samples that never came (infinite).
        plateau: Share that came, 0..1: where the curve ends below the top.
        points: `(value, share)` steps that were drawn, for reading values off the chart.
    """

    path: str
    n: int
    missing: int
    plateau: float
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Distribution:
    """Two curves on one axis of values.

    Attributes:
        low: Left end of the axis.
        high: Right end of the axis.
        ticks: `(value, percent of the width)`.
        curves: By side, in the order given.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, float], ...]
    curves: tuple[Curve, ...]


def distribution(samples: Sequence[Sequence[float]]) -> Distribution | None:
    """Empirical distribution functions of several samples of one quantity.

    Args:
        samples: Values per side; infinities are samples that never came and leave the curve below 1.

    Returns:
        None if no side has a finite value.
    """
    finite = sorted(value for side in samples for value in side if math.isfinite(value))
    if not finite:
        return None
    ticks = nice_ticks(min(0.0, finite[0]), finite[-1])
    low, high = ticks[0], ticks[-1]
    placed = tuple((tick, round(100 * (tick - low) / (high - low), 3)) for tick in ticks)
    return Distribution(low, high, placed, tuple(_curve(side, low, high) for side in samples))


def _curve(side: Sequence[float], low: float, high: float) -> Curve:
    values = sorted(value for value in side if math.isfinite(value))
    steps = [(value, (index + 1) / len(side)) for index, value in enumerate(values)]
    if len(steps) > CURVE_POINTS:
        chosen = sorted({round(index * (len(steps) - 1) / (CURVE_POINTS - 1)) for index in range(CURVE_POINTS)})
        steps = [steps[index] for index in chosen]
    drawn = ["M0 100"]
    for value, share in steps:
        drawn.append(f"H{100 * (value - low) / (high - low):.2f}V{100 * (1 - share):.2f}")
    if steps:
        drawn.append("H100")
    plateau = len(values) / len(side) if side else 0.0
    return Curve("".join(drawn), len(side), len(side) - len(values), plateau, tuple((round(v, 1), round(s, 5)) for v, s in steps))


def nice_ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Round numbers from at or below `low` to at or above `high`.

    Args:
        low: Smallest value to cover.
        high: Largest value to cover.
        wanted: Steps to aim for.
    """
    span = (high - low) or abs(high) or 1.0
    raw = span / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(index * step, 6) for index in range(first, max(last, first + 1) + 1))

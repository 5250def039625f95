"""Geometry of the small charts, in percent of their width, so that they stretch without distorting a word."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

CENTRE_PERCENT = 50.0
MARGIN_PERCENT = 74.0
EDGE_PERCENT = 1.5
"""Zero and the margin lie at the same place in every row: a glance down the column compares them."""

LABEL_PX = 42.0
LAST_LABEL_PX = 72.0
"""What a tick's label takes; the last one carries the unit and ends at its tick."""

CURVE_POINTS = 400
SMALLEST_SPAN = 1.0


@dataclass(frozen=True, slots=True)
class Whisker:
    """A difference with its interval, on an axis where zero and the margin are fixed.

    Attributes:
        dot: Position of the point, percent of the width.
        low: Position of the interval's lower end.
        high: Position of the interval's upper end.
        dot_beyond: -1 or 1 if the point lies off the axis on that side, else 0.
        low_beyond: The same of the lower end.
        high_beyond: The same of the upper end.
        interval: False if there is a point only.
    """

    dot: float
    low: float
    high: float
    dot_beyond: int
    low_beyond: int
    high_beyond: int
    interval: bool = True

    @property
    def off_axis(self) -> int:
        """-1 or 1 if nothing of the interval lies on the axis, else 0."""
        return self.low_beyond if self.low_beyond == self.high_beyond else 0


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
    points = [
        _place(point, margin) for point in (value, value if low is None else low, value if high is None else high)
    ]
    (dot, dot_beyond), (left, left_beyond), (right, right_beyond) = points
    known = low is not None and high is not None
    return Whisker(dot, left, right, dot_beyond, left_beyond, right_beyond, known)


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
class Axis:
    """A scale of values.

    Attributes:
        low: Left end.
        high: Right end.
        ticks: Round values from `low` to `high`.
        logarithmic: True where a few values are many times as large as most.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    logarithmic: bool

    def place(self, value: float) -> float:
        """Percent of the width; values off the axis lie at its ends."""
        inside = min(max(value, self.low), self.high)
        if self.logarithmic:
            return round(100 * math.log(inside / self.low) / math.log(self.high / self.low), 6)
        return round(100 * (inside - self.low) / (self.high - self.low), 6)

    def roomy_ticks(self, width_px: float) -> frozenset[float]:
        """The ticks whose labels don't touch on a chart so wide: always the ends, then from the left."""
        label, last_label = 100 * LABEL_PX / width_px, 100 * LAST_LABEL_PX / width_px
        kept = [self.low]
        for tick in self.ticks[1:-1]:
            place = self.place(tick)
            if place - self.place(kept[-1]) >= label and 100 - place >= last_label:
                kept.append(tick)
        return frozenset([*kept, self.high])


@dataclass(frozen=True, slots=True)
class Distribution:
    """Curves on one axis of values, in the order of the samples given."""

    axis: Axis
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
    axis = choose_axis(finite)
    return Distribution(axis, tuple(_curve(side, axis) for side in samples))


def choose_axis(values: Sequence[float]) -> Axis:
    """An axis that shows most values apart: logarithmic if the largest would otherwise squeeze the rest.

    Args:
        values: Finite, ascending, at least one.
    """
    middle = values[len(values) // 2]
    if middle >= SMALLEST_SPAN and values[-1] > SQUEEZE * middle:
        low = max(values[len(values) // 50], middle / 10)
        ticks = _decades(low, values[-1])
        return Axis(ticks[0], ticks[-1], ticks, logarithmic=True)
    ticks = nice_ticks(min(0.0, values[0]), values[-1])
    return Axis(ticks[0], ticks[-1], ticks, logarithmic=False)


SQUEEZE = 4.0


def _decades(low: float, high: float) -> tuple[float, ...]:
    """1, 2, 5, 10, 20, … from at or below `low` to at or above `high`."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    steps = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)]
    start = max(index for index, step in enumerate(steps) if step <= low)
    stop = min(index for index, step in enumerate(steps) if step >= high)
    return tuple(steps[start : max(stop, start + 1) + 1])


def _curve(side: Sequence[float], axis: Axis) -> Curve:
    values = sorted(value for value in side if math.isfinite(value))
    steps = [(value, (index + 1) / len(side)) for index, value in enumerate(values)]
    if len(steps) > CURVE_POINTS:
        chosen = sorted({round(index * (len(steps) - 1) / (CURVE_POINTS - 1)) for index in range(CURVE_POINTS)})
        steps = [steps[index] for index in chosen]
    drawn = ["M0 100", *(f"H{axis.place(value):.2f}V{100 * (1 - share):.2f}" for value, share in steps)]
    if steps:
        drawn.append("H100")
    plateau = len(values) / len(side) if side else 0.0
    points = tuple((round(value, 1), round(share, 5)) for value, share in steps)
    return Curve("".join(drawn), len(side), len(side) - len(values), plateau, points)


def nice_ticks(low: float, high: float, wanted: int = 5) -> tuple[float, ...]:
    """Round numbers from at or below `low` to at or above `high`.

    Args:
        low: Smallest value to cover.
        high: Largest value to cover.
        wanted: Steps to aim for.
    """
    raw = max(high - low, SMALLEST_SPAN) / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(index * step, 6) for index in range(first, max(last, first + 1) + 1))

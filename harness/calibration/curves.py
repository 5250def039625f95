"""Distributions drawn so that their tails can be read: percentiles to the right, ever finer, milliseconds upwards.

The horizontal axis is the logarithm of the share that lies beyond (as HdrHistogram plots do): 90, 99 and 99.9 % are equally far
apart. The vertical axis is logarithmic and the same in every chart, so that charts can be compared at a glance.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

LOWEST_MS, HIGHEST_MS = 0.05, 200.0
TICKS_MS = (0.1, 1.0, 10.0, 100.0)
PERCENTILES = (0.0, 50.0, 90.0, 99.0, 99.9, 99.99)
_DECADES = 4.0  # up to 99.99 %
_POINTS = 160


@dataclass(frozen=True, slots=True)
class Curve:
    """One provider's distribution: `path` for SVG, in a box of 100 by 100, y down."""

    provider: str
    n: int
    path: str


def place_percentile(percent: float) -> float:
    """Where a percentile lies, in percent of the width."""
    return _across(percent / 100)


def place_ms(value_ms: float) -> float:
    """Where a value lies, in percent of the height from the top; what is off the axis lies at its end."""
    inside = min(max(value_ms, LOWEST_MS), HIGHEST_MS)
    return round(100 * math.log(HIGHEST_MS / inside) / math.log(HIGHEST_MS / LOWEST_MS), 2)


def curve(provider: str, values_ms: Sequence[float]) -> Curve:
    """The distribution of some values, thinned out to what the eye can tell apart."""
    ordered = sorted(values_ms)
    last = len(ordered) - 1
    # Evenly spaced along the axis: few of the many values in the middle, all of the few at the end.
    wanted = {min(last, int(len(ordered) * (1 - 10 ** (-_DECADES * step / _POINTS)))) for step in range(_POINTS + 1)}
    points = [
        f"{_across(rank / len(ordered))} {place_ms(ordered[rank])}" for rank in sorted({*wanted, last}) if ordered
    ]
    return Curve(provider, len(ordered), f"M{'L'.join(points)}" if points else "")


def _across(share: float) -> float:
    """Percent of the width at which this share of all values lies below."""
    decades = _DECADES if share >= 1 else min(_DECADES, -math.log10(1 - share))
    return round(100 * decades / _DECADES, 2)

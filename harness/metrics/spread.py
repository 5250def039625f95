"""Pooled samples too many to keep: every chunk's lateness, every frame's overhead, in memory that does not grow with a run."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate

from harness.metrics.quantiles import rank_of

_PER_MS = 1000


class Spread:
    """Values counted by whole microsecond, so that quantiles of any number of them are exact to a microsecond.

    Spreads add; values are milliseconds, signed and finite.

    Attributes:
        counts: How often each value occurred, by microsecond.
    """

    def __init__(self, values_ms: Iterable[float] = ()) -> None:
        self.counts: Counter[int] = Counter(round(value * _PER_MS) for value in values_ms)

    def __len__(self) -> int:
        """How many values."""
        return self.counts.total()

    def add(self, other: "Spread") -> None:
        """Take in the values of another."""
        self.counts.update(other.counts)

    def max_ms(self) -> float | None:
        """The largest value; None of nothing."""
        return max(self.counts) / _PER_MS if self.counts else None

    def quantiles_ms(self, *qs: float) -> list[float | None]:
        """Quantiles by the rule of `harness.metrics.quantiles`; None of nothing."""
        if not self.counts:
            return [None] * len(qs)
        ordered = sorted(self.counts)
        reached = list(accumulate(self.counts[value] for value in ordered))
        found: list[float | None] = []
        for q in qs:
            low, weight = rank_of(reached[-1], q)
            below = _at(ordered, reached, low)
            above = _at(ordered, reached, low + 1) if weight else below
            found.append((below + weight * (above - below)) / _PER_MS)
        return found


def _at(ordered: list[int], reached: list[int], rank: int) -> int:
    """The value of a 0-based rank."""
    return ordered[bisect_right(reached, rank)]

"""Quantiles of pooled samples that may hold infinities.

Linear interpolation between order statistics (Hyndman & Fan 1996, type 7, what `numpy.quantile` does by default), but a
missing value, `+inf`, keeps its rank instead of turning the result into nan.
"""

import math
from collections.abc import Sequence

_RANK_DIGITS = 9  # so that (n - 1) * q lands on a whole rank in spite of binary fractions


def quantile(values: Sequence[float], q: float) -> float | None:
    """The q-quantile, q in 0..1; None of nothing; `+inf` as soon as an infinite neighbour has any weight."""
    return quantile_sorted(sorted(values), q)


def quantile_sorted(ordered: Sequence[float], q: float) -> float | None:
    """As `quantile`, for values already in ascending order: several quantiles of one sample sort once."""
    if not ordered:
        return None
    low, weight = rank_of(len(ordered), q)
    if weight == 0 or ordered[low] == ordered[low + 1]:  # also keeps inf - inf from becoming nan
        return ordered[low]
    return ordered[low] + weight * (ordered[low + 1] - ordered[low])


def rank_of(size: int, q: float) -> tuple[int, float]:
    """The 0-based rank below the q-quantile of `size` values, and the share of the way to the next rank."""
    rank = round((size - 1) * q, _RANK_DIGITS)
    low = math.floor(rank)
    return low, rank - low

"""How far out the bounds of a resampled quantile lie: percentiles of resamples are too narrow for few calls.

They vary by sqrt((K-1)/K) too little and as a normal variable where it takes Student's t: the expanded percentiles of Hesterberg
(2015, arXiv:1411.5279) make up for both. A p95 rests on few of the calls, those with values beyond it, and on some of these more
than on others. So Student's t takes as many degrees of freedom as they count for, and the percentile moves out by the acceleration
of Efron (1987), as in the BCa interval, where that widens the interval.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

_TAIL = 0.05
_LEAST_ACCELERATED = 0.2  # of 1 - acceleration * z, which in a handful of calls may reach 0


@dataclass(frozen=True, slots=True)
class Tail:
    """What one side's quantile rests on.

    Attributes:
        calls: Of both sides.
        beyond: Calls that the values beyond the quantile are from, in effect: `(sum n)^2 / sum n^2` of n a call (Kish 1965).
        acceleration: Skewness of what each call adds to the quantile's error, over 6 sqrt(calls); at least 0.
    """

    calls: float
    beyond: float
    acceleration: float = 0.0

    @classmethod
    def of(cls, beyond: Floats, totals: Floats) -> "Tail":
        """Of each call's number of values beyond the quantile and in all."""
        errors = beyond - beyond.sum() / totals.sum() * totals
        square = float((errors**2).sum())
        skew = float((errors**3).sum()) / (6 * square**1.5) if square > 0 else 0.0
        squares = float((beyond**2).sum())
        return cls(len(beyond), float(beyond.sum()) ** 2 / squares if squares > 0 else 0.0, max(0.0, skew))

    def at(self, calls: float) -> "Tail":
        """Of another number of calls of the same kind."""
        factor = calls / self.calls
        return Tail(calls, self.beyond * factor, self.acceleration / math.sqrt(factor))

    @property
    def reach(self) -> float:
        """Standard normal quantile at which the bound is read; of many calls 1.645."""
        if self.calls <= 1:
            return -float(special.ndtri(_TAIL))
        freedom = max(1.0, min(self.beyond, self.calls - 1))
        z = -math.sqrt(self.calls / (self.calls - 1)) * float(special.stdtrit(freedom, _TAIL))
        return z / max(1 - self.acceleration * z, _LEAST_ACCELERATED)

    @property
    def share(self) -> float:
        """Of the resamples, those beyond the bound."""
        return float(special.ndtr(-self.reach))

    def rank(self, resamples: int) -> int:
        """Which of the ordered resamples the bound is, counted from 1 from its end."""
        return max(1, math.floor(self.share * (resamples + 1)))

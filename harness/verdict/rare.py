"""Rare events: when too few calls have any for a t test, exact binomial bounds (Clopper & Pearson 1934).

Here and beside, `scipy.special` takes the place of `scipy.stats`, which takes two seconds to import.
"""

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from harness.verdict.estimands import CallCounts

FEW_EVENT_CALLS = 5
"""Below this many calls with an event on either side, the t test gives way to the exact bounds."""

THIN_EVENT_CALLS = 30
"""Below this many, neither is trusted alone: scores so skewed pass a t test too often, and both have to agree."""

_CONFIDENCE = 0.95
_POWER = 0.80
_TOO_MANY = 10**9


def calls_with_events(counts: CallCounts) -> int:
    """Calls with an event on either side."""
    return int(((counts.baseline_events > 0) | (counts.candidate_events > 0)).sum())


def is_rare(counts: CallCounts) -> bool:
    """True if too few calls have an event on either side for the t test to mean anything."""
    return calls_with_events(counts) < FEW_EVENT_CALLS


def totals(counts: CallCounts) -> tuple[int, int, int]:
    """Baseline events, candidate events and common trials of all calls together."""
    a, b, trials = (float(t.sum()) for t in (counts.baseline_events, counts.candidate_events, counts.baseline_trials))
    return round(a), round(b), round(trials)


def design_effect(events: NDArray[np.float64], trials: NDArray[np.float64]) -> float:
    """By how much the variance of a pooled proportion exceeds that of independent trials, because calls differ; at least 1."""
    calls, n = len(events), float(trials.sum())
    rate = float(events.sum()) / n
    independent = rate * (1 - rate) / n
    if calls <= 1 or independent <= 0:
        return 1.0
    clustered = float(((events - rate * trials) ** 2).sum()) * calls / (calls - 1) / n**2
    return max(1.0, clustered / independent)


def clopper_pearson_upper(events: float, trials: float) -> float:
    """One-sided 95 % upper bound of a proportion."""
    return 1.0 if events >= trials else float(special.betaincinv(events + 1, trials - events, _CONFIDENCE))


def clopper_pearson_lower(events: float, trials: float) -> float:
    """One-sided 95 % lower bound of a proportion."""
    return 0.0 if events <= 0 else float(special.betaincinv(events, trials - events + 1, 1 - _CONFIDENCE))


def binomial_quantile(q: float, trials: int, rate: float) -> int:
    """The fewest events that a binomial count reaches with probability `q`."""
    events: int = math.ceil(special.bdtrik(q, trials, rate))
    fewer = max(events - 1, 0)
    return fewer if special.bdtr(fewer, trials, rate) >= q else events


def difference_bounds(
    baseline_events: float, candidate_events: float, trials: float, effect: float = 1.0
) -> tuple[float, float]:
    """Bounds of the candidate's rate minus the baseline's observed rate, over common trials.

    Args:
        baseline_events: 0..trials.
        candidate_events: 0..trials.
        trials: At least 1.
        effect: Design effect: the candidate's events and trials count for so many times fewer (Korn & Graubard 1998).

    Returns:
        `(low, high)`, one-sided 95 % each.
    """
    baseline = baseline_events / trials
    return (
        clopper_pearson_lower(candidate_events / effect, trials / effect) - baseline,
        clopper_pearson_upper(candidate_events / effect, trials / effect) - baseline,
    )


def bounds(counts: CallCounts) -> tuple[float, float]:
    """The same of calls, whose trials go wrong together."""
    effect = design_effect(counts.candidate_events, counts.baseline_trials)
    return difference_bounds(*totals(counts), effect)


def smallest_passable_rate(trials: int) -> float:
    """The margin that even zero events in `trials` cannot show to be kept: `1 - 0.05^(1/trials)`."""
    return 1.0 - (1 - _CONFIDENCE) ** (1.0 / trials) if trials > 0 else 1.0


def trials_needed(rate: float, margin: float) -> int | None:
    """Trials after which a candidate with the baseline's `rate` passes with at least 80 % probability.

    Args:
        rate: Expected event rate of both sides, 0..1; 0 gives the number of flawless trials needed.
        margin: Allowed difference (less any planned difference).

    Returns:
        None if no reasonable number of trials suffices.
    """
    if margin <= 0:
        return None

    def suffices(trials: int) -> bool:
        likely = binomial_quantile(_POWER, trials, rate) if rate > 0 else 0
        return clopper_pearson_upper(likely, trials) - rate < margin

    high = 1
    while not suffices(high):
        high *= 2
        if high > _TOO_MANY:
            return None
    low = high // 2
    while high - low > 1:
        middle = math.floor((low + high) / 2)
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high

"""Bounds of a rate whose trials go wrong together, call by call, even where too few events have been seen to show it.

The number of events in a corpus counts as beta-binomial (Skellam 1948): binomial, with a rate that varies as much as the
correlation of two trials of one call makes it. At no correlation the bounds are those of Clopper & Pearson (1934). The
correlation is the one seen (Ridout, Demetrio & Firth 1999) and, because a corpus that happens to miss the bad calls misses
their correlation too, some more. `benchmarks/error_rates.py` is what that addition is measured with.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from harness.verdict.estimands import CallCounts

Floats = NDArray[np.float64]

ASSUMED_CORRELATION = 0.05
"""Added to the correlation seen."""

CONFIDENCE = 0.95
"""Of each of the two bounds."""

_KNOWN_AFTER = 40  # calls with events; of more, less is added
_MANY_EVENTS = 1000  # to sum over would take long
_MOST_CORRELATION = 0.99  # at 1 there is but one trial
_NEGLIGIBLE = 1e-3  # by which correlation adds to the variance; still less of it can't be computed
_GRID, _ROUNDS = 17, 8  # sixteen times finer a round


@dataclass(frozen=True, slots=True)
class Clusters:
    """How a corpus' trials come in calls.

    Attributes:
        trials: In all.
        size: Trials of a trial's call, in the mean over trials: sum of squares over sum.
        correlation: Of two trials of one call, as seen.
        event_calls: Calls with an event on either side.
    """

    trials: float
    size: float = 1.0
    correlation: float = 0.0
    event_calls: float = 0.0

    @classmethod
    def of_sizes(cls, trials: Floats) -> "Clusters":
        """Of calls with so many trials each, and no event."""
        total = float(trials.sum())
        return cls(total, float((trials**2).sum()) / total if total else 1.0)

    @classmethod
    def of(cls, counts: CallCounts) -> "Clusters":
        """Of calls that were played."""
        either = (counts.baseline_events > 0) | (counts.candidate_events > 0)
        return replace(
            cls.of_sizes(counts.baseline_trials), correlation=_correlation(counts), event_calls=float(either.sum())
        )

    def times(self, factor: float) -> "Clusters":
        """So many times the calls, of the same kind."""
        return replace(self, trials=self.trials * factor, event_calls=self.event_calls * factor)

    @property
    def pooled_correlation(self) -> float:
        """Of any two trials of the corpus: gives its events the variance that correlation within calls gives them."""
        if self.trials <= 1:
            return 0.0
        added = ASSUMED_CORRELATION * min(1.0, _KNOWN_AFTER / max(self.event_calls, 1.0))
        more_variance = (self.size - 1) * (self.correlation + added)
        return 0.0 if more_variance < _NEGLIGIBLE else min(_MOST_CORRELATION, more_variance / (self.trials - 1))


def _correlation(counts: CallCounts) -> float:
    """Pairs of events in one call beyond those of chance, over what they would be if a call went wrong as a whole.

    Both sides together. One pair more is expected than the events give reason to, or a single pair would count as certainty.
    """
    trials, total = counts.baseline_trials, float(counts.baseline_trials.sum())
    pairs = float((trials * (trials - 1)).sum())
    excess, possible = 0.0, 1 / ASSUMED_CORRELATION
    for events in (counts.baseline_events, counts.candidate_events):
        rate = float(events.sum()) / total
        excess += float((events * (events - 1)).sum()) - rate**2 * pairs
        possible += rate * (1 - rate) * pairs
    return max(0.0, excess) / possible


def upper(events: float, clusters: Clusters, confidence: float = CONFIDENCE) -> float:
    """One-sided upper bound of a rate of which `events` were seen."""
    n, correlation = clusters.trials, clusters.pooled_correlation
    if events >= n:
        return 1.0
    if correlation <= 0 or events > _MANY_EVENTS:
        effect = 1 + (n - 1) * correlation  # of many events the design effect is all that counts (Korn & Graubard 1998)
        return float(special.betaincinv(events / effect + 1, (n - events) / effect, confidence))
    return max(events / n, _falls_to(1 - confidence, lambda rates: _at_most(events, n, rates, correlation)))


def lower(events: float, clusters: Clusters, confidence: float = CONFIDENCE) -> float:
    """One-sided lower bound."""
    n, correlation = clusters.trials, clusters.pooled_correlation
    if events <= 0:
        return 0.0
    if correlation <= 0 or events > _MANY_EVENTS:
        effect = 1 + (n - 1) * correlation
        bound = float(special.betaincinv(events / effect, (n - events) / effect + 1, 1 - confidence))
        if correlation <= 0:
            return bound
        return max(bound, lower(_MANY_EVENTS, clusters, confidence))  # one event more bounds no lower rate
    return min(events / n, _falls_to(confidence, lambda rates: _at_most(events - 1, n, rates, correlation)))


def _at_most(events: float, trials: float, rates: Floats, correlation: float) -> Floats:
    """Probability of at most so many events, for each rate strictly between 0 and 1."""
    size = (1 - correlation) / correlation
    a, b = (rates * size)[:, None], ((1 - rates) * size)[:, None]
    none = special.betaln(a, b + trials) - special.betaln(a, b)
    k = np.arange(int(events))
    steps = np.log((trials - k) / (k + 1) * (a + k) / (b + trials - k - 1))
    return np.asarray(np.exp(np.hstack([none, none + np.cumsum(steps, axis=1)])).sum(axis=1))


def _falls_to(probability: float, of_rates: Callable[[Floats], Floats]) -> float:
    """The rate at which a probability that falls with it reaches a value."""
    low, high = 0.0, 1.0
    for _ in range(_ROUNDS):
        grid = np.linspace(low, high, _GRID)
        above = int((of_rates(grid[1:-1]) > probability).sum())
        low, high = float(grid[above]), float(grid[above + 1])
    return (low + high) / 2

"""Rare events: where too few calls have any for a t test to mean something, exact bounds of the rate.

Here and beside, `scipy.special` takes the place of `scipy.stats`, which takes two seconds to import.
"""

import math
from dataclasses import replace

import numpy as np

from harness.verdict.clusters import CONFIDENCE, Clusters, lower, upper
from harness.verdict.estimands import CallCounts
from harness.verdict.samples import Z_POWER, fewest

FEW_EVENT_CALLS = 5
"""Below this many calls with an event on either side, the t test gives way to the exact bounds; from there on both decide."""


def is_rare(counts: CallCounts) -> bool:
    """True if too few calls have an event on either side for the t test to mean anything."""
    return Clusters.of(counts).event_calls < FEW_EVENT_CALLS


def totals(counts: CallCounts) -> tuple[int, int, int]:
    """Baseline events, candidate events and common trials of all calls together."""
    a, b, trials = (float(t.sum()) for t in (counts.baseline_events, counts.candidate_events, counts.baseline_trials))
    return round(a), round(b), round(trials)


def difference_bounds(
    baseline_events: float, candidate_events: float, clusters: Clusters, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Bounds of the candidate's rate minus the baseline's observed rate, over common trials.

    Args:
        baseline_events: 0..trials.
        candidate_events: 0..trials.
        clusters: How the trials, at least 1, come in calls.
        confidence: Of each of the two bounds, one-sided.

    Returns:
        `(low, high)`.
    """
    baseline = baseline_events / clusters.trials
    return (
        lower(candidate_events, clusters, confidence) - baseline,
        upper(candidate_events, clusters, confidence) - baseline,
    )


def bounds(counts: CallCounts, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The same of calls that were played."""
    a, b, _ = totals(counts)
    return difference_bounds(a, b, Clusters.of(counts), confidence)


def smallest_passable_rate(clusters: Clusters) -> float:
    """The margin that even zero events cannot show to be kept: `1 - 0.05^(1/trials)` where each call has one trial."""
    return upper(0, Clusters(clusters.trials, clusters.size)) if clusters.trials > 0 else 1.0


def flawless_trials(margin: float, size: float = 1.0) -> int | None:
    """Trials without any event that show that a margin is kept, in calls of such a size; None if no number does."""
    if margin <= 0:
        return None
    return fewest(lambda trials: smallest_passable_rate(Clusters(trials, size)) < margin)


def detectable(counts: CallCounts) -> float:
    """How far above the rate seen its upper bound lies, where as many events are seen as are to be expected."""
    return detectable_rate(_pooled_rate(counts), Clusters.of(counts))


def detectable_rate(rate: float, clusters: Clusters) -> float:
    """The same of trials that are yet to come."""
    return upper(round(rate * clusters.trials), clusters) - rate


def calls_needed(counts: CallCounts, reach: float) -> int | None:
    """Calls like these after which a candidate as good as the baseline passes by the exact bounds, as `calls_for` has it."""
    calls = len(counts.calls)
    change = counts.candidate_events - counts.baseline_events
    sd = float(np.std(change, ddof=1)) if calls > 1 else 0.0
    return calls_for(_pooled_rate(counts), sd, calls, Clusters.of(counts), reach)


def calls_for(rate: float, sd: float, calls: int, clusters: Clusters, reach: float) -> int | None:
    """Calls after which a candidate with the baseline's rate passes by the exact bounds with about 80 % probability.

    Args:
        rate: Of events, on both sides, 0..1.
        sd: Standard deviation between calls of the difference of the sides' events.
        calls: How many calls `clusters` are.
        clusters: Of calls like those to be played.
        reach: The margin less the planned difference.

    Returns:
        None if no reasonable number suffices.
    """
    if reach <= 0:
        return None

    each = clusters.trials / calls
    sd_of_trials = math.sqrt(max(0.0, each * (clusters.size - each)))

    def suffices(number: int) -> bool:
        there = clusters.times(number / calls)
        unlucky = round(rate * there.trials + Z_POWER * sd * math.sqrt(number))
        if not unlucky:  # then what is left to chance is how long the calls are
            there = replace(there, trials=max(1.0, there.trials - Z_POWER * sd_of_trials * math.sqrt(number)))
        return upper(unlucky, there) - rate < reach

    return fewest(suffices)


def _pooled_rate(counts: CallCounts) -> float:
    a, b, trials = totals(counts)
    return (a + b) / (2 * trials)

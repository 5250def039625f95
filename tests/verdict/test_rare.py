import math

import numpy as np
import pytest
from scipy import stats

from harness.verdict.clusters import Clusters, lower, upper
from harness.verdict.estimands import CallCounts
from harness.verdict.rare import (
    bounds,
    calls_for,
    calls_needed,
    detectable,
    detectable_rate,
    difference_bounds,
    flawless_trials,
    is_rare,
    smallest_passable_rate,
    totals,
)


def test_false_cutoffs():
    """200 turns without a cut-off on either side, a turn a call; ten of them a call show less, and still enough for 2 %."""
    high = {size: round(difference_bounds(0, 0, Clusters(200, size))[1], 5) for size in (1, 10)}

    assert {1: 0.01487, 10: 0.01801} == high


def test_untestable_size():
    """Half a percentage point needs 598 flawless sessions to be shown, if each is a call of its own."""
    assert [True, False] == [smallest_passable_rate(Clusters(n)) > 0.005 for n in (597, 598)]


@pytest.mark.parametrize(
    ("margin", "size", "trials"), [(0.005, 1, 598), (0.02, 1, 149), (0.0, 1, None), (0.005, 3, 628), (0.02, 40, 269)]
)
def test_flawless_trials_needed(margin, size, trials):
    """How many flawless trials show that a margin is kept: more where they come in fewer calls."""
    assert trials == flawless_trials(margin, size)


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.05])
def test_calls_asked_for_have_power(rate):
    """With the calls asked for, an equal candidate passes about four times in five, beside a rate that is known."""
    calls = calls_for(rate, math.sqrt(rate * (1 - rate)), 1000, Clusters(1000, event_calls=1000 * rate), 0.02)
    there = Clusters(calls, event_calls=calls * rate)

    passing = max(x for x in range(calls) if upper(x, there) - rate < 0.02)

    assert 0.75 < stats.binom.cdf(passing, calls, rate) < 0.9


def test_calls_of_unequal_lengths_are_more_to_be_flawless():
    """What is left to chance is how much is said in them."""
    equal, unequal = (calls_for(0.0, 0.0, 100, Clusters(1000, size), 0.02) for size in (10, 14))

    assert equal < unequal


def test_no_number_of_calls_shows_that_nothing_may_be_worse():
    """A margin of zero leaves nothing to show."""
    assert None is calls_for(0.01, 0.1, 100, Clusters(1000, 10), 0.0)


def test_more_trials_detect_less():
    """The effect that so many trials resolve falls with them."""
    few, many = (detectable_rate(0.02, Clusters(trials, 10, 0.05, 20)) for trials in (400, 1600))

    assert many < few


def of(baseline, candidate, trials=10.0):
    """Calls of ten trials with these events."""
    events = [np.array(each, dtype=float) for each in (baseline, candidate)]
    each = np.full(len(baseline), trials)
    return CallCounts(tuple(map(str, range(len(baseline)))), events[0], each, events[1], each)


def test_rare_are_events_in_four_calls_of_either_side():
    """A call in which both have one counts once."""
    assert [True, False] == [is_rare(of([1, 1, 1, 1, 0, 0], [1, 1, 1, 1, last, 0])) for last in (0, 1)]


def test_the_effect_is_told_from_the_rate_of_both_sides():
    """Three and five events in 200 trials: a rate of 2 %, of which four events of 200 are the upper bound's."""
    counts = of([3, *[0] * 19], [0] * 15 + [1] * 5)

    assert (3, 5, 200) == totals(counts)
    assert upper(4, Clusters.of(counts)) - 0.02 == pytest.approx(detectable(counts))
    low, high = bounds(counts)
    assert (lower(5, Clusters.of(counts)) - 0.015, upper(5, Clusters.of(counts)) - 0.015) == pytest.approx((low, high))
    assert bounds(counts, 0.9)[1] < high


def test_calls_are_asked_for_by_the_spread_of_what_differs():
    """A side with all its events in other calls than the other's varies more; one call alone has no spread."""
    apart, together = of([1] * 5 + [0] * 35, [0] * 5 + [1] * 5 + [0] * 30), of([1] * 5 + [0] * 35, [1] * 5 + [0] * 35)

    assert calls_needed(together, 0.02) < calls_needed(apart, 0.02)
    assert calls_needed(of([0], [0]), 0.5) == calls_for(0.0, 0.0, 1, Clusters(10, 10), 0.5)
    assert (1.0, None) == (smallest_passable_rate(Clusters(0)), flawless_trials(0.0))

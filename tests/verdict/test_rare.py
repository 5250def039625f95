import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.verdict.rare import (
    binomial_quantile,
    clopper_pearson_lower,
    clopper_pearson_upper,
    design_effect,
    difference_bounds,
    smallest_passable_rate,
    trials_needed,
)


@pytest.mark.parametrize(
    ("events", "trials", "digits", "expected"),
    [
        (0, 50, 5, 0.05816),
        (0, 300, 5, 0.00994),
        (0, 597, 6, 0.005005),
        (0, 598, 6, 0.004997),
        (2, 300, 5, 0.02084),
    ],
)
def test_upper(events, trials, digits, expected):
    """Worked examples of the upper bound."""
    assert expected == round(clopper_pearson_upper(events, trials), digits)


def test_lower():
    """Worked example of the lower bound."""
    assert 0.02324 == round(clopper_pearson_lower(12, 300), 5)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_bounds_are_scipy(case):
    """Both bounds are those of a two-sided 90 % exact interval, and enclose the rate."""
    events, trials = case
    interval = stats.binomtest(events, trials).proportion_ci(0.9, method="exact")

    low, high = clopper_pearson_lower(events, trials), clopper_pearson_upper(events, trials)

    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))
    assert low <= events / trials <= high


@given(st.floats(0.01, 0.99), st.integers(1, 5000), st.floats(1e-6, 0.999999))
def test_quantiles_are_the_fewest_events_that_are_likely_enough(q, trials, rate):
    """By the distribution function; where that meets `q` to the last digit, either neighbour may be it."""
    events = binomial_quantile(q, trials, rate)
    assert q - 1e-9 <= stats.binom.cdf(events, trials, rate)
    assert not events or stats.binom.cdf(events - 1, trials, rate) <= q + 1e-9


def test_false_cutoffs():
    """200 turns without a cut-off on either side."""
    low, high = difference_bounds(0, 0, 200)

    assert (0.0, 0.01487) == (low, round(high, 5))


def test_untestable_size():
    """Half a percentage point needs 598 flawless sessions to be shown."""
    assert [True, False] == [smallest_passable_rate(n) > 0.005 for n in (597, 598)]


@pytest.mark.parametrize(("margin", "trials"), [(0.005, 598), (0.02, 149), (0.0, None)])
def test_flawless_trials_needed(margin, trials):
    """How many flawless trials show that a margin is kept."""
    assert trials == trials_needed(0.0, margin)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.05])
def test_trials_needed_have_power(rate):
    """With the trials asked for, an equal candidate passes at least four times in five."""
    trials = trials_needed(rate, 0.02)

    passing = max(x for x in range(trials) if clopper_pearson_upper(x, trials) - rate < 0.02)

    assert stats.binom.cdf(passing, trials, rate) >= 0.8


def test_calls_that_go_wrong_as_a_whole_count_once():
    """Where all ten trials of a call go wrong together, the design effect is about ten; scattered evenly it is 1."""
    trials = np.full(40, 10.0)
    whole, scattered = np.zeros(40), np.zeros(40)
    whole[:4], scattered[:40] = 10.0, 1.0

    assert (pytest.approx(10 * 40 / 39), 1.0) == (design_effect(whole, trials), design_effect(scattered, trials))


def test_a_design_effect_widens_both_bounds():
    """Events of one call tell less than those of many; without any there is nothing to widen."""
    low, high = difference_bounds(4, 8, 200)
    wider_low, wider_high = difference_bounds(4, 8, 200, 3.0)

    assert wider_low < low < high < wider_high
    assert 1.0 == design_effect(np.zeros(20), np.full(20, 10.0))

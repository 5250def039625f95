import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.verdict.estimands import CallCounts
from harness.verdict.ratios import (
    absolute_scores,
    decide,
    difference_interval,
    ratio_difference,
    relative_scores,
    score_test,
)
from harness.verdict.samples import detectable

W = [100, 120, 80, 150, 90, 110, 130, 100, 95, 105, 140, 85, 115, 100, 125, 90, 110, 135, 80, 140]
E_A = [8, 11, 5, 13, 7, 9, 12, 8, 9, 8, 14, 6, 10, 9, 11, 6, 8, 12, 7, 13]
E_B = [9, 10, 6, 13, 7, 10, 11, 8, 9, 9, 14, 7, 9, 9, 12, 6, 8, 13, 6, 14]
WORSE = [5, 2, 4, 4, 6, 4, 6, 5, 2, 3, 4, 3, 4, 3, 4, 2, 3, 5, 3, 4]


def counts(e_a, e_b, w_a, w_b=None):
    arrays = [np.array(values, dtype=float) for values in (e_a, w_a, e_b, w_a if w_b is None else w_b)]
    return CallCounts(tuple(f"{i:03}" for i in range(len(e_a))), *arrays)


EXAMPLE = counts(E_A, E_B, W)


@pytest.mark.parametrize(
    ("scores", "expected", "outcome"),
    [
        (absolute_scores(EXAMPLE, 0.01), (-0.90000, 0.79984, -5.0322, 0.00004, -1.20925, -0.59075), "pass"),
        (absolute_scores(EXAMPLE, 0.005), (-0.35000, 0.77676, -2.0151, 0.02913, -0.65033, -0.04967), "pass"),
        (relative_scores(EXAMPLE, 0.10), (-0.73000, 0.84361, -3.8699, 0.00052, -1.05618, -0.40382), "pass"),
        (relative_scores(EXAMPLE, 0.05), (-0.26500, 0.79606, -1.4887, 0.07649, -0.57279, 0.04279), "inconclusive"),
        (absolute_scores(EXAMPLE, 0.0), (0.20000, 0.76777, 1.1650, 0.87077, -0.09686, 0.49686), "inconclusive"),
    ],
)
def test_score_test(scores, expected, outcome):
    """The worked example, to the last digit."""
    test = score_test(scores)

    assert expected == (
        round(test.mean, 5),
        round(test.sd, 5),
        round(test.t, 4),
        round(test.p, 5),
        round(test.low, 5),
        round(test.high, 5),
    )
    assert outcome == test.outcome


def test_score_test_fails():
    """A clear regression has its lower bound beyond the margin."""
    worse = counts(E_A, np.add(E_A, WORSE), W)

    test = score_test(absolute_scores(worse, 0.01))

    assert (2.7, 2.25159, "fail") == (round(test.mean, 5), round(test.low, 5), test.outcome)


def test_detectable():
    """What the worked example can resolve at a margin of one percentage point."""
    test = score_test(absolute_scores(EXAMPLE, 0.01))

    assert 0.00404 == round(detectable(test.se, float(np.mean(W))), 5)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=40).filter(lambda z: len(set(z)) > 1))
def test_score_test_is_scipy(z):
    """The one-sided p value is that of `scipy.stats.ttest_1samp`."""
    z = np.array(z, dtype=float)

    expected = stats.ttest_1samp(z, 0, alternative="less")

    assert expected.pvalue == pytest.approx(score_test(z).p, abs=1e-12)


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=40))
def test_bounds_ordered(z):
    """The bounds enclose the mean."""
    test = score_test(np.array(z))

    assert test.low <= test.mean <= test.high


@given(st.integers(0, 10**6), st.floats(0, 0.2), st.floats(0, 0.2))
def test_monotone_in_margin(seed, one, other):
    """A wider margin never turns a verdict for the worse."""
    rng = np.random.default_rng(seed)
    w = rng.integers(10, 200, 25)
    data = counts(rng.binomial(w, 0.1), rng.binomial(w, 0.1), w)
    rank = {"fail": 0, "inconclusive": 1, "pass": 2}

    strict, lax = (rank[score_test(absolute_scores(data, margin)).outcome] for margin in sorted((one, other)))

    assert strict <= lax


@pytest.mark.parametrize(("shift", "outcome"), [(-1, "pass"), (0, "inconclusive"), (1, "fail")])
def test_equal_scores(shift, outcome):
    """Equal scores are their own bounds, and exactly 0 decides nothing."""
    test = score_test(np.full(25, float(shift)))

    assert (shift, shift, outcome) == (test.low, test.high, test.outcome)


def test_single_call():
    """One call bounds nothing."""
    test = score_test(np.array([-5.0]))

    assert (-math.inf, math.inf, "inconclusive") == (test.low, test.high, test.outcome)


def test_bound_on_margin():
    """A bound that lies on the margin decides nothing."""
    assert ["inconclusive"] * 2 == [decide(0.0, 1.0, 1.0), decide(1.0, 2.0, 1.0)]


def test_interval():
    """The BCa interval of the worked example."""
    low, high = difference_interval(EXAMPLE, seed=1, resamples=9999)

    assert (-0.0009, 0.0042) == (pytest.approx(low, abs=0.0003), pytest.approx(high, abs=0.0003))


def test_interval_deterministic():
    """Equal seeds give equal intervals."""
    assert difference_interval(EXAMPLE, seed=7, resamples=999) == difference_interval(EXAMPLE, seed=7, resamples=999)


def test_interval_of_equal_contributions():
    """Where every call contributes the same, the interval is the point."""
    data = counts([1] * 20, [2] * 20, [50] * 20)

    assert (0.02, 0.02) == difference_interval(data, seed=1, resamples=999)


@pytest.mark.parametrize("e_a", [[0] * 20, [3] + [0] * 19])
def test_no_relative_interval(e_a):
    """Without baseline errors in at least two calls there is no relative interval."""
    data = counts(e_a, [1] * 20, [50] * 20)

    assert difference_interval(data, seed=1, resamples=999, relative=True) is None


def test_sparse_relative_interval():
    """With few baseline errors the relative interval is finite or absent, never nan."""
    data = counts([1, 1] + [0] * 18, [1, 0] + [1] * 18, [50] * 20)

    interval = difference_interval(data, seed=1, resamples=999, relative=True)

    assert interval is None or all(math.isfinite(bound) for bound in interval)


def test_ratio_difference():
    """The worked example with different denominators."""
    difference = ratio_difference(counts([2, 0, 1, 3], [3, 1, 1, 4], [10, 12, 8, 20], [11, 12, 8, 19]))

    assert (0.12, 0.18, 0.06, 0.013810) == tuple(
        round(value, 6) for value in (difference.baseline, difference.candidate, difference.value, difference.se)
    )


def test_a_difference_that_rests_on_few_calls_is_bounded_by_few():
    """With the same standard error: equal contributions count all calls, one large one counts itself."""
    trials = np.full(20, 10.0)
    spread = ratio_difference(counts(np.full(20, 5.0), 5.0 + np.tile([1.0, -1.0], 10), trials))
    lopsided = ratio_difference(counts(np.full(20, 5.0), np.r_[24.0, np.full(19, 5.0)], trials))

    assert (pytest.approx(stats.t.ppf(0.95, 19)), pytest.approx(stats.t.ppf(0.95, 1.1), abs=0.2)) == tuple(
        (found.high - found.value) / found.se for found in (spread, lopsided)
    )


def test_ratio_difference_without_unit():
    """Counting one side in tenths changes neither its ratio nor the error of the difference."""
    whole = ratio_difference(counts([2, 0, 1, 3], [3, 1, 1, 4], [10, 12, 8, 20], [11, 12, 8, 19]))
    tenths = ratio_difference(counts([2, 0, 1, 3], [30, 10, 10, 40], [10, 12, 8, 20], [110, 120, 80, 190]))

    assert (whole.value, whole.se) == pytest.approx((tenths.value, tenths.se))


def test_ratio_difference_without_trials():
    """A side without trials has no ratio."""
    assert ratio_difference(counts([0, 0], [1, 1], [5, 5], [0, 0])) is None


@pytest.mark.parametrize("seed", [1, 2])
def test_the_interval_is_that_of_scipy(seed: int):
    """The same draws, bias and acceleration as `scipy.stats.bootstrap` by its BCa method, to nine digits."""
    rng = np.random.default_rng(seed)
    trials = rng.integers(20, 90, 40).astype(float)
    events = [rng.binomial(trials.astype(int), rate).astype(float) for rate in (0.08, 0.1)]
    counts = CallCounts(tuple(map(str, range(40))), events[0], trials, events[1], trials)

    def share(b, a, w, axis):
        return (b.sum(axis=axis) - a.sum(axis=axis)) / w.sum(axis=axis)

    expected = stats.bootstrap(
        (events[1], events[0], trials), share, paired=True, vectorized=True, method="BCa", confidence_level=0.9,
        n_resamples=1999, batch=500, rng=seed,
    ).confidence_interval  # fmt: skip

    assert (expected.low, expected.high) == pytest.approx(
        difference_interval(counts, seed=seed, resamples=1999), abs=1e-9
    )

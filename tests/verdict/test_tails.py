import math

import numpy as np
import pytest
from scipy import stats

from harness.verdict.tails import Tail


@pytest.mark.parametrize(("calls", "rank"), [(20, 380), (40, 439), (100, 475), (1000, 497)])
def test_bounds_lie_further_out_for_few_calls(calls, rank):
    """As far as Student's t and the spread of so many calls ask for (Hesterberg 2015); of very many calls it is 5 %."""
    tail = Tail.of(np.ones(calls), np.full(calls, 2.0))
    expected = stats.norm.cdf(math.sqrt(calls / (calls - 1)) * stats.t.ppf(0.05, calls - 1))

    assert (pytest.approx(expected), rank) == (tail.share, tail.rank(9999))


def test_they_lie_further_out_where_few_calls_have_the_largest_values():
    """Of forty calls four have any: they count, and not all alike."""
    even, uneven = (
        Tail.of(np.array([*some, *[0] * 36], dtype=float), np.full(40, 10.0)) for some in ([2] * 4, [5, 1, 1, 1])
    )

    assert (4, pytest.approx(64 / 28)) == (even.beyond, uneven.beyond)
    assert Tail(40, 40).reach < even.reach < uneven.reach


def test_acceleration_is_that_of_efron():
    """Skewness of the calls' errors over 6 sqrt(calls), as the BCa interval has it."""
    beyond = np.array([6.0, 1, 0, 2, 0, 1, 0, 0])
    errors = beyond - beyond.mean()

    assert pytest.approx(stats.skew(errors) / (6 * math.sqrt(8))) == Tail.of(beyond, np.full(8, 10.0)).acceleration


def test_skewness_never_draws_a_bound_nearer():
    """Where most calls have many values beyond the quantile, the long side is the other one."""
    assert Tail.of(np.array([5.0] * 9 + [0]), np.full(10, 9.0)).acceleration == 0.0


@pytest.mark.parametrize("beyond", [[], [0.0], [0.0, 0.0], [3.0, 0.0], [1.0, 1.0]])
def test_a_bound_exists_for_any_number_of_calls(beyond):
    """None beyond, one alone, all alike: a rank there is."""
    tail = Tail.of(np.array(beyond), np.full(len(beyond), 5.0)) if beyond else Tail(1, 0)

    assert 1 <= tail.rank(999) <= 50


def test_more_calls_of_the_same_kind_bring_the_bound_nearer():
    """Towards 1.645 standard errors."""
    reaches = [Tail(20, 5, 0.05).at(calls).reach for calls in (10, 20, 80, 10**6)]

    assert (sorted(reaches, reverse=True), pytest.approx(1.645, abs=1e-3)) == (reaches, reaches[-1])


def test_acceleration_moves_a_bound_out():
    """As in the BCa interval: z / (1 - a z), with the z of as many calls and no acceleration."""
    z = Tail(40, 40).reach

    assert pytest.approx(z / (1 - 0.1 * z)) == Tail(40, 40, 0.1).reach

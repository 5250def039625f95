import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.quantiles import quantile

INF = math.inf


@pytest.mark.parametrize(
    ("values", "q", "expected"),
    [
        ([100, 200, 300, INF], 0.5, 250),
        ([100, 200, 300, INF], 2 / 3, 300),
        ([100, 200, 300, INF], 0.95, INF),
        ([100, 200, INF], 0.5, 200),
        ([100, 200, INF], 0.75, INF),
        (list(range(1, 22)), 0.95, 20),
        ([INF, INF], 0.5, INF),
        ([7.0], 0.99, 7.0),
        ([*range(15), *[INF] * 86], 0.14, 14),  # 100 * 0.14 is 14.000000000000002
    ],
)
def test_quantiles_with_infinities(values: list[float], q: float, expected: float):
    """A missing value keeps its rank: only quantiles that touch it are infinite (worked example 8.13)."""
    assert quantile(values, q) == expected


def test_nothing_has_no_quantile():
    """Without samples there is no quantile, not 0."""
    assert quantile([], 0.5) is None


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40), st.floats(0, 1))
def test_finite_quantiles_are_those_of_numpy(values: list[float], q: float):
    """On finite samples the rule is numpy's default."""
    assert quantile(values, q) == pytest.approx(float(np.quantile(values, q)), abs=0.01, rel=1e-6)


@given(st.lists(st.floats(0, 1e6) | st.just(INF), min_size=1, max_size=40), st.floats(0, 1), st.floats(0, 1))
def test_quantiles_grow_with_q(values: list[float], one: float, other: float):
    """A higher quantile is never below a lower one, infinities included."""
    assert quantile(values, min(one, other)) <= quantile(values, max(one, other))

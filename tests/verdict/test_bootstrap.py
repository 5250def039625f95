import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.quantiles import quantile
from harness.verdict.bootstrap import quantile_differences
from harness.verdict.estimands import CallSamples, SampleRow, by_call
from harness.verdict.tails import Tail

INF = math.inf


def samples(calls, baseline, candidate):
    rows = [SampleRow(call, call, a, b) for call, a, b in zip(calls, baseline, candidate, strict=True)]
    return by_call(rows)


def _slow_bootstrap(data: CallSamples, q, *, seed, resamples):
    """The same resampling, sample by sample: what the fast one must equal."""
    rng = np.random.default_rng(seed)
    calls = len(data.calls)
    differences = []
    drawn = np.concatenate(
        [rng.integers(calls, size=(min(1000, resamples - i), calls)) for i in range(0, resamples, 1000)]
    )
    for draw in drawn:
        members = np.concatenate([np.flatnonzero(data.call_index == call) for call in draw])
        a, b = (quantile(_known(side[members]), q) for side in (data.baseline, data.candidate))
        differences.append(None if a is None or b is None or a == b == INF else b - a)
    below, above = (_tail(data, side, q).rank(resamples) for side in (data.baseline, data.candidate))
    low = sorted(-INF if change is None else change for change in differences)[below - 1]
    high = sorted(INF if change is None else change for change in differences)[resamples - above]
    return low, high


def _tail(data, side, q):
    members = [_known(side[data.call_index == call]) for call in range(len(data.calls))]
    value = quantile(_known(side), q)
    beyond = [sum(one > value for one in call) for call in members]
    return Tail.of(np.array(beyond, dtype=float), np.array([len(call) for call in members], dtype=float))


def _known(values):
    return values[~np.isnan(values)].tolist()


@pytest.mark.parametrize(("missing", "absent"), [(0.0, 0.0), (0.3, 0.0), (0.04, 0.5), (0.0, 0.97)])
@pytest.mark.parametrize("q", [0.5, 0.95])
def test_bootstrap_is_the_slow_one(q, missing, absent):
    """Blocks and matrix products change nothing: the bounds equal those of resampling one sample at a time.

    So too where a side has samples of its own, even so few that some resamples hold none of them, which then say nothing.
    """
    rng = np.random.default_rng(3)
    calls = [f"c{i}" for i in rng.integers(12, size=150)]
    a, b = rng.normal(500, 90, 150), rng.normal(520, 90, 150)
    a, b = (np.where(rng.random(150) < missing, INF, values) for values in (a, b))
    b = np.where(rng.random(150) < absent, math.nan, b)
    data = samples(calls, a, b)

    (difference,) = quantile_differences(data, [q], seed=5, resamples=1999)

    assert (pytest.approx(quantile(_known(a), q)), pytest.approx(quantile(_known(b), q))) == (
        difference.baseline,
        difference.candidate,
    )
    assert _slow_bootstrap(data, q, seed=5, resamples=1999) == (
        pytest.approx(difference.low, abs=1e-9),
        pytest.approx(difference.high, abs=1e-9),
    )


def test_bootstrap_one_by_one():
    """Asking for several quantiles at once gives the figures of asking one by one."""
    rng = np.random.default_rng(4)
    data = samples([f"c{i % 9}" for i in range(90)], rng.normal(0, 1, 90), rng.normal(0, 1, 90))

    together = quantile_differences(data, [0.5, 0.95], seed=1, resamples=1999)

    assert together == tuple(quantile_differences(data, [q], seed=1, resamples=1999)[0] for q in (0.5, 0.95))


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 999), st.integers(0, 999)), min_size=1, max_size=40),
    st.lists(st.booleans(), min_size=40, max_size=40),
)
def test_bounds_ordered(rows, lost):
    """The bounds are ordered and never nan, whatever never came."""
    baseline = [INF if gone else float(a) for (_, a, _), gone in zip(rows, lost, strict=False)]
    data = samples([f"c{call}" for call, _, _ in rows], baseline, [float(b) for _, _, b in rows])

    for difference in quantile_differences(data, [0.5, 0.95], seed=1, resamples=99):
        assert difference.low <= difference.high


def test_infinite_on_both_sides():
    """If both quantiles are infinite nothing is known: no value, no bounds, no spread."""
    data = samples([f"c{i}" for i in range(20)], [INF] * 20, [INF] * 20)

    (difference,) = quantile_differences(data, [0.5], seed=1, resamples=999)

    assert (None, -INF, INF) == (difference.value, difference.low, difference.high)
    assert math.isnan(difference.sd)


def test_infinite_on_one_side():
    """A candidate that never delivers is infinitely slower, a baseline that never does infinitely faster to beat."""
    calls, finite, never = [f"c{i}" for i in range(20)], [100.0] * 20, [INF] * 20

    (worse,) = quantile_differences(samples(calls, finite, never), [0.5], seed=1, resamples=999)
    (better,) = quantile_differences(samples(calls, never, finite), [0.5], seed=1, resamples=999)

    assert ((INF, INF), (-INF, -INF)) == ((worse.low, worse.high), (better.low, better.high))

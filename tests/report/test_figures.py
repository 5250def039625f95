"""Geometry of the small charts."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.figures import (
    CENTRE_PERCENT,
    MARGIN_PERCENT,
    Axis,
    distribution,
    nice_ticks,
    whisker,
)

latencies = st.lists(st.floats(-500, 1e5) | st.just(math.inf), min_size=1, max_size=40)


def test_zero_and_margin_have_their_places():
    """No difference lies at the centre and the margin at the limit, whatever the unit."""
    drawn = whisker(0.0, 0.0, 150.0, 150.0)

    assert drawn is not None
    assert (drawn.dot, drawn.high) == (CENTRE_PERCENT, MARGIN_PERCENT)


def test_a_point_without_an_interval_is_a_point():
    """A difference whose interval is unknown is not drawn as one of no width."""
    alone, with_interval = whisker(1.0, None, None, 150.0), whisker(1.0, 1.0, 1.0, 150.0)

    assert alone is not None
    assert with_interval is not None
    assert (alone.interval, with_interval.interval) == (False, True)


def test_labels_keep_their_distance_on_a_narrow_chart():
    """The ends stay; of the others those that leave room for their neighbours' text, and more where there is more room."""
    axis = Axis(200.0, 20_000.0, (200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0), logarithmic=True)

    places = sorted(axis.place(tick) for tick in axis.roomy_ticks(300))
    gaps = [right - left for left, right in itertools.pairwise(places)]

    assert {200.0, 20_000.0} <= axis.roomy_ticks(300) < axis.roomy_ticks(480)
    assert 10_000.0 not in axis.roomy_ticks(300)
    assert min(gaps) >= 14


def test_what_lies_off_the_axis_is_marked():
    """An end beyond the axis is drawn at its edge, and an interval wholly beyond it says on which side."""
    drawn = whisker(math.inf, 1.0, math.inf, 0.1)

    assert drawn is not None
    assert (drawn.dot_beyond, drawn.low_beyond, drawn.high_beyond, drawn.off_axis) == (1, 1, 1, 1)


@pytest.mark.parametrize(("value", "margin"), [(None, 0.1), (0.1, 0.0), (0.1, None)])
def test_nothing_is_drawn_without_a_scale(value, margin):
    """Without a value, or with a margin of zero, there is no whisker."""
    assert whisker(value, None, None, margin) is None


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9), st.floats(1e-6, 1e6))
def test_a_passing_interval_ends_left_of_the_limit(low, high, margin):
    """A glance agrees with the rule: the upper end is left of the limit exactly if it is below the margin."""
    drawn = whisker(low, low, high, margin)

    assert drawn is not None
    if abs(high - margin) > margin * 1e-3:
        assert (drawn.high < MARGIN_PERCENT) == (high < margin)


@given(latencies, latencies)
def test_missing_samples_hold_the_curve_down(baseline, candidate):
    """The plateau is the share that came, and the axis covers every finite sample's neighbourhood."""
    drawn = distribution([baseline, candidate])
    if drawn is None:
        assert all(math.isinf(value) for value in baseline + candidate)
        return

    for curve, side in zip(drawn.curves, (baseline, candidate), strict=True):
        finite = [value for value in side if math.isfinite(value)]
        assert (len(side), len(side) - len(finite)) == (curve.n, curve.missing)
        assert len(finite) / len(side) == pytest.approx(curve.plateau)
        assert all(0 <= drawn.axis.place(value) <= 100 for value in finite)
    assert drawn.axis.high >= max(value for value in baseline + candidate if math.isfinite(value)) - 1e-6


def test_a_long_tail_gets_a_logarithmic_axis():
    """A few slow cases do not squeeze the rest into the first pixels."""
    tail = distribution([[600.0, 650.0, 700.0, 9000.0]])
    even = distribution([[600.0, 650.0, 700.0, 900.0]])

    assert tail is not None
    assert even is not None
    assert (tail.axis.logarithmic, even.axis.logarithmic) == (True, False)


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
def test_ticks_cover_what_they_label(low, span):
    """Ticks ascend and enclose the values."""
    ticks = nice_ticks(low, low + span)

    assert ticks[0] <= low + 1e-4
    assert ticks[-1] >= low + span - 1e-4
    assert sorted(set(ticks)) == list(ticks)

"""The trade-off of a sweep as geometry."""

import math

import pytest
from fabricate_sweep import fabricate_sweep, variant

from harness.report.sweep_chart import trade_off


def test_margins_part_what_keeps_to_them_from_what_does_not():
    """A variant within both lies to the left of the one line and below the other; intervals start from the baseline's value."""
    chart = trade_off(
        fabricate_sweep(
            variant(0.05, "fail", 300.0, 0.2),
            variant(0.2, "pass", 520.0, 0.012, best=True),
            variant(0.8, "fail", 990.0, 0.0),
        )
    )
    cuts, best, late, baseline = chart.points

    assert [1, 2, 3, 0] == [point.number for point in chart.points]
    assert best.x < chart.final_margin < late.x
    assert chart.cutoff_margin < best.y
    assert cuts.y < chart.cutoff_margin
    assert pytest.approx((best.x, best.y), abs=0.01) == (sum(best.across) / 2, sum(best.along) / 2)
    assert best.across[0] < best.x
    assert best.along[0] < best.y
    assert [False, True, False, False] == [point.best for point in chart.points]
    assert (None, "baseline") == (baseline.across, baseline.verdict)
    places = {label.replace("\xa0", " "): place for place, label in chart.across.ticks}
    assert places["200 ms"] <= cuts.x <= places["400 ms"]
    assert [tick for tick, _ in chart.along.ticks] == sorted(tick for tick, _ in chart.along.ticks)


def test_everything_stays_on_the_chart():
    """Finals that never came stand at the right, rates end at 100 %, and what has no interval has no lines."""
    chart = trade_off(
        fabricate_sweep(
            variant(0.05, "fail", math.inf, 1.0, spread=None),
            variant(0.2, "inconclusive", 520.0, 0.0, best=True, spread=50.0),
        )
    )
    never, unsure, _ = chart.points

    assert 95 < never.x < 100
    assert (None, None) == (never.across, never.along)
    assert "100.0 %" == chart.along.ticks[-1][1].replace("\xa0", " ")
    assert all(0 <= place <= 100 for place in (*unsure.across, *unsure.along, unsure.x, unsure.y))


def test_what_was_not_measured_is_not_drawn():
    """An invalid variant has no point; where nothing has a figure there is no chart."""
    document = fabricate_sweep(variant(0.05, "invalid", 300.0, 0.2), variant(0.2, "fail", 520.0, 0.5))
    assert [2, 0] == [point.number for point in trade_off(document).points]

    document["baseline"]["metrics"]["final_ms"] = {"p50": None, "p95": None}
    for each in document["variants"]:
        each["metrics"]["final_ms"]["candidate"]["p95"] = None
    assert trade_off(document) is None

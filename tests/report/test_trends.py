"""Trends as geometry."""

import dataclasses
import math

import pytest
from fabricate_runs import fabricate_runs

from harness.report.runs import read_runs
from harness.report.trends import trend_groups


@pytest.fixture
def runs(tmp_path):
    fabricate_runs(tmp_path, [0.06, 0.08, 0.10])
    return read_runs(tmp_path)[0]


def _words(group):
    return next(trend for trend in group.trends if trend.rule == "wer_abs")


def test_points_lie_in_the_order_of_runs_and_higher_is_more(runs):
    """Three runs share the width; the highest value is at the top tick."""
    (group,) = trend_groups(runs)
    trend = _words(group)

    assert [16.667, 50.0, 83.333] == [point.x for point in trend.points]
    assert [42.4, 23.2, 4.0] == [point.candidate for point in trend.points]
    assert "M16.667 52L50 52L83.333 52" == trend.lines[0]
    assert ((100.0, "0.0\N{NO-BREAK SPACE}%"), (4.0, "10.0\N{NO-BREAK SPACE}%")) == (trend.ticks[0], trend.ticks[-1])
    assert ("5.0 %", "10.0 %", "pass") == trend.latest


def test_what_never_came_lies_at_the_very_top(runs):
    """An infinite quantile is drawn on a line of its own, above the scale and named."""
    first, *others = runs
    rules = tuple(
        dataclasses.replace(rule, candidate=math.inf) if rule.rule == "wer_abs" else rule for rule in first.rules
    )
    (group,) = trend_groups([dataclasses.replace(first, rules=rules), *others])

    trend = _words(group)

    assert (4.0, "never") == (trend.points[0].candidate, dict(trend.ticks)[4.0])
    assert (22.0, "10.0\N{NO-BREAK SPACE}%") == (trend.points[2].candidate, dict(trend.ticks)[22.0])


def test_a_missing_value_leaves_a_gap(runs):
    """The line is not drawn through a run that has no value."""
    first, second, third = runs
    rules = tuple(rule for rule in second.rules if rule.rule != "wer_abs")
    (group,) = trend_groups([first, dataclasses.replace(second, rules=rules), third])
    trend = _words(group)

    assert ("M16.667 52M83.333 52", None) == (trend.lines[0], trend.points[1].baseline)


def test_invalid_and_lonely_runs_make_no_trend(runs):
    """An invalid run's figures are not shown beside valid ones, and one run is no trend."""
    invalid = [dataclasses.replace(run, verdict="invalid") for run in runs[1:]]

    assert [] == trend_groups([runs[0], *invalid])


def test_only_comparable_runs_share_a_chart(runs):
    """Another corpus makes another group; the newest group comes first."""
    older = [dataclasses.replace(run, alike=(("corpus", "b"),), created_at="2025", corpus="b") for run in runs[:2]]
    groups = trend_groups([*older, *runs])

    assert [3, 2] == [len(group.runs) for group in groups]


def test_a_relative_rule_repeats_no_chart(runs):
    """It watches the rate that the absolute rule shows."""
    (group,) = trend_groups(runs)

    assert "wer_rel" not in {trend.rule for trend in group.trends}

"""The table of all metrics, and the curves of latency."""

from fabricate import fabricate

from harness.report.metric_rows import latency_charts, metric_groups
from harness.verdict.population import Population


def test_curves_are_of_the_pairs_that_the_rules_count():
    """A pair that the harness spoilt is left out of every figure, of these too."""
    scores = fabricate(clips=4).scores
    turns = Population.of(scores).turns
    (final,) = [chart for chart in latency_charts(scores) if chart.metric == "final_ms"]

    assert [len(turns), len(turns)] == [curve.n for curve in final.distribution.curves]
    assert len(turns) < sum(turn.side == "baseline" for turn in scores.turns)


def test_what_was_not_measured_is_named_once_with_its_reason():
    """A metric without a value on either side takes no row; all its quantiles share one mention."""
    absent = {"p50": None, "p95": None, "reason": "no_values"}
    unspoken = {"value": None, "reason": "no_reference_characters"}
    measured = {"value": 0.1, "errors": 1, "reference_words": 10}
    sides = ("baseline", "candidate")
    summary = {
        "metrics": {
            "wer": dict.fromkeys(sides, measured),
            "cer": dict.fromkeys(sides, unspoken),
            "final_ms": dict.fromkeys(sides, absent),
        }
    }
    groups = {group.title: group for group in metric_groups(summary)}

    assert ["wer"] == [row.metric for row in groups["Words"].rows]
    assert [("cer", "no reference characters")] == [(row.metric, row.reason) for row in groups["Words"].unmeasured]
    assert ([], ["final_ms"]) == (list(groups["Latency"].rows), [row.metric for row in groups["Latency"].unmeasured])

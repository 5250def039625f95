"""What a metric of a run says, and how it refuses."""

import copy
import json
import pickle
from dataclasses import replace

import pytest

import harness
from harness.rundir import RunDir


@pytest.fixture(scope="module")
def run(judged: RunDir) -> harness.Run:
    return harness.load_run(judged.path)


def test_the_figures_are_those_of_the_summary(run: harness.Run):
    """Ratios with their counts, quantiles with both sides, differences with their intervals."""
    blocks = json.loads((run.path / "summary.json").read_text(encoding="utf-8"))["metrics"]
    wer, p95 = run.metric("wer"), run.metric("final_ms").p95

    assert [blocks["wer"]["difference"][key] for key in ("value", "low", "high")] == [wer.difference, wer.low, wer.high]
    assert (0.9, 23) == (wer.comparison().level, wer.comparison().calls)
    assert blocks["wer"]["candidate"]["value"] == wer.candidate.value
    assert (52, 653) == (wer.baseline.errors, wer.baseline.reference_words)
    block = blocks["final_ms"]
    assert [block["baseline"]["p95"], block["candidate"]["p95"]] == [p95.baseline, p95.candidate]
    assert [block["difference"]["p95"][key] for key in ("value", "high")] == [p95.difference, p95.high]
    assert (-float("inf"), 48, "ms") == (p95.low, run.metric("final_ms").baseline.n, p95.unit)


def test_every_metric_can_be_shown_and_every_figure_of_it_read(run: harness.Run):
    """Also the odd ones; and they may be copied to other processes."""
    for name in run.metrics:
        metric = run.metric(name)
        assert name in repr(metric)
        assert metric == copy.deepcopy(metric) == pickle.loads(pickle.dumps(metric))
        for side in ("baseline", "candidate"):
            for key, value in metric.block.get(side, {}).items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    assert value == getattr(getattr(metric, side), key)
    assert run.summary["metrics"]["boundaries"]["f1"] == run.metric("boundaries").f1


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda run: run.metric("finl_ms"), r"no metric 'finl_ms' in run golden \(emulated\). Did you mean final_ms"),
        (lambda run: run.metric("wer", within="tag=digts"), "no slice 'tag=digts' .* Did you mean tag=digits"),
        (lambda run: run.metric("wil", within="tag=digits"), "no metric 'wil' in tag=digits of run golden"),
        (lambda run: run.metric("wer").p95, "wer has no 'p95'. Allowed: baseline, candidate, difference, high, low"),
        (lambda run: run.metric("wer").diference, "Did you mean difference"),
        (
            lambda run: run.metric("final_ms").difference,
            "final_ms has no 'difference'. Allowed: baseline, .* p50, p90, p95, p99",
        ),
        (lambda run: run.metric("final_ms").p42, "final_ms has no 'p42'"),
        (lambda run: run.metric("wer").baseline.erors, "The baseline of wer has no 'erors'. Did you mean errors"),
        (lambda run: run.metric("boundaries").baseline, "boundaries has no 'baseline'"),
        (lambda run: run.verdict.rule("finl_p95"), "no rule 'finl_p95' .* Did you mean final_p95"),
        (lambda run: run.verdict.rule("entity_miss"), "not judged in run golden .*: fewer than 100 trials"),
    ],
)
def test_a_typo_is_told_the_nearest_name(run: harness.Run, ask, message: str):
    """Or all there are."""
    with pytest.raises(harness.UnknownNameError, match=message):
        ask(run)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda run: run.metric("wer", within="speaker=jfk").low,
            "low of wer in speaker=jfk of run golden .* too few calls",
        ),
        (
            lambda run: run.metric("entity_miss_rate").difference,
            "difference of entity_miss_rate .* no mentions on both sides",
        ),
        (
            lambda run: run.metric("entity_miss_rate").candidate.value,
            "value of the candidate's entity_miss_rate .* no mentions",
        ),
        (lambda run: run.metric("final_ms").p99.difference, "a p99 is never compared"),
        (lambda run: run.metric("flush_ms").p95.baseline, "baseline of flush_ms p95 in run golden .* no values"),
        (lambda run: run.metric("send_lateness_ms").p95.difference, "values are pooled over the run, not kept by call"),
        (lambda run: run.metric("forced_cut_count").high, "an exact count"),
        (lambda run: run.metric("excess_disagreement").value, "the baseline was recorded once"),
    ],
)
def test_what_does_not_exist_is_no_error_until_it_is_compared(run: harness.Run, ask, message: str):
    """The reason is that of the summary."""
    value = ask(run)
    assert isinstance(value, harness.Missing)
    with pytest.raises(harness.MissingValueError, match=message):
        _ = value <= 300


def test_a_figure_tells_where_to_listen(run: harness.Run):
    """Both sides, the interval, the calls, the run, and the clips of the rule on this quantile."""
    worst = run.verdict.rule("final_p95").worst
    lines = run.metric("final_ms").p95.difference.of.details()
    assert list(lines[:4]) == [
        "final_ms p95 in run golden (emulated)",
        "  baseline    960.4 ms",
        "  candidate   859.5 ms",
        "  difference  -101 ms (90 % interval -inf to -34.3), 23 calls",
    ]
    assert lines[4].startswith("  listen to   ast_tt-allbusy (331.4 -> 820.5), mfa_acoustic_corpus (422.3 -> 804.3), ")
    assert f"  in          {run.path}/report.html" == lines[5]
    assert [f"{run.path}/report.html#clip={clip.clip_id}" for clip in worst] == [clip.link for clip in worst]
    assert lines == run.metric("final_ms").baseline.p95.of.details()
    assert repr(run.metric("wer")) == (
        "<wer: 0.0796325 -> 0.136294, difference +0.0566616 (90 % interval +0.0387463 to +0.08209), 23 calls; run golden (emulated)>"
    )


def test_the_clips_are_those_of_the_rule_on_this_quantile(run: harness.Run):
    """Else of any rule on the metric; of metrics that no rule judges there are none."""
    metric = run.metric("final_ms")
    clips = {rule.quantile: (harness.WorstClip(rule.name, 1.0, 2.0, "r.html#clip=a"),) for rule in metric.rules}
    rules = tuple(
        replace(rule, comparison=replace(rule.comparison, worst=clips[rule.quantile])) for rule in metric.rules
    )
    metric = replace(metric, rules=rules)
    assert ["final_p95", "final_p50", "final_p50"] == [
        comparison.worst[0].clip_id for comparison in (metric.p95, metric.p50, metric.p90)
    ]
    assert () == run.metric("wil").comparison().worst

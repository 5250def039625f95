"""How one metric looks in `summary.json`."""

import math
from dataclasses import replace

import pytest
import synthetic

from harness.metrics.scores import FindingScore, PooledScore
from harness.metrics.word_counts import WordCounts
from harness.verdict.estimands import RATIO
from harness.verdict.latencies import LATENCY
from harness.verdict.metric_blocks import (
    contract_violations_block,
    count_block,
    false_start_block,
    label,
    latency_block,
    pooled_block,
    ratio_block,
)
from harness.verdict.population import Population
from harness.verdict.rules import GateSettings

FAST = GateSettings(resamples=999)
INF = math.inf


def sessions(calls, baseline=None, candidate=None, **changes):
    """Pairs of sessions; what a side has for each call, by functions of its number."""
    own = dict(zip(synthetic.SIDES, (baseline or {}, candidate or {}), strict=True))
    return [
        synthetic.session(f"c{i}", side, **changes, **{name: value(i) for name, value in own[side].items()})
        for i in range(calls)
        for side in synthetic.SIDES
    ]


def ratio(name, rows, **options):
    return ratio_block(RATIO[name], Population.of(synthetic.scores(rows)), FAST, **options)


def test_a_ratio_has_its_counts_and_a_difference():
    """Of five calls there is an interval, of four the reason why there is none; parts of words are told where it is words."""
    words = WordCounts(hits=7, substitutions=1, deletions=2, insertions=3)
    five, four = (ratio("wer", sessions(calls, words=words, words_secondary=None)) for calls in (5, 4))

    side = {
        "value": 0.6,
        "errors": 30,
        "reference_words": 50,
        "hits": 35,
        "substitutions": 5,
        "deletions": 10,
        "insertions": 15,
    }
    assert {"unit": "ratio", "baseline": side, "candidate": side} == {k: five[k] for k in ("unit", *synthetic.SIDES)}
    assert {"value": 0.0, "low": 0.0, "high": 0.0, "level": 0.9, "calls": 5} == five["difference"]
    assert {
        "value": 0.0,
        "low": None,
        "high": None,
        "level": 0.9,
        "reason": "too few calls for an interval",
        "calls": 4,
    } == (four["difference"])
    none = ratio("wer_secondary", sessions(5, words=words, words_secondary=None))
    assert {
        "value": None,
        "low": None,
        "high": None,
        "level": 0.9,
        "reason": "no reference_words on both sides",
        "calls": 0,
    } == (none["difference"])
    assert (None, "no reference_words", 0) == tuple(none["candidate"][key] for key in ("value", "reason", "hits"))
    second = ratio("wer_secondary", sessions(5, words=WordCounts(hits=1), words_secondary=words))
    assert side == second["baseline"]


def test_which_interval_a_difference_has():
    """Exact bounds where events are rare; Student's t where denominators are each side's own, or in a slice; else resampling."""
    rare = ratio("false_cutoff_rate", sessions(20, candidate={"early_cut_turns": lambda i: int(i < 4)}))["difference"]
    linear, resampled = (
        ratio("wer", sessions(20, candidate={"errors": lambda i: i % 4}), linear=linear)["difference"]
        for linear in (True, False)
    )
    own = ratio("normalized_erasure", sessions(20, candidate={"erased_tokens": lambda i: 9 + i % 4}))["difference"]

    assert 0 < rare["low"] < rare["value"] == 0.02 < rare["high"] < 0.06
    assert linear["value"] == resampled["value"] == 0.015
    assert linear["low"] + linear["high"] == pytest.approx(0.03, abs=1e-6)
    assert resampled != linear
    assert own["low"] + own["high"] == pytest.approx(2 * own["value"], abs=1e-6)


def latency(name, rows=(), turns=(), utterances=()):
    return latency_block(LATENCY[name], Population.of(synthetic.scores(rows, utterances, turns)), FAST)


def finals(*pairs, calls=5):
    """The same turns in each call, by both sides' finals."""
    return [
        synthetic.turn(f"c{i}", side, n, final_ms=value, final_prov_ms=value)
        for i in range(calls)
        for n, pair in enumerate(pairs)
        for side, value in zip(synthetic.SIDES, pair, strict=True)
    ]


def test_a_latency_has_its_quantiles_and_their_differences():
    """Of values on both sides; a p99 is informative at best and never compared."""
    found = latency(
        "final_ms", sessions(5), finals((100.0, 130.0), (200.0, 230.0), (300.0, INF), (None, 5.0), (None, None))
    )

    assert {
        "n": 15, "missing": 5, "p50": 230.0, "p90": "inf", "p95": "inf", "p99": "inf", "median_of_session_p50": 230.0,
        "p99_informational": True,
    } == found["candidate"]  # fmt: skip
    assert (200.0, 200.0, 0, "ms", 5) == (
        found["baseline"]["p50"], found["baseline"]["median_of_session_p50"], found["baseline"]["missing"], found["unit"],
        found["unpaired"],
    )  # fmt: skip
    assert {"value": 30.0, "low": 30.0, "high": 30.0} == found["difference"]["p50"]
    assert ("inf", {"p50", "p90", "p95", "level", "calls"}) == (
        found["difference"]["p95"]["value"],
        set(found["difference"]),
    )
    assert (0.9, 5) == (found["difference"]["level"], found["difference"]["calls"])
    four = latency("final_ms", sessions(4), finals((100.0, 130.0), calls=4))["difference"]["p50"]
    assert {"value": 30.0, "low": None, "high": None, "reason": "too few calls for an interval"} == four
    lost = latency("final_ms", sessions(5), finals((INF, INF)))["difference"]["p50"]
    assert (None, "infinite on both sides") == (lost["value"], lost["reason"])


def test_a_latency_without_values_says_so():
    """On either side, and of every difference that would be shown."""
    found = latency("final_ms", sessions(5))

    assert (0, None, "no values", False) == tuple(
        found["baseline"].get(key, False) for key in ("n", "p50", "reason", "p99_informational")
    )
    nothing = {"value": None, "reason": "no values"}
    assert {"p50": nothing, "p90": nothing, "p95": nothing, "calls": 0} == found["difference"]


def test_three_thousand_values_make_a_p99():
    """Fewer are informative at best."""
    for turns, informational in ((600, False), (599, True)):
        found = latency("final_ms", sessions(5), finals(*[(100.0, 100.0)] * turns))
        assert informational == found["baseline"].get("p99_informational", False)


def test_latencies_from_sending_compare_where_sending_is_stamped_alike():
    """Else neither quantile is compared, and it is said why."""
    rows = sessions(5, candidate={"send_stamp": lambda _: "handoff"})
    found = latency("final_prov_ms", rows, finals((100.0, 130.0)))["difference"]
    differ = {"value": None, "reason": "the sending of audio is stamped differently on the two sides"}

    assert {"p50": differ, "p90": differ, "p95": differ, "calls": 0} == found
    assert 30.0 == latency("final_ms", rows, finals((100.0, 130.0)))["difference"]["p50"]["value"]


def test_each_sides_own_latencies_are_counted_by_side():
    """Four calls of the one with fewer give no interval; where one has none, no difference is shown."""
    known = {"flush_ms": lambda i: 100.0 if i else None}
    found = latency("flush_ms", sessions(5, known, {"flush_ms": lambda _: 130.0}))
    lone = latency("flush_ms", sessions(5, {"flush_ms": lambda _: 100.0}, {"flush_ms": lambda _: None}))

    assert [(4, 1), (5, 0)] == [(found[side]["n"], found[side]["excluded"]) for side in synthetic.SIDES]
    assert {"value": 30.0, "low": None, "high": None, "reason": "too few calls for an interval"} == found["difference"][
        "p50"
    ]
    gap = {"value": None, "reason": "only the baseline has values"}
    assert {"p50": gap, "p95": gap, "calls": 0} == lone["difference"]
    assert ("no values", "ms") == (lone["candidate"]["reason"], lone["unit"])


@pytest.mark.parametrize(("slope", "warning"), [(5.0, None), (5.5, "above 5")])
def test_a_growing_delay_is_warned_of(slope, warning):
    """More than 5 ms a second."""
    found = latency(
        "backlog_slope_ms_per_s",
        sessions(5, {"backlog_slope_ms_per_s": lambda _: 1.0}, {"backlog_slope_ms_per_s": lambda _: slope}),
    )

    assert (None, warning) == tuple(found[side].get("warning") for side in synthetic.SIDES)


def test_what_is_pooled_over_the_run_has_no_difference():
    """Each side's own row; of the SDK's overhead also the typical and the worst session."""
    rows = sessions(
        3, {"sdk_overhead_p50_ms": lambda i: (0.5, 1.5, None)[i], "sdk_overhead_p99_ms": lambda i: (3.0, 9.0, None)[i]}
    )
    scores = synthetic.scores(rows)
    pooled = (
        PooledScore("sdk_overhead_ms", "baseline", 40, 0.26, 0.5, 1.0, 2.0),
        PooledScore("ack_lag_ms", "baseline", 1, 9, 9, 9, 9),
    )
    scores = replace(scores, pooled=pooled)
    found = pooled_block("sdk_overhead_ms", scores, Population.of(scores))

    assert {
        "n": 40, "p50": 0.3, "p95": 0.5, "p99": 1.0, "max": 2.0, "sessions": 2, "median_of_session_p50": 1.0, "max_of_session_p99": 9.0,
    } == found["baseline"]  # fmt: skip
    assert {"n": 0, "p50": None, "p95": None, "p99": None, "max": None, "reason": "no values"}.items() <= found[
        "candidate"
    ].items()
    gap = {"value": None, "low": None, "high": None, "reason": "values are pooled over the run, not kept by call"}
    assert ("ms", {"p50": gap, "p95": gap, "calls": 0}) == (found["unit"], found["difference"])
    assert "sessions" not in pooled_block("ack_lag_ms", scores, Population.of(scores))["baseline"]


def test_counts_are_added_and_no_interval_is_drawn():
    """Of pairs in which both came through, where that is asked."""
    rows = sessions(3, {"reconnects": lambda i: i}, {"reconnects": lambda _: 2, "succeeded": lambda i: i != 2})
    both, every = (
        count_block(Population.of(synthetic.scores(rows)), "reconnects", both_succeeded=both) for both in (True, False)
    )

    assert {
        "unit": "count", "baseline": {"value": 1, "sessions": 2}, "candidate": {"value": 4, "sessions": 2},
        "difference": {"value": 3, "low": None, "high": None, "reason": "an exact count", "calls": 2},
    } == both  # fmt: skip
    assert (3, 6, 3) == (every["baseline"]["value"], every["candidate"]["value"], every["difference"]["calls"])
    nothing = {"value": None, "reason": "no sessions", "sessions": 0}
    assert {
        "unit": "count", "baseline": nothing, "candidate": nothing,
        "difference": {"value": None, "low": None, "high": None, "reason": "no sessions", "calls": 0},
    } == count_block(Population.of(synthetic.scores()), "reconnects", both_succeeded=False)  # fmt: skip


def test_false_starts_are_counted_by_utterances():
    """On each side, of all that were said."""
    utterances = [
        synthetic.utterance("c0", side, i, false_start=(side, i) == ("candidate", 1))
        for side in synthetic.SIDES
        for i in range(3)
    ]
    found = false_start_block(Population.of(synthetic.scores(sessions(1), utterances)))

    assert {
        "unit": "count",
        "baseline": {"value": 0, "utterances": 3},
        "candidate": {"value": 1, "utterances": 3},
    } == found
    nothing = {"value": None, "reason": "no utterances", "utterances": 0}
    assert {"unit": "count", "baseline": nothing, "candidate": nothing} == false_start_block(
        Population.of(synthetic.scores())
    )


def test_breaches_are_counted_by_side_and_kind():
    """With zeros for those that are known, over all sessions recorded."""
    scores = synthetic.scores(sessions(2, valid=False))
    findings = tuple(
        FindingScore("c0", "candidate", "gladia", 1, kind, "k", 1.0, "") for kind in ("empty_final", "odd", "odd")
    )
    scores = replace(scores, findings=findings)
    found = contract_violations_block(scores)

    assert (["assemblyai"], ["gladia"], 2) == (
        found["baseline"]["providers"], found["candidate"]["providers"], found["candidate"]["sessions"],
    )  # fmt: skip
    assert {0} == set(found["baseline"]["counts"].values())
    assert {"empty_final": 1, "odd": 2} == {
        kind: count for kind, count in found["candidate"]["counts"].items() if count
    }
    assert sorted(found["candidate"]["counts"]) == list(found["candidate"]["counts"])


def test_quantiles_have_names():
    """Without digits that say nothing."""
    assert ["p50", "p95", "p99.9"] == [label(q) for q in (0.5, 0.95, 0.999)]

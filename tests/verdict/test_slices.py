from dataclasses import replace

import numpy as np
import pytest
import synthetic
from scipy import stats

from harness.metrics.word_counts import WordCounts
from harness.verdict.population import Population
from harness.verdict.rules import RULES, GateSettings
from harness.verdict.slice_names import slice_names
from harness.verdict.slices import SLICED_LATENCIES, SLICED_RATIOS, slice_verdicts
from harness.verdict.summary import summarise
from harness.verdict.wording import explain_slice


def summary(scores):
    planned = dict.fromkeys(("baseline", "candidate"), 0)
    return summarise(scores, GateSettings(resamples=999), run_id="r", endpoint="emulated", planned=planned)


def test_a_slice_that_is_worse_than_the_margin_is_found():
    """Thirty calls that got much worse under their tag, thirty that did not; small slices are listed and not tested."""
    tables = {"bad": synthetic.run(30, candidate_wer=0.2, clip="bad-{}"), "good": synthetic.run(30, clip="good-{}")}
    sessions = [replace(row, tags=(tag,)) for tag, scores in tables.items() for row in scores.sessions]
    few = [replace(row, tags=("bad", "few")) if row.clip_id in {"bad-1", "bad-2"} else row for row in sessions]
    slices = summary(synthetic.scores(few))["slices"]
    assert ("fail", "not_worse") == tuple(
        slices[f"tag={tag}"]["rules"]["wer_abs"]["verdict"] for tag in ("bad", "good")
    )
    bad = slices["tag=bad"]["metrics"]["wer"]["difference"]
    assert 0 < bad["low"] < bad["value"] < bad["high"]
    assert ({}, True, 2) == tuple(slices["tag=few"][key] for key in ("rules", "underpowered", "calls"))


def test_every_rule_in_every_slice_has_an_answer():
    """Tested slices have a difference in the rule's unit between its bounds; the others say why there is none."""
    tables = {"bad": synthetic.run(30, candidate_wer=0.2, clip="bad-{}"), "few": synthetic.run(3, clip="few-{}")}
    sessions = [replace(row, tags=(tag,)) for tag, scores in tables.items() for row in scores.sessions]
    population = Population.of(synthetic.scores(sessions))
    rules = [rule for rule in RULES if rule.name in {"wer_abs", "wer_rel", "entity_miss", "final_p50"}]

    found = {verdict.name: verdict for verdict in slice_verdicts(population, GateSettings(slices="error"), rules)}

    names = [f"{rule}[{name}]" for rule in ("wer_abs", "wer_rel") for name in ("tag=bad", "tag=few")]
    assert names == [name for name in found if "duration" not in name]
    assert ("fail", True) == (found["wer_abs[tag=bad]"].outcome, found["wer_abs[tag=bad]"].blocks)
    for verdict in (found["wer_abs[tag=bad]"], found["wer_rel[tag=bad]"]):
        assert verdict.margin < verdict.low < verdict.value < verdict.high
    few = found["wer_abs[tag=few]"]
    assert ("underpowered", None, 3, False) == (few.outcome, few.p, few.calls, few.blocks)
    assert "Not tested: only 3 calls, fewer than 20." == explain_slice(few)
    assert "adjusted p" in explain_slice(found["wer_abs[tag=bad]"])
    flawless = Population.of(synthetic.scores([replace(row, words=WordCounts(hits=100)) for row in sessions]))
    relative = next(v for v in slice_verdicts(flawless, GateSettings(), rules) if v.name == "wer_rel[tag=bad]")
    assert (30, "underpowered", None) == (relative.calls, relative.outcome, relative.value)
    assert "while the baseline has no errors" in explain_slice(relative)


@pytest.mark.parametrize(
    ("duration_s", "expected"),
    [(9.9, "under-10s"), (10.0, "10s-to-1min"), (60.0, "1min-to-10min"), (600.0, "over-10min"), (9e9, "over-10min")],
)
def test_a_limit_belongs_to_the_longer_class(duration_s, expected):
    """As its name says."""
    assert (f"duration={expected}",) == slice_names(synthetic.session(language=None, duration_s=duration_s))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("snr=9.9", "loud"),
        ("snr=10", "moderate"),
        ("SNR_dB=19.5dB", "moderate"),
        ("snr=20", "quiet"),
        ("snr=-5", "loud"),
    ],
)
def test_a_number_of_decibels_is_a_class_of_noise(tag, expected):
    """Beside its own slice; what is said once is told once."""
    names = slice_names(synthetic.session(tags=(tag, tag), language=None, channel=0))

    assert (tag, f"noise={expected}", "channel=0", "duration=1min-to-10min") == names
    assert not [name for name in slice_names(synthetic.session(tags=("snr=low", "xsnr=5"))) if "noise" in name]


def test_a_slice_is_tested_by_the_calls_in_it():
    """Its difference, bounds of Student's t and p by hand; a slice that is the whole run is none."""
    changes = [0.0, 1.0, 2.0, 3.0] * 5
    rows = [
        synthetic.session(f"{name}{i:02}", side, errors=10 + int(change) * (side == "candidate"), tags=(name,))
        for name, some in (("a", changes), ("b", [0.0] * 20))
        for i, change in enumerate(some)
        for side in synthetic.SIDES
    ]
    [rule] = [rule for rule in RULES if rule.name == "wer_abs"]
    a, b = slice_verdicts(Population.of(synthetic.scores(rows)), GateSettings(), [rule])
    scores = np.array(changes) - 1.0
    test = stats.ttest_1samp(scores, 0.0, alternative="greater")
    interval = stats.ttest_1samp(scores, 0.0).confidence_interval(0.9)

    assert ("tag=a", 20, 0.015, "warn") == (a.slice_name, a.calls, pytest.approx(a.value), a.severity)
    assert (test.pvalue, 0.01 + interval.low / 100, 0.01 + interval.high / 100) == pytest.approx((a.p, a.low, a.high))
    assert (2 * test.pvalue, "fail" if 2 * test.pvalue <= 0.05 else "not_worse") == (
        pytest.approx(a.adjusted_p),
        a.outcome,
    )
    assert ("tag=b", 1.0, "not_worse", 0.0) == (b.slice_name, pytest.approx(b.p), b.outcome, b.value)


def test_slices_whose_calls_all_differ_alike_are_judged_by_the_sign():
    """Two errors more in each of 20 calls are beyond one percentage point, one on it is not within: 0 and 1 are no chances."""
    for more, p in ((2, 0.0), (1, 1.0), (0, 1.0)):
        rows = [
            synthetic.session(f"{name}{i:02}", side, errors=10 + more * (side == "candidate"), tags=(name,))
            for name in ("a", "b")
            for i in range(20)
            for side in synthetic.SIDES
        ]
        [rule] = [rule for rule in RULES if rule.name == "wer_abs"]
        found = slice_verdicts(Population.of(synthetic.scores(rows)), GateSettings(), [rule])
        assert [p, p] == [verdict.p for verdict in found]


def test_the_same_data_have_the_same_interval():
    """A slice that holds every pair has the run's own figures; in one that lacks a call the t bounds are near the bootstrap's."""
    scores = synthetic.run(30, seed=3, candidate_wer=0.12)
    marked = [replace(row, tags=("most",)) if row.clip_id != "call-0001" else row for row in scores.sessions]
    found = summary(replace(scores, sessions=tuple(marked)))
    whole, most = found["slices"]["lang=en"], found["slices"]["tag=most"]

    assert {name: found["metrics"][name] for name in (*SLICED_RATIOS, *SLICED_LATENCIES)} == whole["metrics"]
    assert ("bootstrap", "t") == (whole["intervals"], most["intervals"])
    run, part = (each["metrics"]["wer"]["difference"] for each in (found, most))
    width = run["high"] - run["low"]
    assert all(abs(run[end] - part[end]) < width / 4 for end in ("low", "high"))

"""How far a service differs from itself, and what that says of a run."""

import math
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import synthetic
from scipy import stats

from harness.trust import assess
from harness.verdict.estimands import CallCounts
from harness.verdict.judge import judge
from harness.verdict.noise import against_itself, noise_floor, self_test
from harness.verdict.noise_blocks import explain_noise, noise_block, noise_verdict
from harness.verdict.population import Population
from harness.verdict.rules import RULES, GateSettings
from harness.verdict.steps import next_step

FAST = GateSettings(resamples=999)
BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "self_test_alarms.py"
DOCUMENT = {"sessions": {"planned": {"baseline": 60, "candidate": 60}}, "emulators": []}


def run_twice(calls=30, *, seed=0, drift=0.0, hardest=0.08, turns=4):
    """Two passes of both sides; each call has its own difficulty, and the baseline's second pass errs more by `drift`."""
    rng = np.random.default_rng(seed)
    tables = {"sessions": [], "utterances": [], "turns": []}
    for call in range(calls):
        name, words, hard = f"call-{call:04}", int(rng.integers(60, 160)), float(rng.uniform(0.02, hardest))
        for side in synthetic.SIDES:
            for number in (1, 2):
                rate = hard + (drift if (side, number) == ("baseline", 2) else 0.0)
                errors = int(rng.binomial(words, rate))
                session = synthetic.session(name, side, errors=errors, reference_words=words, turns=turns)
                repeat = {"repeat_changed_words": 4, "repeat_longer_words": 100} if number == 2 else {}
                shared = {"pass_number": number, "changed_words": 6, "longer_words": 100, **repeat}
                tables["sessions"].append(replace(session, **shared))
                for i in range(turns):
                    partial, final = (float(value) for value in rng.normal((600, 700), 80))
                    row = synthetic.utterance(name, side, i, first_partial_ms=partial, pass_number=number)
                    tables["utterances"].append(row)
                    tables["turns"].append(synthetic.turn(name, side, i, final_ms=final, pass_number=number))
    return synthetic.scores(**tables)


def judged(scores, floor):
    trust = assess(DOCUMENT, scores, floor)
    return judge(
        scores,
        FAST,
        run_valid=trust.valid,
        invalid_reason=trust.reason,
        invalid_reasons=trust.reasons,
        emulated=False,
        run_id="r",
    )


def test_one_pass_has_no_floor():
    """Nothing is said, and nothing is wrong."""
    scores = synthetic.run(30)

    assert noise_floor(scores, FAST) is None
    assert (None, None) == (noise_block(None, scores), noise_verdict(None))


def test_a_steady_baseline_agrees_with_itself():
    """The self-test passes, the run is valid, and the floor is told: churn, V_run, clips above the noise."""
    scores = run_twice()
    floor = noise_floor(scores, FAST)
    block = noise_block(floor, scores)

    assert "passed" == floor.self_test
    assert assess(DOCUMENT, scores, floor).valid
    assert ["wer_abs", "wer_rel"] == [test["rule"] for test in block["baseline"]["self_tests"]]
    errors = {(row.clip_id, row.side, row.pass_number): row.words.errors for row in scores.sessions}
    calls = sorted({row.clip_id for row in scores.sessions})
    changes = [errors[call, "baseline", 1] - errors[call, "baseline", 2] for call in calls]
    assert block["baseline"]["v_run"] == pytest.approx(sum(change**2 for change in changes) / 60, rel=1e-5)
    above = [abs(errors[call, "candidate", 1] - errors[call, "baseline", 1]) for call in calls]
    expected = sum(other > abs(own) for other, own in zip(above, changes, strict=True))
    assert {"clips": 30, "value": expected} == {key: block["above_noise"][key] for key in ("clips", "value")}
    assert block["baseline"]["churn"]["value"] == pytest.approx(0.04)
    assert (0.06, pytest.approx(0.02)) == (block["disagreement"], block["excess_disagreement"])
    assert "differs from itself in 4.0 % of the words, from the candidate in 6.0 %." in block["explanation"]


def test_a_drifting_baseline_makes_the_run_invalid():
    """Ten words in a hundred more go wrong in its second pass: what the sides differ in is no longer theirs."""
    scores = run_twice(drift=0.10)
    floor = noise_floor(scores, FAST)
    verdict = judged(scores, floor)

    assert ("failed", "invalid", 3) == (floor.self_test, verdict.outcome, verdict.exit_code)
    assert ["self_test"] == [reason.kind for reason in verdict.invalid_reasons]
    assert verdict.reason.startswith(
        "the baseline's second pass differs from its first by more than chance (Word error rate: p = "
    )
    assert next_step(verdict).startswith("Find out what changed while the run was recorded")
    assert "failed" == noise_verdict(noise_block(floor, scores))["self_test"]


def test_a_margin_that_the_baseline_itself_does_not_keep_is_not_achievable():
    """Here one is half the noise; few calls and few values are called that, and no warning."""
    scores = run_twice(hardest=0.5, turns=8)
    settings = replace(FAST, margins={"wer_abs": 0.005}, levels={"wer_rel": "warn"})
    floor = noise_floor(scores, settings)

    found = {rule.rule: rule.achievable for rule in floor.rules}
    assert (False, None, True) == (found["wer_abs"], found["success"], found["final_p50"])
    assert "wer_rel" not in found
    verdict = noise_verdict(noise_block(floor, scores))
    assert ["wer_abs"] == verdict["not_achievable"]
    assert (
        "Margin not achievable on this corpus, even by the baseline against itself: Word error rate."
        in verdict["explanation"]
    )
    assert "Too few values to say: Failed sessions" in verdict["explanation"]


def test_a_margin_within_two_standard_errors_of_the_noise_is_not_achievable():
    """Though the second pass, better by chance, keeps it."""
    scores = run_twice(seed=4, drift=-0.015)
    [test, _] = noise_floor(scores, FAST).baseline.self_tests
    tight = replace(FAST, margins={"wer_abs": 0.99 * test.floor})
    wide = replace(FAST, margins={"wer_abs": 1.01 * test.floor})

    assert [("pass", False), ("pass", True)] == [
        (rule.outcome, rule.achievable)
        for settings in (tight, wide)
        for rule in noise_floor(scores, settings).rules
        if rule.rule == "wer_abs"
    ]


def test_few_calls_show_no_floor():
    """Nineteen: no self-test, no gate, and it is said; how far texts differ is told all the same."""
    scores = run_twice(19, drift=0.3)
    block = noise_block(noise_floor(scores, FAST), scores)

    assert ("too_few_calls", []) == (block["self_test"], block["rules"])
    assert block["explanation"].endswith("A noise floor takes 20 calls with two passes; here it is 19 calls.")
    assert assess(DOCUMENT, scores, noise_floor(scores, FAST)).reasons[0].kind == "incomplete"


def test_turns_that_one_pass_lacks_count_in_neither():
    """A candidate that failed in one pass takes the turns of that pass out of the endpointing population."""
    scores = run_twice(20)
    lacking = [
        replace(row, turns=0) if (row.clip_id, row.pass_number) == ("call-0003", 2) else row for row in scores.sessions
    ]
    pairs = Population.of(against_itself(replace(scores, sessions=tuple(lacking)), "baseline")).sessions

    assert {0: 1, 4: 19} == {
        turns: sum(pair.baseline.turns == pair.candidate.turns == turns for pair in pairs) for turns in (0, 4)
    }


def test_a_baseline_that_is_steady_is_seldom_called_unsteady():
    """The level is 1 % over all rules together; a stretch lost now and then, which makes large differences, does not add to it."""
    share_of_alarms = runpy.run_path(str(BENCHMARK))["share_of_alarms"]

    assert share_of_alarms(1000, 24) <= 0.02
    assert share_of_alarms(1000, 24, lost=0.05) <= 0.02
    assert share_of_alarms(100, 100, drift=0.03) == 1.0


@pytest.mark.parametrize(
    ("rule", "changes", "t", "floor"),
    [
        ("wer_abs", [1, 0] * 10, 0.5 / 0.114708, 2 * 0.114708 / 100),
        ("wer_rel", [1, 0] * 10, 0.5 / 0.114708, 2 * 0.114708 / 10),
        ("wer_abs", [0, -1] * 10, -0.5 / 0.114708, 2 * 0.114708 / 100),
        ("wer_abs", [1] * 20, math.inf, 0.0),
        ("wer_abs", [0] * 20, 0.0, 0.0),
    ],
)
def test_a_self_test_is_a_two_sided_t_test(rule, changes, t, floor):
    """Of the calls' differences; the floor is two standard errors, in the unit of the rule's margin."""
    events = np.full(20, 10.0)
    counts = CallCounts(tuple(map(str, range(20))), events, np.full(20, 100.0), events + changes, np.full(20, 100.0))
    [asked] = [each for each in RULES if each.name == rule]
    found = self_test(asked, counts, 0.03)
    p = 0.0 if math.isinf(t) else 2 * stats.t.sf(abs(t), 19)

    assert (rule, 20, 0.03, found.p) == (found.rule, found.calls, found.margin, found.adjusted_p)
    assert (t, p, floor) == pytest.approx((found.t, found.p, found.floor), rel=1e-4, abs=1e-12)


def test_without_errors_no_relative_margin_is_achievable():
    """The floor is then beyond any."""
    none = np.zeros(20)
    counts = CallCounts(tuple(map(str, range(20))), none, np.full(20, 100.0), none, np.full(20, 100.0))
    [rule] = [each for each in RULES if each.name == "wer_rel"]

    assert (math.inf, 1.0) == (self_test(rule, counts, 0.1).floor, self_test(rule, counts, 0.1).p)


def test_a_clip_is_above_the_noise_if_the_sides_differ_more_than_the_passes():
    """As much is not more; the least like noise come first, and clips that lack a pass are not compared."""
    errors = {"a": (10, 12, 12), "b": (10, 12, 13), "c": (10, 10, 5), "d": (10, 12, 20)}
    rows = [
        synthetic.session(
            name, side, errors=count, pass_number=number, valid=(name, number, side) != ("d", 2, "baseline")
        )
        for name, counts in errors.items()
        for (side, number), count in zip((("baseline", 1), ("baseline", 2), ("candidate", 1)), counts, strict=True)
    ]
    scores = synthetic.scores(rows)
    floor = noise_floor(scores, FAST)
    block = noise_block(floor, scores)

    assert [("a", False), ("b", True), ("c", True)] == [(clip.clip_id, clip.above_noise) for clip in floor.clips]
    assert {"clips": 3, "value": 2, "most": [
        {"clip_id": "c", "baseline": [10, 10], "candidate": 5}, {"clip_id": "b", "baseline": [10, 12], "candidate": 13},
    ]} == block["above_noise"]  # fmt: skip
    assert "fewer than 20 calls with two passes of the baseline" == block["reason"]
    assert explain_noise(floor, 0.5, 0.25) == (
        "The baseline, heard twice, differs from itself in 50.0 % of the words, from the candidate in 25.0 %. A noise floor takes 20 "
        "calls with two passes; here it is 3 calls."
    )
    assert explain_noise(floor, None, 0.25) == "A noise floor takes 20 calls with two passes; here it is 3 calls."

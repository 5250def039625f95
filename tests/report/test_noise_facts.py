"""The services against themselves, as the report tells them."""

from harness.report.noise_facts import noise_checks, noise_facts

SIDE = {"churn": {"value": 0.012}, "v_run": 0.5, "self_tests": [{"rule": "wer_abs", "adjusted_p": 0.5, "calls": 30}]}
NOISE = {
    "baseline": SIDE,
    "candidate": SIDE | {"v_run": None},
    "self_test": "passed",
    "rules": [{"rule": "wer_abs", "achievable": True}, {"rule": "final_p50", "achievable": None}],
    "disagreement": 0.05,
    "excess_disagreement": 0.038,
    "above_noise": {"clips": 30, "value": 4},
}


def test_one_pass_says_nothing():
    """Neither a check nor a fact."""
    assert ([], []) == (noise_checks({"noise": None}), noise_facts({"noise": None}))


def test_a_margin_that_is_not_achievable_is_named():
    """As is a baseline that drifts; too few calls are neither good nor bad."""
    tight = NOISE | {"rules": [{"rule": "final_p50", "achievable": False}]}
    found = [
        noise_checks({"noise": noise})[0]
        for noise in (NOISE, tight, NOISE | {"self_test": "failed"}, NOISE | {"self_test": "too_few_calls"})
    ]

    assert ["good", "bad", "bad", "unknown"] == [check.health for check in found]
    assert "agrees with itself, but for chance; not achievable: Final p50" == found[1].value


def test_facts_stand_beside_each_other():
    """What does not exist is left out."""
    facts = dict(noise_facts({"noise": NOISE}))

    assert ("1.2\N{NO-BREAK SPACE}%", "5.0\N{NO-BREAK SPACE}%") == (
        facts["Baseline: words that differ between its passes"],
        facts["Words that differ between both"],
    )
    assert "Candidate: variance of a call's word errors between passes" not in facts
    assert "p = 0.5, 30 calls" == facts["Baseline, word error rate: equal passes"]
    assert "4 of 30" in facts.values()

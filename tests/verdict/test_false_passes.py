"""A candidate exactly as bad as the margin allows must pass about as often as the level of the test says: 5 %."""

from dataclasses import replace

import numpy as np
import pytest
import synthetic

from harness.verdict.evaluate import evaluate
from harness.verdict.population import Population
from harness.verdict.rules import RULES, GateSettings

RULE = {rule.name: rule for rule in RULES}
CALLS = 30
RUNS = 400
SETTINGS = GateSettings(resamples=999)


def share_of_passes(rule, make_run):
    rng = np.random.default_rng(20)
    outcomes = [evaluate(RULE[rule], Population.of(make_run(rng)), SETTINGS).outcome for _ in range(RUNS)]
    return outcomes.count("pass") / RUNS


@pytest.mark.slow
def test_words():
    """Word errors that differ by the margin, on calls of unequal length and difficulty."""

    def make_run(rng):
        sessions = []
        for call in range(CALLS):
            words, hard = int(rng.integers(60, 160)), float(rng.beta(4, 46))
            for side, wer in zip(synthetic.SIDES, (hard, hard + 0.01), strict=True):
                errors = int(rng.binomial(words, wer))
                sessions.append(synthetic.session(f"c{call}", side, errors=errors, reference_words=words))
        return synthetic.scores(sessions)

    assert 0.02 < share_of_passes("wer_abs", make_run) < 0.08


@pytest.mark.slow
def test_median_latency():
    """Latencies whose medians differ by the margin, correlated within the call."""

    def make_run(rng):
        turns = []
        for call in range(CALLS):
            for side, extra in zip(synthetic.SIDES, (0.0, 150.0), strict=True):
                pace = rng.normal(600 + extra, 100)
                turns += [
                    replace(synthetic.turn(f"c{call}", side, i), final_ms=float(rng.normal(pace, 80))) for i in range(6)
                ]
        sessions = [synthetic.session(f"c{call}", side) for call in range(CALLS) for side in synthetic.SIDES]
        return synthetic.scores(sessions, turns=turns)

    assert 0.02 < share_of_passes("final_p50", make_run) < 0.10

"""The formulas for planning against data that are drawn as they suppose."""

import math

import numpy as np
import pytest

from harness.verdict.planning_values import CALL_SPREADS, LATENCY_SPREADS, RATIO_SPREADS, LatencySpread, RatioSpread
from harness.verdict.rules import BY_TIME, RULES
from harness.verdict.samples import calls_for_ratio


def test_they_reproduce_the_worked_example():
    """A spread of 9.3 errors between calls of 168 words takes 190 calls for one percentage point."""
    sd = RATIO_SPREADS["wer"].score_sd([168] * 40, margin=0.01)

    assert pytest.approx(9.3, abs=0.05) == sd
    assert pytest.approx(190, abs=3) == calls_for_ratio(sd, 168, 0.01)


def test_every_rule_that_needs_a_spread_has_one():
    """A rule without a planning value would tell nothing before a pilot."""
    known = {*RATIO_SPREADS, *LATENCY_SPREADS, *CALL_SPREADS}

    assert {rule.metric for rule in (*RULES, *BY_TIME.values()) if rule.test != "exact"} == known


def test_the_spread_of_scores_is_that_of_calls_so_drawn():
    """Discordant trials with a preference of each call: their margin scores spread as the formula says."""
    rng = np.random.default_rng(1)
    trials = np.tile([20, 60, 150, 300], 5000)
    spread = RatioSpread(rate=0.1, discordance=0.1, correlation=0.025)
    # A call's preference v for one side makes two of its trials correlate by discordance * v^2.
    preference = math.sqrt(spread.correlation / spread.discordance) * rng.choice([-1, 1], len(trials))
    discordant = rng.binomial(trials, spread.discordance)
    against = rng.binomial(discordant, (1 + preference) / 2)
    scores = against - (discordant - against) - 0.05 * trials

    assert pytest.approx(np.std(scores), rel=0.03) == spread.score_sd(trials.tolist(), margin=0.05)


@pytest.mark.parametrize("q", [0.5, 0.95])
def test_the_error_of_a_quantile_is_that_of_samples_so_drawn(q: float):
    """Log-normal latencies of both sides: the difference of their quantiles varies as the formula says."""
    rng = np.random.default_rng(2)
    spread = LatencySpread(median_ms=700.0, sigma=0.5, correlation=0.0)
    samples = 700.0 * np.exp(0.5 * rng.standard_normal((2, 3000, 500)))
    differences = np.quantile(samples[1], q, axis=1) - np.quantile(samples[0], q, axis=1)

    assert pytest.approx(np.std(differences), rel=0.05) == spread.difference_se(q, [5] * 100)


def test_values_of_one_call_tell_less_than_those_of_many():
    """Fifty values of one call are worth fewer than fifty calls with one value each."""
    spread = LATENCY_SPREADS["final_ms"]

    assert spread.difference_se(0.5, [1] * 50) < spread.difference_se(0.5, [10] * 5)

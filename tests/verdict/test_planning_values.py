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


def test_a_call_varies_by_its_trials_and_what_they_share():
    """100 words: 10 discordant ones, 2.475 times as many again by correlation; and the margin by how calls' lengths vary."""
    spread = RatioSpread(rate=0.1, discordance=0.1, correlation=0.025)

    assert math.sqrt(34.75) == pytest.approx(spread.score_sd([100] * 3, margin=0.05))
    assert math.sqrt((11.125 + 70.875) / 2 + 0.05**2 * 2500) == pytest.approx(spread.score_sd([50, 150], margin=0.05))
    assert math.sqrt(0.1 / 2 + 0.05**2 / 4) == pytest.approx(spread.score_sd([0, 1], margin=0.05))


def test_the_error_of_a_median_is_that_of_its_density():
    """100 values of a call each: sqrt(2 * 0.25 / 100) over 1 / (sqrt(2 pi) * 0.5 * 700); ten a call share 45 % more."""
    spread = LatencySpread(median_ms=700.0, sigma=0.5, correlation=0.05)
    alone = math.sqrt(0.5 / 100) * math.sqrt(2 * math.pi) * 350

    assert (alone, alone * math.sqrt(1.45)) == pytest.approx(
        (spread.difference_se(0.5, [1] * 100), spread.difference_se(0.5, [10] * 10))
    )


@pytest.mark.parametrize(
    ("q", "correlation", "beyond", "acceleration"),
    [
        (0.95, 0.0, 40 / 1.95, 0.9 / math.sqrt(38) / 6),
        (0.95, 0.05, 40 / 2.8525, 0.9 / math.sqrt(38) / 6),
        (0.5, 0.0, 40 / 1.05, 0),
    ],
)
def test_a_tail_rests_on_the_calls_that_have_values_in_it(
    q: float, correlation: float, beyond: float, acceleration: float
):
    """Forty calls of twenty: one value each beyond a p95, with a variance of 0.95, or more where a call's values go together."""
    tail = LatencySpread(700.0, 0.5, correlation).tail(q, [20] * 40)

    assert (40, beyond, acceleration) == pytest.approx((tail.calls, tail.beyond, tail.acceleration))

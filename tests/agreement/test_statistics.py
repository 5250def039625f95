"""Tests, bounds and corrections are those of SciPy and statsmodels; intervals of word errors are those of kaldialign."""

import kaldialign
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles import oracle
from scipy import stats

from harness.verdict.clusters import Clusters, lower, upper
from harness.verdict.estimands import CallCounts
from harness.verdict.holm import holm
from harness.verdict.ratios import absolute_scores, difference_interval, ratio_difference, score_test

SCORES = st.lists(st.floats(-50, 50).map(lambda z: round(z, 3)), min_size=20, max_size=60).filter(
    lambda z: np.ptp(z) > 0.1
)


@settings(max_examples=40)
@given(SCORES)
def test_the_score_test_is_that_of_scipy_and_statsmodels(z: list[float]):
    """t, p and both one-sided bounds, of margin scores."""
    ours, scipys = score_test(np.array(z)), stats.ttest_1samp(z, 0, alternative="less")
    theirs = oracle("statsmodels.stats.weightstats").DescrStatsW(z)
    t, p, _ = theirs.ttest_mean(0, alternative="smaller")

    assert [ours.t, ours.p] * 2 == pytest.approx([scipys.statistic, scipys.pvalue, t, p], rel=1e-9, abs=1e-12)
    assert theirs.tconfint_mean(alpha=0.10) == pytest.approx((ours.low, ours.high), rel=1e-9, abs=1e-9)


@settings(max_examples=40)
@given(SCORES, st.floats(0.5, 30))
def test_a_pass_is_the_one_half_of_a_test_of_equivalence(z: list[float], margin: float):
    """Two one-sided tests in statsmodels: the one against the upper limit is ours of the scores less the margin."""
    _, _, (_, p, _) = oracle("statsmodels.stats.weightstats").DescrStatsW(z).ttost_mean(-margin, margin)

    assert p == pytest.approx(score_test(np.array(z) - margin).p, abs=1e-12)


@given(st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_exact_bounds_are_those_of_statsmodels(case: tuple[int, int]):
    """Two one-sided 95 % bounds are its 90 % interval, where each call has one trial."""
    events, trials = case
    theirs = oracle("statsmodels.stats.proportion").proportion_confint(*case, alpha=0.10, method="beta")

    assert theirs == pytest.approx((lower(events, Clusters(trials)), upper(events, Clusters(trials))), abs=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_holms_correction_is_that_of_statsmodels(seed: int):
    """Adjusted p values, and what is rejected."""
    p_values = (np.random.default_rng(seed).random(12) ** 4).tolist()
    rejected, adjusted, *_ = oracle("statsmodels.stats.multitest").multipletests(p_values, alpha=0.05, method="holm")

    assert adjusted.tolist() == pytest.approx([p for _, p in holm(p_values)])
    assert rejected.tolist() == [r for r, _ in holm(p_values)]


def test_a_difference_of_ratios_with_one_denominator_has_the_error_of_a_t_interval():
    """With equal denominators the linearised error is that of the mean of differences."""
    rng = np.random.default_rng(2)
    a, b = rng.poisson(5, 40).astype(float), rng.poisson(6, 40).astype(float)
    w = np.full(40, 50.0)
    found = ratio_difference(CallCounts(tuple(map(str, range(40))), a, w, b, w))

    assert oracle("statsmodels.stats.weightstats").DescrStatsW((b - a) / 50).std_mean == pytest.approx(found.se)


def test_intervals_of_word_errors_are_those_of_kaldialign():
    """Where both mean the same: an utterance a call, one side alone, its 95 % by the normal quantile brought to our 90 %."""
    rng = np.random.default_rng(6)
    references = [["w"] * int(n) for n in rng.integers(5, 25, 300)]
    delivered = [[word if rng.random() > 0.15 else "x" for word in words] for words in references]
    better = [[word if rng.random() > 0.14 else "x" for word in words] for words in references]
    theirs = kaldialign.bootstrap_wer_ci(references, delivered, better, replications=10_000, seed=1)
    words = np.array([len(r) for r in references], dtype=float)
    errors, fewer = (
        np.array([sum(word == "x" for word in side) for side in sides], dtype=float) for sides in (delivered, better)
    )
    calls = tuple(f"{i:03}" for i in range(300))
    low, high = difference_interval(CallCounts(calls, 0 * errors, words, errors, words), seed=1, resamples=9999)
    system = theirs["system1"]
    t = score_test(absolute_scores(CallCounts(calls, errors, words, fewer, words), 0.0))

    assert errors.sum() / words.sum() == pytest.approx(system["wer"], abs=0.001)
    assert system["ci95"] * 1.645 / 1.96 == pytest.approx((high - low) / 2, rel=0.03)
    assert theirs["p_s2_improv_over_s1"] == pytest.approx(1 - t.p, abs=0.02)

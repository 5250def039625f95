"""Non-inferiority of ratios, with the call as the unit of inference.

Utterances of one call are correlated, so per-call totals are what is tested and resampled (Liu & Peng 2019,
arXiv:1912.09508). The decision is a one-sided t test on margin scores; the interval shown beside it is a BCa bootstrap
(Efron 1987).
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from harness.verdict.estimands import CallCounts
from harness.verdict.resampling import batches

Outcome = Literal["pass", "fail", "inconclusive"]
Floats = NDArray[np.float64]

CONFIDENCE = 0.95
"""One-sided; the two bounds together are a 90 % interval."""

_MINIMUM_FOR_SPREAD = 2  # a standard deviation needs two values


@dataclass(frozen=True, slots=True)
class ScoreTest:
    """A one-sided t test of `mean(z) = 0`. `sd` and `se` are nan for one call, `t` and `p` None where they don't exist."""

    calls: int
    mean: float
    sd: float
    se: float
    t: float | None
    p: float | None
    low: float
    high: float

    @property
    def outcome(self) -> Outcome:
        """PASS if the upper bound is below 0, FAIL if the lower one is above."""
        return decide(self.low, self.high, 0.0)


@dataclass(frozen=True, slots=True)
class RatioDifference:
    """Difference of two ratios with different denominators, candidate minus baseline, and its t bounds.

    `freedom` is how many degrees of freedom the t has; nan of a single call.
    """

    baseline: float
    candidate: float
    value: float
    se: float
    freedom: float
    low: float
    high: float


def decide(low: float, high: float, margin: float) -> Outcome:
    """The three-valued verdict of bounds against a margin; a bound on the margin is inconclusive."""
    if high < margin:
        return "pass"
    return "fail" if low > margin else "inconclusive"


def absolute_scores(counts: CallCounts, margin: float) -> Floats:
    """`z_k = (e_B,k - e_A,k) - margin * w_k`: negative where the candidate keeps within the margin."""
    return (counts.candidate_events - counts.baseline_events) - margin * counts.baseline_trials


def relative_scores(counts: CallCounts, margin: float) -> Floats:
    """`z_k = e_B,k - (1 + margin) * e_A,k`."""
    return counts.candidate_events - (1.0 + margin) * counts.baseline_events


def score_test(scores: Floats, confidence: float = CONFIDENCE) -> ScoreTest:
    """Test margin scores, one a call.

    Args:
        scores: Shape (K,), K >= 1.
        confidence: Of each of the two bounds, one-sided.

    Returns:
        Mean, spread and one-sided bounds; the bounds are infinite for a single call, and equal the mean where all scores are
        equal.
    """
    calls, mean = len(scores), float(np.mean(scores))
    if calls < _MINIMUM_FOR_SPREAD:
        return ScoreTest(calls, mean, math.nan, math.nan, None, None, -math.inf, math.inf)
    equal = np.ptp(scores) == 0.0  # asked of the scores themselves: the mean of equal floats may differ from them
    mean = float(scores[0]) if equal else mean
    sd = 0.0 if equal else float(np.std(scores, ddof=1))
    if sd == 0.0:
        return ScoreTest(calls, mean, 0.0, 0.0, None, None, mean, mean)
    se = sd / math.sqrt(calls)
    reach = float(special.stdtrit(calls - 1, confidence)) * se
    t = mean / se
    return ScoreTest(calls, mean, sd, se, t, float(special.stdtr(calls - 1, t)), mean - reach, mean + reach)


def t_of(t: float | None, mean: float) -> float:
    """A test's t as a number: infinite without any spread, for the bounds are then the mean itself; 0 where that is 0 too."""
    if t is not None:
        return t
    return math.copysign(math.inf, mean) if mean else 0.0


def ratio_difference(counts: CallCounts) -> RatioDifference | None:
    """Difference of pooled ratios by linearisation (delta method), clusters as units.

    Student's t takes as many degrees of freedom as there are calls on which the spread rests, `(sum u^2)^2 / sum u^4`: where
    a few calls revise much more than the rest, their number is what counts. If one side's own share of the spread rests on fewer,
    it is theirs: calls that are bad on both sides hide how few they are.

    Returns:
        None if either side has no trials. The bounds are infinite for a single call.
    """
    calls = len(counts.calls)
    trials_a, trials_b = counts.baseline_trials, counts.candidate_trials
    if calls == 0 or trials_a.sum() <= 0 or trials_b.sum() <= 0:
        return None
    rho_a = float(counts.baseline_events.sum() / trials_a.sum())
    rho_b = float(counts.candidate_events.sum() / trials_b.sum())
    value = rho_b - rho_a
    if calls < _MINIMUM_FOR_SPREAD:
        return RatioDifference(rho_a, rho_b, value, math.nan, math.nan, -math.inf, math.inf)
    residual_a = (counts.baseline_events - rho_a * trials_a) / trials_a.mean()
    residual_b = (counts.candidate_events - rho_b * trials_b) / trials_b.mean()
    contributions = residual_b - residual_a
    se = float(np.std(contributions, ddof=1)) / math.sqrt(calls)
    freedom = min(_calls_that_count(shares) for shares in (contributions, residual_a, residual_b))
    reach = t_reach(freedom) * se
    return RatioDifference(rho_a, rho_b, value, se, freedom, value - reach, value + reach)


def freedom_at(calls: float, freedom: float, of_calls: float) -> float:
    """Degrees of freedom of another number of calls: as their square root, for more calls bring worse ones among them."""
    return min(freedom * math.sqrt(calls / of_calls), calls - 1)


def t_reach(freedom: float) -> float:
    """How many standard errors a bound lies from the estimate; at least one degree of freedom is supposed."""
    return float(special.stdtrit(max(freedom, 1.0), CONFIDENCE))


def _calls_that_count(contributions: Floats) -> float:
    """Between 1 and one less than there are; as many as there would be with equal squares (Kish's effective number)."""
    squares = contributions**2
    total = float((squares**2).sum())
    known = float(squares.sum()) ** 2 / total if total > 0 else math.inf
    return min(max(known, 1.0), len(contributions) - 1.0)


def difference_interval(
    counts: CallCounts, *, seed: int, resamples: int, relative: bool = False
) -> tuple[float, float] | None:
    """90 % BCa cluster-bootstrap interval of the pooled difference, candidate minus baseline.

    Args:
        counts: Per-call totals with a common denominator.
        seed: Of the resampling.
        resamples: How many.
        relative: Divide by the baseline's events instead of the trials.

    Returns:
        `(low, high)`; the point twice where all calls contribute equally; None where no finite interval exists (fewer
        than two calls with a denominator, or too many resamples without one).
    """
    weights = counts.baseline_events if relative else counts.baseline_trials
    if np.count_nonzero(weights) < _MINIMUM_FOR_SPREAD:
        return None
    events = (counts.candidate_events, counts.baseline_events)
    point = float(_share((events[0] - events[1]).sum(), weights.sum()))
    residuals = (events[0] - events[1]) - point * weights
    if np.allclose(residuals, 0.0, rtol=0.0, atol=1e-12 * max(1.0, float(weights.max()))):
        return point, point
    change = events[0] - events[1]
    with np.errstate(all="ignore"):
        drawn = np.concatenate(
            [_share(change @ counts, weights @ counts) for counts in batches(len(weights), resamples, seed)]
        )
        left_out = _share(change.sum() - change, weights.sum() - weights)
        low, high = _bca(point, drawn, left_out)
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _bca(point: float, drawn: Floats, left_out: Floats) -> tuple[float, float]:
    """Bounds of the bias-corrected and accelerated interval (Efron 1987), as `scipy.stats.bootstrap` computes them.

    Args:
        point: The statistic.
        drawn: Of each resample.
        left_out: With each call left out.
    """
    bias = special.ndtri(((drawn < point).mean() + (drawn <= point).mean()) / 2)
    influence = left_out.mean() - left_out
    skew = (influence**3).sum() / (6 * (influence**2).sum() ** 1.5)
    reach = bias + special.ndtri([1 - CONFIDENCE, CONFIDENCE])
    low, high = np.quantile(drawn, special.ndtr(bias + reach / (1 - skew * reach)))
    return float(low), float(high)


def _share(change: Any, total: Any) -> Any:
    """`change / total`; no change where a resample has neither events nor denominator."""
    return np.where((total == 0) & (change == 0), 0.0, change / total)

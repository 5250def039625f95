"""How much calls are supposed to differ, before anybody has recorded any.

These are judgements, not measurements, and no source has them for two services on one's own calls: they are there to
tell twenty calls from two thousand. A pilot run replaces them. `docs/decisions` says how they were chosen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from harness.verdict.tails import Tail


@dataclass(frozen=True, slots=True)
class RatioSpread:
    """What is supposed of a ratio whose trials both sides share.

    Attributes:
        rate: Events a trial on either side.
        discordance: Trials on which exactly one side has an event, as a share: what a paired difference varies with.
        correlation: Of two trials of one call (the intraclass correlation): some calls suit one side better.
    """

    rate: float
    discordance: float
    correlation: float

    def score_sd(self, trials: Sequence[int], margin: float) -> float:
        """Standard deviation between calls of the margin score `(e_B - e_A) - margin * w`, the sides being equal.

        A call of `w` trials varies by `w * discordance * (1 + (w - 1) * correlation)` (the design effect of Kish 1965),
        and the margin adds what the calls' lengths vary by.
        """
        w = np.asarray(trials, dtype=np.float64)
        within = float((w * self.discordance * (1 + np.maximum(w - 1, 0.0) * self.correlation)).mean())
        return math.sqrt(within + margin**2 * float(np.var(w)))


@dataclass(frozen=True, slots=True)
class LatencySpread:
    """What is supposed of a latency: log-normal, equal on both sides, nothing gained from pairing.

    Attributes:
        median_ms: Its median.
        sigma: Standard deviation of its logarithm.
        correlation: Of two values of one call.
    """

    median_ms: float
    sigma: float
    correlation: float

    def difference_se(self, q: float, samples: Sequence[int]) -> float:
        """Standard error, in ms, of a difference of two `q` quantiles of pooled samples, `samples` of them a call.

        `sqrt(2 q (1 - q) deff / n) / f(x_q)`, the large-sample error of a quantile (Serfling 1980, 2.3.3).
        """
        m = np.asarray(samples, dtype=np.float64)
        n = float(m.sum())
        effect = 1 + (float((m**2).sum()) / n - 1) * self.correlation
        z = float(special.ndtri(q))
        at_quantile_ms = self.median_ms * math.exp(self.sigma * z)
        density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi) / (self.sigma * at_quantile_ms)
        return math.sqrt(2 * q * (1 - q) * effect / n) / density

    def tail(self, q: float, samples: Sequence[int]) -> Tail:
        """What the quantile rests on: of independent calls the values beyond it are binomial, with the correlation above."""
        m = np.asarray(samples, dtype=np.float64)
        expected = (1 - q) * m
        squares = q * expected * (1 + np.maximum(m - 1, 0.0) * self.correlation) + expected**2
        skew = max(0.0, 2 * q - 1) / math.sqrt(q * (1 - q) * float(m.sum()))
        return Tail(len(m), float(expected.sum()) ** 2 / float(squares.sum()), skew / 6)


@dataclass(frozen=True, slots=True)
class CallSpread:
    """What is supposed of a ratio with a denominator of each side's own.

    Attributes:
        sd: Standard deviation between calls of the sides' difference.
        counting: Share of the calls on which that spread rests.
    """

    sd: float
    counting: float


RATIO_SPREADS: dict[str, RatioSpread] = {
    "wer": RatioSpread(rate=0.10, discordance=0.10, correlation=0.025),
    "session_failure_rate": RatioSpread(rate=0.0, discordance=0.0, correlation=0.0),
    "false_cutoff_rate": RatioSpread(rate=0.05, discordance=0.06, correlation=0.025),
    "false_cutoff_rate_by_time": RatioSpread(rate=0.05, discordance=0.06, correlation=0.025),
    "entity_miss_rate": RatioSpread(rate=0.10, discordance=0.10, correlation=0.025),
}
LATENCY_SPREADS: dict[str, LatencySpread] = {
    "final_ms": LatencySpread(median_ms=700.0, sigma=0.5, correlation=0.05),
    "first_partial_ms": LatencySpread(median_ms=600.0, sigma=0.4, correlation=0.05),
}
CALL_SPREADS: dict[str, CallSpread] = {"normalized_erasure": CallSpread(sd=0.25, counting=0.2)}

"""The cluster bootstrap of a difference of latency quantiles.

Raw samples are pooled and calls are resampled. `inf` is a legal sample (a value that never came), so bounds are order
statistics and nothing is averaged with an infinity.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from harness.verdict.estimands import CallSamples
from harness.verdict.resampling import batches
from harness.verdict.tails import Tail

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class QuantileDifference:
    """One quantile of both sides and their difference, candidate minus baseline, all in the samples' unit.

    Attributes:
        q: Which quantile, 0..1.
        baseline: Of the pooled baseline samples; may be `inf`.
        candidate: Of the pooled candidate samples; may be `inf`.
        value: The difference; None if both are infinite.
        low: Lower end of the 90 % interval; may be infinite.
        high: Upper end; may be infinite.
        sd: Standard deviation of the bootstrap distribution; nan if some of it is infinite or there is one call only.
        tail: What the candidate's quantile rests on, and with it the upper bound.
    """

    q: float
    baseline: float
    candidate: float
    value: float | None
    low: float
    high: float
    sd: float
    tail: Tail


def quantile_differences(
    samples: CallSamples, quantiles: Sequence[float], *, seed: int, resamples: int
) -> tuple[QuantileDifference, ...]:
    """Percentile cluster bootstrap of `Q_q(candidate) - Q_q(baseline)`.

    Args:
        samples: Of at least one call; each call has at least one, and each side has at least one that is not nan. Both sides
            are resampled together, call by call, whether or not their samples are paired.
        quantiles: Each 0..1. Asking for several at once gives the same figures as one by one.
        seed: Of the resampling.
        resamples: How many; the bounds are order statistics, as far out as each side's `Tail` has it: the lower the baseline's.

    Returns:
        One difference a quantile, in order.
    """
    calls = len(samples.calls)
    sides = [
        _SortedSamples.of(values[known], samples.call_index[known], calls)
        for values in (samples.baseline, samples.candidate)
        for known in (~np.isnan(values),)
    ]
    observed = [side.quantiles(np.ones((calls, 1)), quantiles)[:, 0] for side in sides]
    tails = [[side.tail(value, calls) for value in values] for side, values in zip(sides, observed, strict=True)]
    found = [[side.quantiles(counts, quantiles) for side in sides] for counts in batches(calls, resamples, seed)]
    baseline, candidate = (np.concatenate([batch[side] for batch in found], axis=1) for side in (0, 1))
    return tuple(
        _difference(
            q, (float(observed[0][i]), float(observed[1][i])), (tails[0][i], tails[1][i]), baseline[i], candidate[i]
        )
        for i, q in enumerate(quantiles)
    )


def _difference(
    q: float, observed: tuple[float, float], tails: tuple[Tail, Tail], baseline: Floats, candidate: Floats
) -> QuantileDifference:
    with np.errstate(invalid="ignore"):
        differences = candidate - baseline
    unknown = np.isnan(differences)  # inf - inf, or no sample of a side among the calls drawn: it could be anything
    below, above = (tail.rank(len(differences)) for tail in tails)
    low = np.sort(np.where(unknown, -math.inf, differences))[below - 1]
    high = np.sort(np.where(unknown, math.inf, differences))[len(differences) - above]
    known = tails[0].calls > 1 and bool(np.all(np.isfinite(differences)))
    a, b = observed
    return QuantileDifference(
        q=q,
        baseline=a,
        candidate=b,
        value=None if math.isinf(a) and math.isinf(b) else b - a,
        low=float(low),
        high=float(high),
        sd=float(np.std(differences, ddof=1)) if known else math.nan,
        tail=tails[1],
    )


def _position(sizes: Floats, q: float) -> tuple[Ints, Floats]:
    """Rank below the quantile of a sample of each size, and the share of the way to the next rank.

    As in `harness.metrics.quantiles`, for many samples at once.
    """
    h = np.round((sizes - 1.0) * q, 9)
    below = np.floor(h)
    return below.astype(np.int64), h - below


def _interpolate(lower: Floats, upper: Floats, share: Floats) -> Floats:
    with np.errstate(invalid="ignore"):  # inf - inf where the lower sample is infinite, replaced below
        between = lower + share * (upper - lower)
    return np.where(share == 0.0, lower, np.where(np.isinf(upper), math.inf, between))


@dataclass(frozen=True, slots=True, eq=False)
class _SortedSamples:
    """One side's samples in ascending order, cut into blocks, so that a resample finds its rank in two short steps.

    A resample weights every sample by how often its call was drawn. One sparse product gives the weight of each block; only the
    block in which the rank falls is then looked at sample by sample.

    Attributes:
        values: Shape (n,), ascending.
        call_of: Shape (blocks * block,), the call of each sample; padding belongs to call number `calls`.
        members: Shape (blocks, calls), samples of a call in a block.
        block: Samples a block.
    """

    values: Floats
    call_of: Ints
    members: Any
    block: int

    @classmethod
    def of(cls, values: Floats, call_index: Ints, calls: int) -> "_SortedSamples":
        order = np.argsort(values, kind="stable")
        n = len(values)
        block = max(8, math.isqrt(n // 8))
        blocks = -(-n // block)
        call_of = np.full(blocks * block, calls, dtype=np.int64)
        call_of[:n] = call_index[order]
        members = sparse.csr_array((np.ones(n), (np.arange(n) // block, call_of[:n])), shape=(blocks, calls))
        return cls(values[order], call_of, members, block)

    def tail(self, quantile: float, calls: int) -> Tail:
        """What the side's quantile rests on."""
        call_of = self.call_of[: len(self.values)]
        beyond = np.bincount(call_of[self.values > quantile], minlength=calls)
        return Tail.of(beyond.astype(np.float64), np.bincount(call_of, minlength=calls).astype(np.float64))

    def quantiles(self, counts: Floats, quantiles: Sequence[float]) -> Floats:
        """Quantiles of resamples: counts of shape (calls, r) to values of shape (quantiles, r); nan for an empty one."""
        up_to = np.cumsum(self.members @ counts, axis=0)
        sizes = up_to[-1]
        weights = np.concatenate([counts, np.zeros((1, counts.shape[1]))])
        rows = []
        for q in quantiles:
            below, share = _position(sizes, q)
            above = np.minimum(below + 1, sizes.astype(np.int64) - 1)
            lower = self._at_rank(weights, up_to, below)
            upper = self._at_rank(weights, up_to, above)
            rows.append(np.where(sizes > 0, _interpolate(lower, upper, share), math.nan))
        return np.stack(rows)

    def _at_rank(self, weights: Floats, up_to: Floats, rank: Ints) -> Floats:
        """The sample at each resample's 0-based rank."""
        resample = np.arange(len(rank))
        block = (up_to <= rank).sum(axis=0)
        before = np.where(block > 0, up_to[np.maximum(block - 1, 0), resample], 0.0)
        members = block[:, None] * self.block + np.arange(self.block)
        reached = before[:, None] + np.cumsum(weights[self.call_of[members], resample[:, None]], axis=1)
        within = (reached <= rank[:, None]).sum(axis=1)
        values: Floats = self.values[block * self.block + within]
        return values

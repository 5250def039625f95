"""Resamples of calls with replacement: the same draws for every metric with the same number of calls.

They are those that `scipy.stats.bootstrap` would make with the same seed.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.uint16]

BATCH = 1000  # resamples held in memory at once
_MOST_CELLS = 2 * 10**8  # bytes of draws that are kept for the next metric


def batches(calls: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each call was drawn, as arrays of shape (calls, at most BATCH resamples) of whole numbers.

    Args:
        calls: How many there are.
        resamples: How many to draw.
        seed: Of the drawing.
    """
    if calls * resamples <= _MOST_CELLS:
        return (batch.astype(np.float64) for batch in _kept(calls, resamples, seed))
    return (batch.astype(np.float64) for batch in _drawn(calls, resamples, seed))


@lru_cache(maxsize=2)
def _kept(calls: int, resamples: int, seed: int) -> tuple[Counts, ...]:
    return tuple(_drawn(calls, resamples, seed))


def _drawn(calls: int, resamples: int, seed: int) -> Iterator[Counts]:
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, BATCH):
        size = min(BATCH, resamples - start)
        drawn = rng.integers(calls, size=(size, calls)) + calls * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * calls).reshape(size, calls)
        yield np.ascontiguousarray(counts.T, dtype=np.uint16)  # a call drawn 65536 times would take as many calls

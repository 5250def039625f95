"""How loud the speech in a recording is while somebody speaks: the active speech level of ITU-T P.56, method B.

An envelope of the rectified samples is compared with 15 thresholds, 6 dB apart. What lies above a threshold, and 0.2 s
more, counts as active. The level is the power of everything divided by the time that is active at that threshold which lies
15.9 dB below the level itself.
"""

import math
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy import signal

from harness.audio.read import Samples

NOMINAL_DBOV = -26.0  # of speech in ITU-T P.830; stands in where nobody speaks
TIME_CONSTANT_S = 0.03
HANGOVER_S = 0.2
MARGIN_DB = 15.9
THRESHOLDS = 2.0 ** np.arange(-15, 0)
_QUIETEST_DBOV = -80.0


def active_level_dbov(blocks: Iterable[Samples], rate_hz: int) -> list[float]:
    """The active speech level of each channel, in dB below full scale; that of the nominal level where there is no sound.

    Args:
        blocks: Consecutive samples of shape (frames, channels), full scale ±1.
        rate_hz: Of the samples.
    """
    meters: list[_Meter] = []
    for block in blocks:
        meters = meters or [_Meter(rate_hz) for _ in range(block.shape[1])]
        for channel, meter in enumerate(meters):
            meter.add(block[:, channel])
    return [meter.level_dbov() for meter in meters]


class _Meter:
    """One channel."""

    def __init__(self, rate_hz: int) -> None:
        decay = math.exp(-1 / (rate_hz * TIME_CONSTANT_S))
        once = np.array([[1 - decay, 0.0, 0.0, 1.0, -decay, 0.0]])
        self._smoothing = np.vstack([once, once])
        self._state = np.zeros((2, 2))
        self._hangover = math.ceil(HANGOVER_S * rate_hz)
        self._since = np.full(len(THRESHOLDS), self._hangover + 1)  # samples since the envelope was above
        self._active = np.zeros(len(THRESHOLDS), np.int64)
        self._energy = 0.0

    def add(self, samples: npt.NDArray[np.float32]) -> None:
        exact = samples.astype(np.float64)
        self._energy += float(exact @ exact)
        envelope, self._state = signal.sosfilt(self._smoothing, np.abs(exact), zi=self._state)
        position = np.arange(len(samples))
        for number, threshold in enumerate(THRESHOLDS):
            above = np.where(envelope >= threshold, position, -1 - self._since[number])
            last = np.maximum.accumulate(above)
            self._active[number] += np.count_nonzero(position - last <= self._hangover)
            self._since[number] = min(len(samples) - 1 - int(last[-1]), self._hangover + 1)

    def level_dbov(self) -> float:
        heard = self._active > 0
        if not heard.any() or not self._energy:
            return NOMINAL_DBOV
        level_db = 10 * np.log10(self._energy / self._active[heard])
        above_db = level_db - 20 * np.log10(THRESHOLDS[heard])  # falls from threshold to threshold
        if above_db[-1] > MARGIN_DB:
            return float(level_db[-1])
        found = float(np.interp(-MARGIN_DB, -above_db, level_db))
        return found if found > _QUIETEST_DBOV else NOMINAL_DBOV

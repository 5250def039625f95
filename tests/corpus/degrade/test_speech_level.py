import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.audio.read import read_channel
from harness.corpus.degrade.speech_level import NOMINAL_DBOV, active_level_dbov

RATE_HZ = 8000
SPEECH = read_channel(Path(__file__).parents[2] / "resources" / "align" / "synthetic.flac")


def as_written_in_p56(samples, rate_hz: int) -> float:
    """Sample by sample, as the recommendation tells it."""
    decay, hangover = math.exp(-1 / (rate_hz * 0.03)), math.ceil(0.2 * rate_hz)
    thresholds = [2.0**exponent for exponent in range(-15, 0)]
    active, waited = [0] * 15, [hangover] * 15
    p = q = 0.0
    for sample in samples.tolist():
        p = decay * p + (1 - decay) * abs(sample)
        q = decay * q + (1 - decay) * p
        for number, threshold in enumerate(thresholds):
            if q >= threshold:
                active[number], waited[number] = active[number] + 1, 0
            elif waited[number] < hangover:
                active[number], waited[number] = active[number] + 1, waited[number] + 1
    energy = float(np.sum(samples.astype(float) ** 2))
    levels = [10 * math.log10(energy / count) for count in active if count]
    above = [level - 20 * math.log10(threshold) for level, threshold in zip(levels, thresholds, strict=False)]
    number = next(number for number, margin in enumerate(above) if margin <= 15.9)
    share = (above[number - 1] - 15.9) / (above[number - 1] - above[number])
    return levels[number - 1] + share * (levels[number] - levels[number - 1])


def test_speech_has_the_level_that_the_recommendation_gives_it():
    """Computed once more, sample by sample; in blocks of any length."""
    samples = SPEECH[: 16000 * 3]
    expected = as_written_in_p56(samples, 16000)
    for size in (977, 1 << 16):
        blocks = (samples[start : start + size, None] for start in range(0, len(samples), size))
        assert pytest.approx(expected, abs=1e-6) == active_level_dbov(blocks, 16000)[0]


@settings(max_examples=10, deadline=None)
@given(st.integers(-50, -10), st.integers(1, 6))
def test_pauses_do_not_lower_the_level(level_db, pause_s):
    """It is the level while somebody speaks; each channel has its own."""
    noise = np.random.default_rng(1).standard_normal(4 * RATE_HZ) * 10 ** (level_db / 20)
    spoken = np.concatenate([noise, np.zeros(pause_s * RATE_HZ), noise]).astype(np.float32)
    level, silent = active_level_dbov([np.stack([spoken, np.zeros_like(spoken)], axis=1)], RATE_HZ)
    assert pytest.approx(level_db, abs=0.3) == level
    assert NOMINAL_DBOV == silent

import numpy as np
import pytest

from harness.corpus.degrade.music import hold_music


@pytest.mark.parametrize("rate_hz", [8000, 44100])
def test_music_is_as_long_and_as_loud_as_asked_and_made_from_its_seed(rate_hz):
    """It begins and ends softly, is music all the way, and its pitches are below half the rate."""
    music, again, other = (hold_music(7.3, rate_hz, -26, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (round(7.3 * rate_hz), 1) == music.shape
    assert pytest.approx(-26, abs=0.01) == 10 * np.log10(np.mean(music.astype(float) ** 2))
    assert np.array_equal(music, again)
    assert not np.array_equal(music, other)
    assert 0 == music[0, 0] == music[-1, 0]
    seconds = music[: 7 * rate_hz, 0].reshape(7, -1)
    assert np.sqrt(np.mean(seconds**2, axis=1)).min() > 10 ** (-40 / 20)

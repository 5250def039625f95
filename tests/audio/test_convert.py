import numpy as np
import pytest

from harness.audio.convert import SILENCE_BYTE, encode, resample, to_pcm16
from harness.errors import ConfigError

EVERY_PCM16 = np.arange(-32768, 32768).astype(np.int16)


def test_sixteen_bit_audio_passes_through_bit_for_bit():
    """Every 16-bit value survives the way through float samples."""
    as_float = EVERY_PCM16.astype(np.float32) / 32768
    assert EVERY_PCM16.tobytes() == encode(to_pcm16(resample(as_float, 16000, 16000)), "pcm_s16le")


def test_equal_rates_are_not_resampled():
    """The very same array comes back."""
    samples = np.ones(10, np.float32)
    assert samples is resample(samples, 8000, 8000)


def test_rounding_goes_to_the_nearest_ties_to_even():
    """No dither: the same samples give the same bits."""
    samples = np.array([0.4, 0.5, 0.6, 1.5, 2.5, -0.5, -1.5], np.float32) / 32768
    assert [0, 0, 1, 2, 2, 0, -2] == to_pcm16(samples).tolist()


def test_overshoot_is_clipped_not_wrapped():
    """Full scale and beyond stop at the extremes."""
    assert [32767, 32767, -32768, -32768] == to_pcm16(np.array([1.0, 9.0, -1.0, -9.0], np.float32)).tolist()


@pytest.mark.parametrize(("from_hz", "to_hz"), [(8000, 16000), (44100, 16000), (16000, 8000), (48000, 16000)])
def test_resampling_keeps_time_and_level(from_hz, to_hz):
    """A tone is the same tone afterwards, with its phase and length: positions in seconds stay valid."""
    tone = np.sin(2 * np.pi * 440 * np.arange(from_hz) / from_hz).astype(np.float32)
    expected = np.sin(2 * np.pi * 440 * np.arange(to_hz) / to_hz)
    resampled = resample(tone, from_hz, to_hz)
    assert abs(len(resampled) - to_hz) <= 1
    middle = slice(to_hz // 4, 3 * to_hz // 4)
    np.testing.assert_allclose(resampled[middle], expected[middle], atol=1e-3)


def test_mu_law_is_g711():
    """Silence is 0xFF, and the extremes have the codes of the standard."""
    pcm = np.array([0, 32767, -32768, 1000], np.int16)
    assert bytes([0xFF, 0x80, 0x00, 0xCE]) == encode(pcm, "pcm_mulaw")
    assert SILENCE_BYTE["pcm_mulaw"] == encode(np.zeros(1, np.int16), "pcm_mulaw")


def test_an_unknown_encoding_is_refused():
    """The message names what is allowed."""
    with pytest.raises(ConfigError, match="allowed are pcm_s16le and pcm_mulaw"):
        encode(np.zeros(1, np.int16), "opus")

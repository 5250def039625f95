import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.corpus.degrade.line import lost_packets, overdriven, telephone, without_packets

RATE_HZ = 16000


def noise(seconds: float = 8.0, channels: int = 1) -> np.ndarray:
    generator = np.random.default_rng(0)
    return (generator.standard_normal((round(seconds * RATE_HZ), channels)) * 0.1).astype(np.float32)


def cut(samples: np.ndarray, size: int) -> list[np.ndarray]:
    return [samples[start : start + size] for start in range(0, len(samples), size)]


def test_the_band_has_the_edges_of_a_telephone():
    """Flat from 350 to 3350 Hz, gone below 200 and above 3500 Hz; whatever the blocks are."""
    white = noise()
    narrow = np.concatenate(list(telephone(cut(white, 7001), RATE_HZ, 1, "pcm")))[:, 0]
    again = np.concatenate(list(telephone([white], RATE_HZ, 1, "pcm")))[:, 0]
    assert pytest.approx(len(white) / 2, abs=1) == len(narrow)
    np.testing.assert_allclose(narrow, again, atol=1.1 / 32768)
    power = np.abs(np.fft.rfft(narrow)) ** 2
    frequency_hz = np.fft.rfftfreq(len(narrow), 1 / 8000)

    def level_db(low_hz: float, high_hz: float) -> float:
        return 10 * np.log10(power[(low_hz <= frequency_hz) & (frequency_hz < high_hz)].mean())

    inside = level_db(1000, 2000)
    assert pytest.approx(inside, abs=0.5) == level_db(350, 450)
    assert pytest.approx(inside, abs=0.5) == level_db(3250, 3350)
    assert max(level_db(20, 200), level_db(3500, 4000)) < inside - 40


def test_an_instant_stays_where_it_was():
    """The filter's delay is taken away."""
    click = np.zeros((RATE_HZ, 1), np.float32)
    click[4000] = 0.9
    heard = np.concatenate(list(telephone([click], RATE_HZ, 1, "mulaw")))[:, 0]
    assert 2000 == int(np.argmax(np.abs(heard)))


def test_the_codec_leaves_its_256_values():
    """Mu-law and A-law do; each channel is coded for itself."""
    both = noise(2.0, channels=2)
    for codec, least in (("mulaw", 100), ("alaw", 100), ("pcm", 2000)):
        heard = np.concatenate(list(telephone([both], RATE_HZ, 2, codec)))
        values = len(np.unique(heard))
        assert (values > 256) == (codec == "pcm")
        assert least < values


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 50), st.sampled_from([0, 1, 2, 8]), st.integers(0, 1000))
def test_so_many_packets_are_lost_in_bursts_so_long(loss_pct, burst_packets, seed):
    """Within five standard errors."""
    packets = 40_000
    lost = lost_packets(packets, loss_pct / 100, burst_packets, np.random.default_rng(seed))
    independent = packets / (2 * max(burst_packets, 1))
    share = loss_pct / 100
    assert abs(lost.mean() - share) < 5 * np.sqrt(share * (1 - share) / independent)
    bursts = np.count_nonzero(np.diff(np.concatenate([[0], lost.astype(int)])) == 1)
    mean = burst_packets or 1 / (1 - share)
    assert abs(lost.sum() / bursts - mean) < 5 * mean / np.sqrt(bursts)


def test_lost_packets_are_silent_or_repeated_and_fade():
    """The others come through untouched; on each channel for itself."""
    lost = np.array([[0, 0], [1, 0], [1, 0], [1, 0], [1, 1], [0, 0]], np.bool_)
    packets = np.arange(1, 7, dtype=np.float32)[:, None] * np.ones((6, 2), np.float32)
    samples = np.repeat(packets, 4, axis=0)[:-1]
    silent = np.concatenate(list(without_packets(cut(samples, 5), 4, lost, repeat=False)))
    assert [1, 0, 0, 0, 0, 6] == silent[::4, 0].tolist()
    repeated = np.concatenate(list(without_packets(cut(samples, 5), 4, lost, repeat=True)))
    assert pytest.approx([1, 1, 2 / 3, 1 / 3, 0, 6]) == repeated[::4, 0].tolist()
    assert [1, 2, 3, 4, 4, 6] == repeated[::4, 1].tolist()
    assert len(samples) == len(silent) == len(repeated)


def test_what_is_overdriven_is_cut_off_at_full_scale():
    """The peak would lie so many decibels above it."""
    quiet = noise(1.0)
    peak = float(np.abs(quiet).max())
    [loud] = overdriven([quiet], peak, 20.0)
    assert 1.0 == np.abs(loud).max()
    np.testing.assert_allclose(loud[np.abs(loud) < 1], (quiet * 10 / peak)[np.abs(loud) < 1], rtol=1e-5)
    assert np.array_equal(np.abs(loud) >= 1, np.abs(quiet * 10 / peak) >= 1)

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from harness.corpus.degrade.room import impulse_response, mixed, pink, white
from harness.corpus.degrade.sound import convolved


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([0.2, 0.5, 1.5]), st.integers(-10, 20), st.integers(0, 99))
def test_a_room_has_its_decay_and_its_ratio(rt60_s, drr_db, seed):
    """By Schroeder's integration from -5 to -25 dB; the direct sound comes first, and is the measure of the rest."""
    rate_hz = 16000
    room = impulse_response(rate_hz, rt60_s, drr_db, 2, np.random.default_rng(seed)).astype(float)
    assert [1.0, 1.0] == room[0].tolist()
    assert pytest.approx([drr_db] * 2, abs=0.01) == (-10 * np.log10(np.sum(room[1:] ** 2, axis=0))).tolist()
    left_db = 10 * np.log10(np.cumsum(room[:0:-1, 0] ** 2)[::-1])
    left_db -= left_db[0]
    fitted = np.flatnonzero((left_db < -5) & (left_db > -25))
    slope = np.polyfit(fitted / rate_hz, left_db[fitted], 1)[0]
    assert pytest.approx(rt60_s, rel=0.1) == -60 / slope


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.integers(1, 300), st.data())
def test_blocks_are_convolved_as_if_they_were_one(sizes, taps, data):
    """With the delay taken away and the tail kept."""
    delay = data.draw(st.integers(0, taps - 1))
    tail = data.draw(st.integers(0, taps - 1 - delay))
    generator = np.random.default_rng(0)
    blocks = [generator.standard_normal((size, 2)).astype(np.float32) for size in sizes]
    response = generator.standard_normal((taps, 1)).astype(np.float32)
    found = np.concatenate(list(convolved(blocks, response, delay=delay, tail=tail)))
    whole = signal.fftconvolve(np.concatenate(blocks), response, axes=0)
    np.testing.assert_allclose(found, whole[delay : sum(sizes) + delay + tail], atol=1e-3)


def test_pink_noise_falls_by_3_db_an_octave():
    """White noise doesn't."""
    for source, per_octave_db in ((pink, -3.0), (white, 0.0)):
        heard = np.concatenate(list(itertools.islice(source(1, 1), 8)))[:, 0]
        frequency_hz, power = signal.welch(heard, 16000, nperseg=8192)
        octaves = [power[(low <= frequency_hz) & (frequency_hz < 2 * low)].mean() for low in (62.5, 250, 1000, 4000)]
        steps = np.diff(10 * np.log10(octaves)) / 2
        assert pytest.approx([per_octave_db] * 3, abs=0.4) == steps.tolist()


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=5), st.integers(-60, -6), st.sampled_from([white, pink]))
def test_the_noise_is_exactly_as_loud_as_it_should_be(sizes, noise_dbov, source):
    """On each channel, over the whole recording, however short that is."""
    speech = [np.full((size, 2), 0.25, np.float32) for size in sizes]
    wanted = [float(noise_dbov), noise_dbov - 6.0]
    _, blocks = mixed(lambda: iter(speech), lambda: source(3, 2), wanted)
    added = np.concatenate(list(blocks)).astype(float) - 0.25
    assert pytest.approx(wanted, abs=0.05) == (10 * np.log10(np.mean(added**2, axis=0))).tolist()

"""Opus for pages."""

import io

import numpy as np
import pytest
import soundfile

from harness.audio.opus import encode_opus


def _chirp(rate_hz: int, seconds: float) -> np.ndarray:
    at_s = np.arange(round(rate_hz * seconds)) / rate_hz
    return (9000 * np.sin(2 * np.pi * (200 + 300 * at_s) * at_s)).astype(np.int16)


@pytest.mark.parametrize(("rate_hz", "expected_hz"), [(8000, 8000), (16000, 16000), (22050, 24000), (44100, 48000)])
def test_it_decodes_to_the_same_length_and_sound(rate_hz, expected_hz):
    """No sample of delay is added: what is heard at 1.5 s was there at 1.5 s; the decoder accepts every checksum."""
    original = _chirp(rate_hz, 2.3)
    decoded, decoded_hz = soundfile.read(io.BytesIO(encode_opus(original, rate_hz)))
    length = len(original) * expected_hz / rate_hz

    assert (expected_hz, True) == (decoded_hz, abs(len(decoded) - length) <= 1)
    if expected_hz == rate_hz:
        shifts = [
            np.corrcoef(original[500:-500], decoded[500 + lag : len(decoded) - 500 + lag])[0, 1]
            for lag in range(-40, 41)
        ]
        assert abs(int(np.argmax(shifts)) - 40) <= rate_hz // 4000  # a quarter of a millisecond


def test_equal_samples_give_equal_bytes():
    """The serial number, which the encoder draws by the clock, is the same on every page of every file."""
    first = encode_opus(_chirp(16000, 0.5), 16000)
    serials = {page[10:14] for page in first.split(b"OggS")[1:]}

    assert ({b"\x01\x00\x00\x00"}, first) == (serials, encode_opus(_chirp(16000, 0.5), 16000))


def test_a_broken_page_is_not_passed_on():
    """A decoder refuses what does not match its checksum, so this test would see a wrong one."""
    good = bytearray(encode_opus(_chirp(16000, 0.5), 16000))
    good[22] ^= 1

    with pytest.raises(soundfile.LibsndfileError):
        soundfile.read(io.BytesIO(bytes(good)))

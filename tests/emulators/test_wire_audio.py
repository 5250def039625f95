import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.emulators.recognition import WireFormat
from harness.emulators.wire_audio import WireAudio, decode

TONE = (8000 * np.sin(np.arange(8000) * 0.2)).astype("<i2").tobytes()


def heard(data, wire_format, cuts):
    audio = WireAudio(wire_format)
    edges = [0, *sorted(cuts), len(data)]
    pieces = [audio.push(data[start:end]) for start, end in itertools.pairwise(edges)]
    return np.concatenate([*pieces, audio.finish()])


@given(cuts=st.lists(st.integers(0, len(TONE)), max_size=20))
@settings(max_examples=25)
def test_samples_do_not_depend_on_how_the_bytes_were_cut(cuts):
    """Any chunking, even through the middle of a sample, gives the same 16 kHz samples as one piece."""
    for wire_format in (WireFormat("PCM_16", 8000), WireFormat("PCM_16", 16000), WireFormat("ULAW", 8000)):
        np.testing.assert_array_equal(heard(TONE, wire_format, []), heard(TONE, wire_format, cuts))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"])
def test_every_sample_coding_is_understood(subtype):
    """One second in any coding, two channels, becomes one second of two channels at 16 kHz."""
    wire_format = WireFormat(subtype, 48000, 2)
    data = bytes(wire_format.frame_bytes * 48000)
    assert wire_format.duration_ms(len(data)) == 1000.0
    assert heard(data, wire_format, []).shape == (16000, 2)


def test_interleaved_channels_are_told_apart():
    """Samples of a frame belong to the channels in order."""
    samples = decode(np.array([16384, -16384], "<i2").tobytes(), WireFormat("PCM_16", 16000, 2))
    assert samples.tolist() == [[0.5, -0.5]]

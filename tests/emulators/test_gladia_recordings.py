import io
import itertools
import wave

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.emulators.gladia_recordings import Recordings, WavHeader, wav
from harness.emulators.recognition import WireFormat

AUDIO = bytes(range(1, 201))


def stripped(data, cuts=()):
    """What is left of a stream cut at these places, and the size of the header."""
    header = WavHeader()
    edges = [0, *sorted(cuts), len(data)]
    audio = b"".join(header.strip(data[first:last]) for first, last in itertools.pairwise(edges))
    return audio, header.size_bytes


@given(st.lists(st.integers(0, 244), max_size=20))
def test_a_header_is_found_however_the_stream_is_cut(cuts):
    """Exactly its 44 bytes are taken."""
    assert stripped(wav(AUDIO, WireFormat("PCM_16", 16000)), cuts) == (AUDIO, 44)


@given(st.binary(max_size=300).filter(lambda data: not b"RIFF".startswith(data[:4])), st.lists(st.integers(0, 300)))
def test_what_is_no_header_is_audio(data, cuts):
    """All of it, whatever it is."""
    assert stripped(data, [cut for cut in cuts if cut <= len(data)]) == (data, 0)


@given(st.binary(max_size=6000))
def test_what_only_begins_like_a_header_is_given_up(tail):
    """Nothing is kept back for ever, nothing is lost and nothing fails."""
    data = b"RIFF\xff\xff\xff\xffWAVE" + tail
    audio, size = stripped(data)
    assert (audio, size <= len(data)) == (data[size:], True)
    assert size == 0 or size == len(data) < 4096 or data[size - 8 : size - 4] == b"data"


@pytest.mark.parametrize(
    "layout", [WireFormat("PCM_16", 16000, 2), WireFormat("PCM_24", 48000), WireFormat("PCM_U8", 8000)]
)
def test_a_recording_is_a_wav_file(layout):
    """With whole samples only."""
    with wave.open(io.BytesIO(wav(AUDIO, layout))) as file:
        whole = len(AUDIO) - len(AUDIO) % layout.frame_bytes
        assert file.readframes(1000) == AUDIO[:whole]
        assert (file.getnchannels(), file.getframerate()) == (layout.channels, layout.sample_rate_hz)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 60)), max_size=40))
def test_recordings_never_exceed_their_limit(appended):
    """The oldest are dropped whole; what is kept is complete."""
    recordings, expected = Recordings(100), dict.fromkeys("abc", 0)
    for name in expected:
        recordings.open(name)
    for name, size in appended:
        recordings.append(name, bytes(size))
        expected[name] += size
        kept = {name: recordings.find(name) for name in expected if name in recordings}
        assert sum(map(len, kept.values())) <= 100
        assert {name: len(audio) for name, audio in kept.items()} == {name: expected[name] for name in kept}

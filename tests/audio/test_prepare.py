import hashlib
import math
from itertools import pairwise

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import given
from hypothesis import strategies as st

from harness.audio.convert import BYTES_PER_SAMPLE, ENCODINGS, SILENCE_BYTE, encode, to_pcm16
from harness.audio.prepare import prepare, prepare_file
from harness.errors import ConfigError, CorpusError

pcm_clips = st.integers(0, 20000).map(lambda n: np.random.default_rng(n).integers(-32768, 32768, n).astype(np.int16))


def cut(samples: np.ndarray, places: list[int]) -> list[np.ndarray]:
    """The samples as consecutive blocks, cut at some places."""
    edges = sorted({0, len(samples), *(place % (len(samples) + 1) for place in places)})
    return [samples[start:end] for start, end in pairwise(edges)]


@given(
    pcm=pcm_clips,
    encoding=st.sampled_from(ENCODINGS),
    rate_hz=st.sampled_from([8000, 16000]),
    chunk_ms=st.sampled_from([50, 62.5, 100, 240, 1000]),
    silence_s=st.sampled_from([0.0, 0.1, 2.0, 3.0, 3.3333]),
    places=st.lists(st.integers(0, 20000), max_size=5),
)
def test_chunks_are_the_stream(*, pcm, encoding, rate_hz, chunk_ms, silence_s, places):
    """Equal chunks, in order, are the clip bit for bit, then silence: at least what was asked, at most a chunk more."""
    prepared = prepare(
        cut(pcm.astype(np.float32) / 32768, places),
        rate_hz,
        encoding=encoding,
        sample_rate_hz=rate_hz,
        chunk_ms=chunk_ms,
        trailing_silence_s=silence_s,
    )
    stream = prepared.stream()
    prepared.close()
    plan = stream.plan
    chunks = [stream.chunk(index) for index in range(plan.chunks)]
    together = b"".join(chunks)
    assert {plan.chunk_bytes} >= {len(chunk) for chunk in chunks}
    assert (together, hashlib.sha256(together).hexdigest()) == (stream.payload[:], stream.sha256)
    clip = encode(pcm, encoding)
    assert clip == together[: len(clip)]
    tail = together[len(clip) :]
    assert SILENCE_BYTE[encoding] * len(tail) == tail
    tail_samples = len(tail) // BYTES_PER_SAMPLE[encoding]
    asked = math.ceil(round(silence_s * rate_hz, 6))
    assert asked <= tail_samples < asked + plan.chunk_samples


@given(
    pcm=pcm_clips,
    rates_hz=st.sampled_from([(8000, 16000), (44100, 16000), (22050, 8000)]),
    places=st.lists(st.integers(0, 20000), max_size=5),
)
def test_resampling_does_not_depend_on_the_blocks(pcm, rates_hz, places):
    """However the recording is read, the bytes are those of resampling it at once."""
    samples = pcm.astype(np.float32) / 32768
    from_hz, to_hz = rates_hz
    prepared = prepare(
        cut(samples, places), from_hz, encoding="pcm_s16le", sample_rate_hz=to_hz, chunk_ms=100, trailing_silence_s=2
    )
    whole = soxr.resample(samples, from_hz, to_hz, quality="VHQ") if len(samples) else samples
    stream = prepared.stream()
    prepared.close()

    assert stream.plan.clip_samples == len(whole)
    assert stream.payload[: 2 * len(whole)] == encode(to_pcm16(whole), "pcm_s16le")


def test_a_plan_counts_samples_after_resampling():
    """The clip's samples are those of the stream, not of the file."""
    prepared = prepare(
        [np.zeros(8000, np.float32)],
        8000,
        encoding="pcm_s16le",
        sample_rate_hz=16000,
        chunk_ms=50,
        trailing_silence_s=2,
    )
    assert (16000, 60) == (prepared.plan.clip_samples, prepared.plan.chunks)
    prepared.close()


def test_channels_are_interleaved():
    """Two channels of 1 and 2: 1 2 1 2 …, twice the bytes in chunks of the same duration."""
    pcm = np.tile(np.array([1, 2], np.int16), (16000, 1))
    prepared = prepare(
        [pcm.astype(np.float32) / 32768],
        16000,
        encoding="pcm_s16le",
        sample_rate_hz=16000,
        chunk_ms=100,
        trailing_silence_s=2,
        channels=2,
    )
    stream = prepared.stream()
    prepared.close()

    assert (stream.plan.chunks, stream.plan.chunk_bytes, stream.plan.clip_samples) == (30, 6400, 16000)
    assert stream.chunk(0) == pcm[:1600].astype("<i2").tobytes()


def test_what_can_not_be_sent_is_refused_before_anything_is_read():
    """A wrong chunk duration costs no decoding."""

    def blocks():
        raise AssertionError("read")
        yield

    with pytest.raises(ConfigError, match=r"audio\.chunk_ms is 20"):
        prepare(blocks(), 16000, encoding="pcm_s16le", sample_rate_hz=16000, chunk_ms=20, trailing_silence_s=2)


def test_a_recording_that_breaks_off_leaves_nothing_open():
    """The error of the reader comes through, and the temporary file is closed."""

    def blocks():
        yield np.zeros(100, np.float32)
        raise CorpusError("truncated")

    with pytest.raises(CorpusError, match="truncated"):
        prepare(blocks(), 16000, encoding="pcm_s16le", sample_rate_hz=16000, chunk_ms=100, trailing_silence_s=2)


@pytest.mark.parametrize("suffix", ["WAV", "AU", "NIST", "AIFF"])
@pytest.mark.parametrize("channels", [[0], [1], [0, 1]])
def test_mu_law_is_sent_as_it_was_stored(tmp_path, suffix, channels):
    """Code for code, minus zero (0x7F) included, whatever the container, if encoding and rate are the stream's."""
    codes = np.random.default_rng(3).integers(0, 256, (100_000, 2)).astype(np.uint8)
    path = tmp_path / "a"
    soundfile.write(path, np.zeros(codes.shape, np.int16), 8000, format=suffix, subtype="ULAW")
    silence = b"\xff" * codes.size
    content = path.read_bytes()
    assert 1 == content.count(silence)
    path.write_bytes(content.replace(silence, codes.tobytes()))
    prepared = prepare_file(
        path, channels, encoding="pcm_mulaw", sample_rate_hz=8000, chunk_ms=100, trailing_silence_s=2
    )
    sent = codes[:, channels].tobytes()
    assert sent == prepared.stream().payload[: len(sent)]
    prepared.close()


def test_mu_law_at_another_rate_is_converted(tmp_path):
    """Codes can't be resampled: they are decoded, resampled and encoded."""
    soundfile.write(tmp_path / "a.wav", np.zeros(8000, np.int16), 8000, subtype="ULAW")
    prepared = prepare_file(
        tmp_path / "a.wav", [0], encoding="pcm_mulaw", sample_rate_hz=16000, chunk_ms=100, trailing_silence_s=2
    )
    assert 16000 == prepared.plan.clip_samples
    prepared.close()

import io
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.audio.read import probe, read_channel, read_mulaw
from harness.audio.redact import TONE_PEAK, redact_audio, redacted_suffix
from harness.errors import CorpusError

RATE_HZ = 8000
FORMATS = {
    "WAV": "PCM_U8 PCM_16 PCM_24 PCM_32 FLOAT DOUBLE ULAW ALAW",
    "WAVEX": "PCM_24 ULAW",
    "RF64": "PCM_16",
    "AIFF": "PCM_S8 PCM_16 PCM_24 FLOAT ULAW",
    "AU": "PCM_16 PCM_32 DOUBLE ALAW",
    "NIST": "PCM_16 PCM_24 ULAW",
}
SPANS = {0: [(0.25, 0.5), (0.4, 0.6)], 1: [(0.9, 9.0)]}  # overlapping, and beyond the end
INSIDE = {0: slice(2000, 4800), 1: slice(7200, 8000)}


def noise(frames: int = RATE_HZ, channels: int = 2) -> np.ndarray:
    return np.random.default_rng(1).uniform(-0.9, 0.9, (frames, channels))


def stored(path: Path) -> np.ndarray:
    """The bytes of each sample, shape (frames, channels, width): the last ones of the file."""
    info = probe(path)
    raw = io.BytesIO()
    soundfile.write(raw, np.zeros(1), RATE_HZ, format="RAW", subtype=info.subtype)
    shape = (info.frames, info.channels, len(raw.getvalue()))
    return np.frombuffer(path.read_bytes()[-np.prod(shape) :], np.uint8).reshape(shape)


@pytest.mark.parametrize(
    ("container", "subtype", "byte_order"),
    [(name, subtype, "FILE") for name, subtypes in FORMATS.items() for subtype in subtypes.split()]
    + [("WAV", "PCM_24", "BIG"), ("AIFF", "PCM_16", "LITTLE"), ("NIST", "PCM_16", "BIG")],
)
def test_outside_the_stretches_every_byte_is_the_same_and_inside_none_of_the_speech(
    tmp_path: Path, container: str, subtype: str, byte_order: str
):
    """In the same format; mu-law code for code; the tone has its level and fades in and out."""
    source, target = tmp_path / f"a.{container}", tmp_path / f"b.{container}"
    soundfile.write(source, noise(), RATE_HZ, format=container, subtype=subtype, endian=byte_order)
    redact_audio(source, target, SPANS)
    before, after = stored(source), stored(target)
    kept = np.ones((RATE_HZ, 2), bool)
    for channel, inside in INSIDE.items():
        kept[inside, channel] = False
        heard = read_channel(target, channel)[inside]
        assert 0.0 == pytest.approx(heard[0], abs=0.01)
        assert 0.0 == pytest.approx(heard[-1], abs=0.01)
        assert pytest.approx(np.abs(heard).max(), abs=0.02) == TONE_PEAK
        assert 0.0 == pytest.approx(np.corrcoef(read_channel(source, channel)[inside], heard)[0, 1], abs=0.1)

    assert probe(source) == probe(target)
    assert np.array_equal(before[kept], after[kept])


def test_mulaw_keeps_both_of_its_zeros(tmp_path: Path):
    """Decoding and encoding would turn 0x7F into 0xFF."""
    source, target = tmp_path / "a.wav", tmp_path / "b.wav"
    soundfile.write(source, np.zeros(256), RATE_HZ, subtype="ULAW")
    content = source.read_bytes()
    source.write_bytes(content[: len(content) - 256] + bytes(range(256)))
    redact_audio(source, target, {0: [(0.0, 8 / RATE_HZ)]}, "silence")

    assert [0xFF] * 8 + list(range(8, 256)) == np.concatenate(list(read_mulaw(target, (0,)))).tolist()


@pytest.mark.parametrize(
    ("container", "subtype"), [("FLAC", "PCM_S8"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("MP3", None)]
)
def test_compressed_audio_becomes_flac_with_what_is_decoded_of_the_rest(
    tmp_path: Path, container: str, subtype: str | None
):
    """As streamed: FLAC at its own width, the others at 16 bits."""
    source = tmp_path / f"a.{container.lower()}"
    soundfile.write(source, noise(), RATE_HZ, format=container, subtype=subtype)
    target = tmp_path / f"b{redacted_suffix(source, probe(source))}"
    redact_audio(source, target, SPANS, "silence")
    step = {"PCM_S8": 0.0, "PCM_24": 0.0}.get(subtype or "", 0.5 / 32768)

    assert ("b.flac", "FLAC") == (target.name, probe(target).format)
    for channel, inside in INSIDE.items():
        before, after = read_channel(source, channel), read_channel(target, channel)
        before[inside] = 0
        np.testing.assert_allclose(np.clip(before, -1, 1 - 1 / 32768) if step else before, after, atol=step)


def test_nothing_but_samples_is_taken_over(tmp_path: Path):
    """Tags and chunks that a recorder wrote may say what is redacted."""
    for name in ("a.wav", "a.flac"):
        source, target = tmp_path / name, tmp_path / f"redacted-{name}"
        with soundfile.SoundFile(source, "w", RATE_HZ, 1) as written:
            written.title = "John Smith"
            written.comment = "account 555 0199"
            written.write(noise(channels=1))
        if name == "a.wav":
            content = source.read_bytes()
            source.write_bytes(content + b"note" + (12).to_bytes(4, "little") + b"555 0199 etc")
        redact_audio(source, target, {0: [(0.1, 0.2)]})
        assert b"John Smith" in source.read_bytes()
        assert [False, False] == [secret in target.read_bytes() for secret in (b"John Smith", b"555 0199")]


def test_a_long_file_takes_no_more_memory_than_a_short_one(tmp_path: Path):
    """10 MB of samples, a stretch over more than half of it."""
    source, target = tmp_path / "a.wav", tmp_path / "b.wav"
    soundfile.write(source, np.zeros(5_000_000, np.int16), RATE_HZ)
    tracemalloc.start()
    try:
        redact_audio(source, target, {0: [(10.0, 400.0)]})
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6_000_000
    assert pytest.approx(TONE_PEAK, abs=0.001) == np.abs(read_channel(target)[80_000:3_200_000]).max()


def test_a_truncated_file_is_refused(tmp_path: Path):
    """As everywhere."""
    source = tmp_path / "a.wav"
    soundfile.write(source, noise(), RATE_HZ)
    source.write_bytes(source.read_bytes()[:-100])
    with pytest.raises(CorpusError, match="truncated"):
        redact_audio(source, tmp_path / "b.wav", SPANS)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 480), st.integers(0, 480)).map(sorted), max_size=4))
def test_every_frame_that_a_stretch_touches_goes_and_no_other(tmp_path_factory: pytest.TempPathFactory, thirds: list):
    """Whatever the stretches, here in thirds of a frame; one of no length takes nothing."""
    folder = tmp_path_factory.mktemp("frames")
    soundfile.write(folder / "a.wav", np.full(160, 0.5), RATE_HZ)
    spans = [(start / 3 / RATE_HZ, end / 3 / RATE_HZ) for start, end in thirds]
    redact_audio(folder / "a.wav", folder / "b.wav", {0: spans}, "silence")
    touched = {f for start, end in thirds if start < end for f in range(160) if 3 * f < end and 3 * f + 3 > start}
    assert touched == set(np.flatnonzero(read_channel(folder / "b.wav") == 0).tolist())

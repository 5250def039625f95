import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from harness.audio.read import AudioInfo, probe, read_channel
from harness.errors import CorpusError

RATE_HZ = 8000
SINE = (0.5 * np.sin(np.arange(801) * 0.1)).astype(np.float32)
# Half a quantisation step of each encoding; the companded ones have up to 2 % of the value.
TOLERANCES = {
    "PCM_U8": 1 / 128,
    "PCM_16": 1 / 32768,
    "PCM_24": 1e-6,
    "PCM_32": 1e-7,
    "FLOAT": 0.0,
    "DOUBLE": 0.0,
    "ULAW": 0.02,
    "ALAW": 0.02,
}


def wav(path: Path, samples: np.ndarray = SINE, **options: str) -> Path:
    soundfile.write(path, samples, RATE_HZ, **({"format": "WAV", "subtype": "PCM_16"} | options))
    return path


def with_size(path: Path, size: int) -> Path:
    """Overwrite the size of the data chunk of a plain WAV."""
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", size)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("subtype", TOLERANCES)
@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64"])
def test_every_wav_encoding_is_read_back(tmp_path, container, subtype):
    """Each sample encoding in each kind of WAV gives the samples that were written."""
    path = wav(tmp_path / "a.wav", format=container, subtype=subtype)
    assert AudioInfo(RATE_HZ, 1, 801, subtype, container) == probe(path)
    samples = read_channel(path)
    assert (np.float32, (801,)) == (samples.dtype, samples.shape)
    np.testing.assert_allclose(samples, SINE, atol=TOLERANCES[subtype] or 1e-7)


@pytest.mark.parametrize("subtype", ["PCM_S8", "PCM_16", "PCM_24"])
def test_flac_is_read_back(tmp_path, subtype):
    """FLAC of 8, 16 and 24 bits is read."""
    path = wav(tmp_path / "a.flac", format="FLAC", subtype=subtype)
    assert "FLAC" == probe(path).format
    np.testing.assert_allclose(read_channel(path), SINE, atol=1 / 127)


def test_big_endian_wav_is_read(tmp_path):
    """RIFX, the big-endian WAV, is read like any other."""
    path = wav(tmp_path / "a.wav", endian="BIG")
    assert b"RIFX" == path.read_bytes()[:4]
    np.testing.assert_allclose(read_channel(path), SINE, atol=1 / 32768)


def test_sixteen_bits_are_exact(tmp_path):
    """A 16-bit sample is represented exactly, both extremes included."""
    pcm = np.array([-32768, -1, 0, 1, 32767], np.int16)
    samples = read_channel(wav(tmp_path / "a.wav", pcm))
    assert pcm.tolist() == (samples * 32768).tolist()


def test_channels_are_told_apart(tmp_path):
    """Each channel of a file is read alone."""
    path = wav(tmp_path / "a.wav", np.stack([SINE, -SINE], axis=1))
    assert 2 == probe(path).channels
    np.testing.assert_allclose(read_channel(path, 0), SINE, atol=1 / 32768)
    np.testing.assert_allclose(read_channel(path, 1), -SINE, atol=1 / 32768)


def test_a_channel_that_does_not_exist_is_refused(tmp_path):
    """The message names the channels there are."""
    with pytest.raises(CorpusError, match="no channel 1; channels of this file are 0 to 0"):
        read_channel(wav(tmp_path / "a.wav"), 1)


def test_chunks_in_front_of_the_audio_are_skipped(tmp_path):
    """A header is walked, not assumed to have 44 bytes; chunks of odd length are padded."""
    path = wav(tmp_path / "a.wav")
    content = path.read_bytes()
    extra = b"LIST" + struct.pack("<I", 5) + b"notes\0"
    path.write_bytes(content[:36] + extra + content[36:])
    assert 801 == probe(path).frames
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(CorpusError, match="truncated"):
        probe(path)


@pytest.mark.parametrize("container", ["WAV", "WAVEX", "RF64"])
@pytest.mark.parametrize("missing", [1, 2, 1000, 1602])
def test_a_truncated_wav_is_refused(tmp_path, container, missing):
    """A file that holds less audio than its header claims is not taken for a shorter recording."""
    path = wav(tmp_path / "a.wav", format=container)
    path.write_bytes(path.read_bytes()[:-missing])
    with pytest.raises(CorpusError, match="the header promises 1602 bytes of audio, the file holds"):
        probe(path)


def test_a_truncated_flac_is_refused_when_it_is_decoded(tmp_path):
    """FLAC says nothing about its size in bytes, so damage shows only when it is decoded."""
    path = wav(tmp_path / "a.flac", np.random.default_rng(1).uniform(-1, 1, 20000), format="FLAC")
    path.write_bytes(path.read_bytes()[:20000])
    with pytest.raises(CorpusError, match="truncated or damaged: flac decoder lost sync"):
        read_channel(path)


def test_a_file_that_decodes_to_less_than_promised_is_refused(tmp_path, monkeypatch):
    """The decoder may end a damaged file early instead of raising."""
    path = wav(tmp_path / "a.flac", format="FLAC")
    decode = soundfile.SoundFile.read
    monkeypatch.setattr(
        soundfile.SoundFile, "read", lambda sound, *args, **options: decode(sound, *args, **options)[:-1]
    )
    with pytest.raises(CorpusError, match="promises 801 samples, 800 could be decoded"):
        read_channel(path)


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x80000000])
def test_the_placeholder_of_a_stream_is_accepted(tmp_path, size):
    """A size that a recorder writing to a pipe never filled in means "to the end of the file"."""
    path = with_size(wav(tmp_path / "a.wav"), size)
    assert (801, 801) == (probe(path).frames, len(read_channel(path)))


def test_a_recording_that_was_never_finished_is_refused(tmp_path):
    """Size 0 in front of audio is a recorder that was killed; the message tells how to repair the file."""
    with pytest.raises(CorpusError, match=r"never finished.*ignore-length"):
        probe(with_size(wav(tmp_path / "a.wav"), 0))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "the file is empty"),
        (b"hello, this is text", "not an audio file of an allowed kind"),
        (b"ID3\x03mp3", "not an audio file of an allowed kind"),
        (b"RIFF", "without a data chunk"),
        (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0", "without a data chunk"),
        (b"RIFF\x24\0\0\0AVI LIST\x04\0\0\0\0\0\0\0data\0\0\0\0", "not readable audio"),
        (b"fLaC", r"not readable audio \("),
    ],
)
def test_what_is_no_audio_is_refused(tmp_path, content, found):
    """Every malformed file gives one paragraph that names it and what was found."""
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=found) as caught:
        probe(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_a_wav_without_samples_is_refused(tmp_path):
    """A header alone is no recording."""
    with pytest.raises(CorpusError, match="holds no audio"):
        probe(wav(tmp_path / "a.wav", SINE[:0]))


def test_an_encoding_that_is_not_allowed_is_refused(tmp_path):
    """ADPCM in a WAV is named, with what is allowed."""
    with pytest.raises(CorpusError, match=r"encoded as IMA_ADPCM in WAV\. Allowed: WAV"):
        probe(wav(tmp_path / "a.wav", subtype="IMA_ADPCM"))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    """What can't be opened is named with the reason."""
    with pytest.raises(CorpusError, match="No such file"):
        probe(tmp_path / "missing.wav")
    with pytest.raises(CorpusError, match="Is a directory"):
        probe(tmp_path)


def test_the_suffix_means_nothing(tmp_path):
    """The decoder would guess raw audio from a name; the content decides here."""
    path = wav(tmp_path / "a.raw")
    assert 801 == probe(path).frames


@given(magic=st.sampled_from([b"RIFF", b"RIFX", b"RF64", b"fLaC", b""]), rest=st.binary(max_size=200))
def test_arbitrary_bytes_never_raise_anything_else(tmp_path_factory, magic, rest):
    """Whatever a file holds, the error is the deliberate one."""
    path = tmp_path_factory.mktemp("fuzz") / "a.wav"
    path.write_bytes(magic + rest)
    with contextlib.suppress(CorpusError):
        read_channel(path)

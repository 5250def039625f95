import contextlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from harness.audio.read import AudioInfo, probe, read_blocks, read_channel, read_mulaw
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
        (b"hello, this is text", r'not an audio file of an allowed kind \(it begins with "hell"\)'),
        (b"\xff\xfeh\0e\0", r"not an audio file of an allowed kind \(it begins with the bytes ff fe 68 00\)"),
        (b"ID3\x03mp3", "it holds no MP3 frame"),
        (b"\0\0\0\x20ftypM4A ", r"not an audio file of an allowed kind \(it is MP4 or M4A\).*ffmpeg"),
        (b"\x1a\x45\xdf\xa3webm", r"it is WebM or Matroska"),
        (b"OggS", "its last page is cut off"),
        (b"NIST_1A", "without a data chunk"),
        (b"FORM\0\0\0\0AIFF", "without a data chunk"),
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


def test_a_pipe_or_a_device_is_not_waited_for(tmp_path):
    """A manifest of others may name one; a link to a device would be read for ever."""
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "link.wav").symlink_to("/dev/zero")

    for name in ("pipe.wav", "link.wav"):
        with pytest.raises(CorpusError, match=r"can't be read \(it is a pipe or a device\)"):
            probe(tmp_path / name)


@pytest.mark.parametrize("rate_hz", [1, 3999, 1_000_000])
def test_a_rate_of_no_speech_is_refused(tmp_path, rate_hz):
    """At 1 Hz a small file would last for hours, and fill the disk once resampled."""
    content = bytearray(wav(tmp_path / "a.wav").read_bytes())
    content[24:28] = struct.pack("<I", rate_hz)
    (tmp_path / "a.wav").write_bytes(content)

    with pytest.raises(CorpusError, match=rf"the header says {rate_hz} Hz; allowed are 4000 to 768000"):
        probe(tmp_path / "a.wav")


@pytest.mark.parametrize(
    ("container", "size", "claim", "promised"),
    [
        ("RF64", struct.pack("<Q", 1602), struct.pack("<Q", 5_000_000_000), "5000000000 bytes"),
        ("NIST", b"-i 801\n", b"-i 3000000000\n", "6000000000 bytes"),
    ],
    ids=["RF64", "NIST"],
)
def test_a_claim_beyond_32_bits_is_no_placeholder(tmp_path, container, size, claim, promised):
    """Five gigabytes of which one is left are a broken file, not a stream that could not go back to its header."""
    path = wav(tmp_path / "a.wav", format=container)
    path.write_bytes(path.read_bytes().replace(size, claim))

    with pytest.raises(CorpusError, match=f"the header promises {promised} of audio"):
        probe(path)


def test_a_number_of_thousands_of_digits_is_no_size(tmp_path):
    """Python refuses to read one."""
    path = tmp_path / "a.sph"
    others = b"\nchannel_count -i 1\nsample_n_bytes -i 2\nend_head\n"
    path.write_bytes(b"NIST_1A\n   9999\nsample_count -i " + b"9" * 5000 + others + bytes(9000))

    with pytest.raises(CorpusError, match="truncated or damaged"):
        probe(path)


def test_samples_that_are_no_numbers_are_refused(tmp_path):
    """Nothing could be measured on them, or sent."""
    path = wav(tmp_path / "a.wav", np.array([0.1, np.nan, 0.1], np.float32), subtype="FLOAT")
    with pytest.raises(CorpusError, match="holds samples that are no finite numbers"):
        read_channel(path)


def test_the_suffix_means_nothing(tmp_path):
    """The decoder would guess raw audio from a name; the content decides here."""
    path = wav(tmp_path / "a.raw")
    assert 801 == probe(path).frames


MAGICS = [b"RIFF", b"RIFX", b"RF64", b"fLaC", b"OggS", b"FORM", b".snd", b"NIST_1A\n", b"ID3", b"\xff\xfb\x90\x64", b""]


@given(magic=st.sampled_from(MAGICS), rest=st.binary(max_size=200))
def test_arbitrary_bytes_never_raise_anything_else(tmp_path_factory, magic, rest):
    """Whatever a file holds, the error is the deliberate one."""
    path = tmp_path_factory.mktemp("fuzz") / "a.wav"
    path.write_bytes(magic + rest)
    with contextlib.suppress(CorpusError):
        read_channel(path)


RATES_HZ = (8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000)
LOSSY = [("MP3", "MPEG_LAYER_III", rate) for rate in RATES_HZ] + [("OGG", "VORBIS", rate) for rate in RATES_HZ]
LOSSY += [("OGG", "OPUS", rate) for rate in (8000, 16000, 24000, 48000)]  # the rates Opus has
PLAIN = [("AIFF", "PCM_16"), ("AIFF", "ULAW"), ("AU", "ULAW"), ("AU", "PCM_24"), ("NIST", "PCM_16"), ("NIST", "ULAW")]


def tone(rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    """A tone in noise: noise alone would be so hard to code that it proves nothing."""
    at = np.arange(round(rate_hz * seconds))
    noise = np.random.default_rng(0).normal(0, 0.01, len(at))
    return (0.3 * np.sin(2 * np.pi * 300 * at / rate_hz) + noise).astype(np.float32)


def coded(path: Path, container: str, subtype: str, rate_hz: int, samples: np.ndarray | None = None) -> Path:
    soundfile.write(path, tone(rate_hz) if samples is None else samples, rate_hz, format=container, subtype=subtype)
    return path


@pytest.mark.parametrize(("container", "subtype", "rate_hz"), LOSSY)
def test_what_is_coded_with_loss_has_the_length_it_says(tmp_path, container, subtype, rate_hz):
    """MP3, Vorbis and Opus at every usual rate: the header's length, the decoded one and the one written agree."""
    path = coded(tmp_path / "a", container, subtype, rate_hz)
    assert AudioInfo(rate_hz, 1, 2 * rate_hz, subtype, container) == probe(path)
    samples = read_channel(path)
    assert 2 * rate_hz == len(samples)
    assert 0.99 < np.corrcoef(samples, tone(rate_hz))[0, 1]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize(("container", "subtype"), PLAIN)
def test_other_uncompressed_files_are_read_back(tmp_path, container, subtype, rate_hz):
    """AIFF, AU and SPHERE give the samples that were written."""
    path = coded(tmp_path / "a", container, subtype, rate_hz)
    assert (rate_hz, container) == (probe(path).sample_rate_hz, probe(path).format)
    np.testing.assert_allclose(read_channel(path), tone(rate_hz), atol=0.02 if subtype == "ULAW" else 1 / 32768)


@pytest.mark.parametrize(
    ("container", "subtype"), [*PLAIN, ("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS")]
)
@pytest.mark.parametrize("share", [0.5, 0.9, 0.999])
def test_a_truncated_file_of_any_kind_is_refused(tmp_path, container, subtype, share):
    """The header tells: not one is taken for a shorter recording."""
    path = coded(tmp_path / "a", container, subtype, 16000)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(CorpusError, match="truncated or damaged"):
        probe(path)


@pytest.mark.parametrize(("container", "subtype"), [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS")])
def test_damage_in_the_middle_shows_when_it_is_decoded(tmp_path, container, subtype):
    """The decoders pass over what is broken; the checksums of OGG's pages and MP3's count of samples don't."""
    path = coded(tmp_path / "a", container, subtype, 48000)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 300] = bytes(300)
    path.write_bytes(content)
    probe(path)
    with pytest.raises(CorpusError, match="truncated or damaged"):
        read_channel(path)


def test_a_missing_page_is_noticed(tmp_path):
    """OGG numbers its pages."""
    path = coded(tmp_path / "a", "OGG", "OPUS", 16000, tone(16000, 8.0))
    content = path.read_bytes()
    pages = [b"OggS" + page for page in content.split(b"OggS")[1:]]
    path.write_bytes(b"".join(pages[:3] + pages[4:]))
    with pytest.raises(CorpusError, match="pages are missing before byte"):
        read_channel(path)


def without_info(path: Path) -> bytes:
    """An MP3 without its first frame, which says how long it is."""
    content = path.read_bytes()
    return content[content.index(content[:2], 4) :]


def test_an_mp3_of_varying_rate_without_a_length_is_refused(tmp_path):
    """The decoder would estimate its length, and stop there; the message says how to add what is missing."""
    path = coded(tmp_path / "a.mp3", "MP3", "MPEG_LAYER_III", 16000)
    path.write_bytes(without_info(path))
    with pytest.raises(CorpusError, match=r"its bit rate varies.*ffmpeg -i IN\.mp3 -c copy"):
        probe(path)


def test_an_mp3_of_constant_rate_needs_no_length(tmp_path):
    """What the header says is what can be decoded, with tags in front and behind."""
    path = tmp_path / "a.mp3"
    with soundfile.SoundFile(
        path, "w", 16000, 1, "MPEG_LAYER_III", format="MP3", compression_level=0.5, bitrate_mode="CONSTANT"
    ) as sound:
        sound.write(tone(16000))
    tag = b"ID3\x04\0\0\0\0\0\x64" + bytes(100)
    path.write_bytes(tag + without_info(path) + b"TAG" + bytes(125))
    assert probe(path).frames == len(read_channel(path))
    assert abs(32000 - probe(path).frames) < 3 * 576
    path.write_bytes(path.read_bytes()[:-130])
    with pytest.raises(CorpusError, match="its last frame is cut off"):
        probe(path)


def test_compressed_sphere_is_named(tmp_path):
    """Shorten inside SPHERE can't be decoded; the message names the tool that can."""
    path = coded(tmp_path / "a.sph", "NIST", "PCM_16", 8000)
    header = path.read_bytes().replace(b"sample_coding -s3 pcm", b"sample_coding -s26 pcm,embedded-shorten-v2.00")
    path.write_bytes(header)
    with pytest.raises(CorpusError, match="sph2pipe"):
        probe(path)


MULAW_CODES = np.arange(256, dtype=np.uint8)


def mulaw_wav(path: Path, codes: np.ndarray) -> Path:
    """A WAV of exactly these codes, shape (frames, channels)."""
    soundfile.write(path, np.zeros(codes.shape, np.int16), 8000, format="WAV", subtype="ULAW")
    content = path.read_bytes()
    start = content.index(b"data") + 8
    path.write_bytes(content[:start] + codes.tobytes() + content[start + codes.size :])
    return path


def test_mulaw_codes_are_read_as_they_are(tmp_path):
    """All 256, minus zero included, of each channel."""
    path = mulaw_wav(tmp_path / "a.wav", np.stack([MULAW_CODES, MULAW_CODES[::-1]], axis=1))
    assert MULAW_CODES.tolist() == np.concatenate(list(read_mulaw(path, [0]))).tolist()
    [both] = read_mulaw(path, [1, 0])
    assert [[255, 0], [254, 1]] == both[:2].tolist()


def test_other_audio_has_no_mulaw_codes(tmp_path):
    """Asking for them is refused."""
    with pytest.raises(CorpusError, match="PCM_16, not as mu-law"):
        list(read_mulaw(wav(tmp_path / "a.wav"), [0]))


def test_blocks_are_the_file(tmp_path):
    """A file of several blocks is the same as a whole."""
    path = coded(tmp_path / "a", "OGG", "VORBIS", 48000, np.stack([tone(48000), -tone(48000)], axis=1))
    blocks = list(read_blocks(path, [0, 1]))
    assert 1 < len(blocks)
    np.testing.assert_array_equal(np.concatenate(blocks)[:, 1], read_channel(path, 1))


@pytest.mark.parametrize("magic", [b"RIFF\0\0\0\0WAVE", b"FORM\0\0\0\0AIFF"])
def test_a_recording_of_nothing_but_zeros_is_refused_at_once(tmp_path: Path, magic: bytes):
    """As a computer leaves it that lost its power: a gibibyte of chunks of no bytes is not walked to its end."""
    path = tmp_path / "a.wav"
    path.write_bytes(magic)
    os.truncate(path, 1 << 30)
    with pytest.raises(CorpusError, match="its header ends without a data chunk"):
        probe(path)

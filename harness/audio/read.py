"""Reading audio files: a cheap look at the header, and channels as float samples or as the mu-law codes they were stored in.

libsndfile decodes; whether a file holds what its header claims is checked in `harness.audio.containers`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import FileIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from harness.audio import ogg
from harness.audio.containers import ALLOWED, Container, check_container, damaged
from harness.errors import CorpusError
from harness.regular_file import open_regular

Samples = npt.NDArray[np.float32]
Codes = npt.NDArray[np.uint8]

SUBTYPES = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
_SUBTYPES = {
    "FLAC": ("PCM_S8", "PCM_16", "PCM_24"),
    "AIFF": (*SUBTYPES, "PCM_S8"),
    "AU": (*SUBTYPES, "PCM_S8"),
    "NIST": ("PCM_S8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"),
    "OGG": ("VORBIS", "OPUS"),
    "MP3": ("MPEG_LAYER_III",),
}
RATES_HZ = (4000, 768_000)
_BLOCK_FRAMES = 1 << 16
_FLOATS = frozenset({"FLOAT", "DOUBLE"})


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file's header says.

    Attributes:
        sample_rate_hz: Samples a second.
        channels: Channels in the file.
        frames: Samples in each channel.
        subtype: libsndfile's name of the sample encoding, e.g. `PCM_16`.
        format: libsndfile's name of the container, e.g. `WAV`.
    """

    sample_rate_hz: int
    channels: int
    frames: int
    subtype: str
    format: str

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.sample_rate_hz


def probe(path: Path) -> AudioInfo:
    """Read the header of an audio file, and check that the file holds what the header claims.

    Raises:
        CorpusError: The file is missing, empty, truncated, or not of an allowed format.
    """
    with _opened(path) as (sound, _, container):
        info = _info(path, sound)
        if container.counted:
            return info
        return replace(info, frames=sum(len(block) for block in _decoded(path, sound)))


def read_channel(path: Path, channel: int = 0) -> Samples:
    """Decode one channel (from 0) of an audio file.

    Returns:
        Samples of shape (frames,), full scale ±1. 16-bit audio is represented exactly (sample / 32768).

    Raises:
        CorpusError: As for `probe`, or the channel doesn't exist, or the audio can't be decoded to its end.
    """
    return np.concatenate(list(read_blocks(path, (channel,))))


def read_blocks(path: Path, channels: Sequence[int]) -> Iterator[Samples]:
    """Decode some channels (from 0) of an audio file, block by block.

    Yields:
        Samples of shape (frames,) for one channel, (frames, channels) for several; full scale ±1.

    Raises:
        CorpusError: As for `read_channel`.
    """
    with _opened(path, whole=True) as (sound, _, container):
        info = _info(path, sound)
        picked = _picked(path, channels, info)
        decoded = 0
        for frames in _decoded(path, sound):
            decoded += len(frames)
            yield np.ascontiguousarray(frames[:, picked])
    if container.counted:
        _check_whole(path, decoded, info)


def _decoded(path: Path, sound: soundfile.SoundFile) -> Iterator[Samples]:
    """What is left of an open file, as blocks of shape (frames, channels)."""
    try:
        while len(frames := sound.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
            if sound.subtype in _FLOATS and not np.isfinite(frames).all():
                raise CorpusError(
                    f"{path}: holds samples that are no finite numbers. Mend what wrote it, and convert it to 16-bit PCM."
                )
            yield frames
    except soundfile.LibsndfileError as error:
        raise CorpusError(damaged(path, _reason(error))) from error


def read_mulaw(path: Path, channels: Sequence[int]) -> Iterator[Codes]:
    """Read some channels (from 0) of a mu-law file as the codes that are stored, block by block.

    Decoding and encoding again would make one zero of the two that mu-law has.

    Yields:
        Codes of shape (frames,) for one channel, (frames, channels) for several.

    Raises:
        CorpusError: As for `read_blocks`, or the file isn't mu-law.
    """
    with _opened(path) as (sound, file, container):
        info = _info(path, sound)
        extent = container.extent
        if info.subtype != "ULAW" or extent is None:
            raise CorpusError(f"{path}: the audio is encoded as {info.subtype}, not as mu-law. Convert it.")
        picked = _picked(path, channels, info)
        file.seek(extent.offset)
        missing = info.frames
        while missing and (block := file.read(min(missing, _BLOCK_FRAMES) * info.channels)):
            frames = np.frombuffer(block, np.uint8).reshape(-1, info.channels)
            missing -= len(frames)
            yield np.ascontiguousarray(frames[:, picked])
    _check_whole(path, info.frames - missing, info)


def _picked(path: Path, channels: Sequence[int], info: AudioInfo) -> int | list[int]:
    """How to index the columns of a block."""
    for channel in channels:
        _check_channel(path, channel, info)
    return channels[0] if len(channels) == 1 else list(channels)


def _check_channel(path: Path, channel: int, info: AudioInfo) -> None:
    if not 0 <= channel < info.channels:
        raise CorpusError(
            f"{path}: there is no channel {channel}; channels of this file are 0 to {info.channels - 1}. "
            "Correct `channel` in the manifest."
        )


def _check_whole(path: Path, decoded: int, info: AudioInfo) -> None:
    if decoded != info.frames:  # libsndfile may end a damaged file early instead of raising
        raise CorpusError(damaged(path, f"the header promises {info.frames} samples, {decoded} could be decoded"))


@contextmanager
def _opened(path: Path, *, whole: bool = False) -> Iterator[tuple[soundfile.SoundFile, FileIO, Container]]:
    """Open the file once, check it, and hand its descriptor (no name, so no guess by suffix) to libsndfile.

    `whole` also checks what takes reading the file to its end.
    """
    try:
        file = open_regular(path)  # libsndfile reads on from the descriptor's own position
    except OSError as error:
        raise CorpusError(_unreadable(path, error)) from error
    with file:
        try:
            container = check_container(path, file)
            file.seek(0)
        except OSError as error:  # of a disk that fails, or a file that only looks like one
            raise CorpusError(_unreadable(path, error)) from error
        try:
            sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except soundfile.LibsndfileError as error:
            raise CorpusError(
                f"{path}: not readable audio ({_reason(error)}). Allowed: {ALLOWED}. Convert or remove the file."
            ) from error
        with sound:
            if whole and sound.format == "OGG":
                position = file.tell()
                problem = ogg.page_problem(file)
                if problem is not None:
                    raise CorpusError(damaged(path, problem))
                file.seek(position)
            yield sound, file, container


def _unreadable(path: Path, error: OSError) -> str:
    return f"{path}: can't be read ({error.strerror}). Correct `audio_filepath` in the manifest or put the file there."


def _info(path: Path, sound: soundfile.SoundFile) -> AudioInfo:
    """The header as a value; refuses encodings and lengths that can't be streamed."""
    encoding, container = sound.subtype, sound.format  # each asks the library
    if encoding not in _SUBTYPES.get(container, SUBTYPES):
        raise CorpusError(
            f"{path}: the audio is encoded as {encoding} in {container}. Allowed: {ALLOWED}. "
            "Convert it, for instance with `sox in.wav -b 16 out.wav`."
        )
    if sound.frames == 0:
        raise CorpusError(f"{path}: the file holds no audio (0 samples). Remove it from the manifest or replace it.")
    if not RATES_HZ[0] <= sound.samplerate <= RATES_HZ[1]:
        raise CorpusError(
            f"{path}: the header says {sound.samplerate} Hz; allowed are {RATES_HZ[0]} to {RATES_HZ[1]}. At such a rate a small file "
            "would be hours long, or no speech. Correct the header, or remove the file from the manifest."
        )
    return AudioInfo(sound.samplerate, sound.channels, sound.frames, encoding, container)


def _reason(error: soundfile.LibsndfileError) -> str:
    """What libsndfile says, without the descriptor it was given for a name."""
    return str(error.error_string).removeprefix("Error : ").rstrip(".")

"""Reading WAV and FLAC files: a cheap look at the header, and one channel as float samples.

libsndfile decodes. It silently shortens a WAV whose header claims more audio than the file holds, which would make a
broken recording look like a short one, so the RIFF sizes are compared with the file's size here. Three cases of a size
that was never filled in:

- 0x7FFFF000 and above (ffmpeg, SoX and arecord write such a placeholder into a pipe): accepted, the audio ends with
  the file;
- 0 with audio behind it (a recorder that was killed): refused, because libsndfile reads no sample of it;
- 0 with nothing behind it: refused as empty.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile

from harness.errors import CorpusError

Samples = npt.NDArray[np.float32]

SUBTYPES = ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW")
_FLAC_SUBTYPES = ("PCM_S8", "PCM_16", "PCM_24")
_ALLOWED = "WAV (8, 16, 24 or 32 bit PCM, float, mu-law, A-law) and FLAC"
_RIFF_MAGICS = (b"RIFF", b"RIFX", b"RF64")
_STREAM_PLACEHOLDER = 0x7FFFF000
_BLOCK_FRAMES = 1 << 16


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
    with _opened(path) as sound:
        return _info(path, sound)


def read_channel(path: Path, channel: int = 0) -> Samples:
    """Decode one channel (from 0) of a WAV or FLAC file.

    Returns:
        Samples of shape (frames,), full scale ±1. 16-bit audio is represented exactly (sample / 32768).

    Raises:
        CorpusError: As for `probe`, or the channel doesn't exist, or the audio can't be decoded to its end.
    """
    return np.concatenate(list(read_blocks(path, (channel,))))


def read_blocks(path: Path, channels: Sequence[int]) -> Iterator[Samples]:
    """Decode some channels (from 0) of a WAV or FLAC file, block by block.

    Yields:
        Samples of shape (frames,) for one channel, (frames, channels) for several; full scale ±1.

    Raises:
        CorpusError: As for `read_channel`.
    """
    with _opened(path) as sound:
        info = _info(path, sound)
        for channel in channels:
            _check_channel(path, channel, info)
        picked = channels[0] if len(channels) == 1 else list(channels)
        decoded = 0
        try:
            while len(frames := sound.read(_BLOCK_FRAMES, dtype="float32", always_2d=True)):
                decoded += len(frames)
                yield np.ascontiguousarray(frames[:, picked])
        except soundfile.LibsndfileError as error:
            raise CorpusError(_damaged(path, _reason(error))) from error
    _check_whole(path, decoded, info)


def _check_channel(path: Path, channel: int, info: AudioInfo) -> None:
    if not 0 <= channel < info.channels:
        raise CorpusError(
            f"{path}: there is no channel {channel}; channels of this file are 0 to {info.channels - 1}. "
            "Correct `channel` in the manifest."
        )


def _check_whole(path: Path, decoded: int, info: AudioInfo) -> None:
    if decoded != info.frames:  # libsndfile may end a damaged file early instead of raising
        raise CorpusError(_damaged(path, f"the header promises {info.frames} samples, {decoded} could be decoded"))


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """Open the file once, check it, and hand its descriptor (no name, so no guess by suffix) to libsndfile."""
    try:
        file = path.open("rb", buffering=0)  # libsndfile reads on from the descriptor's own position
    except OSError as error:
        raise CorpusError(
            f"{path}: can't be read ({error.strerror}). Correct `audio_filepath` in the manifest or put the file there."
        ) from error
    with file:
        _check_container(path, file)
        file.seek(0)
        try:
            sound = soundfile.SoundFile(file.fileno(), closefd=False)
        except soundfile.LibsndfileError as error:
            raise CorpusError(
                f"{path}: not readable audio ({_reason(error)}). Allowed: {_ALLOWED}. Convert or remove the file."
            ) from error
        with sound:
            yield sound


def _info(path: Path, sound: soundfile.SoundFile) -> AudioInfo:
    """The header as a value; refuses encodings and lengths that can't be streamed."""
    allowed = _FLAC_SUBTYPES if sound.format == "FLAC" else SUBTYPES
    if sound.subtype not in allowed:
        raise CorpusError(
            f"{path}: the audio is encoded as {sound.subtype} in {sound.format}. Allowed: {_ALLOWED}. "
            "Convert it, for instance with `sox in.wav -b 16 out.wav`."
        )
    if sound.frames == 0:
        raise CorpusError(f"{path}: the file holds no audio (0 samples). Remove it from the manifest or replace it.")
    return AudioInfo(sound.samplerate, sound.channels, sound.frames, sound.subtype, sound.format)


def _check_container(path: Path, file: FileIO) -> None:
    """Refuse what isn't WAV or FLAC, and a WAV that is shorter than its header claims."""
    size = os.fstat(file.fileno()).st_size
    magic = file.read(4)
    if not magic:
        raise CorpusError(f"{path}: the file is empty (0 bytes). Replace it or remove it from the manifest.")
    if magic == b"fLaC":
        return
    if magic not in _RIFF_MAGICS:
        raise CorpusError(
            f"{path}: not an audio file of an allowed kind (it begins with {magic!r}). Allowed: {_ALLOWED}. "
            "Convert or remove the file."
        )
    found = _data_chunk(file, "big" if magic == b"RIFX" else "little")
    if found is None:
        raise CorpusError(_damaged(path, f"its header ends without a data chunk (the file has {size} bytes)"))
    claimed, offset = found
    held = size - offset
    if claimed == 0 and held > 0:
        raise CorpusError(
            f"{path}: the header says 0 bytes of audio but {held} bytes follow it; the recorder never finished the "
            "file. Repair it, for instance with `sox --ignore-length in.wav out.wav`."
        )
    if held < claimed < _STREAM_PLACEHOLDER:
        raise CorpusError(_damaged(path, f"the header promises {claimed} bytes of audio, the file holds {held}"))


def _data_chunk(file: FileIO, byte_order: Literal["big", "little"]) -> tuple[int, int] | None:
    """Walk the chunks behind the RIFF magic; the claimed size and the offset of the audio, None if there is none."""
    file.seek(12)
    size_64 = None
    while len(head := file.read(8)) == 8:  # noqa: PLR2004 - a chunk's name and size, four bytes each
        name, size = head[:4], int.from_bytes(head[4:], byte_order)
        if name == b"data":
            return (size if size_64 is None else size_64), file.tell()
        if name == b"ds64":  # RF64 keeps the real sizes here: riffSize, then dataSize, 64 bits each
            size_64 = int.from_bytes(file.read(16)[8:], byte_order)
            file.seek(size - 16, os.SEEK_CUR)
        else:
            file.seek(size + size % 2, os.SEEK_CUR)  # chunks are padded to even lengths
    return None


def _reason(error: soundfile.LibsndfileError) -> str:
    """What libsndfile says, without the descriptor it was given for a name."""
    return str(error.error_string).removeprefix("Error : ").rstrip(".")


def _damaged(path: Path, what: str) -> str:
    return f"{path}: the file is truncated or damaged: {what}. Copy or export it again, or remove it from the manifest."

"""From a recording to the file of bytes that a session sends: resampled, encoded, padded, block by block.

An hour of audio takes as little memory as a second. The file has no name: whoever holds it may map it, and it is gone with them.
"""

import mmap
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from harness.audio.chunking import ChunkPlan, Stream, plan_chunks
from harness.audio.convert import SILENCE_BYTE, Encoding, Pcm16, encode, resample_blocks, to_pcm16
from harness.audio.read import Codes, Samples, probe, read_blocks, read_mulaw


@dataclass(frozen=True, slots=True)
class PreparedAudio:
    """A stream in a nameless temporary file, which `close` frees."""

    plan: ChunkPlan
    file: IO[bytes]

    def stream(self) -> Stream:
        """The stream, mapped into memory."""
        return mapped_stream(self.plan, self.file.fileno())

    def close(self) -> None:
        """Let go of the file; streams made of it stay readable."""
        self.file.close()


def mapped_stream(plan: ChunkPlan, descriptor: int) -> Stream:
    """The stream in an open file, given by its descriptor."""
    return Stream(plan, mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ) if plan.chunks else b"")


def prepare_file(
    path: Path,
    channels: Sequence[int],
    *,
    encoding: Encoding,
    sample_rate_hz: int,
    chunk_ms: float,
    trailing_silence_s: float,
) -> PreparedAudio:
    """Prepare some channels (from 0) of an audio file, as `prepare` does.

    Mu-law that is sent as mu-law at its own rate is passed through code for code.

    Raises:
        ConfigError: As for `plan_chunks`.
        CorpusError: As for `read_blocks`.
    """
    info = probe(path)
    as_stored = info.subtype == "ULAW" and encoding == "pcm_mulaw" and info.sample_rate_hz == sample_rate_hz
    return prepare(
        read_mulaw(path, channels) if as_stored else read_blocks(path, channels),
        info.sample_rate_hz,
        encoding=encoding,
        sample_rate_hz=sample_rate_hz,
        chunk_ms=chunk_ms,
        trailing_silence_s=trailing_silence_s,
        channels=len(channels),
    )


def prepare(
    blocks: Iterable[Samples] | Iterable[Codes],
    rate_hz: int,
    *,
    encoding: Encoding,
    sample_rate_hz: int,
    chunk_ms: float,
    trailing_silence_s: float,
    channels: int = 1,
) -> PreparedAudio:
    """Resample, encode, pad and cut audio.

    16-bit audio that has the target rate already is passed through bit for bit. The result does not depend on the blocks.

    Args:
        blocks: Consecutive samples, each of shape (frames,) or (frames, channels), full scale ±1; or mu-law codes,
            which have the stream's rate and encoding already and are passed through.
        rate_hz: Of `blocks`.
        encoding: Of the stream.
        sample_rate_hz: Of the stream.
        chunk_ms: 50 to 1000, a whole number of samples.
        trailing_silence_s: Digital silence after the clip; the last chunk may add up to one chunk of it.
        channels: Interleaved in the stream.

    Raises:
        ConfigError: As for `plan_chunks`.
    """
    wish = {
        "encoding": encoding,
        "sample_rate_hz": sample_rate_hz,
        "chunk_ms": chunk_ms,
        "trailing_silence_s": trailing_silence_s,
        "channels": channels,
    }
    plan_chunks(0, **wish)  # type: ignore[arg-type]  # refuses what can't be sent before anything is converted
    file = tempfile.TemporaryFile()  # noqa: SIM115 - it outlives this call, in the hands of the caller
    try:
        samples = 0
        for block in _converted(blocks, rate_hz, sample_rate_hz, channels):
            samples += len(block)
            file.write(_bytes(block, encoding))
        plan = plan_chunks(samples, **wish)  # type: ignore[arg-type]
        _fill_up(file, plan.chunks * plan.chunk_bytes, SILENCE_BYTE[encoding])
        file.flush()
    except BaseException:
        file.close()
        raise
    return PreparedAudio(plan, file)


def _converted(blocks: Iterable[Any], from_hz: int, to_hz: int, channels: int) -> Iterator[Pcm16 | Codes]:
    if from_hz == to_hz:
        yield from (block if block.dtype == np.uint8 else to_pcm16(block) for block in blocks)
    else:
        yield from (to_pcm16(block) for block in resample_blocks(blocks, from_hz, to_hz, channels))


def _bytes(block: Pcm16 | Codes, encoding: Encoding) -> bytes:
    if block.dtype == np.uint8:
        return block.tobytes()
    return encode(np.ascontiguousarray(block, np.int16).reshape(-1), encoding)


def _fill_up(file: IO[bytes], size: int, with_byte: bytes) -> None:
    missing = size - file.tell()
    while missing > 0:
        missing -= file.write(with_byte * min(missing, 1 << 16))

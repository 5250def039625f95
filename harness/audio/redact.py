"""Taking stretches out of an audio file: a copy in which they hold a tone or silence, and everything else is as it was.

A copy is written anew and takes nothing over but samples: no tags, comments, cue points or other chunks. Of PCM, float, mu-law and
A-law, what lies outside the stretches has the same bytes; FLAC is decoded and encoded again without loss. OGG and MP3 can't be
changed in part without touching their neighbours, so their copies are FLAC with what is decoded of them. All of it block by block:
an hour takes as little memory as a second.
"""

import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile

from harness.audio.containers import check_container
from harness.audio.read import AudioInfo, probe, read_blocks
from harness.errors import CorpusError

Fill = Literal["beep", "silence"]
FILLS: tuple[Fill, ...] = ("beep", "silence")

TONE_HZ = 1000.0
TONE_PEAK = 0.1  # -20 dBFS: heard, and no louder than speech
FADE_S = 0.01
_BLOCK_FRAMES = 1 << 16
_FRAME_DIGITS = 6  # of a position in frames: seconds are rounded, and no whole frame may become a touched one by that
_KEPT_FORMATS = ("WAV", "WAVEX", "RF64", "AIFF", "AU", "NIST")
_WIDTHS = {
    "PCM_S8": 1,
    "PCM_U8": 1,
    "PCM_16": 2,
    "PCM_24": 3,
    "PCM_32": 4,
    "FLOAT": 4,
    "DOUBLE": 8,
    "ULAW": 1,
    "ALAW": 1,
}
_FLAC_BITS = {"PCM_S8": 8, "PCM_16": 16, "PCM_24": 24}

Frames = tuple[int, int]  # from the first to before the last


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is removed: stretches in frames for each channel, in order and apart, and what they are filled with."""

    rate_hz: int
    channels: int
    removed: Mapping[int, Sequence[Frames]]
    fill: Fill

    def outside(self, first: int, count: int) -> npt.NDArray[np.bool_]:
        """Of a block of frames, what stays; shape (count, channels)."""
        stays = np.ones((count, self.channels), np.bool_)
        for channel, start, end, _ in self._inside(first, count):
            stays[start - first : end - first, channel] = False
        return stays

    def filled(self, first: int, count: int) -> npt.NDArray[np.float64]:
        """Of a block of frames, the fill, and 0 elsewhere; shape (count, channels), full scale ±1."""
        samples = np.zeros((count, self.channels))
        if self.fill == "beep":
            for channel, start, end, whole in self._inside(first, count):
                samples[start - first : end - first, channel] = _tone(np.arange(start, end), whole, self.rate_hz)
        return samples

    def _inside(self, first: int, count: int) -> Iterator[tuple[int, int, int, Frames]]:
        for channel, stretches in self.removed.items():
            for start, end in stretches:
                if start < first + count and end > first:
                    yield channel, max(start, first), min(end, first + count), (start, end)


def redacted_suffix(path: Path, info: AudioInfo) -> str:
    """How the name of a file's redacted copy ends: as before, but for formats that become FLAC."""
    return path.suffix if info.format in (*_KEPT_FORMATS, "FLAC") else ".flac"


def redact_audio(
    source: Path, target: Path, stretches: Mapping[int, Iterable[tuple[float, float]]], fill: Fill = "beep"
) -> None:
    """Write a copy of an audio file without some stretches of it.

    Args:
        source: Any file that `probe` takes.
        target: The file to write; see `redacted_suffix`.
        stretches: Start and end in seconds, by channel (from 0); they may overlap, and reach beyond the audio.
        fill: A tone of 1 kHz with fades of 10 ms, or digital silence.

    Raises:
        CorpusError: The source can't be read, or not to its end.
    """
    info = probe(source)
    removed = {channel: _frames(spans, info) for channel, spans in stretches.items()}
    plan = _Plan(info.sample_rate_hz, info.channels, removed, fill)
    if info.format in _KEPT_FORMATS:
        _write_fill(source, target, info, plan)
        _copy_outside(source, target, info, plan)
    else:
        _write_flac(source, target, info, plan)


def _frames(spans: Iterable[tuple[float, float]], info: AudioInfo) -> list[Frames]:
    """Whole frames that spans in seconds touch, merged where they meet."""
    merged: list[Frames] = []
    for start_s, end_s in sorted(spans):
        if start_s >= end_s:
            continue
        start = max(0, math.floor(round(start_s * info.sample_rate_hz, _FRAME_DIGITS)))
        end = min(info.frames, math.ceil(round(end_s * info.sample_rate_hz, _FRAME_DIGITS)))
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _tone(frames: npt.NDArray[np.int64], whole: Frames, rate_hz: int) -> npt.NDArray[np.float64]:
    """The part of a stretch's tone that lies at these frames; the fades are half cosines."""
    start, end = whole
    fade = min(FADE_S * rate_hz, (end - start) / 2)
    from_edge = np.minimum(frames - start, end - 1 - frames)
    level = TONE_PEAK * (1 - np.cos(np.pi * np.clip(from_edge / fade, 0, 1))) / 2
    tone: npt.NDArray[np.float64] = level * np.sin(2 * np.pi * min(TONE_HZ, rate_hz / 4) * (frames - start) / rate_hz)
    return tone


def _blocks(frames: int) -> Iterator[tuple[int, int]]:
    for first in range(0, frames, _BLOCK_FRAMES):
        yield first, min(_BLOCK_FRAMES, frames - first)


def _write_fill(source: Path, target: Path, info: AudioInfo, plan: _Plan) -> None:
    """A file of the source's format and length, with a header of its own, that holds the fill and nothing else."""
    with source.open("rb", buffering=0) as file, soundfile.SoundFile(file.fileno(), closefd=False) as sound:
        byte_order = sound.endian
    with soundfile.SoundFile(
        target, "w", info.sample_rate_hz, info.channels, info.subtype, byte_order, info.format
    ) as written:
        for first, count in _blocks(info.frames):
            written.write(plan.filled(first, count))


def _copy_outside(source: Path, target: Path, info: AudioInfo, plan: _Plan) -> None:
    """Put the source's own bytes where nothing is removed."""
    shape = (info.channels, _WIDTHS[info.subtype])
    with source.open("rb", buffering=0) as old, target.open("r+b", buffering=0) as new:
        begins = [_samples_offset(path, file, info) for path, file in ((source, old), (target, new))]
        for first, count in _blocks(info.frames):
            at = first * shape[0] * shape[1]
            kept, filled = (
                _read(file, begin + at, (count, *shape)) for file, begin in zip((old, new), begins, strict=True)
            )
            filled[plan.outside(first, count)] = kept[plan.outside(first, count)]
            new.seek(begins[1] + at)
            new.write(filled.tobytes())


def _samples_offset(path: Path, file: FileIO, info: AudioInfo) -> int:
    """Where samples begin, in bytes, in a file whose samples are as wide as their encoding says."""
    extent = check_container(path, file).extent
    frame = info.channels * _WIDTHS[info.subtype]
    held = 0 if extent is None else min(extent.claimed, os.fstat(file.fileno()).st_size - extent.offset)
    if extent is None or held // frame != info.frames:
        raise CorpusError(
            f"{path}: its samples are not stored as {info.subtype} is elsewhere, so it can't be redacted in place. "
            "Convert it, for instance with `sox IN.wav -b 16 OUT.wav`."
        )
    return extent.offset


def _read(file: FileIO, at: int, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
    """Bytes of a block, shape (frames, channels, width)."""
    file.seek(at)
    block = bytearray(math.prod(shape))
    view, got = memoryview(block), 0
    while got < len(block) and (count := file.readinto(view[got:])):
        got += count
    return np.frombuffer(block, np.uint8).reshape(shape)


def _write_flac(source: Path, target: Path, info: AudioInfo, plan: _Plan) -> None:
    """Whole numbers as they were decoded: libsndfile would scale floats by another factor than it read them with."""
    bits = _FLAC_BITS.get(info.subtype, 16)
    subtype = info.subtype if info.subtype in _FLAC_BITS else "PCM_16"
    full = 2.0 ** (bits - 1)
    with soundfile.SoundFile(target, "w", info.sample_rate_hz, info.channels, subtype, format="FLAC") as written:
        first = 0
        for block in read_blocks(source, range(info.channels)):
            samples = block.reshape(len(block), info.channels).astype(np.float64)
            samples = np.where(plan.outside(first, len(block)), samples, plan.filled(first, len(block)))
            whole = np.clip(np.rint(samples * full), -full, full - 1).astype(np.int64) << (32 - bits)
            written.write(whole.astype(np.int32))
            first += len(block)

"""Audio on disk that a degradation reads, block by block and as often as it likes, and the audio that it makes.

Every step writes its result to a file of floats, because many need to hear a recording twice (to measure it, then to change
it), and an hour of it must not lie in memory.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from scipy import signal

from harness.audio.convert import to_pcm16
from harness.audio.read import Samples, probe, read_blocks

FULL_SCALE = 32767 / 32768
_INTERMEDIATE = {"format": "RF64", "subtype": "FLOAT"}  # RF64: WAV without its limit of 4 GB


@dataclass(frozen=True, slots=True)
class Sound:
    """Some channels of an audio file.

    Attributes:
        path: Of the file.
        channels: Which of the file's, from 0.
        rate_hz: Samples a second.
        frames: Samples in each channel.
        gain: By which samples are multiplied as they are read, so that none is beyond full scale.
    """

    path: Path
    channels: tuple[int, ...]
    rate_hz: int
    frames: int
    gain: float = 1.0

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.frames / self.rate_hz

    def blocks(self) -> Iterator[Samples]:
        """Consecutive samples, each block of shape (frames, channels), full scale ±1."""
        for block in read_blocks(self.path, self.channels):
            yield block.reshape(len(block), -1) * np.float32(self.gain)


def sound_of(path: Path, channel: int | None = None) -> Sound:
    """A file as it is, or one channel (from 0) of it.

    Raises:
        CorpusError: As for `probe`.
    """
    info = probe(path)
    return Sound(path, tuple(range(info.channels)) if channel is None else (channel,), info.sample_rate_hz, info.frames)


def written(path: Path, blocks: Iterable[Samples], rate_hz: int, channels: int) -> Sound:
    """Write blocks of shape (frames, channels) to a file; what is louder than full scale is turned down as a whole."""
    frames, peak = 0, 0.0
    with soundfile.SoundFile(path, "w", rate_hz, channels, **_INTERMEDIATE) as file:
        for block in blocks:
            file.write(block.astype(np.float32, copy=False))
            frames += len(block)
            peak = max(peak, float(np.abs(block).max(initial=0.0)))
    sound = Sound(path, tuple(range(channels)), rate_hz, frames)
    return sound if peak <= 1.0 else replace(sound, gain=FULL_SCALE / peak)


def write_wav(path: Path, sound: Sound, subtype: str) -> None:
    """Write a WAV file of 16 bits (`PCM_16`, no dither), or of the codes that `ULAW` and `ALAW` make of them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(path, "w", sound.rate_hz, len(sound.channels), subtype, format="WAV") as file:
        for block in sound.blocks():
            file.write(to_pcm16(block))


def convolved(blocks: Iterable[Samples], response: Samples, *, delay: int, tail: int) -> Iterator[Samples]:
    """Blocks convolved with an impulse response of shape (taps, channels) or (taps, 1).

    Args:
        blocks: Of shape (frames, channels).
        response: What an impulse becomes.
        delay: Samples by which it is late; they are taken away.
        tail: Samples that may follow the last one of the blocks; with 0 the result is as long as the blocks.
    """
    skipped, pending = delay, delay + tail
    carried = np.zeros((len(response) - 1, 1), np.float32)
    for block in blocks:
        full = signal.oaconvolve(block, response, axes=0).astype(np.float32)
        full[: len(carried)] += carried
        ready, carried = full[: len(block)], full[len(block) :]
        now = min(skipped, len(ready))
        skipped -= now
        yield ready[now:]
    yield carried[skipped:pending]

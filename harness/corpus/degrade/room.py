"""What a room does: reverberation, and noise at a distance from the speech that is given in decibels."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
from scipy import signal

from harness.audio.read import Samples

DIRECT_S = 0.0025  # after the direct sound; what comes later is the room
_DECAY = math.log(1000)  # 60 dB, as a power of e of the amplitude
# J. O. Smith, Spectral Audio Signal Processing, "Example: Synthesis of 1/F Noise (Pink Noise)": -3 dB an octave.
_PINK = ([0.049922035, -0.095993537, 0.050612699, -0.004408786], [1, -2.494956002, 2.017265875, -0.522189400])
_PINK_SETTLED = 1430  # samples after which the filter has forgotten its beginning
_BLOCK_FRAMES = 1 << 16
Noise = Callable[[], Iterator[Samples]]  # the same endless or long enough noise each time it is called


def impulse_response(
    rate_hz: int, rt60_s: float, drr_db: float, channels: int, generator: np.random.Generator
) -> Samples:
    """A synthetic room: the direct sound at once, then noise that falls by 60 dB in `rt60_s`.

    Returns:
        Shape (taps, channels), the direct sound of amplitude 1 at index 0, its energy `drr_db` above that of the rest.
    """
    taps = round(rt60_s * rate_hz)
    first = round(DIRECT_S * rate_hz)
    tail = generator.standard_normal((taps, channels)) * np.exp(-_DECAY * np.arange(taps) / taps)[:, None]
    tail[:first] = 0.0
    tail *= 10 ** (-drr_db / 20) / np.sqrt(np.sum(tail**2, axis=0))
    tail[0] = 1.0
    return tail.astype(np.float32)


def white(seed: int, channels: int) -> Iterator[Samples]:
    """Endless noise of the same power everywhere, block by block."""
    generator = np.random.default_rng(seed)
    while True:
        yield generator.standard_normal((_BLOCK_FRAMES, channels), np.float32)


def pink(seed: int, channels: int) -> Iterator[Samples]:
    """Endless noise that falls by 3 dB an octave, block by block."""
    state = np.zeros((3, channels))
    skipped = _PINK_SETTLED
    for block in white(seed, channels):
        noise, state = signal.lfilter(*_PINK, block, axis=0, zi=state)
        yield noise[skipped:].astype(np.float32)
        skipped = 0


def mixed(
    blocks: Callable[[], Iterator[Samples]], noise: Noise, noise_dbov: Sequence[float]
) -> tuple[list[float], Iterator[Samples]]:
    """Noise added to a recording.

    Args:
        blocks: The recording, each time it is called; shape (frames, channels).
        noise: The noise, of as many channels.
        noise_dbov: Root mean square of the noise that is to be heard in each channel, over the whole recording.

    Returns:
        The factors by which the noise was multiplied, and the blocks.
    """
    energy, frames = np.zeros(len(noise_dbov)), 0
    for _, added in _paired(blocks(), noise()):
        energy += np.sum(added.astype(np.float64) ** 2, axis=0)
        frames += len(added)
    wanted = 10 ** (np.asarray(noise_dbov) / 20)
    factors = np.divide(wanted, np.sqrt(energy / max(frames, 1)), out=np.zeros_like(wanted), where=energy > 0)
    return factors.tolist(), (block + added * factors.astype(np.float32) for block, added in _paired(blocks(), noise()))


def _paired(blocks: Iterable[Samples], noise: Iterator[Samples]) -> Iterator[tuple[Samples, Samples]]:
    """Each block, and as much noise."""
    rest: Samples | None = None
    for block in blocks:
        rest = next(noise) if rest is None else rest
        while len(rest) < len(block):
            rest = np.concatenate([rest, next(noise)])
        yield block, rest[: len(block)]
        rest = rest[len(block) :]

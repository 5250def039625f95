"""Converting samples: resampling, to 16 bits, to the bytes of an encoding."""

import io
from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from harness.audio.read import Samples
from harness.errors import ConfigError

Encoding = Literal["pcm_s16le", "pcm_mulaw"]
Pcm16 = npt.NDArray[np.int16]

ENCODINGS: tuple[Encoding, ...] = ("pcm_s16le", "pcm_mulaw")
BYTES_PER_SAMPLE: dict[Encoding, int] = {"pcm_s16le": 2, "pcm_mulaw": 1}
SILENCE_BYTE: dict[Encoding, bytes] = {"pcm_s16le": b"\x00", "pcm_mulaw": b"\xff"}

_FULL_SCALE = 32768.0  # the divisor libsndfile uses, so 16-bit audio survives the round trip bit for bit


def resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """Resample mono audio with soxr at its VHQ setting; the same array if the rates are equal.

    Linear phase with the delay compensated, so a position in seconds stays where it was.
    """
    if from_hz == to_hz:
        return samples
    resampled: Samples = soxr.resample(samples, from_hz, to_hz, quality="VHQ")
    return resampled


def resample_blocks(blocks: Iterable[Samples], from_hz: float, to_hz: float, channels: int = 1) -> Iterator[Samples]:
    """Resample consecutive blocks, each of shape (frames,) or (frames, channels), as `resample` does the whole.

    The same samples come out, bit for bit, however they were divided.
    """
    if from_hz == to_hz:
        yield from blocks
        return
    resampler = soxr.ResampleStream(from_hz, to_hz, channels, dtype="float32", quality="VHQ")
    last: Samples | None = None
    for block in blocks:
        if last is not None:
            yield resampler.resample_chunk(last)
        last = np.ascontiguousarray(block)
    if last is not None:
        yield resampler.resample_chunk(last, last=True)


def to_pcm16(samples: Samples) -> Pcm16:
    """Round to 16 bits: nearest, ties to even, no dither, clipped at full scale.

    The same samples give the same bits on every machine, and samples that came from 16-bit audio come back unchanged.
    """
    scaled = np.rint(samples * np.float32(_FULL_SCALE))
    pcm: Pcm16 = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return pcm


def encode(pcm: Pcm16, encoding: Encoding) -> bytes:
    """The bytes of 16-bit samples in `pcm_s16le` or `pcm_mulaw` (G.711, by libsndfile).

    Audio that was mu-law already gets its old codes back, but for 0x7F (minus zero), which becomes 0xFF (plus zero).

    Raises:
        ConfigError: The encoding is unknown.
    """
    match encoding:
        case "pcm_s16le":
            return pcm.astype("<i2").tobytes()
        case "pcm_mulaw":
            raw = io.BytesIO()
            soundfile.write(raw, pcm, 8000, format="RAW", subtype="ULAW")  # a raw file stores no rate
            return raw.getvalue()
    raise ConfigError(f"audio.encoding is {encoding!r}; allowed are {' and '.join(ENCODINGS)}. Choose one of them.")

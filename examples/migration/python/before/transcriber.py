"""Live transcription in our product, with AssemblyAI."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from assemblyai.streaming.v3 import (
    RealTimeEvents,
    RealTimeParameters,
    RealTimeTranscriber,
    RealTimeTranscriberOptions,
)


@dataclass(frozen=True)
class Text:
    """What is shown to the user: the text of one turn so far, or for good. Times are in milliseconds."""

    id: int | str
    text: str
    is_final: bool
    is_formatted: bool
    words: list[tuple[str, int, int]]


class Transcriber:
    """One call."""

    def __init__(
        self, on_text: Callable[[Text], None], on_error: Callable[[str], None], host: str | None = None
    ) -> None:
        self._on_text = on_text
        self._on_error = on_error
        self._begun = threading.Event()
        self._client = RealTimeTranscriber(
            RealTimeTranscriberOptions(
                api_key=os.environ["ASSEMBLYAI_API_KEY"],
                api_host=host or "streaming.assemblyai.com",
                connect_timeout=10,
                terminate_timeout=30,
            )
        )
        # Before connect(): `Begin` can come at once.
        self._client.on(RealTimeEvents.Begin, lambda _client, _begin: self._begun.set())
        self._client.on(RealTimeEvents.Turn, self._turn)
        self._client.on(RealTimeEvents.Error, lambda _client, error: self._on_error(str(error)))

    def start(self, sample_rate: int) -> bool:
        """Open the session; False if it could not be. connect() reports that through the handler and returns all the same."""
        self._client.connect(
            RealTimeParameters(sample_rate=sample_rate, speech_model="universal-streaming-english", format_turns=True)
        )
        return self._begun.wait(10)

    def send(self, audio: bytes) -> None:
        """50 to 1000 ms of audio."""
        self._client.stream(audio)

    def stop(self) -> None:
        """End the session, and wait for what is still to come."""
        self._client.disconnect(terminate=True)

    def _turn(self, _client: object, turn: object) -> None:
        words = [(word.text, word.start, word.end) for word in turn.words]
        # Until the turn ends, `transcript` lacks the word that is still being spoken.
        text = turn.transcript if turn.end_of_turn else " ".join(word.text for word in turn.words)
        self._on_text(Text(turn.turn_order, text, turn.end_of_turn, turn.turn_is_formatted, words))

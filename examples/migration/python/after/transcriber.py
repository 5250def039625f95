"""Live transcription in our product, with Gladia: the migration guide followed, and corrected where it would fail."""

import os
import threading
from collections.abc import Callable
from dataclasses import dataclass

from gladiaio_sdk import GladiaClient, WebSocketRetryOptions


@dataclass(frozen=True)
class Text:
    """What is shown to the user: the text of one utterance so far, or for good. Times are in milliseconds."""

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
        self._ended = threading.Event()
        self._live = GladiaClient(
            api_key=os.environ["GLADIA_API_KEY"],
            api_url=host or "https://api.gladia.io",
            # Without a limit, a server that accepts and closes is dialled for ever.
            ws_retry=WebSocketRetryOptions(max_connections=3),
        ).live_v2()
        self._session = None

    def start(self, sample_rate: int) -> bool:
        """Open the session; False if it could not be."""
        session = self._session = self._live.start_session(
            {
                "encoding": "wav/pcm",
                "bit_depth": 16,
                "sample_rate": sample_rate,
                "channels": 1,
                # AssemblyAI's silences are milliseconds, these are seconds; its own default of 0.05 s cuts at every breath.
                "endpointing": 0.4,
                "maximum_duration_without_endpointing": 60,  # the default of 5 s splits long turns
                "messages_config": {
                    "receive_partial_transcripts": True,  # off by default, always on before
                    "receive_final_transcripts": True,
                    "receive_acknowledgments": False,
                    "receive_post_processing_events": False,
                },
            }
        )
        # At once: the session's thread runs already.
        session.on("message", self._message)
        session.on("error", lambda error: self._on_error(str(error)))
        session.on("ended", lambda _ended: self._ended.set())
        return session.wait_until_ready(10)  # audio sent before would come in one burst

    def send(self, audio: bytes) -> None:
        """Any piece of audio."""
        self._session.send_audio(audio)

    def stop(self) -> None:
        """End the session, and wait for what is still to come. The guide leaves this out; without it there is no last final."""
        self._session.stop_recording()
        self._ended.wait(30)

    def _message(self, message: object) -> None:
        if (
            message.type != "transcript"
        ):  # the guide reads `is_final` of every message: the first `speech_start` ends that
            return
        data, utterance = message.data, message.data.utterance
        words = [(word.word.strip(), round(word.start * 1000), round(word.end * 1000)) for word in utterance.words]
        self._on_text(Text(data.id, utterance.text.strip(), data.is_final, is_formatted=True, words=words))

"""The Gladia protocol of one live session without sockets, clocks or engines: values in, values out.

A session outlives its sockets: whoever dials its URL again goes on where the last acknowledgement ended. Audio is given to
the engine only when it is acknowledged, so that what a client sends again is never heard twice.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.emulators.connection import Close, Send
from harness.emulators.gladia_parameters import GladiaParameters
from harness.emulators.options import GladiaOptions
from harness.emulators.recognition import (
    EngineFailure,
    Final,
    RecognitionEvent,
    SpeechEnd,
    SpeechStart,
    TimedWord,
)

_WAV_HEADER_SEARCH = 4096


@dataclass(frozen=True, slots=True)
class Feed:
    """Give acknowledged audio to the engine."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """Let the engine finish, then call `finished`."""


Output = Send | Close | Feed | Finish


class GladiaSession:
    """State of one session; `created_at` gives the ISO-8601 time of now."""

    def __init__(
        self, session_id: str, parameters: GladiaParameters, options: GladiaOptions, created_at: Callable[[], str]
    ) -> None:
        self.session_id = session_id
        self.parameters = parameters
        self.status = "queued"
        self.ended: str | None = None
        self.utterances: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []  # what the result repeats: all but acknowledgements
        self._options = options
        self._created_at = created_at
        self._received = 0  # bytes acknowledged, header included
        self._header = 0  # bytes of them that were a WAV header
        self._pending: list[bytes] = []
        self._started = False

    @property
    def audio_s(self) -> float:
        """Seconds of audio acknowledged."""
        return self._seconds(self._received)

    def connected(self) -> list[Output]:
        """A socket was attached, the first or a later one: what had not been acknowledged will be sent again."""
        self._pending.clear()
        if self._started:
            return []
        self._started = True
        self.status = "processing"
        return self._send("start_recording", gate="receive_lifecycle_events")

    def audio(self, data: bytes) -> list[Output]:
        """Audio arrived, in a binary message or decoded from a text message."""
        if self.ended or self.status != "processing":
            return self._ack("audio_chunk", error="The recording is stopped")
        self._pending.append(data)
        return self._acknowledge() if len(self._pending) >= self._options.ack_every else []

    def text(self, text: str) -> list[Output]:
        """A text message arrived."""
        try:
            message = json.loads(text)
        except json.JSONDecodeError:
            return self._error("Invalid JSON")
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "audio_chunk":
            try:
                return self.audio(base64.b64decode(message["data"]["chunk"], validate=True))
            except (KeyError, TypeError, binascii.Error):
                return self._ack("audio_chunk", error="data.chunk must be base64")
        if kind == "stop_recording":
            return self._stop()
        return self._error(f"Unknown message type {kind!r}")

    def recognised(self, event: RecognitionEvent) -> list[Output]:
        """The engine has something to say."""
        if isinstance(event, EngineFailure):
            self.ended, self.status = f"error: {event.message}", "error"
            return [
                *self._send("error", {"message": event.message}, gate="receive_errors"),
                Close(4500, "Internal error"),
            ]
        if isinstance(event, SpeechStart):
            data: dict[str, Any] = {"time": event.onset_ms / 1000, "channel": event.channel}
            return self._send("speech_start", data, gate="receive_speech_events")
        if isinstance(event, SpeechEnd):
            data = {"time": event.end_ms / 1000, "channel": event.channel}
            return self._send("speech_end", data, gate="receive_speech_events")
        final = isinstance(event, Final)
        lead = " " if final and self._options.leading_space else ""
        said = utterance(event.words, event.channel, lead + event.text, self.parameters.language)
        if final:
            self.utterances.append(said)
        key = utterance_id(event.channel, event.segment)
        data = {"id": key, "is_final": final, "utterance": said}
        return self._send("transcript", data, gate=f"receive_{'final' if final else 'partial'}_transcripts", key=key)

    def finished(self) -> list[Output]:
        """The engine has said everything after `stop_recording`."""
        duration_s = round(self.audio_s, 3)
        outputs = self._send("end_recording", {"recording_duration": duration_s}, gate="receive_lifecycle_events")
        post = "receive_post_processing_events"
        outputs += self._send("post_transcript", self.transcription(), gate=post)
        if self.parameters.summarization:
            outputs += self._send("post_summarization", {"results": ""}, gate=post, extra={"error": None})
        outputs += self._send("post_final_transcript", self.result(), gate=post)
        outputs += self._send("end_session", gate="receive_lifecycle_events")
        self.ended, self.status = "stopped", "done"
        return [*outputs, Close(1000)]

    def transcription(self) -> dict[str, Any]:
        """Everything said."""
        said = sorted(self.utterances, key=lambda each: (each["start"], each["channel"]))
        text = " ".join(each["text"].strip() for each in said)
        languages = sorted({each["language"] for each in said})
        return {"full_transcript": text, "languages": languages, "utterances": said}

    def result(self) -> dict[str, Any]:
        """Everything said and what it costs."""
        channels = self.parameters.channels
        duration_s = round(self.audio_s, 3)
        metadata = {
            "audio_duration": duration_s,
            "number_of_distinct_channels": channels,
            "billing_time": round(duration_s * channels, 3),
            "transcription_time": duration_s,
        }
        return {"metadata": metadata, "transcription": self.transcription()}

    def _stop(self) -> list[Output]:
        if self.status != "processing":
            return self._ack("stop_recording", error="The recording is stopped")
        outputs = self._acknowledge()
        self.status = "stopping"
        data = {"recording_duration": round(self.audio_s, 3), "recording_left_to_process": 0.0}
        return [*outputs, *self._ack("stop_recording", data), Finish()]

    def _acknowledge(self) -> list[Output]:
        """Take what is pending: acknowledge it with one range and have it heard."""
        if not self._pending:
            return []
        data = b"".join(self._pending)
        self._pending.clear()
        first = self._received
        if first == 0 and data.startswith(b"RIFF"):
            self._header = max(0, data.find(b"data", 12, _WAV_HEADER_SEARCH) + 8)
        self._received += len(data)
        heard = data[self._header :] if first == 0 else data
        ranges = {
            "byte_range": [first, self._received],
            "time_range": [round(self._seconds(first), 6), round(self._seconds(self._received), 6)],
        }
        return [*self._ack("audio_chunk", ranges), Feed(heard)]

    def _ack(self, kind: str, data: dict[str, Any] | None = None, error: str | None = None) -> list[Output]:
        if not self.parameters.receives["receive_acknowledgments"]:
            return []
        fields = {"acknowledged": error is None, "error": {"message": error} if error else None, "data": data}
        return [Send(self._message(kind, fields))]

    def _error(self, text: str) -> list[Output]:
        return self._send("error", {"message": text}, gate="receive_errors")

    def _send(
        self,
        kind: str,
        data: dict[str, Any] | None = None,
        *,
        gate: str,
        key: str = "",
        extra: dict[str, Any] | None = None,
    ) -> list[Output]:
        message = self._message(kind, {**({} if data is None else {"data": data}), **(extra or {})})
        if not self.parameters.receives[gate]:
            return []
        self.messages.append(message)
        return [Send(message, key)]

    def _message(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        return {"type": kind, "session_id": self.session_id, "created_at": self._created_at(), **fields}

    def _seconds(self, size_bytes: int) -> float:
        return self.parameters.wire_format.duration_ms(max(0, size_bytes - self._header)) / 1000


def utterance(words: tuple[TimedWord, ...], channel: int, text: str, language: str) -> dict[str, Any]:
    """An utterance as known now; times in seconds."""
    confidence = sum(word.confidence for word in words) / len(words) if words else 0.0
    return {
        "start": words[0].start_ms / 1000 if words else 0.0,
        "end": words[-1].end_ms / 1000 if words else 0.0,
        "confidence": round(confidence, 3),
        "channel": channel,
        "words": [
            {
                "word": f" {word.text}",
                "start": word.start_ms / 1000,
                "end": word.end_ms / 1000,
                "confidence": word.confidence,
            }
            for word in words
        ],
        "text": text,
        "language": language,
    }


def utterance_id(channel: int, segment: int) -> str:
    """The id that an utterance's partials and its final share."""
    return f"{channel:02d}-{segment:08d}"

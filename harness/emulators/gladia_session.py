"""The Gladia protocol of one live session without sockets, clocks or engines: values in, values out.

A session outlives its sockets: whoever dials its URL again goes on where the last acknowledgement ended. Audio is given to
the engine only when it is acknowledged, and once: what a client sends again is acknowledged again, but never heard twice.
"""

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.emulators.connection import Close, Send
from harness.emulators.gladia_addons import addon_result, summary
from harness.emulators.gladia_parameters import GladiaParameters
from harness.emulators.gladia_recordings import WavHeader
from harness.emulators.options import GladiaOptions
from harness.emulators.recognition import (
    EngineFailure,
    Final,
    Hypothesis,
    RecognitionEvent,
    SpeechEnd,
    SpeechStart,
    TimedWord,
    join,
)
from harness.emulators.wire_json import parse

_ACKNOWLEDGMENTS = "receive_acknowledgments"
_LIFECYCLE = "receive_lifecycle_events"
_POST_PROCESSING = "receive_post_processing_events"
_INTERNAL_ERROR = 4500


@dataclass(frozen=True, slots=True)
class Feed:
    """Give acknowledged audio to the engine."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """Let the engine finish, then call `finished`."""


@dataclass(frozen=True, slots=True)
class CallBack:
    """Deliver a message to the client's callback URL."""

    message: dict[str, Any]


Output = Send | Close | Feed | Finish | CallBack


class GladiaSession:
    """State of one session; `created_at` gives the ISO-8601 time of now, `waiting_s` the audio not yet processed."""

    def __init__(
        self,
        session_id: str,
        parameters: GladiaParameters,
        options: GladiaOptions,
        created_at: Callable[[], str],
        waiting_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.session_id = session_id
        self.parameters = parameters
        self.status = "queued"
        self.ended: str | None = None
        self.utterances: list[dict[str, Any]] = []
        self.messages: list[dict[str, Any]] = []  # what the result repeats: all but acknowledgements
        self._options = options
        self._created_at = created_at
        self._waiting_s = waiting_s
        self._acknowledged = 0  # position in the client's bytes, header included
        self._heard = 0  # the same of what was given to the engine; ahead if acknowledgements were lost
        self._header = WavHeader()
        self._pending: list[bytes] = []
        self._started = False
        self._language: str | None = None
        self._speech_end: dict[int, list[Output]] = {}  # held back for a channel's final

    @property
    def audio_s(self) -> float:
        """Seconds of audio given to the engine."""
        return self._seconds(self._heard)

    def opened(self) -> list[Output]:
        """The session was created; its sockets never tell that, the SDKs make this message up."""
        return [output for output in self._tell("start_session", _LIFECYCLE) if isinstance(output, CallBack)]

    def connected(self) -> list[Output]:
        """A socket was attached, the first or a later one: what had not been acknowledged will be sent again."""
        self._pending.clear()
        if self._started:
            return []
        self._started = True
        self.status = "processing"
        return self._tell("start_recording", _LIFECYCLE)

    def disconnected(self, undelivered: list[Send]) -> None:
        """A socket was lost, and with it these messages; acknowledgements among them were none."""
        ranges = [
            item.message["data"]["byte_range"]
            for item in undelivered
            if item.message["type"] == "audio_chunk" and item.message["acknowledged"]
        ]
        if ranges:
            self._acknowledged = ranges[0][0]

    def audio(self, data: bytes) -> list[Output]:
        """Audio arrived, in a binary message or decoded from a text message."""
        if self.ended or self.status != "processing":
            return self._ack("audio_chunk", error="The recording is stopped")
        self._pending.append(data)
        return self._acknowledge() if len(self._pending) >= self._options.ack_every else []

    def text(self, text: str) -> list[Output]:
        """A text message arrived."""
        try:
            message = parse(text)
        except ValueError:
            return self._malformed("Invalid JSON")
        kind = message.get("type") if isinstance(message, dict) else None
        if kind == "audio_chunk":
            try:
                return self.audio(base64.b64decode(message["data"]["chunk"], validate=True))
            except (KeyError, TypeError, ValueError, binascii.Error):
                return self._malformed("data.chunk must be base64")
        if kind == "stop_recording":
            return self._stop()
        return self._malformed(f"Unknown message type {str(kind)[:80]!r}")

    def recognised(self, event: RecognitionEvent) -> list[Output]:
        """The engine has something to say."""
        if self.ended:
            return []
        if isinstance(event, EngineFailure):
            failure = self._tell("error", "receive_errors", {"message": event.message})
            return [*failure, *self.give_up(f"error: {event.message}", _INTERNAL_ERROR, "Internal error")]
        if isinstance(event, SpeechStart):
            return self._tell(
                "speech_start", "receive_speech_events", {"time": event.onset_ms / 1000, "channel": event.channel}
            )
        if isinstance(event, SpeechEnd):
            data = {"time": event.end_ms / 1000, "channel": event.channel}
            told = self._tell("speech_end", "receive_speech_events", data)
            if self._options.speech_end_first:
                return told
            self._speech_end[event.channel] = told
            return []
        return self._transcript(event)

    def finished(self) -> list[Output]:
        """The engine has said everything after `stop_recording`."""
        if self.ended:
            return []
        outputs = self._end_recording() if self._options.end_recording == "when_transcribed" else []
        outputs += self._tell("post_transcript", _POST_PROCESSING, self.transcription())
        if self.parameters.summary:
            data = {"results": summary(self.parameters.summary, self._in_order())}
            outputs += self._tell("post_summarization", _POST_PROCESSING, data, extra={"error": None})
        padding = {"padding": "x" * self._options.huge_final_bytes} if self._options.huge_final_bytes else {}
        outputs += self._tell("post_final_transcript", _POST_PROCESSING, {**self.result(), **padding})
        outputs += self._tell("end_session", _LIFECYCLE)
        self.ended, self.status = "stopped", "done"
        return [*outputs, Close(1000)]

    def give_up(self, why: str, code: int, reason: str) -> list[Output]:
        """End the session abnormally."""
        if self.ended:
            return []
        self.ended, self.status = why, "error"
        return [Close(code, reason)]

    def transcription(self) -> dict[str, Any]:
        """Everything said; languages in order of how often they were spoken."""
        said = self._in_order()
        languages = [each["language"] for each in said]
        return {
            "full_transcript": " ".join(each["text"].strip() for each in said),
            "languages": sorted(set(languages), key=lambda language: (-languages.count(language), language)),
            "utterances": said,
        }

    def result(self) -> dict[str, Any]:
        """Everything said and what it costs."""
        channels = self.parameters.channels
        duration_s = round(self.audio_s, 3)
        said = self._in_order()
        result = {
            "metadata": {
                "audio_duration": duration_s,
                "number_of_distinct_channels": channels,
                "billing_time": round(duration_s * channels, 3),
                "transcription_time": duration_s,
            },
            "transcription": self.transcription(),
            **self.parameters.addons.results(said),
        }
        if self.parameters.summary:
            result["summarization"] = addon_result(summary(self.parameters.summary, said), is_empty=not said)
        return result

    def _transcript(self, event: Hypothesis | Final) -> list[Output]:
        final = isinstance(event, Final)
        words = self.parameters.addons.respell(event.words)
        lead = " " if final and self._options.leading_space else ""
        said = utterance(words, event.channel, lead + join(words), self._spoken(event.language))
        key = utterance_id(event.channel, event.segment)
        data = {"id": key, "is_final": final, "utterance": said}
        gate = f"receive_{'final' if final else 'partial'}_transcripts"
        outputs = self._tell("transcript", gate, data, key=key)
        if not final:
            return outputs
        self.utterances.append(said)
        outputs += self._speech_end.pop(event.channel, [])
        for kind, about in self.parameters.addons.messages(key, said):
            outputs += self._tell(kind, "receive_realtime_processing_events", about, key=key, extra={"error": None})
        return outputs

    def _spoken(self, detected: str | None) -> str:
        """The language an utterance is said to have."""
        allowed = self.parameters.languages
        language = detected or (allowed[0] if allowed else "en")
        if allowed and language not in allowed:
            language = allowed[0]
        if self.parameters.code_switching:
            return language
        self._language = self._language or language
        return self._language

    def _in_order(self) -> list[dict[str, Any]]:
        return sorted(self.utterances, key=lambda each: (each["start"], each["channel"]))

    def _stop(self) -> list[Output]:
        if self.ended or self.status != "processing":
            return self._ack("stop_recording", error="The recording is stopped")
        outputs = self._acknowledge()
        self.status = "stopping"
        data = {
            "recording_duration": round(self.audio_s, 3),
            "recording_left_to_process": round(self._waiting_s(), 3),
        }
        outputs += self._ack("stop_recording", data)
        if self._options.end_recording == "at_stop":
            outputs += self._end_recording()
        return [*outputs, Finish()]

    def _end_recording(self) -> list[Output]:
        return self._tell("end_recording", _LIFECYCLE, {"recording_duration": round(self.audio_s, 3)})

    def _acknowledge(self) -> list[Output]:
        """Take what is pending: acknowledge it with one range and have each message heard, as far as it is new."""
        if not self._pending:
            return []
        first, feeds = self._acknowledged, list[Output]()
        first_s = self._seconds(first)
        for data in self._pending:
            new = data[max(0, self._heard - self._acknowledged) :]
            self._acknowledged += len(data)
            self._heard = max(self._heard, self._acknowledged)
            if audio := self._header.strip(new):
                feeds.append(Feed(audio))
        self._pending.clear()
        ranges = {
            "byte_range": [first, self._acknowledged],
            "time_range": [round(first_s, 6), round(self._seconds(self._acknowledged), 6)],
        }
        return [*self._ack("audio_chunk", ranges), *feeds]

    def _malformed(self, why: str) -> list[Output]:
        if self._options.malformed == "close":
            return self.give_up(f"malformed message: {why}", self._options.malformed_code, why)
        if self._options.malformed == "nack":
            return self._ack("audio_chunk", error=why)
        return self._tell("error", "receive_errors", {"message": why})

    def _ack(self, kind: str, data: dict[str, Any] | None = None, error: str | None = None) -> list[Output]:
        fields = {"acknowledged": error is None, "error": {"message": error} if error else None, "data": data}
        return self._route(self._message(kind, fields), _ACKNOWLEDGMENTS)

    def _tell(
        self,
        kind: str,
        gate: str,
        data: dict[str, Any] | None = None,
        *,
        key: str = "",
        extra: dict[str, Any] | None = None,
    ) -> list[Output]:
        """A message, wherever it is wished for."""
        message = self._message(kind, {**({} if data is None else {"data": data}), **(extra or {})})
        if self.parameters.receives[gate]:
            self.messages.append(message)
        return self._route(message, gate, key)

    def _route(self, message: dict[str, Any], gate: str, key: str = "") -> list[Output]:
        outputs: list[Output] = [Send(message, key)] if self.parameters.receives[gate] else []
        if self.parameters.calls_back[gate]:
            outputs.append(CallBack(message))
        return outputs

    def _message(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        return {"type": kind, "session_id": self.session_id, "created_at": self._created_at(), **fields}

    def _seconds(self, size_bytes: int) -> float:
        return self.parameters.wire_format.duration_ms(max(0, size_bytes - self._header.size_bytes)) / 1000


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

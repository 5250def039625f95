"""The AssemblyAI protocol of one session without sockets, clocks or engines: values in, values out.

Every method returns what to do next, in order: messages to send, a close, or a command for the engine.
"""

import json
from dataclasses import dataclass
from typing import Any

from harness.emulators.assemblyai_parameters import InvalidParameterError, Parameters, update
from harness.emulators.connection import Close, Send
from harness.emulators.options import AssemblyAIOptions
from harness.emulators.recognition import (
    EndpointRules,
    EngineFailure,
    Final,
    Hypothesis,
    RecognitionEvent,
    SpeechStart,
    TimedWord,
    completeness,
    join,
)
from harness.emulators.wordtools import agreed, in_order, keep_prefix, plain_words

_SHORTEST_MS, _LONGEST_MS = 50.0, 1000.0
_UNSURE_SPEAKER_MS = 1000


@dataclass(frozen=True, slots=True)
class Feed:
    """Give audio to the engine."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Configure:
    """Give the engine new rules."""

    rules: EndpointRules


@dataclass(frozen=True, slots=True)
class Force:
    """End the open turn."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Let the engine finish, then call `finished`."""


Output = Send | Close | Feed | Configure | Force | Finish


class AssemblyAISession:
    """State of one session; `now_s` is seconds since the upgrade."""

    def __init__(self, session_id: str, parameters: Parameters, options: AssemblyAIOptions) -> None:
        self.session_id = session_id
        self.parameters = parameters
        self.ended: str | None = None
        self.audio_ms = 0.0
        self.last_active_s = 0.0
        self._options = options
        self._turn_order = 0
        self._stable: tuple[TimedWord, ...] = ()  # words told as final in this turn
        self._previous: tuple[TimedWord, ...] = ()
        self._uttered = False
        self._short_tail_ms: float | None = None

    def begin(self, expires_at: int) -> list[Output]:
        """The upgrade succeeded."""
        message = begin(self.session_id, expires_at, self.parameters.speech_model)
        return [Send(message, delay_s=self._options.begin_delay_s)]

    def audio(self, data: bytes, now_s: float) -> list[Output]:
        """A binary message arrived."""
        if self.ended:
            return []
        self.last_active_s = now_s
        duration_ms = self.parameters.wire_format.duration_ms(len(data))
        if self._short_tail_ms is not None:
            return self.fail(3007, input_duration(self._short_tail_ms))
        if not _SHORTEST_MS <= duration_ms <= _LONGEST_MS:
            if self._options.strict_tail or duration_ms > _LONGEST_MS:
                return self.fail(3007, input_duration(duration_ms))
            self._short_tail_ms = duration_ms
        self.audio_ms += duration_ms
        tolerance_s = self._options.rate_tolerance_s
        if tolerance_s is not None and self.audio_ms / 1000 > now_s + tolerance_s:
            reason = (
                f"Audio Transmission Rate Exceeded: Received {self.audio_ms / 1000:.2f} sec. audio in {now_s:.2f} sec"
            )
            return self.fail(3007, reason)
        return [Feed(data)]

    def text(self, text: str, now_s: float) -> list[Output]:
        """A text message arrived."""
        if self.ended:
            return []
        try:
            message = json.loads(text)
        except json.JSONDecodeError:
            return self.fail(3006, f"Invalid JSON: {text[:80]}")
        if not isinstance(message, dict):
            return self.fail(3006, "Invalid Message: expected a JSON object")
        return self._command(message, now_s)

    def _command(self, message: dict[str, Any], now_s: float) -> list[Output]:
        kind = message.get("type")
        if kind == "Terminate":
            self.ended = "terminated"
            return [Finish()]
        if kind == "ForceEndpoint":
            return [Force()]
        if kind == "KeepAlive":
            self.last_active_s = now_s
            return []
        if kind == "UpdateConfiguration":
            return self._configure(message)
        return self.fail(3006, f"Invalid Message Type: {kind}")

    def recognised(self, event: RecognitionEvent) -> list[Output]:
        """The engine has something to say."""
        if isinstance(event, EngineFailure):
            return self.fail(3005, "Session Cancelled: An error occurred")
        if isinstance(event, SpeechStart) and self.parameters.family == "u3":
            return [Send(speech_started(event.onset_ms, event.probability), str(self._turn_order))]
        if isinstance(event, Hypothesis):
            return self._partial(event)
        if isinstance(event, Final):
            return self._final(event)
        return []

    def finished(self, now_s: float) -> list[Output]:
        """The engine has said everything after `Terminate`."""
        message = termination(self.audio_ms, now_s)
        return [Send(message, delay_s=self._options.termination_delay_s), Close(1000)]

    def tick(self, now_s: float) -> list[Output]:
        """Time passed: limits."""
        if self.ended:
            return []
        timeout_s = self.parameters.inactivity_timeout_s
        if timeout_s is not None and now_s - self.last_active_s >= timeout_s:
            return self.fail(self._options.inactivity_code, "Session Cancelled: inactivity timeout")
        if now_s >= self._options.session_limit_s:
            return self.fail(3008, "Session Expired: maximum session duration exceeded")
        return []

    def fail(self, code: int, reason: str) -> list[Output]:
        """End abnormally."""
        self.ended = f"error {code}: {reason}"
        announcement = [Send(error(code, reason))] if self._options.error_frame_before_close else []
        return [*announcement, Close(code, reason)]

    def _configure(self, message: dict[str, Any]) -> list[Output]:
        try:
            self.parameters = update(self.parameters, message)
        except InvalidParameterError as refusal:
            return self.fail(3006, str(refusal))
        return [Configure(self.parameters.rules)]

    def _partial(self, event: Hypothesis) -> list[Output]:
        if self.parameters.family == "u3":
            words = tuple((word, False) for word in event.words)
            return [self._turn(words, transcript=event.text, confidence=0.0)]
        current = event.words if self.parameters.profile == "built_in" else plain_words(event.words)
        sure = current[: agreed(self._previous, current)]
        self._previous = current
        if len(sure) > len(self._stable):
            self._stable = in_order([*self._stable, *sure[len(self._stable) :]])
        following = current[len(self._stable) : len(self._stable) + 1]
        words = tuple(
            (word, index < len(self._stable)) for index, word in enumerate(in_order([*self._stable, *following]))
        )
        utterance = join(self._stable) if event.at_pause and len(self._stable) == len(current) else ""
        self._uttered = self._uttered or bool(utterance)
        confidence = completeness(event.text) if event.at_pause else 0.1
        return [self._turn(words, transcript=join(self._stable), confidence=confidence, utterance=utterance)]

    def _final(self, event: Final) -> list[Output]:
        formatted = tuple((word, True) for word in event.words)
        if self.parameters.profile == "built_in":
            confidence = 1.0 if self.parameters.family == "u3" else completeness(event.text)
            outputs = [
                self._turn(
                    formatted,
                    transcript=event.text,
                    confidence=confidence,
                    end=True,
                    formatted=True,
                    utterance=event.text,
                )
            ]
        else:
            confidence = completeness(event.text)
            spoken = keep_prefix(self._stable, plain_words(event.words))
            transcript = join(spoken)
            words = tuple((word, True) for word in spoken)
            utterance = "" if self._uttered else transcript
            outputs = [self._turn(words, transcript=transcript, confidence=confidence, end=True, utterance=utterance)]
            if self.parameters.profile == "two_step":
                delay_s = self._options.formatting_delay_s
                outputs.append(
                    self._turn(
                        formatted,
                        transcript=event.text,
                        confidence=confidence,
                        end=True,
                        formatted=True,
                        delay_s=delay_s,
                    )
                )
        self._turn_order += 1
        self._stable, self._previous, self._uttered = (), (), False
        return list(outputs)

    def _turn(
        self,
        words: tuple[tuple[TimedWord, bool], ...],
        *,
        transcript: str,
        confidence: float,
        end: bool = False,
        formatted: bool = False,
        utterance: str = "",
        delay_s: float = 0.0,
    ) -> Send:
        message = turn(
            self._turn_order, words, transcript, confidence, end=end, formatted=formatted, utterance=utterance
        )
        if self.parameters.language_detection and (utterance or end):
            message |= {"language_code": "en", "language_confidence": 0.99}
        if self.parameters.speaker_labels:
            spoken_ms = words[-1][0].end_ms - words[0][0].start_ms if words else 0
            message["speaker_label"] = "A" if spoken_ms >= _UNSURE_SPEAKER_MS else "UNKNOWN"
        return Send(message, str(self._turn_order), delay_s)


def begin(session_id: str, expires_at: int, model: str) -> dict[str, Any]:
    """First message of a session; `expires_at` in Unix seconds."""
    configuration = {"model": model, "api_version": "2025-05-12"}
    return {"type": "Begin", "id": session_id, "expires_at": expires_at, "configuration": configuration}


def speech_started(timestamp_ms: int, confidence: float) -> dict[str, Any]:
    """Speech began at an audio position."""
    return {"type": "SpeechStarted", "timestamp": timestamp_ms, "confidence": round(confidence, 3)}


def turn(
    order: int,
    words: tuple[tuple[TimedWord, bool], ...],
    transcript: str,
    confidence: float,
    *,
    end: bool,
    formatted: bool,
    utterance: str,
) -> dict[str, Any]:
    """A turn as known now; each word comes with whether it is final."""
    return {
        "type": "Turn",
        "turn_order": order,
        "turn_is_formatted": formatted,
        "end_of_turn": end,
        "transcript": transcript,
        "end_of_turn_confidence": confidence,
        "words": [
            {
                "text": word.text,
                "start": word.start_ms,
                "end": word.end_ms,
                "confidence": word.confidence,
                "word_is_final": final,
            }
            for word, final in words
        ],
        "utterance": utterance,
    }


def heartbeat(audio_ms: float, session_s: float) -> dict[str, Any]:
    """How much was received in how long."""
    factor = audio_ms / 1000 / session_s if session_s > 0 else 0.0
    return {
        "type": "Heartbeat",
        "total_audio_received_ms": round(audio_ms),
        "total_duration_ms": round(session_s * 1000),
        "realtime_factor": round(factor, 4),
        "max_speech_probability": 0.0,
    }


def error(code: int, reason: str) -> dict[str, Any]:
    """Announces an abnormal close."""
    return {"type": "Error", "error_code": code, "error": reason}


def termination(audio_ms: float, session_s: float) -> dict[str, Any]:
    """Last message of a session."""
    return {
        "type": "Termination",
        "audio_duration_seconds": round(audio_ms / 1000),
        "session_duration_seconds": round(session_s),
    }


def input_duration(duration_ms: float) -> str:
    """The reason of a 3007 for a message too short or too long."""
    return f"Input duration violation: {duration_ms:g} ms. Expected between 50 and 1000 ms"

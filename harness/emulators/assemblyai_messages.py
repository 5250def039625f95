"""AssemblyAI's messages as they go over the wire: plain values in, JSON objects out. Whole numbers stay whole."""

from dataclasses import dataclass
from typing import Any

from harness.emulators.recognition import TimedWord

API_VERSION = "2025-05-12"


@dataclass(frozen=True, slots=True)
class ShownWord:
    """A word as a client sees it; `speaker` is empty unless speakers are told apart."""

    word: TimedWord
    final: bool
    speaker: str = ""

    def as_json(self) -> dict[str, Any]:
        """One entry of a turn's `words`."""
        entry = {
            "text": self.word.text,
            "start": self.word.start_ms,
            "end": self.word.end_ms,
            "confidence": self.word.confidence,
            "word_is_final": self.final,
        }
        return {**entry, "speaker": self.speaker} if self.speaker else entry


def begin(session_id: str, expires_at: int, model: str, mode: str | None) -> dict[str, Any]:
    """First message of a session; `expires_at` in Unix seconds."""
    configuration = {"model": model, **({"mode": mode} if mode else {}), "api_version": API_VERSION}
    return {"type": "Begin", "id": session_id, "expires_at": expires_at, "configuration": configuration}


def speech_started(timestamp_ms: int, confidence: float) -> dict[str, Any]:
    """Speech began at an audio position."""
    return {"type": "SpeechStarted", "timestamp": timestamp_ms, "confidence": round(confidence, 3)}


def turn(
    order: int,
    words: tuple[ShownWord, ...],
    transcript: str,
    confidence: float,
    *,
    end: bool,
    formatted: bool,
    utterance: str,
) -> dict[str, Any]:
    """A turn as known now."""
    return {
        "type": "Turn",
        "turn_order": order,
        "turn_is_formatted": formatted,
        "end_of_turn": end,
        "transcript": transcript,
        "end_of_turn_confidence": confidence,
        "words": [word.as_json() for word in words],
        "utterance": utterance,
    }


def silence(start_ms: int, end_ms: int) -> dict[str, Any]:
    """A stretch of audio in which nothing was said."""
    return {"type": "Silence", "start_ms": start_ms, "end_ms": end_ms}


def heartbeat(audio_ms: float, session_s: float, speech_probability: float) -> dict[str, Any]:
    """How much was received in how long, and how probable speech was since the last one."""
    factor = audio_ms / 1000 / session_s if session_s > 0 else 0.0
    return {
        "type": "Heartbeat",
        "total_audio_received_ms": round(audio_ms),
        "total_duration_ms": round(session_s * 1000),
        "realtime_factor": round(factor, 4),
        "max_speech_probability": round(speech_probability, 3),
    }


def speaker_revision(revisions: list[dict[str, Any]]) -> dict[str, Any]:
    """Better speaker labels of earlier turns, each from `revised_turn`."""
    return {"type": "SpeakerRevision", "revisions": revisions}


def revised_turn(order: int, speaker: str, words: tuple[ShownWord, ...]) -> dict[str, Any]:
    """One earlier turn with its new label; text and times are those of its final."""
    return {"turn_order": order, "speaker_label": speaker, "words": [word.as_json() for word in words]}


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


def input_rate(audio_ms: float, session_s: float) -> str:
    """The reason of a 3007 for audio that runs ahead of the clock."""
    return f"Audio Transmission Rate Exceeded: Received {audio_ms / 1000:.2f} sec. audio in {session_s:.2f} sec"

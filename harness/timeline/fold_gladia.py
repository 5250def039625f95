"""Reading Gladia live v2 messages: one utterance is one segment, keyed by channel and `data.id`. Times are in seconds."""

from collections.abc import Iterable
from typing import Any

from harness.timeline.conduct import note_language, note_message, note_text
from harness.timeline.events import Frame
from harness.timeline.messages import (
    Reading,
    TextMessage,
    as_index,
    as_ms,
    as_number,
    as_text,
    as_words,
    decode_object,
    word_span,
)
from harness.timeline.segments import SpeechEvent, Update

# Cap on an utterance that the service applies when the session's parameters don't set one.
DEFAULT_MAXIMUM_DURATION_S = 5.0

_MS_PER_SECOND = 1000
_ACKNOWLEDGED_TYPES = frozenset({"audio_chunk", "stop_recording"})
_SILENT_TYPES = frozenset(
    {
        "start_session",
        "start_recording",
        "end_recording",
        "translation",
        "named_entity_recognition",
        "sentiment_analysis",
        "post_transcript",
        "post_final_transcript",
        "post_summarization",
    }
)


def read(frames: Iterable[Frame], channel: int | None = None) -> Reading:
    """All frames of a session, in order of arrival; of one channel only, if told so. Never raises, whatever the frames hold."""
    reading = Reading()
    for frame in frames:
        message = decode_object(frame.raw)
        if message is None:
            reading.reject(frame, "the frame is no JSON object")
        elif channel is None or _channel(message) in {None, channel}:
            _note(message, reading)
            _read_message(message, frame, reading)
    return reading


def _channel(message: dict[str, Any]) -> int | None:
    """The channel that a message is about; None if it is about the session."""
    data = _object(message, "data")
    utterance = data.get("utterance")
    return as_index((utterance if isinstance(utterance, dict) else data).get("channel"))


def longest_segment_ms(params: dict[str, Any]) -> float:
    """The cap after which an utterance is cut even without a pause, as the session was configured."""
    limit_s = as_number(params.get("maximum_duration_without_endpointing"))
    return (DEFAULT_MAXIMUM_DURATION_S if limit_s is None else limit_s) * _MS_PER_SECOND


def _note(message: dict[str, Any], reading: Reading) -> None:
    """Count what only the raw message shows; acknowledgements are many, and nobody relies on what is in them."""
    kind = message.get("type")
    if isinstance(kind, str):
        note_message(reading.conduct, as_text(kind), None if kind == "audio_chunk" else message)
    if kind == "transcript":
        data = _object(message, "data")
        utterance = _object(data, "utterance")
        is_partial = data.get("is_final") is not True
        note_text(reading.conduct, as_text(utterance.get("text")), utterance.get("words"), is_partial=is_partial)
        note_language(reading.conduct, utterance.get("language"))


def _read_message(message: dict[str, Any], frame: Frame, reading: Reading) -> None:
    kind = message.get("type")
    if kind == "transcript":
        text = _read_transcript(message, frame)
        if text is None:
            reading.reject(frame, "a transcript without an id or an utterance")
        else:
            reading.texts.append(text)
    elif kind == "speech_start" or kind == "speech_end":  # noqa: PLR1714 - a membership test would not narrow the type
        time_s = as_number(_object(message, "data").get("time"))
        audio_ms = None if time_s is None else time_s * _MS_PER_SECOND
        reading.speech_events.append(SpeechEvent(kind, frame.wire_ns, audio_ms))
    elif kind == "error":
        reading.errors.append(("error", as_text(message.get("message")) or as_text(frame.raw[:200])))
    elif kind == "end_session":
        reading.ended_ns = frame.wire_ns
    elif isinstance(kind, str) and kind in _ACKNOWLEDGED_TYPES:
        if message.get("acknowledged") is False:
            reading.errors.append((f"{kind} refused", as_text(_object(message, "error").get("message"))))
        elif (end := _acknowledged_bytes(message)) is not None:
            reading.acks.append((frame.wire_ns, end))
    elif not (isinstance(kind, str) and kind in _SILENT_TYPES):
        reading.reject(frame, f"unknown type {as_text(str(kind))[:80]}")


def _read_transcript(message: dict[str, Any], frame: Frame) -> TextMessage | None:
    data = _object(message, "data")
    identifier, utterance = data.get("id"), data.get("utterance")
    if not isinstance(identifier, str | int) or not isinstance(utterance, dict):
        return None
    is_final = data.get("is_final") is True
    words = as_words(utterance.get("words"), text_key="word", unit_ms=_MS_PER_SECOND, is_final=is_final)
    span = word_span(words) or (None, None)
    start_ms = as_ms(utterance.get("start"), unit_ms=_MS_PER_SECOND)
    end_ms = as_ms(utterance.get("end"), unit_ms=_MS_PER_SECOND)
    key = f"{as_index(utterance.get('channel')) or 0}/{as_text(str(identifier))}"
    update = Update(
        key=key,
        wire_ns=frame.wire_ns,
        handler_ns=frame.handler_ns,
        kind="final_formatted" if is_final else "partial",
        text=as_text(utterance.get("text")).strip(),
        words=words,
    )
    start_ms = span[0] if start_ms is None else start_ms
    return TextMessage(update, start_ms, start_ms, span[1] if end_ms is None else end_ms)


def _acknowledged_bytes(message: dict[str, Any]) -> int | None:
    """Up to which byte of the audio an acknowledgement reaches; None if it does not say."""
    span = _object(message, "data").get("byte_range")
    return as_index(span[1]) if isinstance(span, list) and len(span) == 2 else None  # noqa: PLR2004 - from, to


def _object(message: dict[str, Any], key: str) -> dict[str, Any]:
    value = message.get(key)
    return value if isinstance(value, dict) else {}

"""Reading what a user's program says of its session (`provider = "command"`, docs/command.md). Times are in milliseconds."""

from collections.abc import Iterable
from typing import Any

from harness.timeline.conduct import note_message
from harness.timeline.events import Frame
from harness.timeline.messages import Reading, TextMessage, as_index, as_ms, as_text, as_words, decode_object, word_span
from harness.timeline.segments import SpeechEvent, Update, UpdateKind

_SILENT_TYPES = frozenset({"hello", "ready"})


def read(frames: Iterable[Frame], channel: int | None = None) -> Reading:
    """All lines of a session, in order of arrival; of one channel only, if told so. Never raises, whatever they hold."""
    reading = Reading()
    for frame in frames:
        message = decode_object(frame.raw)
        if message is None:
            reading.reject(frame, "the line is no JSON object")
        elif channel is None or as_index(message.get("channel")) in {None, channel}:
            _read_message(message, frame, reading)
    return reading


def longest_segment_ms(_params: dict[str, Any]) -> None:
    """Unknown: only the program knows what it asked its service for."""


def _read_message(message: dict[str, Any], frame: Frame, reading: Reading) -> None:
    kind = message.get("type")
    if isinstance(kind, str):
        note_message(reading.conduct, as_text(kind), message)
    if kind == "partial" or kind == "final":  # noqa: PLR1714 - a membership test would not narrow the type
        text = _read_text(message, frame, is_final=kind == "final")
        if text is None:
            reading.reject(frame, f"a {kind} without an id or a text")
        else:
            reading.texts.append(text)
    elif kind == "endpoint":
        reading.speech_events.append(SpeechEvent("speech_end", frame.wire_ns, as_ms(message.get("end_ms"), unit_ms=1)))
    elif kind == "error":
        reading.errors.append(("error", as_text(message.get("message")) or as_text(frame.raw[:200])))
    elif kind == "closed":
        reading.ended_ns = frame.wire_ns
    elif not (isinstance(kind, str) and kind in _SILENT_TYPES):
        reading.reject(frame, f"unknown type {as_text(str(kind))[:80]}")


def _read_text(message: dict[str, Any], frame: Frame, *, is_final: bool) -> TextMessage | None:
    identifier, text = message.get("id"), message.get("text")
    if not isinstance(identifier, str | int) or not isinstance(text, str):
        return None
    words = as_words(
        message.get("words"), text_key="text", unit_ms=1, is_final=is_final, time_keys=("start_ms", "end_ms")
    )
    kind: UpdateKind = "partial"
    if is_final:
        kind = "final_unformatted" if message.get("formatted") is False else "final_formatted"
    update = Update(
        key=f"{as_index(message.get('channel')) or 0}/{as_text(str(identifier))}",
        wire_ns=frame.wire_ns,
        handler_ns=frame.handler_ns,
        kind=kind,
        text=as_text(text).strip(),
        words=words,
    )
    span = word_span(words) or (None, None)
    start_ms, end_ms = (as_ms(message.get(key), unit_ms=1) for key in ("start_ms", "end_ms"))
    start_ms = span[0] if start_ms is None else start_ms
    return TextMessage(update, start_ms, start_ms, span[1] if end_ms is None else end_ms)

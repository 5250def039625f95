"""Reading AssemblyAI streaming v3 messages: one `Turn` object is one segment, keyed by `turn_order`.

Partial text is the joined `words`: on the word-cadence models `transcript` holds finalised words only, which would make
partials look perfectly stable. Final text is `transcript`.
"""

from collections.abc import Iterable
from typing import Any

from harness.timeline.conduct import note_language, note_message, note_text
from harness.timeline.events import Frame
from harness.timeline.messages import Reading, TextMessage, as_index, as_ms, as_text, as_words, decode_object, word_span
from harness.timeline.segments import SpeechEvent, Update, UpdateKind, Violation

_SILENT_TYPES = frozenset({"Begin", "Silence", "Heartbeat", "Warning", "LLMGatewayResponse", "SpeakerRevision"})


def read(frames: Iterable[Frame], _channel: int | None = None) -> Reading:
    """All frames of a session, in order of arrival. Never raises, whatever the frames hold."""
    reading = Reading()
    turns = _TurnOrder(reading.violations)
    for frame in frames:
        message = decode_object(frame.raw)
        kind = message.get("type") if message is not None else None
        if message is not None and isinstance(kind, str):
            _note(message, kind, reading)
        if message is None:
            reading.reject(frame, "the frame is no JSON object")
        elif kind == "Turn":
            text = _read_turn(message, frame)
            if text is None:
                reading.reject(frame, "a Turn without a turn_order")
            else:
                reading.texts.append(text)
                turns.observe(text.update, text.order or 0)
        elif kind == "SpeechStarted":
            audio_ms = as_ms(message.get("timestamp"), unit_ms=1)
            reading.speech_events.append(SpeechEvent("speech_start", frame.wire_ns, audio_ms))
        elif kind == "Error":
            reading.errors.append(
                (f"Error {as_text(str(message.get('error_code', '')))}".strip(), as_text(message.get("error")))
            )
        elif kind == "Termination":
            reading.ended_ns = frame.wire_ns
        elif not (isinstance(kind, str) and kind in _SILENT_TYPES):
            reading.reject(frame, f"unknown type {as_text(str(kind))[:80]}")
    return reading


def longest_segment_ms(_params: dict[str, Any]) -> None:
    """A turn may last as long as the speaker goes on."""


def _note(message: dict[str, Any], kind: str, reading: Reading) -> None:
    """Count what only the raw message shows."""
    note_message(reading.conduct, as_text(kind), message)
    if kind == "Turn":
        is_partial = message.get("end_of_turn") is not True
        note_text(reading.conduct, as_text(message.get("transcript")), message.get("words"), is_partial=is_partial)
        note_language(reading.conduct, message.get("language_code"))


def _read_turn(message: dict[str, Any], frame: Frame) -> TextMessage | None:
    order = as_index(message.get("turn_order"))
    if order is None:
        return None
    words = as_words(message.get("words"), text_key="text", unit_ms=1, is_final=None)
    joined = " ".join(word.text for word in words)
    transcript = as_text(message.get("transcript")).strip()
    kind: UpdateKind = "partial"
    if message.get("end_of_turn") is True:
        kind = "final_formatted" if message.get("turn_is_formatted") is True else "final_unformatted"
    text = (joined or transcript) if kind == "partial" else (transcript or joined)
    start_ms, end_ms = word_span(words) or (None, None)
    return TextMessage(Update(str(order), frame.wire_ns, frame.handler_ns, kind, text, words), order, start_ms, end_ms)


class _TurnOrder:
    """Watches the sequence of `turn_order`: it starts at 0, grows by one, and a turn ends before the next begins."""

    def __init__(self, violations: list[Violation]) -> None:
        self._violations = violations
        self._highest = -1
        self._ended: set[int] = set()

    def observe(self, update: Update, order: int) -> None:
        if order > self._highest:
            if order > self._highest + 1:
                detail = f"turn_order {order} after {self._highest}" if self._highest >= 0 else f"first is {order}"
                self._violations.append(Violation("turn_order_gap", update.key, update.wire_ns, detail))
            if self._highest >= 0 and self._highest not in self._ended:
                detail = f"turn {order} began first"
                self._violations.append(Violation("missing_end_of_turn", str(self._highest), update.wire_ns, detail))
            self._highest = order
        if update.kind != "partial":
            self._ended.add(order)

"""What the readers of provider messages share: their result, and access to JSON that nobody vouches for.

A frame is foreign text: it may be no JSON, lack fields or hold a list where a number belongs. Every function here turns
such a value into None (or nothing) instead of raising, so that one bad frame never costs a session.
"""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from harness.timeline.events import Frame
from harness.timeline.segments import SpeechEvent, Update, Violation, Word

_LONGEST_TIME_MS = 10**9  # eleven days; what is beyond is damage, and would overflow a float
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A text-bearing message: the update, its place among segments, and the span its object claims.

    Attributes:
        update: What was shown, and when.
        order: Sort key of the segment (`turn_order`, or the utterance's start in ms); None: unknown.
        start_ms: Self-reported start of the provider's object.
        end_ms: Self-reported end.
    """

    update: Update
    order: int | None
    start_ms: int | None
    end_ms: int | None


@dataclass(slots=True)
class Reading:
    """What a provider's frames say, in order of arrival; filled by the provider's reader.

    Attributes:
        texts: The text-bearing messages.
        violations: Breaches only the provider's own reader can see.
        speech_events: Voice activity as signalled.
        errors: `(type, message)` of error messages.
        acks: `(arrival, bytes)` of acknowledgements: up to which byte of the session's audio each one reaches.
        ended_ns: Arrival of the message that ends a session in order; None if there was none.
        conduct: What the raw messages show of the service's conduct.
    """

    texts: list[TextMessage] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    speech_events: list[SpeechEvent] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    acks: list[tuple[int, int]] = field(default_factory=list)
    ended_ns: int | None = None
    conduct: Counter[tuple[str, str]] = field(default_factory=Counter)

    def reject(self, frame: Frame, detail: str) -> None:
        """Record a frame that the contract doesn't know."""
        self.violations.append(Violation("unknown_event", "", frame.wire_ns, detail))


def decode_object(raw: str) -> dict[str, Any] | None:
    """The JSON object in a frame; None if the text is no JSON or no object."""
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def as_text(value: Any) -> str:
    """A string with lone surrogates replaced (JSON can carry them, UTF-8 files can't); anything else is empty."""
    return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value) if isinstance(value, str) else ""


def as_number(value: Any) -> float | None:
    """A finite number; None for anything else, booleans included."""
    if type(value) is float:  # the common case, and there are many
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def as_index(value: Any) -> int | None:
    """A whole number from 0 on, also when it is written as 7.0; None for anything else."""
    number = as_number(value)
    return int(number) if number is not None and number >= 0 and number == int(number) else None


def as_ms(value: Any, *, unit_ms: int) -> int | None:
    """A time in units of `unit_ms` milliseconds, rounded to milliseconds; None unless it is a plausible number."""
    number = as_number(value)
    if number is None or abs(number * unit_ms) > _LONGEST_TIME_MS:
        return None
    return round(number * unit_ms)


def as_words(
    value: Any,
    *,
    text_key: str,
    unit_ms: int,
    is_final: bool | None,
    time_keys: tuple[str, str] = ("start", "end"),
) -> tuple[Word, ...]:
    """The word list of a message; entries without a text are left out.

    Args:
        value: What stands under `words`.
        text_key: The key of a word's text.
        unit_ms: Milliseconds in the provider's unit of time.
        is_final: Finality of all words; None: each says so under `word_is_final`.
        time_keys: The keys of a word's times.
    """
    if not isinstance(value, list):
        return ()
    start, end = time_keys
    return tuple(
        Word(
            text=text,
            start_ms=as_ms(entry.get(start), unit_ms=unit_ms),
            end_ms=as_ms(entry.get(end), unit_ms=unit_ms),
            confidence=as_number(entry.get("confidence")),
            is_final=entry.get("word_is_final") is True if is_final is None else is_final,
        )
        for entry in value
        if isinstance(entry, dict) and (text := as_text(entry.get(text_key)).strip())
    )


def word_span(words: tuple[Word, ...]) -> tuple[int, int] | None:
    """`(start_ms, end_ms)` of the words that have times; None if none has."""
    starts = [word.start_ms for word in words if word.start_ms is not None]
    ends = [word.end_ms for word in words if word.end_ms is not None]
    return (min(starts), max(ends)) if starts and ends else None

"""How a service went about its messages: what it sent, in which form and order. Counts only, so that any number of sessions add up.

Two kinds of knowledge meet here. The readers count what they see in raw messages, before it becomes the unified model: types of
messages, forms of their fields, spaces around texts, language tags. `conduct_of` adds what a folded session shows, whoever sent it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from harness.timeline.messages import as_text
from harness.timeline.segments import FoldedSession, Segment, Update, Word

Conduct = Counter[tuple[str, str]]
"""How often an aspect was shown in a way: `("finals of a segment", "one, formatted"): 12`. See the aspects below."""

MESSAGE = "message"
FIELD = "field "
"""Aspects of raw messages: their types, and for each `field <type>.<path>` the forms of its values."""

_MOST = 400  # ways that are told apart; names are foreign text, and there may be any number of them
_LONGEST = 80
_DEEPEST = 5
_WIDEST = 40
_MS_PER_S = 1000
_FORMS = {int: "integer", float: "decimal", list: "list", type(None): "null"}


def note(conduct: Conduct, aspect: str, way: str, count: int = 1) -> None:
    """Count that something was shown in a way; of endlessly many ways only the first are told apart."""
    key = (aspect, way)
    if key in conduct or len(conduct) < _MOST:
        conduct[key] += count


def note_message(conduct: Conduct, kind: str, message: Mapping[str, Any] | None = None) -> None:
    """Count a message by its type and, if it is given, the forms of its fields; of a list the first item speaks for all."""
    note(conduct, MESSAGE, kind[:_LONGEST])
    if message is not None:
        for path, form in _forms(message, FIELD + kind[:_LONGEST], 0):
            note(conduct, path, form)


def note_text(conduct: Conduct, text: str, words: Any, *, is_partial: bool) -> None:
    """Count what only the raw text shows: spaces around it and, of a partial, whether it holds all words of its list."""
    if text.strip():
        sides = ("in front" if text[0].isspace() else "", "behind" if text[-1].isspace() else "")
        where = " and ".join(side for side in sides if side)
        note(conduct, "space around texts", f"a space {where}" if where else "none")
    if is_partial and isinstance(words, list) and words:
        held = "all words so far" if len(text.split()) >= len(words) else "words declared final only"
        note(conduct, "text of partials", held)


def note_language(conduct: Conduct, language: Any) -> None:
    """Count the language tag of a message that carries text."""
    note(conduct, "language tag", as_text(language)[:_LONGEST] or "none")


def conduct_of(session: FoldedSession, told: Conduct) -> Conduct:
    """All that a session shows of its service's conduct.

    Args:
        session: The folded session.
        told: What its reader counted.

    Returns:
        The reader's counts and, by session: `ready`, `goodbye`, `close code`, `after the stop`, `voice activity`; by segment:
        `finals of a segment`, `order of segments`; by text-bearing message: `empty texts`, `form of partials`, `form of finals`;
        by final with words: `word times`, `words within the audio`.
    """
    conduct = Counter(told)
    for aspect, way in (
        ("ready", _readiness(session, told)),
        ("goodbye", _goodbye(session, told)),
        ("close code", "none" if session.close_code is None else str(session.close_code)),
        ("after the stop", _after_stop(session)),
        ("voice activity", _voice_activity(session)),
    ):
        note(conduct, aspect, way)
    for segment in session.segments:
        note(conduct, "finals of a segment", _finals(segment))
        for update in segment.updates:
            _note_update(conduct, update, session)
    for way in _openings(session.segments):
        note(conduct, "order of segments", way)
    return conduct


def _forms(value: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and depth < _DEEPEST:
        for key, item in list(value.items())[:_WIDEST]:
            if not (depth == 0 and key == "type"):
                yield from _forms(item, _path(path, key), depth + 1)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from _forms(value[0], f"{path}[]", depth)
    else:
        yield path, _form(value)


@lru_cache(maxsize=2048)  # messages are many, their fields few
def _path(parent: str, key: str) -> str:
    return f"{parent}.{as_text(key)}"[: 3 * _LONGEST]


def _form(value: Any) -> str:
    if isinstance(value, str):
        return "text" if value else "empty text"
    if isinstance(value, bool):
        return "true" if value else "false"
    return _FORMS.get(type(value), "object")


def _readiness(session: FoldedSession, told: Conduct) -> str:
    if session.ready_ns is None:
        return "never"
    if session.http_post_ms is not None:
        return "a POST, then the open socket"
    return "the message Begin" if (MESSAGE, "Begin") in told else "the client says so"


def _goodbye(session: FoldedSession, told: Conduct) -> str:
    if session.ended_ns is None:
        return "none"
    said = next((kind for kind in ("Termination", "end_session") if (MESSAGE, kind) in told), None)
    return f"the message {said}" if said else "a message"


def _after_stop(session: FoldedSession) -> str:
    finish_ns = session.finish_ns
    if finish_ns is None:
        return "no stop command was sent"
    late = {update.kind for segment in session.segments for update in segment.updates if update.wire_ns > finish_ns}
    if not late:
        return "no text"
    return "partials only" if late == {"partial"} else "finals"


def _voice_activity(session: FoldedSession) -> str:
    kinds = {event.kind for event in session.speech_events}
    return {0: "none", 1: "starts only" if "speech_start" in kinds else "ends only"}.get(len(kinds), "starts and ends")


def _finals(segment: Segment) -> str:
    forms = [update.kind.removeprefix("final_") for update in segment.updates if update.kind != "partial"]
    if not forms:
        return "none"
    if len(forms) == 1:
        return f"one, {forms[0]}"
    return "unformatted, then formatted" if forms == ["unformatted", "formatted"] else "the same form more than once"


def _openings(segments: Sequence[Segment]) -> Iterator[str]:
    """For each segment but the first to arrive, whether all that arrived before it were final already."""
    arrived = sorted((segment.updates for segment in segments), key=lambda updates: updates[0].wire_ns)
    final_ns = 0
    for before, own in pairwise(arrived):
        finals = [update.wire_ns for update in before if update.kind != "partial"]
        final_ns = max([final_ns, *finals[:1]])
        is_open = not finals or own[0].wire_ns < final_ns
        yield "begins while another is open" if is_open else "begins when the last is final"


def _note_update(conduct: Conduct, update: Update, session: FoldedSession) -> None:
    of = "partial" if update.kind == "partial" else "final"
    note(conduct, "empty texts", "with text" if update.text else f"an empty {of}")
    if update.text:
        is_written = any(character.isupper() or character in ".,?!" for character in update.text)
        note(conduct, f"form of {of}s", "capitals or punctuation" if is_written else "plain words")
    if of == "final" and update.words:
        note(conduct, "word times", _word_times(update.words))
        ends_ms = [word.end_ms for word in update.words if word.end_ms is not None]
        audio = session.header.audio
        sent_ms = len(session.sent_ns) * audio.chunk_samples / audio.sample_rate_hz * _MS_PER_S
        if ends_ms:
            note(conduct, "words within the audio", "within" if max(ends_ms) <= sent_ms else "beyond its end")


def _word_times(words: Sequence[Word]) -> str:
    if any(word.start_ms is None or word.end_ms is None for word in words):
        return "some missing"
    spans = [(word.start_ms or 0, word.end_ms or 0) for word in words]
    if any(start > end for start, end in spans) or any(later[0] < earlier[0] for earlier, later in pairwise(spans)):
        return "out of order"
    return "overlapping" if any(later[0] < earlier[1] for earlier, later in pairwise(spans)) else "in order"

"""One pair as a trace that Perfetto and chrome://tracing open: what was said, sent and shown, on one axis of time.

Trace Event Format, JSON object form: times in microseconds, here from the first instant of the pair, since the axis of the
viewers begins at 0; `otherData.t0_us` says where audio position 0 lies on it. A process each for the reference, the
baseline and the candidate; ranges that overlap lie in lanes of their own.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.corpus.model import Clip
from harness.timeline.events import SIDES, Side
from harness.timeline.segments import FoldedSession, Segment

_NS_PER_S = 1e9
_NS_PER_MS = 1e6
_NS_PER_US = 1e3
_PROCESSES = {"reference": 1, "baseline": 2, "candidate": 3}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Range:
    """Something that lasts, in ns from T0."""

    name: str
    start_ns: int
    end_ns: int
    details: Json


def trace(clip: Clip, sessions: Mapping[Side, FoldedSession | None], pass_number: int, run_id: str) -> Iterator[str]:
    """The trace of a clip in one pass, in pieces of text, an event a line.

    Args:
        clip: The clip and its reference.
        sessions: The folded session of each side; None (or absent) where none was recorded.
        pass_number: Repetition, from 1.
        run_id: Of the run.
    """
    present = {side: session for side in SIDES if (session := sessions.get(side)) is not None}
    epoch_ns = min((instant for session in present.values() for instant in _earliest(session)), default=0)
    about = {
        "run_id": run_id,
        "clip_id": clip.clip_id,
        "pass": pass_number,
        "t0_us": -epoch_ns / _NS_PER_US,
        "t0_wall": {side: session.header.wall_anchor for side, session in present.items()},
    }
    head = json.dumps({"displayTimeUnit": "ms", "otherData": about}, ensure_ascii=False)
    separator = head[:-1] + ', "traceEvents": [\n'
    for event in _events(clip, present):
        if "ts" in event:
            event["ts"] = (event["ts"] - epoch_ns) / _NS_PER_US
        yield separator + json.dumps(event, ensure_ascii=False)
        separator = ",\n"
    yield "\n]}\n"


def _earliest(session: FoldedSession) -> Iterator[int]:
    yield 0
    if session.connect_started_ns is not None:
        yield session.connect_started_ns


def _events(clip: Clip, sessions: Mapping[Side, FoldedSession]) -> Iterator[Json]:
    """All events, their `ts` still in ns from T0."""
    yield _named("process_name", _PROCESSES["reference"], 0, f"reference of {clip.clip_id}")
    yield from _tracks(_PROCESSES["reference"], {"utterances": _utterances(clip), "words": _reference_words(clip)})
    for side, session in sessions.items():
        process = _PROCESSES[side]
        yield _named("process_name", process, 0, f"{side}: {session.header.provider}")
        yield from _lateness(session, process)
        yield from _instants(session, process)
        tracks = {
            "connection": _connection(session),
            "segments, as they arrived": _arrived(session),
            "segments, as the service times them": _self_reported(session),
        }
        yield from _tracks(process, tracks)


def _utterances(clip: Clip) -> Iterator[Range]:
    for utterance in clip.utterances:
        details = {"turn_id": utterance.turn_id, "speaker": utterance.speaker}
        yield _spoken(utterance.text or "speech", utterance.start_s, utterance.end_s, details)


def _reference_words(clip: Clip) -> Iterator[Range]:
    for utterance in clip.utterances:
        for word in utterance.words:
            yield _spoken(word.text, word.start_s, word.end_s, {})


def _spoken(name: str, start_s: float, end_s: float, details: Json) -> Range:
    return Range(name, round(start_s * _NS_PER_S), round(end_s * _NS_PER_S), details)


def _connection(session: FoldedSession) -> Iterator[Range]:
    dialled, ready, stop, closed = (
        session.connect_started_ns,
        session.ready_ns,
        session.finish_ns,
        session.closed_ns,
    )
    if dialled is not None and ready is not None:
        yield Range("dialling", dialled, ready, {"http_post_ms": session.http_post_ms})
    if session.sent_ns:
        yield Range("sending audio", min(session.due_ns[0], session.sent_ns[0]), max(session.sent_ns), {})
    if stop is not None and closed is not None:
        yield Range("closing", stop, closed, {"close_code": session.close_code})


def _arrived(session: FoldedSession) -> Iterator[Range]:
    for segment in session.segments:
        final = next((update for update in segment.updates if update.kind != "partial"), segment.updates[-1])
        yield Range(final.text, segment.updates[0].wire_ns, final.wire_ns, _about(segment))


def _self_reported(session: FoldedSession) -> Iterator[Range]:
    for segment in session.segments:
        if segment.start_ms is not None and segment.end_ms is not None:
            start_ns, end_ns = (round(at_ms * _NS_PER_MS) for at_ms in (segment.start_ms, segment.end_ms))
            yield Range(segment.updates[-1].text, start_ns, end_ns, _about(segment))


def _about(segment: Segment) -> Json:
    return {"key": segment.key, "closed_by": segment.closed_by, "updates": len(segment.updates)}


def _lateness(session: FoldedSession, process: int) -> Iterator[Json]:
    """How late each chunk left, as a counter."""
    for due_ns, sent_ns in zip(session.due_ns, session.sent_ns, strict=True):
        late_ms = (sent_ns - due_ns) / _NS_PER_MS
        yield {"name": "send lateness", "ph": "C", "ts": sent_ns, "pid": process, "args": {"ms": late_ms}}


def _instants(session: FoldedSession, process: int) -> Iterator[Json]:
    """Every update, the service's signals of speech, and every breach of its contract."""
    found: list[tuple[str, int, Json]] = [
        (update.kind, update.wire_ns, {"text": update.text, "key": update.key})
        for segment in session.segments
        for update in segment.updates
    ]
    found += [(event.kind, event.wire_ns, {"audio_ms": event.audio_ms}) for event in session.speech_events]
    found += [(f"breach: {one.kind}", one.t_ns, {"key": one.key, "detail": one.detail}) for one in session.violations]
    yield _named("thread_name", process, 1, "messages")
    for name, at_ns, details in sorted(found, key=lambda item: item[1]):
        yield {"name": name, "ph": "i", "s": "t", "ts": at_ns, "pid": process, "tid": 1, "args": details}


def _tracks(process: int, tracks: Mapping[str, Iterable[Range]]) -> Iterator[Json]:
    """Ranges as complete events, a thread for each lane of each track."""
    thread = 2  # the messages are the first
    for title, ranges in tracks.items():
        for number, lane in enumerate(lanes(ranges)):
            yield _named("thread_name", process, thread, title if number == 0 else f"{title} ({number + 1})")
            yield {
                "name": "thread_sort_index",
                "ph": "M",
                "pid": process,
                "tid": thread,
                "args": {"sort_index": thread},
            }
            for one in lane:
                length_us = (one.end_ns - one.start_ns) / _NS_PER_US
                event = {"name": one.name or "(empty)", "ph": "X", "ts": one.start_ns, "dur": length_us}
                yield event | {"pid": process, "tid": thread, "args": one.details}
            thread += 1


def lanes(ranges: Iterable[Range]) -> list[list[Range]]:
    """Ranges by start, each in the first lane whose last one has ended: within a lane none overlap."""
    found: list[list[Range]] = []
    for one in sorted(ranges, key=lambda item: (item.start_ns, item.end_ns)):
        if one.end_ns < one.start_ns:  # a service may time a segment so; viewers refuse it
            continue
        free = next((lane for lane in found if lane[-1].end_ns <= one.start_ns), None)
        if free is None:
            found.append([one])
        else:
            free.append(one)
    return found


def _named(what: str, process: int, thread: int, name: str) -> Json:
    return {"name": what, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}

"""Folding a timeline into segments: what a client that keeps every message would know at the end of the session.

The provider's reader turns frames into text messages; this module groups them by key, decides how each segment was
closed, repairs segments whose key changed midway, and checks the contract. Pure: the same timeline gives the same
result, and no frame can make it raise.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from harness.timeline.account import account
from harness.timeline.conduct import conduct_of
from harness.timeline.contract import check_updates
from harness.timeline.events import Closed, Connected, ConnectStarted, FinishSent, Frame, Timeline
from harness.timeline.messages import TextMessage, word_span
from harness.timeline.readers import reader_of
from harness.timeline.segments import ClosedBy, FoldedSession, Segment, Update, Violation

_FORCED_TOLERANCE_MS = 250.0
_REKEYED_COVERAGE = 0.5
_NS_PER_MS = 1e6


def fold(timeline: Timeline) -> FoldedSession:
    """Fold a session's timeline into segments and the instants metrics need.

    Raises:
        RunError: The provider named in the header is unknown, so its frames can't be read.
    """
    header, events = timeline.header, timeline.events
    frames = [event for event in events if isinstance(event, Frame)]
    reader = reader_of(header)
    reading = reader.read(frames)
    told = account(header, (event for event in events if not isinstance(event, Frame)))
    ready = next((event for event in events if isinstance(event, Connected)), None)
    closed = _last(event for event in events if isinstance(event, Closed))
    finish_ns = next((event.t_ns for event in events if isinstance(event, FinishSent)), None)
    closed_ns = closed.t_ns if closed else None
    end_ns = closed_ns if reading.ended_ns is None else reading.ended_ns
    segments, violations = _fold_texts(reading.texts, finish_ns, end_ns, reader.longest_segment_ms)
    session = FoldedSession(
        header=header,
        segments=segments,
        violations=tuple(sorted((*reading.violations, *violations), key=lambda breach: breach.t_ns)),
        speech_events=tuple(reading.speech_events),
        connect_started_ns=next((event.t_ns for event in events if isinstance(event, ConnectStarted)), None),
        ready_ns=told.ready_ns,
        finish_ns=finish_ns,
        closed_ns=closed_ns,
        close_code=closed.code if closed else None,
        errors=(*told.errors, *reading.errors),
        sent_ns=told.sent_ns,
        due_ns=told.due_ns,
        ended_ns=reading.ended_ns,
        http_post_ms=ready.http_post_ms if ready else None,
        ws_open_ms=ready.ws_open_ms if ready else None,
        reconnects=told.reconnects,
        dropped_ns=None if _is_end(told.dropped_ns, finish_ns, reading.ended_ns) else told.dropped_ns,
        sdk_overhead_ms=tuple(
            (frame.handler_ns - frame.wire_ns) / _NS_PER_MS for frame in frames if frame.handler_ns is not None
        ),
        acks=tuple(reading.acks),
    )
    return replace(session, conduct=conduct_of(session, reading.conduct))


@dataclass(slots=True)
class _Draft:
    """A segment in the making: its messages in order of arrival."""

    key: str
    messages: list[TextMessage] = field(default_factory=list)

    @property
    def first_final(self) -> Update | None:
        return next((message.update for message in self.messages if message.update.kind != "partial"), None)

    @property
    def is_final_only(self) -> bool:
        return all(message.update.kind != "partial" for message in self.messages)

    @property
    def decisive(self) -> TextMessage:
        """The last final, else the last partial: it says where the segment lies."""
        finals = [message for message in self.messages if message.update.kind != "partial"]
        return (finals or self.messages)[-1]

    @property
    def span(self) -> tuple[int, int] | None:
        """From word times of the decisive message, else from its own start and end."""
        message = self.decisive
        span = word_span(message.update.words)
        if span is None and message.start_ms is not None and message.end_ms is not None:
            span = (message.start_ms, message.end_ms)
        return span


def _fold_texts(
    texts: list[TextMessage], finish_ns: int | None, end_ns: int | None, forced_ms: float | None
) -> tuple[tuple[Segment, ...], list[Violation]]:
    drafts: dict[str, _Draft] = {}
    for message in texts:
        drafts.setdefault(message.update.key, _Draft(message.update.key)).messages.append(message)
    violations = [
        breach
        for draft in drafts.values()
        for breach in check_updates([message.update for message in draft.messages], end_ns)
    ]
    ordered = _in_order(_merge_rekeyed(list(drafts.values()), violations))
    segments = []
    for position, draft in enumerate(ordered):
        closed_by = _closed_by(draft, ordered[position + 1 :], finish_ns, forced_ms)
        last = draft.messages[-1].update
        if closed_by == "vanished":
            violations.append(Violation("vanished_segment", draft.key, last.wire_ns, last.text[:200]))
        updates = tuple(message.update for message in draft.messages)
        decisive = draft.decisive
        segments.append(Segment(draft.key, updates, closed_by, decisive.start_ms, decisive.end_ms))
    return tuple(segments), violations


def _merge_rekeyed(drafts: list[_Draft], violations: list[Violation]) -> list[_Draft]:
    """Join a segment that never got a final to the partial-less final that covers at least half of its span."""
    finals = [draft for draft in drafts if draft.is_final_only]
    kept = []
    for draft in drafts:
        target = None if draft.first_final else _covering(draft, finals)
        if target is None:
            kept.append(draft)
            continue
        last = draft.messages[-1].update
        violations.append(Violation("rekeyed_segment", draft.key, last.wire_ns, f"continued as {target.key}"))
        target.messages = sorted((*draft.messages, *target.messages), key=lambda message: message.update.wire_ns)
    return kept


def _covering(draft: _Draft, finals: list[_Draft]) -> _Draft | None:
    span = draft.span
    if span is None or span[0] >= span[1]:
        return None
    best, best_overlap_ms = None, 0
    for final in finals:
        other = final.span
        overlap_ms = min(span[1], other[1]) - max(span[0], other[0]) if other else 0
        if overlap_ms > best_overlap_ms and overlap_ms >= _REKEYED_COVERAGE * (span[1] - span[0]):
            best, best_overlap_ms = final, overlap_ms
    return best


def _in_order(drafts: list[_Draft]) -> list[_Draft]:
    """By the provider's own order; a segment without one stays behind the segment that arrived before it."""
    keyed = []
    order = 0
    for draft in drafts:
        own = draft.decisive.order
        order = order if own is None else own
        keyed.append((order, draft))
    return [draft for _, draft in sorted(keyed, key=lambda pair: pair[0])]


def _closed_by(draft: _Draft, later: list[_Draft], finish_ns: int | None, forced_ms: float | None) -> ClosedBy:
    final = draft.first_final
    if final is None:
        return "vanished" if any(other.first_final for other in later) else "open"
    if finish_ns is not None and final.wire_ns > finish_ns:
        return "flush"
    start_ms, end_ms = draft.decisive.start_ms, draft.decisive.end_ms
    if (
        forced_ms is not None
        and start_ms is not None
        and end_ms is not None
        and end_ms - start_ms >= forced_ms - _FORCED_TOLERANCE_MS
    ):
        return "forced"
    return "natural"


def _is_end(dropped_ns: int | None, finish_ns: int | None, ended_ns: int | None) -> bool:
    """Whether a socket went behind the stop and the service's last message: `account` was not shown messages here."""
    if dropped_ns is None or finish_ns is None or ended_ns is None:
        return False
    return max(finish_ns, ended_ns) <= dropped_ns


def _last(events: Iterator[Closed]) -> Closed | None:
    last = None
    for event in events:
        last = event
    return last

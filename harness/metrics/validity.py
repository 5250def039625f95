"""Whether a pair may be scored (a fault of the harness removes it) and whether a session succeeded (the provider's part)."""

from collections.abc import Iterator, Mapping

from harness.metrics.quantiles import quantile_sorted
from harness.timeline.events import SIDES, Side
from harness.timeline.segments import FoldedSession
from harness.timeline.validity import (
    JOINT_DISCONNECT_S,
    LATENESS_MAX_LIMIT_MS,
    LATENESS_P99_LIMIT_MS,
    LOOP_LAG_MAX_LIMIT_MS,
    LOOP_LAG_P99_LIMIT_MS,
)

CLEAN_CLOSE_S = 10.0
_NORMAL_CLOSURE = 1000
_NS_PER_S = 1e9
_NS_PER_MS = 1e6


def lateness_ms(session: FoldedSession) -> list[float]:
    """Per chunk sent, sent minus due; ascending."""
    return sorted((sent - due) / _NS_PER_MS for sent, due in zip(session.sent_ns, session.due_ns, strict=True))


def harness_fault(sessions: Mapping[Side, FoldedSession | None]) -> str | None:
    """Why a pair can't be scored, in words; None if it can. What a provider did wrong is never a reason."""
    faults: list[str] = []
    both: list[FoldedSession] = []
    for side in SIDES:
        session = sessions.get(side)
        if session is None:
            faults.append(f"{side}: no session was recorded")
        else:
            both.append(session)
            faults.extend(f"{side}: {fault}" for fault in _session_faults(session))
    if len(both) == len(SIDES):
        faults.extend(_pair_faults(both[0], both[1]))
    return "; ".join(faults) or None


def provider_failure(session: FoldedSession, *, expects_text: bool) -> str | None:
    """Why a session failed, in words; None if it succeeded.

    It succeeds if it became ready, all audio was accepted, no error or abnormal close occurred, it closed cleanly within
    10 s of the stop command, and it delivered at least one final where there was speech (`expects_text`).
    """
    return next(_failures(session, expects_text=expects_text), None)


def _failures(session: FoldedSession, *, expects_text: bool) -> Iterator[str]:
    if session.errors:
        kind, message = session.errors[0]
        yield f"{kind}: {message}".rstrip(": ")
    if session.ready_ns is None:
        yield "never became ready"
    if session.reconnects:
        yield f"reconnected {session.reconnects} times"
    planned = session.header.audio.chunks
    if len(session.sent_ns) < planned:
        yield f"{len(session.sent_ns)} of {planned} chunks were accepted"
    if session.finish_ns is None:
        yield "the stop command was never sent"
    yield from _close_failures(session)
    if expects_text and not any(update.kind != "partial" for segment in session.segments for update in segment.updates):
        yield "no final was delivered"


def _close_failures(session: FoldedSession) -> Iterator[str]:
    clean_ns = session.ended_ns
    if clean_ns is None and session.close_code == _NORMAL_CLOSURE:
        clean_ns = session.closed_ns
    if clean_ns is None:
        yield "closed abnormally" if session.close_code is None else f"closed with code {session.close_code}"
    elif session.finish_ns is not None and (clean_ns - session.finish_ns) / _NS_PER_S > CLEAN_CLOSE_S:
        yield f"closed more than {CLEAN_CLOSE_S:g} s after the stop command"


def _session_faults(session: FoldedSession) -> Iterator[str]:
    late_ms = lateness_ms(session)
    if late_ms:
        p99_ms = quantile_sorted(late_ms, 0.99)
        if p99_ms is not None and p99_ms > LATENESS_P99_LIMIT_MS:
            yield f"p99 of send lateness is {p99_ms:.1f} ms, limit {LATENESS_P99_LIMIT_MS:g} ms"
        if late_ms[-1] > LATENESS_MAX_LIMIT_MS:
            yield f"send lateness reached {late_ms[-1]:.1f} ms, limit {LATENESS_MAX_LIMIT_MS:g} ms"
    lag_ms = session.header.loop_lag_ms
    if lag_ms.get("p99", 0.0) > LOOP_LAG_P99_LIMIT_MS:
        yield f"p99 of the 10 ms probe's lag is {lag_ms['p99']:.1f} ms, limit {LOOP_LAG_P99_LIMIT_MS:g} ms"
    if lag_ms.get("max", 0.0) > LOOP_LAG_MAX_LIMIT_MS:
        yield f"lag of the 10 ms probe reached {lag_ms['max']:.1f} ms, limit {LOOP_LAG_MAX_LIMIT_MS:g} ms"
    planned = session.header.audio.chunks
    if session.ready_ns is not None and len(late_ms) < planned and not _is_refused(session):
        yield f"{len(late_ms)} of {planned} chunks were sent although the service still accepted audio"


def _is_refused(session: FoldedSession) -> bool:
    """Whether the service stopped taking audio: it reported an error, or the socket closed before the stop command."""
    is_dropped = session.closed_ns is not None and (session.finish_ns is None or session.closed_ns < session.finish_ns)
    return bool(session.errors) or is_dropped


def _pair_faults(one: FoldedSession, other: FoldedSession) -> Iterator[str]:
    if _is_complete(one) and _is_complete(other) and one.header.audio_sha256 != other.header.audio_sha256:
        yield "the two sides were sent different audio"
    if one.ready_ns is None and other.ready_ns is None:
        yield "neither session became ready: the local network, or both keys"
    one_ns, other_ns = _dropped_ns(one), _dropped_ns(other)
    if one_ns is not None and other_ns is not None:
        apart_s = abs(one_ns - other_ns) / _NS_PER_S
        if apart_s <= JOINT_DISCONNECT_S:
            yield f"both sessions disconnected within {apart_s:.1f} s of each other: the local network"


def _is_complete(session: FoldedSession) -> bool:
    return len(session.sent_ns) == session.header.audio.chunks


def _dropped_ns(session: FoldedSession) -> int | None:
    """When the socket was lost before the stop command; None if it was not."""
    if session.closed_ns is None or session.ready_ns is None:
        return None
    return session.closed_ns if session.finish_ns is None or session.closed_ns < session.finish_ns else None

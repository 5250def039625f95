"""Whether a pair may be scored (a fault of the harness removes it) and whether a session succeeded (the provider's part)."""

from collections.abc import Iterator, Mapping, Sequence

from harness.timeline.events import SIDES, Side
from harness.timeline.segments import FoldedSession
from harness.timeline.validity import UNRESOLVED, harness_faults

CLEAN_CLOSE_S = 10.0
_NORMAL_CLOSURE = 1000
_NS_PER_S = 1e9


def harness_fault(sessions: Mapping[Side, FoldedSession | None], planned: Sequence[Side] = SIDES) -> str | None:
    """Why a pair (or the one side that was `planned`) can't be scored, in words; None if it can.

    What a provider did wrong is never a reason.
    """
    present = {side: session for side in SIDES if (session := sessions.get(side)) is not None}
    missing = [f"{side}: no session was recorded" for side in planned if side not in present]
    return "; ".join([*missing, *harness_faults(present)]) or None


def provider_failure(session: FoldedSession, *, expects_text: bool) -> str | None:
    """Why a session failed, in words; None if it succeeded.

    It succeeds if it became ready, all audio was accepted, no error or abnormal close occurred, it closed cleanly within
    10 s of the stop command, and it delivered at least one final where there was speech (`expects_text`).
    """
    return next(_failures(session, expects_text=expects_text), None)


def _failures(session: FoldedSession, *, expects_text: bool) -> Iterator[str]:
    if session.errors:
        unresolved = [error for error in session.errors if error[0] == UNRESOLVED]  # is why the others came
        kind, message = [*unresolved, *session.errors][0]
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

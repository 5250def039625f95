"""Whether the harness itself did its job in a pair: limits on its own lateness, and signs of a local network failure.

What breaks a limit here is never charged to a service: the pair is run again once, and left out if it fails again. What a
service did wrong is never a reason.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from harness.timeline.account import CLOSE_TIMEOUT, Accountable
from harness.timeline.events import Side

LATENESS_P99_LIMIT_MS = 20.0
LATENESS_MAX_LIMIT_MS = 100.0
LOOP_LAG_P99_LIMIT_MS = 20.0
LOOP_LAG_MAX_LIMIT_MS = 100.0
JOINT_DISCONNECT_S = 2.0

SDK_CRASHED = "sdk_crashed"
"""Type of the error of a session whose SDK could not read a message."""

UNRESOLVED = "unresolved_host"
"""Type of the error of a session whose host this machine could not find, so that no service was asked."""

PROGRAM_FAULT = "program_"
"""What the types of errors begin with that a user's program made by itself: the network has no part in them."""


def lateness_ms(session: Accountable) -> list[float]:
    """Per chunk sent, sent minus due; ascending."""
    return sorted((sent - due) / 1e6 for sent, due in zip(session.sent_ns, session.due_ns, strict=True))


def harness_faults(sessions: Mapping[Side, Accountable]) -> tuple[str, ...]:
    """What the harness did wrong in a pair (or in a side that ran alone), in words; empty if nothing."""
    faults = [f"{side}: {fault}" for side, session in sessions.items() for fault in _session_faults(session)]
    if len(sessions) > 1:
        one, other = sessions.values()
        faults.extend(_pair_faults(one, other))
    return tuple(faults)


def _session_faults(session: Accountable) -> Iterator[str]:
    yield from (
        f"the name of the service's host could not be resolved ({message.partition(': ')[0]}): the local network, or a wrong name"
        for kind, message in session.errors
        if kind == UNRESOLVED
    )
    late_ms = lateness_ms(session)
    # After a lost socket the SDK sends again and late: that is the service's doing, and told by its reconnects.
    if late_ms and not session.reconnects:
        if late_ms[0] < 0:
            yield f"a chunk is said to have left {-late_ms[0]:.1f} ms before it was due: its stamp is wrong"
        p99_ms = float(np.quantile(late_ms, 0.99))
        if p99_ms > LATENESS_P99_LIMIT_MS:
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


def _is_refused(session: Accountable) -> bool:
    """Whether the service stopped taking audio: it reported an error, or the socket closed before the stop command."""
    return bool(session.errors) or session.dropped_ns is not None


def _pair_faults(one: Accountable, other: Accountable) -> Iterator[str]:
    whole = _is_complete(one) and _is_complete(other)
    if whole and one.header.audio_sha256 != other.header.audio_sha256:
        yield "the two sides were sent different audio"
    if any(kind.startswith(PROGRAM_FAULT) for session in (one, other) for kind, _ in session.errors):
        return
    if one.ready_ns is None and other.ready_ns is None:
        yield "neither session became ready: the local network, or both keys"
    if _is_silent(one) and _is_silent(other):
        # A network that swallows everything resets nothing: all that is seen of it is that nobody answers any more.
        yield "neither session answered the stop command: the local network"
    one_ns, other_ns = one.dropped_ns, other.dropped_ns
    if one_ns is not None and other_ns is not None:
        apart_s = abs(one_ns - other_ns) / 1e9
        if apart_s <= JOINT_DISCONNECT_S:
            yield f"both sessions disconnected within {apart_s:.1f} s of each other: the local network"


def _is_silent(session: Accountable) -> bool:
    """Whether the stop was not answered, and not because an SDK that had crashed heard no answer."""
    kinds = {kind for kind, _ in session.errors}
    return CLOSE_TIMEOUT in kinds and SDK_CRASHED not in kinds


def _is_complete(session: Accountable) -> bool:
    return len(session.sent_ns) == session.header.audio.chunks and not session.reconnects

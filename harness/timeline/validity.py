"""Whether the harness itself did its job in a pair: limits on its own lateness, and signs of a local network failure.

What breaks a limit here is never charged to a service: the pair is run again once, and left out if it fails again.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from harness.timeline.events import Audio, Closed, ErrorRaised, FinishSent, Side, Timeline

LATENESS_P99_LIMIT_MS = 20.0
LATENESS_MAX_LIMIT_MS = 100.0
LOOP_LAG_P99_LIMIT_MS = 20.0
LOOP_LAG_MAX_LIMIT_MS = 100.0
JOINT_DISCONNECT_S = 2.0


def lateness_ms(timeline: Timeline) -> list[float]:
    """By how much each chunk sent was late, in milliseconds."""
    return [(event.sent_ns - event.due_ns) / 1e6 for event in timeline.events if isinstance(event, Audio)]


def harness_faults(timelines: Mapping[Side, Timeline]) -> tuple[str, ...]:
    """What the harness did wrong in a pair, in words; empty if nothing."""
    faults = [f"{side}: {fault}" for side, timeline in timelines.items() for fault in _session_faults(timeline)]
    faults.extend(_pair_faults(timelines))
    return tuple(faults)


def _session_faults(timeline: Timeline) -> Iterator[str]:
    late_ms = lateness_ms(timeline)
    if late_ms:
        p99_ms, max_ms = float(np.quantile(late_ms, 0.99)), max(late_ms)
        if p99_ms > LATENESS_P99_LIMIT_MS:
            yield f"p99 of send lateness is {p99_ms:.1f} ms, limit {LATENESS_P99_LIMIT_MS:g} ms"
        if max_ms > LATENESS_MAX_LIMIT_MS:
            yield f"send lateness reached {max_ms:.1f} ms, limit {LATENESS_MAX_LIMIT_MS:g} ms"
    lag = timeline.header.loop_lag_ms
    if lag.get("p99", 0.0) > LOOP_LAG_P99_LIMIT_MS:
        yield f"p99 of the 10 ms probe's lag is {lag['p99']:.1f} ms, limit {LOOP_LAG_P99_LIMIT_MS:g} ms"
    if lag.get("max", 0.0) > LOOP_LAG_MAX_LIMIT_MS:
        yield f"lag of the 10 ms probe reached {lag['max']:.1f} ms, limit {LOOP_LAG_MAX_LIMIT_MS:g} ms"
    planned = timeline.header.audio.chunks
    if timeline.header.t0_reached and len(late_ms) < planned and not _refused(timeline):
        yield f"{len(late_ms)} of {planned} chunks were sent although the service still accepted audio"


def _refused(timeline: Timeline) -> bool:
    return any(isinstance(event, ErrorRaised | Closed) for event in timeline.events)


def _pair_faults(timelines: Mapping[Side, Timeline]) -> Iterator[str]:
    hashes = {timeline.header.audio_sha256 for timeline in timelines.values() if _complete(timeline)}
    if len(hashes) > 1:
        yield "the two sides were sent different audio"
    drops_ns = [_disconnected_ns(timeline) for timeline in timelines.values()]
    if len(drops_ns) > 1 and None not in drops_ns:
        apart_s = abs(drops_ns[0] - drops_ns[1]) / 1e9  # type: ignore[operator]  # neither is None
        if apart_s <= JOINT_DISCONNECT_S:
            yield f"both sessions disconnected within {apart_s:.1f} s of each other: the local network"


def _complete(timeline: Timeline) -> bool:
    return sum(isinstance(event, Audio) for event in timeline.events) == timeline.header.audio.chunks


def _disconnected_ns(timeline: Timeline) -> int | None:
    """When the socket was lost before the stop command; None if it was not."""
    for event in timeline.events:
        if isinstance(event, FinishSent):
            return None
        if isinstance(event, Closed):
            return event.t_ns
    return None

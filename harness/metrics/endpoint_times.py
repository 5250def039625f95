"""Turn ends against reference times, where there is no usable text.

Claiming of endpoints as in Sesame's turnbench; turn ends and holds as LiveKit's eot-bench labels them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_BEFORE_S = 0.25
_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class TimeMatch:
    """What the endpoints of a session hit.

    Attributes:
        claimed_s: Per turn end, the endpoint it claimed; None: missed.
        fired: Per hold, whether an endpoint that no turn claimed fell on it.
    """

    claimed_s: tuple[float | None, ...]
    fired: tuple[bool, ...]


def turn_window_s(end_s: float, next_onset_s: float | None) -> tuple[float, float]:
    """From when to when an endpoint may end a turn, in seconds."""
    latest_s = end_s + _AFTER_S
    return round(end_s - _BEFORE_S, 9), latest_s if next_onset_s is None else min(latest_s, next_onset_s)


def hold_window_s(start_s: float, end_s: float) -> tuple[float, float]:
    """From when to when an endpoint fires on a pause inside a turn, in seconds."""
    return round(start_s - _BEFORE_S, 9), end_s


def match_by_time(
    endpoints_s: Sequence[float],
    turn_ends_s: Sequence[tuple[float, float | None]],
    holds_s: Sequence[tuple[float, float]],
) -> TimeMatch:
    """Let turn ends, in time order, claim the earliest free endpoint of their window; what is left may fire on holds.

    Args:
        endpoints_s: Endpoints in seconds from T0.
        turn_ends_s: `(end, onset of the next speech on the channel or None)`, ascending.
        holds_s: `(start, end)` of the pauses inside turns.
    """
    free = sorted(endpoints_s)
    claimed = [_take(free, turn_window_s(end_s, next_onset_s)) for end_s, next_onset_s in turn_ends_s]
    fired = [_take(free, hold_window_s(start_s, end_s)) is not None for start_s, end_s in holds_s]
    return TimeMatch(tuple(claimed), tuple(fired))


def _take(free: list[float], window: tuple[float, float]) -> float | None:
    for index, endpoint in enumerate(free):
        if window[0] <= endpoint <= window[1]:
            return free.pop(index)
    return None

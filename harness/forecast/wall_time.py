"""How long a run takes under the quotas, and which of them holds it back.

The schedule is played on a clock of its own: pairs start in order, each as soon as a lane is free and every provider
lets as many sessions start as the pair opens there.
"""

import heapq
import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.config import LimitConfig

MINUTE_S = 60.0
LONGEST_RECORDING = "the longest recording"
_SAME = 1 + 1e-9
_WHOLE = 1e-9  # what a limit grown by tenths may miss a whole number by


@dataclass(frozen=True, slots=True)
class Throttle:
    """A provider's quota, and how many of its sessions each pair opens at once."""

    provider: str
    sessions_per_pair: int
    limit: LimitConfig


@dataclass(frozen=True, slots=True)
class WallTime:
    """How long recording takes.

    Attributes:
        seconds: From the first dial to the last close.
        bound_by: What holds the run back: keys of the configuration, or `LONGEST_RECORDING`.
        seconds_by_constraint: How long the run would take under each constraint alone.
        pairs_allowed: Pairs that the quotas would let run at once; None: any number.
    """

    seconds: float
    bound_by: tuple[str, ...]
    seconds_by_constraint: Mapping[str, float]
    pairs_allowed: int | None


def wall_time(durations_s: Sequence[float], pairs: int, throttles: Sequence[Throttle]) -> WallTime:
    """Play the schedule.

    Args:
        durations_s: How long each pair holds its sessions, in the order in which pairs start; at least one.
        pairs: Pairs that the configuration lets run at once.
        throttles: Each provider's quota. A pair fits in each of them.
    """
    lanes = {"replay.pairs": pairs}
    for throttle in throttles:
        if throttle.limit.concurrent_sessions is not None:
            key = f"limits.{throttle.provider}.concurrent_sessions"
            lanes[key] = throttle.limit.concurrent_sessions // throttle.sessions_per_pair
    rates = {
        f"limits.{throttle.provider}.new_sessions_per_minute": throttle
        for throttle in throttles
        if throttle.limit.new_sessions_per_minute is not None
    }
    alone = {key: _play(durations_s, count, ()) for key, count in lanes.items()}
    alone |= {key: _play(durations_s, len(durations_s), (throttle,)) for key, throttle in rates.items()}
    slowest_s, longest_s = max(alone.values()), max(durations_s)
    return WallTime(
        seconds=_play(durations_s, min(lanes.values()), tuple(rates.values())),
        bound_by=(LONGEST_RECORDING,)
        if slowest_s <= longest_s * _SAME
        else tuple(key for key, seconds in alone.items() if seconds * _SAME >= slowest_s),
        seconds_by_constraint=alone,
        pairs_allowed=min((count for key, count in lanes.items() if key != "replay.pairs"), default=None),
    )


def _play(durations_s: Sequence[float], lanes: int, throttles: Sequence[Throttle]) -> float:
    """Seconds until the last pair has ended."""
    rates = [_Rate(throttle) for throttle in throttles]
    free_s = [0.0] * min(lanes, len(durations_s))
    now_s = 0.0
    for duration_s in durations_s:
        now_s = max(now_s, heapq.heappop(free_s))
        while (later_s := max((rate.earliest_s(now_s) for rate in rates), default=now_s)) > now_s:
            now_s = later_s
        for rate in rates:
            rate.start(now_s)
        heapq.heappush(free_s, now_s + duration_s)
    return max(free_s)


@dataclass(slots=True)
class _Rate:
    """New sessions over any 60 s; with growth, what is allowed changes with every minute of the run."""

    throttle: Throttle
    _starts_s: deque[float] = field(default_factory=deque)
    _allowed: float = field(init=False)
    _next_minute_s: float = MINUTE_S
    _in_minute: int = 0

    def __post_init__(self) -> None:
        self._allowed = self._base

    @property
    def _base(self) -> float:
        return float(self.throttle.limit.new_sessions_per_minute or math.inf)

    def earliest_s(self, now_s: float) -> float:
        """The first instant from `now_s` at which a pair may start; time then never goes back before it."""
        needed = self.throttle.sessions_per_pair
        while True:
            self._advance(now_s)
            if (len(self._starts_s) + 1) * needed <= self._allowed + _WHOLE:
                return now_s
            now_s = self._starts_s[0] + MINUTE_S
            if self.throttle.limit.growth:
                now_s = min(now_s, self._next_minute_s)

    def start(self, now_s: float) -> None:
        """Count the sessions of a pair that starts now."""
        self._starts_s.append(now_s)
        self._in_minute += self.throttle.sessions_per_pair

    def _advance(self, now_s: float) -> None:
        while self._next_minute_s <= now_s:
            self._allowed = grown(self._allowed, self._in_minute, self.throttle.limit)
            self._in_minute = 0
            self._next_minute_s += MINUTE_S
        while self._starts_s and self._starts_s[0] + MINUTE_S <= now_s:
            self._starts_s.popleft()


def grown(allowed: float, used: int, limit: LimitConfig) -> float:
    """New sessions allowed in the next minute, after one in which `used` of `allowed` were started; fractions are kept."""
    base = float(limit.new_sessions_per_minute or math.inf)
    if not limit.growth or math.isinf(base):
        return base
    factor = 1 + limit.growth_percent / 100
    whole = math.floor(allowed + _WHOLE)
    if used >= limit.grows_above * whole:
        return allowed * factor
    if used < limit.shrinks_below * whole:
        return max(base, allowed / factor)
    return allowed

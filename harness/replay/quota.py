"""Provider quotas: how many sessions may start a minute and run at once, and what a refusal means for those that wait."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

WINDOW_S = 60.0
_WHOLE = 1e-9  # what a limit grown by tenths may miss a whole number by
FIRST_PAUSE_S, LONGEST_PAUSE_S = 2.0, 60.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A provider's quota; None means unlimited.

    Attributes:
        new_sessions_per_minute: Over any 60 seconds.
        concurrent_sessions: Open at once.
        growth: Whether the first number grows while it is used, as AssemblyAI's does: by `growth_percent` after a minute in which
            the share `grows_above` of it was used, and back towards the start after one that used less than `shrinks_below`.
    """

    new_sessions_per_minute: int | None = None
    concurrent_sessions: int | None = None
    growth: bool = False
    growth_percent: float = 10.0
    grows_above: float = 0.7
    shrinks_below: float = 0.5


class Places(Protocol):
    """Permission to open sessions at one provider: of this process (`Quota`), or of a whole cluster."""

    def take(self, count: int) -> bool:
        """Take `count` places, all or none; False if they can't be had now."""

    def undo(self, count: int) -> None:
        """Give places back that were taken just now and not used."""

    def give_back(self, count: int) -> None:
        """The sessions ended."""

    def refused(self) -> float:
        """The service refused a session for its quota: open none for some time, longer each time; returns seconds."""

    def accepted(self) -> None:
        """The service let sessions in again."""


@dataclass(slots=True)
class Quota:
    """Holds back new sessions so that a limit is respected over any 60 seconds. Not for use by several threads."""

    limit: Limit
    clock: Callable[[], float] = time.monotonic
    _starts: deque[float] = field(default_factory=deque)
    _open: int = 0
    _paused_until: float = 0.0
    _pause_s: float = FIRST_PAUSE_S
    _per_minute: float = 0.0
    _minute_began: float = 0.0
    _started_this_minute: int = 0

    def __post_init__(self) -> None:
        self._per_minute = float(self.limit.new_sessions_per_minute or 0)
        self._minute_began = self.clock()

    def take(self, count: int) -> bool:
        """See `Places`."""
        now = self.clock()
        self._grow(now)
        while self._starts and now - self._starts[0] >= WINDOW_S:
            self._starts.popleft()
        limit = self.limit
        if now < self._paused_until:
            return False
        if limit.concurrent_sessions is not None and self._open + count > limit.concurrent_sessions:
            return False
        if limit.new_sessions_per_minute is not None and len(self._starts) + count > int(self._per_minute + _WHOLE):
            return False
        self._open += count
        self._starts.extend([now] * count)
        self._started_this_minute += count
        return True

    def undo(self, count: int) -> None:
        """See `Places`."""
        self._open -= count
        self._started_this_minute -= count
        for _ in range(count):
            self._starts.pop()

    def give_back(self, count: int) -> None:
        """See `Places`."""
        self._open -= count

    def refused(self) -> float:
        """See `Places`."""
        pause_s = self._pause_s
        self._paused_until = self.clock() + pause_s
        self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)
        return pause_s

    def accepted(self) -> None:
        """See `Places`."""
        self._pause_s = FIRST_PAUSE_S

    def _grow(self, now: float) -> None:
        """Apply the growth rule to every minute that ended since the last look."""
        limit, start = self.limit, self.limit.new_sessions_per_minute
        if start is None or not limit.growth:
            return
        factor = 1 + limit.growth_percent / 100
        while now - self._minute_began >= WINDOW_S:
            used = self._started_this_minute / self._per_minute
            if used >= limit.grows_above:
                self._per_minute *= factor
            elif used < limit.shrinks_below:
                self._per_minute = max(float(start), self._per_minute / factor)
            self._minute_began += WINDOW_S
            self._started_this_minute = 0

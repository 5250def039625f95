"""Provider quotas: how many sessions may start a minute and run at once."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_WINDOW_S = 60.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A provider's quota; None means unlimited."""

    new_sessions_per_minute: int | None = None
    concurrent_sessions: int | None = None


@dataclass(slots=True)
class Quota:
    """Holds back new sessions so that a limit is respected over any 60 seconds."""

    limit: Limit
    _starts: deque[float] = field(default_factory=deque)
    _open: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @contextmanager
    def sessions(self, count: int, stop: threading.Event) -> Iterator[bool]:
        """Wait for `count` places at once, hold them while the body runs. Yields False if `stop` was set while waiting.

        All places or none: two pairs that each held one and waited for a second would wait for ever.
        """
        granted = self._enter(count, stop)
        try:
            yield granted
        finally:
            if granted:
                with self._changed:
                    self._open -= count
                    self._changed.notify_all()

    def _enter(self, count: int, stop: threading.Event) -> bool:
        with self._changed:
            while not stop.is_set():
                wait_s = self._wait_s(count)
                if wait_s == 0.0:
                    self._open += count
                    self._starts.extend([time.monotonic()] * count)
                    return True
                self._changed.wait(min(wait_s, 0.25))
        return False

    def _wait_s(self, count: int) -> float:
        """Seconds until `count` sessions could start; 0.0 if they can now."""
        now = time.monotonic()
        while self._starts and now - self._starts[0] >= _WINDOW_S:
            self._starts.popleft()
        concurrent, per_minute = self.limit.concurrent_sessions, self.limit.new_sessions_per_minute
        if concurrent is not None and self._open + count > concurrent:
            return _WINDOW_S
        if per_minute is not None and len(self._starts) + count > per_minute:
            return _WINDOW_S - (now - self._starts[0]) if self._starts else _WINDOW_S
        return 0.0

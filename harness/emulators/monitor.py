"""Whether the emulators kept up: delays over the last thousands of decodes, bounded in memory."""

import asyncio
import logging
import os
from array import array
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from time import monotonic, monotonic_ns
from typing import Any

_LOG = logging.getLogger(__name__)
_PROVIDERS = ("assemblyai", "gladia")
_WINDOW = 8192
_PROBE_S = 0.02
_BEHIND_MS = 1000.0  # from here it is worth a line in the log


class Window:
    """The latest samples of one quantity in milliseconds, and its maximum since the start.

    In one array: thousands of numbers that live long, each where it came to lie, would keep pages of the heap from being freed.
    """

    def __init__(self) -> None:
        self._latest = array("d")
        self._n = 0
        self._max = 0.0

    def add(self, value_ms: float) -> None:
        """Record one sample."""
        if self._n < _WINDOW:
            self._latest.append(value_ms)
        else:
            self._latest[self._n % _WINDOW] = value_ms
        self._n += 1
        self._max = max(self._max, value_ms)

    def snapshot(self) -> dict[str, float | int | None]:
        """`p50`, `p99` (of the latest samples), `max` and `n` (of all); None without samples."""
        ordered = sorted(self._latest)
        return {
            "p50": _quantile(ordered, 0.50),
            "p99": _quantile(ordered, 0.99),
            "max": round(self._max, 3) if self._n else None,
            "n": self._n,
        }


class Backlog:
    """Audio of one channel that nobody has listened to yet, by the instants it came at."""

    def __init__(self) -> None:
        self._arrivals_ns: deque[int] = deque()

    def came(self, received_ns: int) -> None:
        """A piece of audio arrived."""
        self._arrivals_ns.append(received_ns)

    def heard(self, now_ns: int) -> float:
        """The oldest piece was listened to; returns how long that took, in milliseconds."""
        return (now_ns - self._arrivals_ns.popleft()) / 1e6

    def waited_ms(self, now_ns: int) -> float:
        """How long the oldest piece has waited; 0 if none does."""
        return (now_ns - self._arrivals_ns[0]) / 1e6 if self._arrivals_ns else 0.0


class Alarm:
    """What the log says of a recogniser that falls behind real time: once, again each time the worst has doubled, and that it is over.

    A machine that falls behind every few seconds is told of as one that is: only what is twice as bad as any before is news.
    """

    def __init__(self) -> None:
        self._next_ms = _BEHIND_MS
        self._most_ms = 0.0  # since the last line that it is behind; 0 once it has caught up

    def hear(self, behind_ms: float) -> str | None:
        """The line that is due now, if any."""
        if behind_ms >= self._next_ms:
            self._next_ms, self._most_ms = 2 * behind_ms, behind_ms
            return f"The recogniser is {behind_ms / 1000:.1f} s behind real time."
        if not self._most_ms:
            return None
        self._most_ms = max(self._most_ms, behind_ms)
        if behind_ms >= _BEHIND_MS / 2:
            return None
        line = f"The recogniser has caught up; it was {self._most_ms / 1000:.1f} s behind real time."
        self._most_ms = 0.0
        return line


class Monitor:
    """Counters of one emulator process.

    `decode_queue_ms` is how long decodes waited for a worker, `decode_ms` how long they took, `lag_ms` how long after the
    arrival of the audio it rests on a message was emitted, `behind_ms` how long audio waited until it had been listened to.
    """

    def __init__(self) -> None:
        self.decode_queue_ms = Window()
        self.decode_ms = Window()
        self.lag_ms = {"partial": Window(), "final": Window()}
        self.behind_ms = Window()
        self.loop_lag_ms = Window()
        self.stale_partials = 0
        self.sessions_total: Counter[str] = Counter()
        self.sessions_open: Counter[str] = Counter()
        self.faults: Counter[tuple[str, str]] = Counter()  # of openings, by provider and step
        self.worker_pids: list[int] = []
        self._started = monotonic()
        self._backlogs: set[Backlog] = set()

    def backlog(self) -> Backlog:
        """The backlog of one more channel, watched until it is forgotten."""
        backlog = Backlog()
        self._backlogs.add(backlog)
        return backlog

    def forget(self, backlog: Backlog) -> None:
        """Nobody will listen to the rest of a channel."""
        self._backlogs.discard(backlog)

    def behind_now_ms(self) -> float:
        """How long the oldest audio of all sessions has waited by now."""
        now_ns = monotonic_ns()
        return max((backlog.waited_ms(now_ns) for backlog in self._backlogs), default=0.0)

    async def probe_loop(self) -> None:
        """Measure, for ever, how late the event loop wakes a sleeper; log it if the recogniser falls behind."""
        alarm = Alarm()
        while True:
            before = monotonic()
            await asyncio.sleep(_PROBE_S)
            self.loop_lag_ms.add(max(0.0, 1000 * (monotonic() - before - _PROBE_S)))
            if line := alarm.hear(self.behind_now_ms()):
                _LOG.warning(line)

    def snapshot(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "uptime_s": round(monotonic() - self._started, 3),
            "sessions": {
                provider: {"open": self.sessions_open[provider], "total": self.sessions_total[provider]}
                for provider in _PROVIDERS
            },
            "decode_queue_ms": self.decode_queue_ms.snapshot(),
            "decode_ms": self.decode_ms.snapshot(),
            "lag_ms": {kind: window.snapshot() for kind, window in self.lag_ms.items()},
            "behind_ms": {"now": round(self.behind_now_ms(), 3), **self.behind_ms.snapshot()},
            "stale_partials": self.stale_partials,
            "loop_lag_ms": self.loop_lag_ms.snapshot(),
            "opening_faults": {
                provider: {step: self.faults[provider, step] for step in ("open", "upgrade")} for provider in _PROVIDERS
            },
            "rss_mb": {"server": rss_mb(os.getpid()), "workers": [rss_mb(pid) for pid in self.worker_pids]},
        }


def rss_mb(pid: int) -> float | None:
    """Resident memory of a process in megabytes; None where the system doesn't tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _quantile(ordered: Sequence[float], q: float) -> float | None:
    return round(ordered[min(len(ordered) - 1, int(q * len(ordered)))], 3) if ordered else None

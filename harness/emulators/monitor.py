"""Whether the emulators kept up: delays over the last thousands of decodes, bounded in memory."""

import asyncio
import os
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any

_WINDOW = 8192
_PROBE_S = 0.02


class Window:
    """The latest samples of one quantity in milliseconds, and its maximum since the start."""

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=_WINDOW)
        self._n = 0
        self._max = 0.0

    def add(self, value_ms: float) -> None:
        """Record one sample."""
        self._latest.append(value_ms)
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


class Monitor:
    """Counters of one emulator process.

    `decode_queue_ms` is how long decodes waited for a worker, `decode_ms` how long they took, `lag_ms` how long after the
    arrival of the audio it rests on a message was emitted.
    """

    def __init__(self) -> None:
        self.decode_queue_ms = Window()
        self.decode_ms = Window()
        self.lag_ms = {"partial": Window(), "final": Window()}
        self.loop_lag_ms = Window()
        self.stale_partials = 0
        self.sessions_total: Counter[str] = Counter()
        self.sessions_open: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()  # of openings, by step
        self.worker_pids: list[int] = []
        self._started = monotonic()

    async def probe_loop(self) -> None:
        """Measure, for ever, how late the event loop wakes a sleeper."""
        while True:
            before = monotonic()
            await asyncio.sleep(_PROBE_S)
            self.loop_lag_ms.add(max(0.0, 1000 * (monotonic() - before - _PROBE_S)))

    def snapshot(self) -> dict[str, Any]:
        """Everything, as JSON."""
        return {
            "uptime_s": round(monotonic() - self._started, 3),
            "sessions": {
                provider: {"open": self.sessions_open[provider], "total": self.sessions_total[provider]}
                for provider in ("assemblyai", "gladia")
            },
            "decode_queue_ms": self.decode_queue_ms.snapshot(),
            "decode_ms": self.decode_ms.snapshot(),
            "lag_ms": {kind: window.snapshot() for kind, window in self.lag_ms.items()},
            "stale_partials": self.stale_partials,
            "loop_lag_ms": self.loop_lag_ms.snapshot(),
            "opening_faults": dict(self.faults),
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

"""The replay clock: absolute instants of one monotonic clock, and a probe of how late this process wakes up."""

import threading
import time
from collections import deque
from typing import Self

import numpy as np

_SLICE_S = 0.25  # how soon a waiting sender notices that the run was stopped
PROBE_INTERVAL_MS = 10.0
_PROBE_HISTORY = 360_000  # one hour of probes: 6 MB


def sleep_until(instant_ns: int, stop: threading.Event) -> bool:
    """Sleep until `instant_ns` of `time.monotonic_ns()`; at once if it has passed.

    Returns:
        False if `stop` was set meanwhile.
    """
    while not stop.is_set():
        remaining_s = (instant_ns - time.monotonic_ns()) / 1e9
        if remaining_s <= 0:
            return True
        time.sleep(min(remaining_s, _SLICE_S))
    return False


class LagProbe:
    """A thread that asks to be woken every 10 ms and keeps by how much it was late.

    What delays the probe delays senders and wire stamps alike: a busy machine, or a thread that holds the interpreter.
    """

    def __init__(self) -> None:
        self._samples: deque[tuple[int, int]] = deque(maxlen=_PROBE_HISTORY)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lag-probe", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        interval_ns = int(PROBE_INTERVAL_MS * 1e6)
        due_ns = time.monotonic_ns() + interval_ns
        while sleep_until(due_ns, self._stop):
            now_ns = time.monotonic_ns()
            self._samples.append((now_ns, now_ns - due_ns))
            due_ns = max(due_ns + interval_ns, now_ns)

    def between(self, start_ns: int, end_ns: int) -> dict[str, float]:
        """Lag in milliseconds (`p50`, `p99`, `max`) of the `n` probes between two instants; empty without probes."""
        lags = [lag for at, lag in list(self._samples) if start_ns <= at <= end_ns]
        if not lags:
            return {}
        lag_ms = np.asarray(lags) / 1e6
        p50, p99 = np.quantile(lag_ms, (0.5, 0.99))
        return {
            "p50": round(float(p50), 3),
            "p99": round(float(p99), 3),
            "max": round(float(lag_ms.max()), 3),
            "n": len(lags),
        }

"""The replay clock: absolute instants of one monotonic clock, and a probe of how late this process wakes up."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Self

_SLICE_S = 0.25  # how soon a waiting sender notices that the run was stopped
PROBE_INTERVAL_MS = 10.0
SHORTEST_SLEEP_NS = 500_000_000  # what two clocks that are read one after the other never differ by

Lag = tuple[int, int]  # instant of `time.monotonic_ns()`, lag in ns


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


def suspended_ns() -> int:
    """How long this machine has slept since it started, to some microseconds; 0 where the system doesn't tell (not Linux)."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return 0
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()


class LagProbe:
    """A thread that asks to be woken every 10 ms and keeps by how much it was late, until `take` takes it away.

    What delays the probe delays senders and handlers alike: a busy machine, a thread that holds the interpreter, or a computer
    that sleeps, during which the monotonic clock of Linux stands still.
    """

    def __init__(self) -> None:
        self._samples: deque[Lag] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lag-probe", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stop.set()
        self._thread.join()

    def take(self) -> list[Lag]:
        """The samples since the last call."""
        taken = []
        while self._samples:
            taken.append(self._samples.popleft())
        return taken

    def _run(self) -> None:
        interval_ns = int(PROBE_INTERVAL_MS * 1e6)
        now_ns = time.monotonic_ns()
        due_ns = now_ns + interval_ns
        asleep_ns = suspended_ns()
        while not self._stop.is_set():  # in few words: it runs a hundred times a second
            time.sleep((due_ns - now_ns) / 1e9)
            now_ns = time.monotonic_ns()
            slept_ns = suspended_ns() - asleep_ns
            if slept_ns < SHORTEST_SLEEP_NS:
                slept_ns = 0
            asleep_ns += slept_ns
            self._samples.append((now_ns, now_ns - due_ns + slept_ns))
            due_ns = max(due_ns + interval_ns, now_ns)


class LagHistogram:
    """Lags of any number of probes in little memory: tenths of a millisecond up to a second, and the largest exactly."""

    _BIN_NS = 100_000
    _BINS = 10_000

    def __init__(self) -> None:
        self._counts = [0] * (self._BINS + 1)
        self._largest_ns = 0

    def add(self, lags_ns: Iterable[int]) -> None:
        """Count some probes."""
        for lag_ns in lags_ns:
            self._counts[max(0, min(lag_ns // self._BIN_NS, self._BINS))] += 1
            self._largest_ns = max(self._largest_ns, lag_ns)

    def merge(self, other: "LagHistogram") -> None:
        """Count all that another one has counted."""
        for number in range(other._used()):  # noqa: SLF001 - its own class
            self._counts[number] += other._counts[number]  # noqa: SLF001
        self._largest_ns = max(self._largest_ns, other._largest_ns)  # noqa: SLF001

    def _used(self) -> int:
        """Bins up to that of the largest lag."""
        return max(0, min(self._largest_ns // self._BIN_NS, self._BINS)) + 1

    def summary_ms(self) -> dict[str, float]:
        """`p50` and `p99` (upper edges of their bins), `max` in milliseconds, of `n` probes; empty without probes."""
        total = sum(self._counts)
        if not total:
            return {}
        largest_ms = round(self._largest_ns / 1e6, 3)
        p50_ms, p99_ms = (min(self._quantile_ms(share * total), largest_ms) for share in (0.5, 0.99))
        return {"p50": p50_ms, "p99": p99_ms, "max": largest_ms, "n": total}

    def _quantile_ms(self, rank: float) -> float:
        reached = next(number for number, seen in enumerate(itertools.accumulate(self._counts)) if seen >= rank)
        return round((reached + 1) * self._BIN_NS / 1e6, 3)

import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.replay import clock
from harness.replay.clock import SHORTEST_SLEEP_NS, LagHistogram, LagProbe, sleep_until, suspended_ns


def test_an_instant_that_has_passed_is_no_wait():
    """What is overdue goes at once."""
    assert sleep_until(time.monotonic_ns() - 1_000_000_000, threading.Event()) is True


def test_a_sleep_ends_not_before_its_instant():
    """Never early: a chunk must not exist before it was spoken."""
    for wait_ns in (1_000_000, 20_000_000):
        instant_ns = time.monotonic_ns() + wait_ns
        sleep_until(instant_ns, threading.Event())
        assert time.monotonic_ns() >= instant_ns


def test_a_stopped_run_waits_no_longer():
    """The wait for an instant far away ends with the run."""
    stop = threading.Event()
    told: list[bool] = []
    waiting = threading.Thread(target=lambda: told.append(sleep_until(time.monotonic_ns() + 3_600_000_000_000, stop)))
    waiting.start()
    stop.set()
    waiting.join(60)

    assert told == [False]


def test_a_probe_tells_when_it_woke_and_how_late():
    """Never early, in order, and each sample is handed out once."""
    with LagProbe() as probe:
        samples = []
        while len(samples) < 3:
            samples += probe.take()
    samples += probe.take()

    assert all(lag_ns >= 0 for _, lag_ns in samples)
    assert [at for at, _ in samples] == sorted({at for at, _ in samples})


def test_a_computer_that_slept_was_late(monkeypatch: pytest.MonkeyPatch):
    """Its monotonic clock stood still meanwhile, and would not tell: a sleep of five seconds is a lag of as much."""
    slept_ns = iter([0, 0, 5_000_000_000])
    monkeypatch.setattr(clock, "suspended_ns", lambda: next(slept_ns, 5_000_000_000))
    with LagProbe() as probe:
        samples = []
        while len(samples) < 3:
            samples += probe.take()
    samples += probe.take()

    [lag_ns] = [lag_ns for _, lag_ns in samples if lag_ns > 4_900_000_000]  # and once only
    assert 5_000_000_000 <= lag_ns < 10_000_000_000


def test_a_machine_that_did_not_sleep_says_so():
    """Two clocks, read one after the other, differ by little."""
    assert abs(suspended_ns() - suspended_ns()) < SHORTEST_SLEEP_NS


@given(st.lists(st.integers(0, 900_000_000), min_size=1, max_size=300))
def test_the_histogram_tells_quantiles_to_a_tenth_of_a_millisecond(lags_ns):
    """Never below the true value, at most one bin above it; the largest is exact."""
    histogram = LagHistogram()
    histogram.add(lags_ns[::2])
    other = LagHistogram()
    other.add(lags_ns[1::2])
    histogram.merge(other)
    summary = histogram.summary_ms()

    assert (summary["n"], summary["max"]) == (len(lags_ns), round(max(lags_ns) / 1e6, 3))
    for name, q in (("p50", 0.5), ("p99", 0.99)):
        true_ms = np.quantile(lags_ns, q, method="inverted_cdf") / 1e6
        assert true_ms - 0.001 <= summary[name] <= true_ms + 0.101


def test_a_lag_beyond_all_bins_counts_as_what_it_was():
    """A machine that slept for a minute is told as that."""
    histogram = LagHistogram()
    histogram.add([60_000_000_000])

    assert histogram.summary_ms() == {"p50": 1000.1, "p99": 1000.1, "max": 60000.0, "n": 1}


def test_without_probes_nothing_is_told():
    """No samples, no numbers."""
    assert LagHistogram().summary_ms() == {}


def test_sleep_is_what_one_clock_counts_and_the_other_does_not(monkeypatch: pytest.MonkeyPatch):
    """Linux's CLOCK_BOOTTIME goes on, CLOCK_MONOTONIC stands still."""
    monkeypatch.setattr(clock.time, "CLOCK_BOOTTIME", 7, raising=False)
    monkeypatch.setattr(clock.time, "clock_gettime_ns", {7: 9_000}.get, raising=False)
    monkeypatch.setattr(clock.time, "monotonic_ns", lambda: 4_000)

    assert 5_000 == suspended_ns()


def test_a_system_that_does_not_tell_of_its_sleep_has_not_slept(monkeypatch: pytest.MonkeyPatch):
    """Only Linux tells."""
    monkeypatch.delattr(clock.time, "CLOCK_BOOTTIME", raising=False)

    assert 0 == suspended_ns()


class Clockwork:
    """Time that passes only in sleeps, each of which ends so many milliseconds late; and how long the machine slept."""

    def __init__(self, late_ms: list[int], asleep_ns: list[int]) -> None:
        self.now_ns = 0
        self.late_ms, self.asleep_ns = iter(late_ms), iter(asleep_ns)
        self.over = threading.Event()

    def monotonic_ns(self) -> int:
        return self.now_ns

    def sleep(self, seconds: float) -> None:
        late_ms = next(self.late_ms, None)
        if late_ms is None:
            self.over.set()
            time.sleep(0.001)
        self.now_ns += round(seconds * 1e9) + 1_000_000 * (late_ms or 0)

    def suspended_ns(self) -> int:
        return next(self.asleep_ns, 500_000_000)


def test_a_probe_is_due_every_ten_milliseconds_and_at_once_if_it_woke_too_late(monkeypatch: pytest.MonkeyPatch):
    """What two clocks differ by is no sleep, what is half a second is, and is counted once."""
    clockwork = Clockwork([1, 1, 25, 1, 1, 1], [0, 0, 0, 0, 499_999_999, 500_000_000])
    monkeypatch.setattr(clock, "suspended_ns", clockwork.suspended_ns)
    monkeypatch.setattr(clock, "time", clockwork)
    with LagProbe() as probe:
        clockwork.over.wait(60)
    told = [(at_ns / 1e6, lag_ns / 1e6) for at_ns, lag_ns in probe.take()]

    assert [(11, 1), (21, 1), (55, 25), (56, 1), (66, 501), (76, 1)] == told[:6]
    assert {0.0} >= {lag_ms for _, lag_ms in told[6:]}


def test_a_sleep_is_as_long_as_what_remains(monkeypatch: pytest.MonkeyPatch):
    """In slices of a quarter of a second, the last one no longer than it takes."""
    clockwork, slept_s = Clockwork([0] * 9, []), []
    monkeypatch.setattr(clock, "time", clockwork)
    monkeypatch.setattr(clockwork, "sleep", lambda s: (slept_s.append(s), Clockwork.sleep(clockwork, s)))

    assert sleep_until(300_000_000, threading.Event())
    assert pytest.approx([0.25, 0.05]) == slept_s

from time import monotonic_ns

from harness.emulators.monitor import Alarm, Monitor, Window


def test_a_window_knows_its_quantiles_and_the_maximum_of_all():
    """Without samples there is no quantile, and not zero."""
    window = Window()
    assert window.snapshot() == {"p50": None, "p99": None, "max": None, "n": 0}
    for value_ms in range(1, 101):
        window.add(value_ms)
    assert window.snapshot() == {"p50": 51, "p99": 100, "max": 100, "n": 100}
    for _ in range(8192):
        window.add(7)
    assert window.snapshot() == {"p50": 7, "p99": 7, "max": 100, "n": 8292}


def test_a_backlog_is_as_old_as_its_oldest_audio():
    """Of all channels; what was heard or forgotten counts no more."""
    monitor = Monitor()
    first, second = monitor.backlog(), monitor.backlog()
    assert monitor.behind_now_ms() == 0.0
    for received_ns in (1_000_000, 3_000_000):
        first.came(received_ns)
    assert first.waited_ms(5_000_000) == 4.0
    assert first.heard(6_000_000) == 5.0
    assert first.waited_ms(6_000_000) == 3.0
    second.came(monotonic_ns() - 2_000_000_000)
    assert monitor.behind_now_ms() > 1000
    for backlog in (first, second):
        monitor.forget(backlog)
    assert monitor.behind_now_ms() == 0.0


def test_the_alarm_sounds_once_again_when_it_has_doubled_and_when_it_is_over():
    """From a second on; half of that is the way back, and what was told is not told again, so that it doesn't flutter."""
    alarm = Alarm()
    told = [alarm.hear(behind_ms) for behind_ms in (0, 999, 1000, 1900, 2000, 3500, 600, 499, 0, 1200, 4000)]
    assert told == [
        *(None, None),
        "The recogniser is 1.0 s behind real time.",
        None,
        "The recogniser is 2.0 s behind real time.",
        *(None, None),
        "The recogniser has caught up; it was 3.5 s behind real time.",
        *(None, None),
        "The recogniser is 4.0 s behind real time.",
    ]

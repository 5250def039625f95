import threading

from harness.replay.quotas import Limit, Quota


def test_a_session_beyond_the_concurrent_limit_waits_for_a_place():
    """The second session starts when the first one ends, not before."""
    quota = Quota(Limit(concurrent_sessions=1))
    stop = threading.Event()
    order: list[str] = []

    def second() -> None:
        with quota.sessions(1, stop) as granted:
            order.append(f"second {granted}")

    with quota.sessions(1, stop) as granted:
        thread = threading.Thread(target=second)
        thread.start()
        order.append(f"first {granted}")
    thread.join()

    assert order == ["first True", "second True"]


def test_a_stopped_run_waits_no_longer():
    """Stopping ends the wait for a place that will not come."""
    quota = Quota(Limit(new_sessions_per_minute=1))
    stop = threading.Event()
    with quota.sessions(1, stop):
        pass
    stop.set()

    with quota.sessions(1, stop) as granted:
        assert granted is False


def test_without_limits_everyone_enters():
    """No quota, no waiting."""
    quota = Quota(Limit())
    stop = threading.Event()

    with quota.sessions(1, stop) as first, quota.sessions(1, stop) as second:
        assert (first, second) == (True, True)


def test_places_are_taken_all_at_once_or_not_at_all():
    """Two pairs that need two places each of two: one after the other, never one place each and both stuck."""
    quota = Quota(Limit(concurrent_sessions=2))
    stop = threading.Event()
    done: list[bool] = []

    def pair() -> None:
        for _ in range(50):
            with quota.sessions(2, stop) as granted:
                done.append(granted)

    threads = [threading.Thread(target=pair) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert done == [True] * 200

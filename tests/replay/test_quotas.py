import threading

from harness.replay.quotas import Limit, Quota


def test_a_session_beyond_the_concurrent_limit_waits_for_a_place():
    """The second session starts when the first one ends, not before."""
    quota = Quota(Limit(concurrent_sessions=1))
    stop = threading.Event()
    order: list[str] = []

    def second() -> None:
        with quota.session(stop) as granted:
            order.append(f"second {granted}")

    with quota.session(stop) as granted:
        thread = threading.Thread(target=second)
        thread.start()
        order.append(f"first {granted}")
    thread.join()

    assert order == ["first True", "second True"]


def test_a_stopped_run_waits_no_longer():
    """Stopping ends the wait for a place that will not come."""
    quota = Quota(Limit(new_sessions_per_minute=1))
    stop = threading.Event()
    with quota.session(stop):
        pass
    stop.set()

    with quota.session(stop) as granted:
        assert granted is False


def test_without_limits_everyone_enters():
    """No quota, no waiting."""
    quota = Quota(Limit())
    stop = threading.Event()

    with quota.session(stop) as first, quota.session(stop) as second:
        assert (first, second) == (True, True)

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from harness.replay.quota import Limit, Quota


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_beyond_the_concurrent_limit_waits_for_a_place():
    """The second session starts when the first one ends, not before."""
    quota = Quota(Limit(concurrent_sessions=1))

    assert [quota.take(1), quota.take(1)] == [True, False]
    quota.give_back(1)
    assert quota.take(1) is True


def test_without_limits_everyone_enters():
    """No quota, no waiting."""
    quota = Quota(Limit())

    assert all(quota.take(1) for _ in range(1000))


def test_places_are_taken_all_at_once_or_not_at_all():
    """A pair that needs two places does not hold one while it waits for the other."""
    quota = Quota(Limit(concurrent_sessions=3))

    assert [quota.take(2), quota.take(2), quota.take(1)] == [True, False, True]


@given(st.lists(st.floats(0.0, 30.0), max_size=200), st.integers(1, 7))
def test_no_minute_sees_more_new_sessions_than_allowed(waits_s: list[float], allowed: int):
    """Over any 60 seconds, wherever they begin, no more sessions start than the limit says."""
    clock = Clock()
    quota = Quota(Limit(new_sessions_per_minute=allowed), clock)
    starts: list[float] = []
    for wait_s in waits_s:
        clock.now += wait_s
        if quota.take(1):
            starts.append(clock.now)
            quota.give_back(1)

    assert all(sum(start <= other < start + 60.0 for other in starts) <= allowed for start in starts)


def test_a_limit_that_is_used_grows_by_a_tenth_a_minute_and_shrinks_back():
    """AssemblyAI's rule: 100, 110, 121 while 70 % are used; back towards 100 below 50 %."""
    clock = Clock()
    quota = Quota(Limit(new_sessions_per_minute=100, growth=True), clock)
    granted = []
    for wanted in (200, 200, 200, 0, 200):
        granted.append(sum(quota.take(1) for _ in range(wanted)))
        clock.now += 60.0

    assert granted == [100, 110, 121, 0, 121]


def test_a_limit_without_the_rule_stays():
    """Growth is the exception."""
    clock = Clock()
    quota = Quota(Limit(new_sessions_per_minute=10), clock)
    granted = []
    for _ in range(3):
        granted.append(sum(quota.take(1) for _ in range(30)))
        clock.now += 60.0

    assert granted == [10, 10, 10]


def test_a_refusal_closes_the_door_for_longer_each_time():
    """2, 4, 8 … 60 seconds; a session that got in sets it back."""
    clock = Clock()
    quota = Quota(Limit(), clock)
    pauses_s = []
    for _ in range(7):
        pauses_s.append(quota.refused())
        assert quota.take(1) is False
        clock.now += pauses_s[-1]
        assert quota.take(1) is True

    assert pauses_s == [2, 4, 8, 16, 32, 60, 60]
    quota.accepted()
    assert quota.refused() == 2

from dataclasses import dataclass

import pytest
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


def test_places_that_were_not_used_are_free_again():
    """Of both limits, and they count as used in no minute: a limit of 10 does not grow by sessions that never started."""
    clock = Clock()
    quota = Quota(Limit(new_sessions_per_minute=10, concurrent_sessions=10, growth=True), clock)

    assert (True, False) == (quota.take(10), quota.take(1))
    quota.undo(4)
    assert (False, True) == (quota.take(5), quota.take(4))
    quota.undo(4)
    quota.give_back(6)
    clock.now += 60.0
    assert (False, True) == (quota.take(11), quota.take(10))


@pytest.mark.parametrize(
    ("used", "then"),
    [
        ((7,), 11),  # 70 % is enough to grow
        ((6,), 10),
        ((10, 11, 12), 13),
        ((10, 5), 10),  # 45 % of 11
        ((10, 10, 6), 11),  # half of 12.1 is more than 6
        ((10, 11, 12, 8), 13),  # 60 % of 13.31 change nothing
        ((20,), 10),  # all of a pair's places or none
    ],
)
def test_the_share_used_in_a_minute_says_what_the_next_one_allows(used, then):
    """From 10: a tenth more after 70 %, back after less than 50 %, never below the start."""
    clock = Clock()
    quota = Quota(Limit(new_sessions_per_minute=10, growth=True), clock)
    for count in used:
        quota.take(count)
        clock.now += 60.0

    assert (False, True) == (quota.take(then + 1), quota.take(then))


def test_a_limit_shrinks_by_as_many_minutes_as_went_by_unused():
    """Two from 13.31 leave 11, and half an hour the limit that the account has."""
    for idle_minutes, allowed in ((2, 11), (30, 10)):
        clock = Clock()
        quota = Quota(Limit(new_sessions_per_minute=10, growth=True), clock)
        for count in (10, 11, 12):
            assert quota.take(count)
            clock.now += 60.0
        clock.now += 60.0 * idle_minutes
        assert (False, True) == (quota.take(allowed + 1), quota.take(allowed))


def test_a_limit_counts_over_any_minute_and_not_by_the_clocks():
    """What started 59.9 seconds ago still counts, what started 60 seconds ago does not."""
    clock = Clock()
    quota = Quota(Limit(new_sessions_per_minute=2), clock)

    assert (True, False) == (quota.take(2), quota.take(1))
    clock.now += 59.9
    assert quota.take(1) is False
    clock.now = 1060.0
    assert quota.take(2) is True

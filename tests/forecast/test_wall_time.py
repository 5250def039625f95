import math
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config import LimitConfig
from harness.forecast.wall_time import LONGEST_RECORDING, Throttle, grown, wall_time

NEW = "limits.x.new_sessions_per_minute"


def throttle(sessions: int = 1, provider: str = "x", **limit) -> Throttle:
    return Throttle(provider, sessions, LimitConfig(**limit))


def second_by_second(durations: list[int], pairs: int, throttles: list[Throttle]) -> int:
    """The same schedule by brute force: look at every whole second what may start."""
    waiting, ends = deque(durations), []
    starts: dict[str, list[int]] = {one.provider: [] for one in throttles}
    allowed = {one.provider: one.limit.new_sessions_per_minute for one in throttles}

    def fits(one: Throttle, open_pairs: int) -> bool:
        limit, needed = one.limit, one.sessions_per_pair
        recent = sum(now - start < 60 for start in starts[one.provider]) * needed
        if limit.concurrent_sessions is not None and (open_pairs + 1) * needed > limit.concurrent_sessions:
            return False
        return limit.new_sessions_per_minute is None or recent + needed <= math.floor(allowed[one.provider] + 1e-9)

    now = 0
    while True:
        for one in throttles:
            if now and now % 60 == 0 and one.limit.new_sessions_per_minute is not None:
                used = sum(now - 60 <= start < now for start in starts[one.provider]) * one.sessions_per_pair
                allowed[one.provider] = grown(allowed[one.provider], used, one.limit)
        while waiting:
            running = sum(end > now for end in ends)
            if running >= pairs or not all(fits(one, running) for one in throttles):
                break
            ends.append(now + waiting.popleft())
            for one in throttles:
                starts[one.provider].append(now)
        if not waiting:
            return max(ends)
        now += 1


limits = st.builds(
    LimitConfig,
    new_sessions_per_minute=st.none() | st.integers(2, 6),
    concurrent_sessions=st.none() | st.integers(2, 8),
    growth=st.booleans(),
    growth_percent=st.sampled_from([10.0, 50.0, 100.0]),
)


@given(
    durations=st.lists(st.integers(1, 90), min_size=1, max_size=25),
    pairs=st.integers(1, 8),
    throttles=st.tuples(
        st.builds(Throttle, st.just("a"), st.integers(1, 2), limits),
        st.builds(Throttle, st.just("b"), st.just(1), limits),
    ),
)
def test_it_agrees_with_looking_at_every_second(durations: list[int], pairs: int, throttles: tuple[Throttle, ...]):
    """Jumping from event to event gives what a clock that ticks gives, under any two quotas."""
    assert second_by_second(durations, pairs, list(throttles)) == wall_time(durations, pairs, throttles).seconds


@given(
    durations=st.lists(st.floats(0.5, 500), min_size=1, max_size=40),
    pairs=st.integers(1, 10),
    limit=limits.filter(lambda limit: not limit.growth),  # where starting later may let more start
)
def test_it_is_never_shorter_than_any_constraint_alone(durations: list[float], pairs: int, limit: LimitConfig):
    """What holds a run back is the constraint that alone takes the longest."""
    found = wall_time(durations, pairs, [Throttle("x", 1, limit)])
    slowest = max(found.seconds_by_constraint.values())

    assert found.seconds >= slowest - 1e-6
    assert found.seconds >= sum(durations) / pairs - 1e-6
    for key in set(found.bound_by) - {LONGEST_RECORDING}:
        assert found.seconds_by_constraint[key] == pytest.approx(slowest)


def test_lanes_alone():
    """Four minutes in two lanes take two."""
    found = wall_time([60.0] * 4, 2, [throttle(new_sessions_per_minute=100)])

    assert (found.seconds, found.bound_by, found.pairs_allowed) == (120.0, ("replay.pairs",), None)


def test_new_sessions_hold_back():
    """Two starts a minute and room for everything: the last of five pairs starts in the third minute."""
    found = wall_time([10.0] * 5, 99, [throttle(new_sessions_per_minute=2)])

    assert (found.seconds, found.bound_by) == (130.0, (NEW,))


def test_concurrent_sessions_hold_back_pairs_of_two_at_one_provider():
    """Both sides at one provider take two of its places."""
    found = wall_time([60.0] * 6, 99, [throttle(2, concurrent_sessions=5)])

    assert (found.seconds, found.pairs_allowed) == (180.0, 2)
    assert found.bound_by == ("limits.x.concurrent_sessions",)


def test_constraints_that_hold_back_alike_are_all_named():
    """Lifting one of them alone would change nothing."""
    found = wall_time([60.0] * 6, 3, [throttle(concurrent_sessions=3)])

    assert found.bound_by == ("replay.pairs", "limits.x.concurrent_sessions")


def test_nothing_is_quicker_than_the_longest_recording():
    """More of anything would not help."""
    assert wall_time([600.0, 1.0], 2, [throttle(new_sessions_per_minute=100)]).bound_by == (LONGEST_RECORDING,)


def test_the_limit_grows_as_documented():
    """AssemblyAI's own example: 100, 110, 121, 133, 146 and 161 new sessions in six minutes, all of them used."""
    limit = LimitConfig(new_sessions_per_minute=100, growth=True)
    allowed, whole = 100.0, []
    for _ in range(6):
        whole.append(math.floor(allowed + 1e-9))
        allowed = grown(allowed, whole[-1], limit)

    assert [100, 110, 121, 133, 146, 161] == whole


@pytest.mark.parametrize(("used", "expected"), [(85, 133.1), (84, 121.0), (61, 121.0), (60, 110.0), (0, 110.0)])
def test_it_grows_above_70_percent_and_shrinks_below_50(used: int, expected: float):
    """Of 121: 70 % are 84.7, 50 % are 60.5; in between nothing changes."""
    limit = LimitConfig(new_sessions_per_minute=100, growth=True)

    assert pytest.approx(expected) == grown(121.0, used, limit)


def test_it_never_shrinks_below_where_it_started():
    """An idle minute costs nothing."""
    assert grown(105.0, 0, LimitConfig(new_sessions_per_minute=100, growth=True)) == 100.0


def test_growth_shortens_a_large_run():
    """At 10 starts a minute, 100 pairs need ten minutes; growing by a tenth a minute, eight."""
    steady = wall_time([1.0] * 100, 100, [throttle(new_sessions_per_minute=10)])
    growing = wall_time([1.0] * 100, 100, [throttle(new_sessions_per_minute=10, growth=True)])

    assert (541.0, 421.0) == (steady.seconds, growing.seconds)


def test_a_new_minute_may_let_a_pair_start_before_an_old_start_is_forgotten():
    """At 115 s three starts of the last minute fill the limit; it grows to four at 120 s, before the first is 60 s old."""
    growing = throttle(new_sessions_per_minute=2, growth=True, growth_percent=50.0)

    assert wall_time([50.0, 25.0, 5.0, 5.0, 5.0, 1.0], 1, [growing]).seconds == 121.0

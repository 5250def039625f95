from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.replay.jobs import PairJob, SessionJob, schedule


def job(name: str, pass_number: int = 1, audio_s: float = 1.0) -> PairJob:
    return PairJob(name, pass_number, (SessionJob("baseline", (name,)), SessionJob("candidate", (name,))), audio_s)


JOBS = [job(f"clip{n}", p) for n in range(20) for p in (1, 2)]


@given(st.integers())
def test_a_schedule_holds_every_job_once(seed: int):
    """Shuffling loses and doubles nothing."""
    planned = schedule(JOBS, seed)

    assert sorted((job.name, job.pass_number) for job in planned) == sorted((j.name, j.pass_number) for j in JOBS)
    assert all({session.side for session in job.sessions} == {"baseline", "candidate"} for job in planned)


def test_a_seed_gives_one_order_whatever_order_the_corpus_has():
    """The schedule can be reproduced from the seed that the run records."""
    assert schedule(JOBS, 7) == schedule(JOBS[::-1], 7)
    assert schedule(JOBS, 7) != schedule(JOBS, 8)


def test_either_side_dials_first_about_as_often():
    """Neither side gets the advantage of always being dialled first."""
    first = [job.sessions[0].side for job in schedule(JOBS, 1)]

    assert 10 <= first.count("baseline") <= 30


def test_a_long_recording_is_never_left_for_the_end():
    """One hour-long call among short ones starts before the last short ones do."""
    jobs = [job(f"clip{n}", audio_s=10.0) for n in range(30)]
    long = job("long", audio_s=100.0)

    for seed in range(50):
        order = [job.name for job in schedule([*jobs, long], seed, 2)]
        assert len(order) - order.index("long") > 10


def test_a_job_names_every_clip_once_and_can_be_played_with_other_parameters():
    """In the order of its sessions; nothing else changes."""
    two = PairJob("two", 2, (SessionJob("baseline", ("b", "a")), SessionJob("candidate", ("a", "c"))), 3.0, "wide")
    changed = two.with_params({"x": 1})

    assert ("b", "a", "c") == two.clip_ids == changed.clip_ids
    assert [{"x": 1}, {"x": 1}] == [session.params for session in changed.sessions]
    assert ("two", 2, 3.0, "wide") == (changed.name, changed.pass_number, changed.audio_s, changed.variant)


def test_only_the_end_of_an_order_is_sorted():
    """As many as the longest takes on all lanes: two for one lane, four for three; before them the order is the same."""
    jobs = [job(f"clip{n:02}", audio_s=1.0 + n / 1000) for n in range(20)]
    one, three = ([planned.audio_s for planned in schedule(jobs, 1, lanes)] for lanes in (1, 3))

    assert one[:-4] == three[:-4]
    for order, tail in ((one, 2), (three, 4)):
        assert order[-tail:] == sorted(order[-tail:], reverse=True)
        assert order[-tail - 1] < order[-tail]


def test_an_end_that_is_long_enough_is_left_at_that():
    """A long job that is drawn last takes as long as the longest: a short one in front of it stays there."""
    jobs = [job(f"clip{n:02}", audio_s=(1.0, 0.5)[n % 2]) for n in range(20)]
    ends = {tuple(planned.audio_s for planned in schedule(jobs, seed)[-2:]) for seed in range(20)}

    assert {(0.5, 1.0), (1.0, 1.0)} < ends


def test_passes_are_not_played_one_after_the_other():
    """A service's good or bad hour meets each alike."""
    passes = [planned.pass_number for planned in schedule(JOBS, 3)]

    assert 10 < sum(before != after for before, after in pairwise(passes))


def test_no_jobs_make_no_order():
    """An empty corpus."""
    assert [] == schedule([], 1)

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

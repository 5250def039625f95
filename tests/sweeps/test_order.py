"""In which order a sweep is played."""

from collections import Counter
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from harness.replay.jobs import PairJob, SessionJob
from harness.sweeps.order import interleaved
from harness.timeline.events import Side

NAMES = ("a", "b", "c")


def jobs(side: Side, clips: int, passes: int = 1) -> list[PairJob]:
    return [
        PairJob(f"clip-{clip}", number, (SessionJob(side, (f"clip-{clip}",)),), 1.0 + clip)
        for clip in range(clips)
        for number in range(1, passes + 1)
    ]


def played(clips: int, seed: int = 1, passes: int = 1) -> list[PairJob]:
    candidates = {name: jobs("candidate", clips, passes) for name in NAMES}
    return interleaved(jobs("baseline", clips, passes), candidates, seed, lanes=2)


@given(st.integers(1, 8), st.integers(0, 50), st.integers(1, 2))
def test_every_clip_is_played_by_all_in_a_row(clips: int, seed: int, passes: int):
    """All variants once, the baseline once, with whoever is first."""
    blocks = [
        list(block) for _, block in groupby(played(clips, seed, passes), key=lambda job: (job.name, job.pass_number))
    ]

    assert clips * passes == len(blocks)
    for block in blocks:
        assert list(NAMES) == sorted(job.variant for job in block)
        assert [2, 1, 1] == [len(job.sessions) for job in block]
        assert {"baseline", "candidate"} == {session.side for session in block[0].sessions}


def test_everyone_is_first_equally_often():
    """And the next clip's first is the last one's second, so that no hour and no neighbour favours anybody."""
    firsts = [job.variant for job in played(9) if len(job.sessions) == 2]

    assert dict.fromkeys(NAMES, 3) == Counter(firsts)
    assert all(firsts[place] == firsts[place % 3] for place in range(9))


def test_the_seed_decides():
    """Equal seeds, equal orders; clips, variants and who dials first are drawn."""
    assert played(6, 1) == played(6, 1)
    orders = [[(job.name, job.variant, job.sessions[0].side) for job in played(6, seed)] for seed in range(4)]
    for what in range(3):
        assert 1 < len({tuple(each[what] for each in order) for order in orders})


def test_what_is_recorded_already_is_left_out():
    """A clip's baseline that is missing goes with the first variant that is, or alone."""
    candidates = {"a": jobs("candidate", 2)[:1], "b": []}
    order = interleaved(jobs("baseline", 2), candidates, 1, lanes=1)

    assert [("clip-0", "a", 2), ("clip-1", "", 1)] == sorted(
        (job.name, job.variant, len(job.sessions)) for job in order
    )

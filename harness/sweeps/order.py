"""In which order a sweep is played: clip by clip, every variant in turn, so that no hour favours one of them."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.replay.jobs import PairJob, schedule

Key = tuple[str, int]


def interleaved(
    baseline: Sequence[PairJob], variants: Mapping[str, Sequence[PairJob]], seed: int, lanes: int
) -> list[PairJob]:
    """All jobs of a sweep in the order in which they start.

    Clips (and passes) come in the shuffled order of `schedule`. A clip is played by all variants, one right after the other; who is
    first moves on by one from clip to clip. The baseline is played once a clip, with the first of them, under one T0.

    Args:
        baseline: What is still to be recorded of the baseline, a job a clip and pass.
        variants: The same of each variant's candidate, by its name, in the order given.
        seed: Of the order, and of which side dials first.
        lanes: Jobs that run at once.
    """
    by_key: dict[Key, list[PairJob]] = {}
    own = {name: {_key(job): job for job in jobs} for name, jobs in variants.items()}
    for jobs in (baseline, *variants.values()):
        for job in jobs:
            by_key.setdefault(_key(job), []).append(job)
    blocks = [PairJob(name, number, (), sum(job.audio_s for job in jobs)) for (name, number), jobs in by_key.items()]
    chooser = random.Random(seed)  # noqa: S311 - an order, not a secret
    names = list(variants)
    chooser.shuffle(names)
    alone = {_key(job): job for job in baseline}
    ordered: list[PairJob] = []
    for place, block in enumerate(schedule(blocks, seed, lanes)):
        turn = place % len(names)
        mine = [
            replace(own[name][_key(block)], variant=name)
            for name in names[turn:] + names[:turn]
            if _key(block) in own[name]
        ]
        beside = alone.get(_key(block))
        if beside is not None:
            mine[:1] = [_together(beside, mine[0], chooser) if mine else beside]
        ordered += mine
    return ordered


def _together(baseline: PairJob, candidate: PairJob, chooser: random.Random) -> PairJob:
    sessions = (*baseline.sessions, *candidate.sessions)
    return replace(candidate, sessions=sessions if chooser.random() < 0.5 else sessions[::-1])  # noqa: PLR2004 - a coin


def _key(job: PairJob) -> Key:
    return job.name, job.pass_number

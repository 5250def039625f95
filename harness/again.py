"""What `--resume` plays again: pairs that the harness or the network spoilt. What a service did is never played again."""

from collections.abc import Sequence

from harness.joblist import units
from harness.planning import RunPlan
from harness.replay.jobs import PairJob
from harness.rundir import RunDir
from harness.timeline.account import account
from harness.timeline.events import Side
from harness.timeline.validity import harness_faults


def set_spoilt_aside(plan: RunPlan, folder: RunDir, sides: Sequence[Side]) -> int:
    """Lay the sessions of spoilt pairs beside the run's own, so that they are missing; returns how many pairs there were.

    Args:
        plan: Its clips and passes are looked at.
        folder: The run.
        sides: Recorded in this run, and not borrowed from another.
    """
    count = 0
    for _, clips in units(plan.clips, together=any(plan.sides[side].together for side in sides)):
        for number in range(1, plan.config.replay.passes + 1):
            ids = [clip.clip_id for clip in clips]
            if any(_is_spoilt(folder, clip_id, number, sides) for clip_id in ids):
                set_aside(folder, ids, number, sides)
                count += 1
    return count


def set_aside(folder: RunDir, clip_ids: Sequence[str], pass_number: int, sides: Sequence[Side]) -> None:
    """Lay what was recorded of a pair beside the run's own."""
    for clip_id in clip_ids:
        for side in sides:
            folder.set_aside(clip_id, side, pass_number)


def marked(jobs: Sequence[PairJob], folder: RunDir) -> list[PairJob]:
    """The jobs, those marked that were played before: each gets one attempt more, and not two."""
    return [job.again() if _was_played(job, folder) else job for job in jobs]


def _is_spoilt(folder: RunDir, clip_id: str, pass_number: int, sides: Sequence[Side]) -> bool:
    accounts = {}
    for side in sides:
        timeline = folder.read_session(clip_id, side, pass_number)
        if timeline is not None:
            accounts[side] = account(timeline.header, timeline.events)
    return bool(harness_faults(accounts))


def _was_played(job: PairJob, folder: RunDir) -> bool:
    return any(
        folder.session_path(clip_id, session.side, job.pass_number, rejected=True).is_file()
        for session in job.sessions
        for clip_id in session.clip_ids
    )

"""What a plan gives the replay engine to do: the sessions that are still to be recorded, and how."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from harness.corpus.model import Clip
from harness.planning import PlannedSide, RunPlan
from harness.providers.base import SessionSpec
from harness.replay.engine import ReplaySettings
from harness.replay.jobs import PairJob, SessionJob
from harness.replay.quota import Limit
from harness.replay.session import SideSettings
from harness.timeline.events import SIDES, Side

IsRecorded = Callable[[str, Side, int], bool]


def missing_jobs(plan: RunPlan, sides: Iterable[Side], is_recorded: IsRecorded) -> list[PairJob]:
    """What is still to be played: all clips and passes of which a side in `sides` has no finished session.

    The channels of a recording are played together if a side sends them in one session, else each as a pair of its own.
    """
    wanted = [side for side in SIDES if side in set(sides)]
    together = any(plan.sides[side].together for side in SIDES)
    jobs = []
    for name, clips in units(plan.clips, together=together):
        for number in range(1, plan.config.replay.passes + 1):
            sessions = tuple(_sessions(plan, clips, number, wanted, is_recorded))
            if sessions:
                audio_s = max(plan.chunks[clip.clip_id].duration_s for clip in clips)
                jobs.append(PairJob(name, number, sessions, audio_s))
    return jobs


def replay_settings(plan: RunPlan, hosts: Mapping[Side, str | None]) -> ReplaySettings:
    """How the engine plays a plan's jobs on this machine.

    Args:
        plan: With keys.
        hosts: Where each side is reached; None: the provider's own host.
    """
    replay = plan.config.replay
    return ReplaySettings(
        sides={side: _side_settings(side, plan.sides[side], hosts[side]) for side in SIDES},
        limits={
            name: Limit(**limit.model_dump(exclude={"session_minutes"})) for name, limit in plan.config.limits.items()
        },
        pairs=replay.pairs,
        workers=replay.workers or default_workers(replay.pairs),
        seed=replay.seed,
    )


def default_workers(pairs: int) -> int:
    """Processes for so many pairs: one a processor. More only take turns, and each costs its own memory and start (decision 12)."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(pairs, processors)


def clips_by_id(clips: Iterable[Clip]) -> Mapping[str, Clip]:
    """The clips by their ids."""
    return {clip.clip_id: clip for clip in clips}


def units(clips: Sequence[Clip], *, together: bool) -> Iterator[tuple[str, list[Clip]]]:
    """What is played as one pair, by name: a clip, or all channels of a recording."""
    if not together:
        yield from ((clip.clip_id, [clip]) for clip in clips)
        return
    for recording_id, channels in groupby(clips, key=lambda clip: clip.recording_id):
        yield recording_id, list(channels)


def _sessions(
    plan: RunPlan, clips: Sequence[Clip], number: int, sides: Iterable[Side], is_recorded: IsRecorded
) -> Iterator[SessionJob]:
    for side in sides:
        ids = tuple(clip.clip_id for clip in clips if not is_recorded(clip.clip_id, side, number))
        if not ids:
            continue
        if plan.sides[side].together and len(clips) > 1:
            yield SessionJob(side, tuple(clip.clip_id for clip in clips))
        else:
            yield from (SessionJob(side, (clip_id,)) for clip_id in ids)


def _side_settings(side: Side, planned: PlannedSide, host: str | None) -> SideSettings:
    return SideSettings(
        side=side,
        provider=planned.provider,
        spec=SessionSpec(params=dict(planned.params), host=host, api_keys=planned.api_keys),
    )

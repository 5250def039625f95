"""The replay engine: which pair runs when, in how many lanes, and what is done when one goes wrong in the harness."""

import gc
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from harness.audio.chunking import Stream
from harness.replay.clock import LagProbe
from harness.replay.pair import PairJob, PairResult, replay_pair
from harness.replay.quotas import Limit, Quota
from harness.replay.session import SideSettings
from harness.timeline.events import Side
from harness.timeline.fold import fold
from harness.timeline.validity import harness_faults

# The interpreter's default of 5 ms lets one long parse delay a sender or a stamp of another thread by as much.
_SWITCH_INTERVAL_S = 0.0005


@dataclass(frozen=True, slots=True)
class Finished:
    """A pair that ran to its end. `rejected` is the first attempt, if the harness itself spoiled it."""

    job: PairJob
    result: PairResult
    rejected: PairResult | None = None


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """How jobs are run.

    Attributes:
        sides: Both sides and how they are reached.
        limits: Quotas by provider name.
        pairs: Lanes: pairs that run at once.
        seed: Orders the calls and draws which side dials first.
    """

    sides: Mapping[Side, SideSettings]
    limits: Mapping[str, Limit]
    pairs: int
    seed: int


def schedule(jobs: Sequence[PairJob], seed: int, lanes: int = 1) -> list[PairJob]:
    """The jobs in a shuffled order that `seed` reproduces, each with the side that dials first in front.

    Passes are interleaved: a provider's good or bad hour meets every pass alike. Only the end of the order is sorted, the
    longest first, so that the lanes finish together instead of waiting for one long recording drawn last.
    """
    chooser = random.Random(seed)  # noqa: S311 - an order, not a secret
    ordered = sorted(jobs, key=lambda job: (job.clip_id, job.pass_number))
    chooser.shuffle(ordered)
    drawn = [replace(job, sides=job.sides if chooser.random() < 0.5 else job.sides[::-1]) for job in ordered]  # noqa: PLR2004
    longest_s = max((job.audio_s for job in drawn), default=0.0)
    tail, tail_s = len(drawn), 0.0
    while tail and tail_s < longest_s * lanes:
        tail -= 1
        tail_s += drawn[tail].audio_s
    return drawn[:tail] + sorted(drawn[tail:], key=lambda job: -job.audio_s)


def run(
    jobs: Sequence[PairJob],
    settings: ReplaySettings,
    load: Callable[[str], Stream],
    stop: threading.Event,
) -> Iterator[Finished]:
    """Run all jobs, yielding each pair as it finishes. Set `stop` to end early: pairs in flight are then dropped.

    Args:
        jobs: What to run.
        settings: How.
        load: Gives the stream of a clip; called in the lane that plays it.
        stop: Ends the run.
    """
    names = {side.provider.name for side in settings.sides.values()}
    quotas = {name: Quota(settings.limits.get(name, Limit())) for name in names}
    with _quiet_interpreter(), LagProbe() as probe, ThreadPoolExecutor(settings.pairs, "lane") as lanes:
        lane = _Lane(settings, quotas, load, probe, stop)
        waiting = iter(schedule(jobs, settings.seed, settings.pairs))
        running: set[Future[Finished | None]] = set()
        try:
            while True:
                while len(running) < settings.pairs and not stop.is_set() and (job := next(waiting, None)):
                    running.add(lanes.submit(lane.run, job))
                if not running:
                    return
                done, running = wait(running, timeout=0.25, return_when=FIRST_COMPLETED)
                for future in done:
                    if (finished := future.result()) is not None:
                        yield finished
        finally:
            if running:  # an error, or the consumer's end: what is in flight must not outlive the run
                stop.set()


@dataclass(frozen=True, slots=True)
class _Lane:
    """What a lane needs to run one pair after the other."""

    settings: ReplaySettings
    quotas: Mapping[str, Quota]
    load: Callable[[str], Stream]
    probe: LagProbe
    stop: threading.Event

    def run(self, job: PairJob) -> Finished | None:
        """Run one pair; once more if the harness spoiled it. None if the run was stopped.

        A provider's failure is a result and is never retried away.
        """
        stream = self.load(job.clip_id)
        first = self._attempt(job, stream)
        if first is None or not _spoiled(first):
            return Finished(job, first) if first is not None else None
        second = self._attempt(job, stream)
        return Finished(job, second, rejected=first) if second is not None else None

    def _attempt(self, job: PairJob, stream: Stream) -> PairResult | None:
        sides = tuple(self.settings.sides[side] for side in job.sides)
        with ExitStack() as places:
            # All of one provider's places at once, and the providers in one order everywhere: no deadlock.
            for name, count in sorted(Counter(side.provider.name for side in sides).items()):
                if not places.enter_context(self.quotas[name].sessions(count, self.stop)):
                    return None
            result = replay_pair(job, sides, stream, self.probe, self.stop)
        return result if result.finished else None


def _spoiled(result: PairResult) -> bool:
    """Whether the harness, and not a service, spoiled the pair."""
    return bool(harness_faults({side: fold(timeline) for side, timeline in result.timelines.items()}))


@contextmanager
def _quiet_interpreter() -> Iterator[None]:
    """While recording: short turns for threads, and no garbage collection over what is already there."""
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        sys.setswitchinterval(interval_s)

"""A pair: both sessions of a clip at the same time, under one T0, independent of each other once they run."""

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from harness.audio.chunking import Stream
from harness.replay.clock import LagProbe
from harness.replay.session import SideReplay, SideSettings
from harness.timeline.events import Side, Timeline

LEAD_NS = 200_000_000  # from the moment both are ready to T0


class Rendezvous:
    """Where both sides of a pair agree on T0: the later of their ready instants plus 200 ms.

    A side whose partner failed to become ready runs alone, with a T0 of its own.
    """

    def __init__(self, sides: int) -> None:
        self._waiting = sides
        self._ready_ns: list[int] = []
        self._changed = threading.Condition()

    def report(self, ready_ns: int | None) -> None:
        """Say that a side became ready, or (None) that it never will."""
        with self._changed:
            self._waiting -= 1
            if ready_ns is not None:
                self._ready_ns.append(ready_ns)
            self._changed.notify_all()

    def t0_ns(self, stop: threading.Event) -> int | None:
        """Block until every side has reported; None if the run was stopped meanwhile or no side is ready."""
        with self._changed:
            while self._waiting and not stop.is_set():
                self._changed.wait(0.25)
            if self._waiting or not self._ready_ns:
                return None
            return max(self._ready_ns) + LEAD_NS

    @property
    def paired(self) -> bool:
        """Whether both sides run under this T0."""
        return len(self._ready_ns) > 1


@dataclass(frozen=True, slots=True)
class PairJob:
    """One pair to run: a clip, a pass, the sides still missing (both, unless a run is resumed), and its audio time."""

    clip_id: str
    pass_number: int
    sides: tuple[Side, ...]
    audio_s: float


@dataclass(frozen=True, slots=True)
class PairResult:
    """What became of a pair: a timeline a side; not `finished` if the run was stopped before its end."""

    timelines: Mapping[Side, Timeline]
    finished: bool


def replay_pair(
    job: PairJob,
    sides: tuple[SideSettings, ...],
    stream: Stream,
    probe: LagProbe,
    stop: threading.Event,
) -> PairResult:
    """Stream one clip to `sides`, which dial in this order, and return their timelines."""
    replays = [SideReplay(settings, stream, stop) for settings in sides]
    rendezvous = Rendezvous(len(replays))
    started_ns = time.monotonic_ns()
    with ThreadPoolExecutor(len(replays), thread_name_prefix=f"pair-{job.clip_id}") as pool:
        instants = list(pool.map(lambda replay: _run_side(replay, rendezvous, stop), replays))
    t0_ns = next((instant for instant in instants if instant is not None), time.monotonic_ns())
    lag_ms = probe.between(started_ns, time.monotonic_ns())
    return PairResult(
        {
            replay.settings.side: replay.timeline(
                job.clip_id, job.pass_number, t0_ns, paired=rendezvous.paired, loop_lag_ms=lag_ms
            )
            for replay in replays
        },
        finished=not stop.is_set(),
    )


def _run_side(replay: SideReplay, rendezvous: Rendezvous, stop: threading.Event) -> int | None:
    """Run one side from dial to close; returns its T0, None if it had none."""
    try:
        ready = replay.open()
    except BaseException:
        rendezvous.report(None)  # never leave the other side waiting
        raise
    rendezvous.report(replay.session.ready_ns if ready else None)
    t0_ns = rendezvous.t0_ns(stop) if ready else None
    try:
        if t0_ns is not None:
            replay.send_all(t0_ns)
    finally:
        replay.close()
    return t0_ns

"""The replay engine: which job runs when and where, and what is done when one goes wrong in the harness.

The coordinator, in this process, prepares audio, keeps the quotas, gives jobs to the worker processes, collects what they tell,
and judges whether the harness itself spoiled a pair. It keeps no time: a chunk or a stamp never waits for it.
"""

import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Literal

from harness.audio.prepare import PreparedAudio
from harness.errors import InvalidRunError
from harness.replay.crew import Crew, Hand, Lost
from harness.replay.jobs import PairJob, SessionJob, schedule
from harness.replay.messages import Played, Rows
from harness.replay.quota import Limit, Places, Quota
from harness.replay.session import CLOSE_DEADLINE_S, SideSettings
from harness.replay.spool import RecordedSession, Spool
from harness.timeline.account import account
from harness.timeline.events import Side
from harness.timeline.validity import harness_faults

_LISTEN_S = 0.05  # while a job could start: its audio may be ready, or a quota have room
_IDLE_S = 0.5  # while none can before a worker has said something
_PREPARED_AHEAD = 2
_ATTEMPTS = 2  # a pair that the harness spoiled is run once more
_DEADLINE_MARGIN_S = 15.0
_MOST_THROTTLED = (
    20  # refusals of one job, some 15 minutes of waiting, before its refusal is recorded as the provider's failure
)

Because = Literal["spoiled", "lost"]


@dataclass(frozen=True, slots=True)
class Finished:
    """A job that ran to its end.

    Attributes:
        job: The job.
        sessions: In the order of the job's sessions; the consumer calls `close`.
        rejected: Those of the first attempt, if the harness itself spoiled it.
        faults: What the harness did wrong in the attempt that counts; empty if nothing.
    """

    job: PairJob
    sessions: tuple[RecordedSession, ...]
    rejected: tuple[RecordedSession, ...] = ()
    faults: tuple[str, ...] = ()

    def timelines(self) -> Iterator[tuple[RecordedSession, bool]]:
        """A session for each clip, and whether it is one of the rejected."""
        for sessions, rejected in ((self.rejected, True), (self.sessions, False)):
            for job, session in zip(self.job.sessions, sessions, strict=False):
                for clip_id in job.clip_ids:
                    yield session.of_clip(clip_id, job), rejected

    def close(self) -> None:
        """Free the sessions."""
        _free((*self.rejected, *self.sessions))


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """How jobs are run.

    Attributes:
        sides: Both sides and how they are reached.
        limits: Quotas by provider name.
        pairs: Pairs that run at once.
        workers: Processes they are spread over.
        seed: Orders the calls and draws which side dials first.
    """

    sides: Mapping[Side, SideSettings]
    limits: Mapping[str, Limit]
    pairs: int
    workers: int
    seed: int


@dataclass(slots=True)
class Tally:
    """What the engine had to do beyond playing every job once; read it when the run is over.

    Attributes:
        reruns: Jobs run again because the harness spoiled the first attempt.
        throttled: Refusals by provider for a quota, each followed by a further dial.
        lost: Jobs whose worker died.
        stamps: Messages by who stamped their arrival, `kernel` or `process`.
        cpu_s: CPU seconds of all workers.
        memory_locked: Whether the system let the workers lock their memory.
        niceness: At which they ran.
    """

    reruns: int = 0
    throttled: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    stamps: Counter[str] = field(default_factory=Counter)
    cpu_s: float = 0.0
    memory_locked: bool = False
    niceness: int = 0


@dataclass(slots=True)
class _Attempt:
    """A job on its way: waiting, or played under a ticket."""

    job: PairJob
    audio: tuple[PreparedAudio, ...] = ()
    spools: list[tuple[Spool, Spool]] = field(default_factory=list)
    rejected: tuple[RecordedSession, ...] = ()
    number: int = 1
    losses: int = 0
    refusals: int = 0


def run(
    jobs: Sequence[PairJob],
    settings: ReplaySettings,
    prepare: Callable[[SessionJob], PreparedAudio],
    stop: threading.Event,
    *,
    quotas: Mapping[str, Places] | None = None,
    tally: Tally | None = None,
    in_order: bool = False,
) -> Iterator[Finished]:
    """Run all jobs, yielding each as it finishes. Set `stop` to end early: what is in flight is then dropped.

    Args:
        jobs: What to run.
        settings: How.
        prepare: Makes the audio of a session; called ahead of time, in another thread.
        stop: Ends the run.
        quotas: By provider; `settings.limits` within this process by default.
        tally: Filled in on the way.
        in_order: Start them as they stand in `jobs`; by default in the order of `schedule`.

    Raises:
        InvalidRunError: A worker met a defect of this program, or died over and over.
    """
    ordered = list(jobs) if in_order else schedule(jobs, settings.seed, settings.pairs)
    workers = min(settings.workers, settings.pairs, max(1, len(ordered)))
    with ExitStack() as stack:
        crew = stack.enter_context(Crew(workers, settings.sides))
        preparing = stack.enter_context(ThreadPoolExecutor(1, "prepare"))
        coordinator = _Coordinator(
            settings,
            crew,
            quotas={**own_quotas(settings), **(quotas or {})},
            tally=tally or Tally(),
            preparing=preparing,
            prepare=prepare,
        )
        stack.callback(coordinator.close)
        yield from coordinator.run(ordered, stop)


def own_quotas(settings: ReplaySettings) -> dict[str, Places]:
    """The quotas of this process, by provider; who runs several times in a row gives the same to each."""
    names = {side.provider.name for side in settings.sides.values()}
    return {name: Quota(settings.limits.get(name, Limit())) for name in names}


class _Coordinator:
    """One run of the engine."""

    def __init__(
        self,
        settings: ReplaySettings,
        crew: Crew,
        *,
        quotas: Mapping[str, Places],
        tally: Tally,
        preparing: ThreadPoolExecutor,
        prepare: Callable[[SessionJob], PreparedAudio],
    ) -> None:
        self._settings = settings
        self._crew = crew
        self._quotas = quotas
        self._tally = tally
        self._preparing = preparing
        self._prepare = prepare
        self._waiting: deque[_Attempt] = deque()
        self._coming: dict[int, Future[tuple[PreparedAudio, ...]]] = {}  # by identity of the attempt
        self._playing: dict[int, _Attempt] = {}
        self._tickets = itertools.count(1)

    def run(self, jobs: Sequence[PairJob], stop: threading.Event) -> Iterator[Finished]:
        """Play the jobs in this order."""
        self._waiting.extend(_Attempt(job, number=1 + job.attempts_before) for job in jobs)
        stopped = False
        while self._playing or (self._waiting and not stopped):
            if stop.is_set() and not stopped:
                stopped = True
                self._crew.stop()
            if not stopped:
                self._dispatch()
            startable = self._waiting and len(self._playing) < self._settings.pairs and not stopped
            for hand, told in self._crew.listen(_LISTEN_S if startable else _IDLE_S):
                finished = self._heard(hand, told, stopped=stopped)
                if finished is not None:
                    yield finished
        granted = self._crew.granted
        self._tally.cpu_s = self._crew.cpu_s
        self._tally.memory_locked, self._tally.niceness = granted.memory_locked, granted.niceness

    def close(self) -> None:
        """Free what is left when the run ended early."""
        for future in self._coming.values():
            if not future.cancel() and future.exception() is None:
                _free(future.result())
        for attempt in (*self._waiting, *self._playing.values()):
            _free(attempt.audio)
            _free(attempt.rejected)
            for spools in attempt.spools:
                _free(spools)

    def _dispatch(self) -> None:
        """Start what may start now, in the order of the schedule."""
        for attempt in itertools.islice(self._waiting, _PREPARED_AHEAD):
            if not attempt.audio and id(attempt) not in self._coming:
                self._coming[id(attempt)] = self._preparing.submit(self._prepared, attempt.job)
        while self._waiting and len(self._playing) < self._settings.pairs:
            attempt = self._waiting[0]
            if not attempt.audio:
                future = self._coming.get(id(attempt))
                if future is None or not future.done():
                    return
                attempt.audio = future.result()
                del self._coming[id(attempt)]
            if not self._take_places(attempt.job):
                return
            self._waiting.popleft()
            ticket = next(self._tickets)
            self._playing[ticket] = attempt
            attempt.spools = [(Spool(), Spool()) for _ in attempt.job.sessions]
            self._crew.play(ticket, attempt.job, attempt.audio, self._deadline_s(attempt.job))

    def _prepared(self, job: PairJob) -> tuple[PreparedAudio, ...]:
        """The audio of every session; the same file for sessions that carry the same clips."""
        made: dict[tuple[str, ...], PreparedAudio] = {}
        for session in job.sessions:
            if session.clip_ids not in made:
                made[session.clip_ids] = self._prepare(session)
        return tuple(made[session.clip_ids] for session in job.sessions)

    def _deadline_s(self, job: PairJob) -> float:
        dial_s = max(side.spec.connect_timeout_s for side in self._settings.sides.values())
        return job.audio_s + 2 * dial_s + CLOSE_DEADLINE_S + _DEADLINE_MARGIN_S

    def _places(self, job: PairJob) -> Counter[str]:
        return Counter(self._settings.sides[session.side].provider.name for session in job.sessions)

    def _take_places(self, job: PairJob) -> bool:
        """Places for all of a job's sessions, or none at all."""
        taken: list[tuple[str, int]] = []
        for name, count in self._places(job).items():
            if not self._quotas[name].take(count):
                for other, others in taken:
                    self._quotas[other].undo(others)
                return False
            taken.append((name, count))
        return True

    def _heard(self, hand: Hand, told: Rows | Played | Lost, *, stopped: bool) -> Finished | None:
        match told:
            case Rows():
                attempt = self._playing.get(told.ticket)
                if attempt is not None:
                    audio, frames = attempt.spools[told.number]
                    audio.append(told.audio)
                    frames.append(told.frames)
            case Played():
                return self._played(hand, told, stopped=stopped)
            case Lost():
                for ticket in told.tickets:
                    self._lost(ticket)
        return None

    def _left(self, ticket: int) -> _Attempt:
        attempt = self._playing.pop(ticket)
        for name, count in self._places(attempt.job).items():
            self._quotas[name].give_back(count)
        return attempt

    def _lost(self, ticket: int) -> None:
        """The worker is gone, and what the job had recorded with it: play it again, as after any fault of the harness."""
        attempt = self._left(ticket)
        self._tally.lost += 1
        attempt.losses += 1
        for spools in attempt.spools:
            _free(spools)
        attempt.spools = []
        if attempt.losses >= _ATTEMPTS:
            _free(attempt.audio)
            raise InvalidRunError(
                f"The process that recorded {attempt.job.name!r} died {attempt.losses} times. Look for what kills it (memory?), "
                "then continue with --resume."
            )
        self._waiting.appendleft(attempt)

    def _played(self, hand: Hand, told: Played, *, stopped: bool) -> Finished | None:
        lag_ms = hand.lags.pop(told.ticket).summary_ms()
        attempt = self._left(told.ticket)
        sessions = tuple(
            RecordedSession(replace(end.header, loop_lag_ms=lag_ms), end.early, end.late, audio, frames)
            for end, (audio, frames) in zip(told.sessions, attempt.spools, strict=True)
        )
        attempt.spools = []
        if stopped:
            _free((*sessions, *attempt.audio, *attempt.rejected))
            return None
        if told.throttled and attempt.refusals < _MOST_THROTTLED:
            self._throttled(attempt, told.throttled)
            _free(sessions)
            return None
        for name in self._places(attempt.job):
            if name not in told.throttled:
                self._quotas[name].accepted()
        faults = _faults(attempt.job, sessions)
        if faults and attempt.number < _ATTEMPTS:
            attempt.number, attempt.rejected = attempt.number + 1, sessions
            self._tally.reruns += 1
            self._waiting.appendleft(attempt)
            return None
        _free(attempt.audio)
        for session in sessions:
            self._tally.stamps.update(session.header.extra["stamps"])
        return Finished(attempt.job, sessions, attempt.rejected, faults)

    def _throttled(self, attempt: _Attempt, providers: Sequence[str]) -> None:
        """No failure but scheduling: wait, all of that provider's sessions alike, and dial again."""
        attempt.refusals += 1
        for name in providers:
            self._tally.throttled[name] += 1
            self._quotas[name].refused()
        self._waiting.appendleft(attempt)


def _faults(job: PairJob, sessions: Sequence[RecordedSession]) -> tuple[str, ...]:
    """What the harness, and not a service, did wrong: clip by clip, as it is scored."""
    faults: dict[str, None] = {}
    for clip_id in job.clip_ids:
        of_clip = {
            part.side: account(own.header, own.events)
            for part, session in zip(job.sessions, sessions, strict=True)
            if clip_id in part.clip_ids
            for own in [session.of_clip(clip_id, part)]
        }
        faults.update(dict.fromkeys(harness_faults(of_clip)))
    return tuple(faults)


def _free(owned: Sequence[PreparedAudio | RecordedSession | Spool]) -> None:
    for each in owned:
        each.close()

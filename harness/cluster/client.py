"""The client of a cluster: sends shards out, takes results in, and decides what is still missing."""

import pickle
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

from distributed import Client, Future, Queue, Variable
from distributed.scheduler import KilledWorker

from harness.cluster.order import (
    STOP,
    Asked,
    Delivered,
    Order,
    Pair,
    Played,
    Shard,
    ShardOver,
    Spread,
    cut,
    order_for,
    pair_of,
)
from harness.cluster.places import limited, register
from harness.cluster.shard import check_worker, play_shard
from harness.errors import ConfigError, HarnessError, InvalidRunError
from harness.joblist import clips_by_id
from harness.planning import RunPlan
from harness.replay.engine import Tally
from harness.replay.jobs import PairJob, schedule
from harness.rundir import RunDir
from harness.timeline.events import Side

_CONNECT_S = 10.0
_FIRST_WORKER_S = 30.0
_POLL_S = 0.25
_PULSE_EVERY_S = 1.0
_STOP_S = 30.0  # until shards that were told to stop are no longer waited for
_NO_WORKER_S = 300.0
_MOST_WAITING = 100  # results on the scheduler that were not fetched yet


class Cluster:
    """A connection to a scheduler."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address

    @property
    def workers(self) -> int:
        """How many workers there are now."""
        return len(self._client.nthreads())

    def check(self, plan: RunPlan) -> None:
        """Refuse what can't work before anything is streamed or written.

        Raises:
            UsageError: There is no worker, or one that would not record what this machine would.
        """
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=_FIRST_WORKER_S)
        order = order_for(plan, "check", {side: planned.host for side, planned in plan.sides.items()})
        answers: dict[str, Any] = self._client.run(check_worker_only, order, on_error="return")
        if not answers:
            raise ConfigError(
                f"--scheduler {self._address}: it has no worker. Start some: dask worker {self._address} --nthreads 1"
            )
        for address, answer in answers.items():
            if isinstance(answer, HarnessError):
                raise type(answer)(f"Worker {address}: {answer}")
            if isinstance(answer, BaseException):
                raise ConfigError(
                    f"Worker {address} can't run this version of harness ({answer!r}). Install there what is installed here."
                )

    def play(
        self,
        plan: RunPlan,
        jobs: Sequence[PairJob],
        hosts: Mapping[Side, str | None],
        stop: threading.Event,
        *,
        tally: Tally,
        spread: Spread,
    ) -> Iterator[Delivered]:
        """Play all jobs on the cluster's workers, yielding each pair as it comes back. Set `stop` to end early.

        Args:
            plan: What is played.
            jobs: Of it.
            hosts: Where each side is reached.
            stop: Ends the run.
            tally: Filled in as shards end.
            spread: Filled in on the way.

        Raises:
            InvalidRunError: The scheduler is gone, no worker is left, or one died over and over.
        """
        for account in limited(plan).values():
            register(self._client, *account)
        order = order_for(plan, f"harness-{uuid4().hex}", hosts)
        try:
            yield from _Campaign(self._client, order, plan, jobs, stop, tally=tally, spread=spread).results()
        except OSError as error:
            raise InvalidRunError(
                f"The scheduler at {self._address} can't be reached any more ({error}). What was finished is kept: start it again, "
                "then continue with --resume."
            ) from error


def check_worker_only(order: Order, dask_worker: Any) -> None:
    """`check_worker` without the keys that it returns."""
    check_worker(order, dask_worker)


class _Campaign:
    """One run's way through the cluster."""

    def __init__(
        self,
        client: Client,
        order: Order,
        plan: RunPlan,
        jobs: Sequence[PairJob],
        stop: threading.Event,
        *,
        tally: Tally,
        spread: Spread,
    ) -> None:
        self._client = client
        self._order = order
        self._clips = clips_by_id(plan.clips)
        self._missing: dict[Pair, PairJob] = {pair_of(job): job for job in jobs}
        self._stop = stop
        self._tally = tally
        self._tallies: list[Tally] = []
        self._spread = spread
        self._queue = Queue(order.results, client=client, maxsize=_MOST_WAITING)
        self._begun: dict[int, Shard] = {}
        self._alone_since_s: float | None = None

    def results(self) -> Iterator[Delivered]:
        """Each pair once, as it comes in; what is missing when all shards are over goes out again."""
        with _pulse(self._client, self._order.pulse, self._stop):
            while self._missing and not self._stop.is_set():
                before = len(self._missing)
                yield from self._round()
                if len(self._missing) == before and not self._stop.is_set():
                    raise InvalidRunError(
                        f"All workers are done, and {before} pairs did not come back. Look at the workers' logs, then continue with "
                        "--resume."
                    )
        self._queue.close()

    def _round(self) -> Iterator[Delivered]:
        shards = self._cut()
        futures = {
            self._client.submit(play_shard, shard, key=f"{self._order.run}-{number}", pure=False): shard
            for number, shard in shards.items()
        }
        self._spread.shards += len(shards)
        give_up_s: float | None = None
        try:
            waiting = set(futures)
            while waiting:
                over = {future for future in waiting if future.done()}  # first: what they sent is in the queue by now
                yield from self._arrived(shards)
                for future in over:
                    self._ended(future)
                waiting -= over
                self._notice_loneliness()
                if self._stop.is_set():
                    give_up_s = give_up_s or time.monotonic() + _STOP_S
                    if time.monotonic() > give_up_s:
                        return
                    self._client.cancel([f for f in waiting if futures[f].number not in self._begun])
                time.sleep(_POLL_S)
        finally:
            if self._client.status == "running":
                self._client.cancel(list(futures))

    def _cut(self) -> dict[int, Shard]:
        replay = self._order.plan.config.replay
        workers = max(1, len(self._client.nthreads()))
        jobs = schedule(list(self._missing.values()), replay.seed, replay.pairs * workers)
        first = self._spread.shards
        return {each.number: each for each in cut(self._order, jobs, self._clips, workers=workers, first=first)}

    def _arrived(self, shards: Mapping[int, Shard]) -> Iterator[Delivered]:
        """What is in the queue now, in the order in which it was sent."""
        for data in self._queue.get(batch=True):
            told = pickle.loads(data)  # noqa: S301 - from our own workers, who run our code anyway
            match told:
                case Asked():
                    self._answer(told, shards)
                case Played():
                    job = self._missing.pop(told.pair, None)
                    if job is None:
                        self._spread.results_twice += 1
                        continue
                    yield Delivered(job, _expected(job, told.files))

    def _answer(self, asked: Asked, shards: Mapping[int, Shard]) -> None:
        shard = shards.get(asked.shard)
        wanted = [] if shard is None or self._stop.is_set() else shard.jobs
        missing = [position for position, job in enumerate(wanted) if pair_of(job) in self._missing]
        Variable(asked.answer, client=self._client).set(missing)
        if shard is None:
            return
        self._spread.shards_repeated += asked.shard in self._begun
        self._begun[asked.shard] = shard
        self._spread.workers.add((asked.host, asked.worker))
        self._spread.processes = max(self._spread.processes, asked.processes)

    def _ended(self, future: Future[ShardOver]) -> None:
        if future.status == "finished":
            over: ShardOver = future.result()
            self._tallies.append(over.tally)
            _sum_up(self._tallies, self._tally)
        elif future.status == "error":
            error = future.exception()
            if isinstance(error, KilledWorker):
                raise InvalidRunError(
                    f"Workers died over and over while they played the same pairs ({error}). Look for what kills them (memory?), then "
                    "continue with --resume."
                )
            raise error
        elif not self._stop.is_set():
            raise InvalidRunError(
                f"The scheduler dropped a shard ({future.status}). What was finished is kept: continue with --resume."
            )

    def _notice_loneliness(self) -> None:
        """Workers may come and go, but not be away for good."""
        if self._client.nthreads():
            self._alone_since_s = None
            return
        now_s = time.monotonic()
        self._alone_since_s = self._alone_since_s or now_s
        if now_s - self._alone_since_s > _NO_WORKER_S:
            raise InvalidRunError(
                f"No worker has been left for {_NO_WORKER_S / 60:.0f} minutes. Start some, then continue with --resume."
            )


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """A connection that lives as long as the block.

    Raises:
        ConfigError: No scheduler answers.
    """
    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"--scheduler {address}: no Dask scheduler answers there ({error}). It is an address such as tcp://10.0.0.1:8786, as "
            "`dask scheduler` prints it."
        ) from error
    with client:
        yield Cluster(client, address)


@contextmanager
def _pulse(client: Client, name: str, stop: threading.Event) -> Iterator[None]:
    """Say every second that results are wanted; and at the end, or when `stop` is set, that none are any more."""
    variable = Variable(name, client=client)
    over = threading.Event()

    def beat() -> None:
        with suppress(OSError):  # the scheduler is gone, which others notice too
            for number in range(1 << 62):
                variable.set(STOP if stop.is_set() else number)
                if over.wait(_PULSE_EVERY_S):
                    break
            variable.set(STOP)  # it stays: a shard that was not waited for reads it

    beating = threading.Thread(target=beat, name="pulse", daemon=True)
    beating.start()
    try:
        yield
    finally:
        over.set()
        beating.join()


def _expected(job: PairJob, files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The files, if they are those of the job.

    Raises:
        InvalidRunError: One is missing, or is none of the job's.
    """
    names = [
        {
            str(RunDir(Path()).session_path(clip_id, part.side, job.pass_number, rejected=rejected))
            for part in job.sessions
            for clip_id in part.clip_ids
        }
        for rejected in (False, True)
    ]
    if not names[0] <= set(files) <= names[0] | names[1]:
        raise InvalidRunError(f"A worker sent {sorted(files)} for {job.name!r} instead of {sorted(names[0])}.")
    return files


def _sum_up(tallies: Sequence[Tally], tally: Tally) -> None:
    """What all shards needed; of what the systems granted, the least."""
    tally.reruns = sum(each.reruns for each in tallies)
    tally.lost = sum(each.lost for each in tallies)
    tally.throttled = sum((each.throttled for each in tallies), Counter())
    tally.stamps = sum((each.stamps for each in tallies), Counter())
    tally.cpu_s = sum(each.cpu_s for each in tallies)
    tally.memory_locked = all(each.memory_locked for each in tallies)
    tally.niceness = max(each.niceness for each in tallies)

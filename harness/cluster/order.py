"""What travels between the client and the workers of a cluster, never an API key nor a reference text; and what comes of it."""

import socket
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, version
from itertools import islice

from harness.corpus.model import Clip
from harness.planning import RunPlan
from harness.replay.engine import Tally
from harness.replay.jobs import PairJob
from harness.rundir import RunDir
from harness.timeline.events import Side

STOP = "stop"  # the pulse's last value
SHARDS_A_WORKER = 4  # at least, so that the workers finish together ...
MOST_A_LANE = 8  # ... and at most so many pairs a lane, so that a plan of many hours is spread as machines come and go
_PACKAGES = ("cutover-harness", "assemblyai", "gladiaio-sdk", "websockets", "numpy", "soundfile", "soxr")

Pair = tuple[str, int]  # name and pass of a job


@dataclass(frozen=True, slots=True)
class Order:
    """What all shards of a run share.

    Attributes:
        run: Names the run's queue and pulse on the scheduler.
        plan: Cut down: without clips, without keys, its corpus by absolute path, its hosts filled in.
        versions: Of the packages that shape a recording; a worker must have the same.
        emulators_on: The only host from which the sides can be reached, if that is so.
    """

    run: str
    plan: RunPlan
    versions: Mapping[str, str]
    emulators_on: str | None = None

    @property
    def results(self) -> str:
        """Name of the queue in which `Asked` and `Played` come to the client."""
        return f"{self.run}-results"

    @property
    def pulse(self) -> str:
        """Name of the variable that changes as long as the client wants results."""
        return f"{self.run}-pulse"


@dataclass(frozen=True, slots=True)
class Shard:
    """One task: some pairs, with what has to be known of their clips by id."""

    order: Order
    number: int
    jobs: tuple[PairJob, ...]
    clips: Mapping[str, Clip]


@dataclass(frozen=True, slots=True)
class Asked:
    """A shard begins, for the first time or again after its worker was lost: which of its jobs are still missing?

    Attributes:
        shard: Its number.
        answer: Name of the variable for the answer, a list of positions in the shard's jobs.
        host: Of the worker.
        worker: Its name.
        processes: That will record there.
    """

    shard: int
    answer: str
    host: str
    worker: str
    processes: int


@dataclass(frozen=True, slots=True)
class Played:
    """A pair is over. `files` are its timelines as they lie in a run directory, by their names there."""

    pair: Pair
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class ShardOver:
    """What the engine had to do for a shard."""

    number: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Delivered:
    """A pair that came back from the cluster, to be stored."""

    job: PairJob
    files: Mapping[str, bytes]

    def store(self, folder: RunDir) -> None:
        """Write its timelines."""
        for name, data in self.files.items():
            folder.write_file(name, data)


@dataclass(slots=True)
class Spread:
    """How a run was spread.

    Attributes:
        workers: Names of the workers that played, with their hosts.
        processes: Recording processes of each.
        shards: Sent out.
        shards_repeated: Begun once more because a worker was lost.
        results_twice: That came back a second time, and were dropped.
    """

    workers: set[tuple[str, str]] = field(default_factory=set)
    processes: int = 0
    shards: int = 0
    shards_repeated: int = 0
    results_twice: int = 0

    def as_dict(self) -> dict[str, int]:
        """For `run.json`."""
        return {
            "workers": len(self.workers),
            "hosts": len({host for host, _ in self.workers}),
            "shards": self.shards,
            "shards_repeated": self.shards_repeated,
            "results_twice": self.results_twice,
        }


def order_for(plan: RunPlan, run: str, hosts: Mapping[Side, str | None]) -> Order:
    """What the workers need to know of a plan, and no more.

    Args:
        plan: The client's.
        run: A name that no other run has.
        hosts: Where each side is reached.
    """
    sides = {
        side: replace(planned, host=hosts[side], api_keys={} if planned.live else planned.api_keys)
        for side, planned in plan.sides.items()
    }
    corpus = replace(plan.corpus, path=plan.corpus.path.absolute(), clips=())
    return Order(
        run=run,
        plan=replace(plan, corpus=corpus, clips=(), sides=sides, chunks={}),
        versions=versions(),
        emulators_on=socket.gethostname() if plan.needs_emulators else None,
    )


def cut(
    order: Order, jobs: Sequence[PairJob], clips: Mapping[str, Clip], *, workers: int, first: int = 0
) -> Iterator[Shard]:
    """Cut jobs into shards, in their order.

    Args:
        order: Common to all.
        jobs: To be played.
        clips: By id.
        workers: How many there are now.
        first: Number of the first shard.
    """
    lanes = order.plan.config.replay.pairs
    size = min(max(lanes, -(-len(jobs) // (SHARDS_A_WORKER * workers))), MOST_A_LANE * lanes)
    left = iter(jobs)
    number = first
    while some := tuple(islice(left, size)):
        known = {clip_id: _bare(clips[clip_id]) for job in some for clip_id in job.clip_ids}
        yield Shard(order, number, some, known)
        number += 1


def pair_of(job: PairJob) -> Pair:
    """What tells a job from every other of its run."""
    return job.name, job.pass_number


def versions() -> dict[str, str]:
    """Of the packages that shape a recording, as installed here."""
    return dict(_installed(_PACKAGES))


def _installed(packages: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in packages:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            yield name, "not installed"


def _bare(clip: Clip) -> Clip:
    """What it takes to stream a clip: nothing of what is said in it."""
    return replace(clip, text=None, utterances=(), speaker=None, tags=())

"""On a worker of the cluster: play a shard with the ordinary engine, and send each pair home as soon as it is over."""

import pickle
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from distributed import Queue, Variable, Worker, get_client, get_worker

from harness.audio.prepare import PreparedAudio
from harness.cluster.order import STOP, Asked, Order, Played, Shard, ShardOver, pair_of, versions
from harness.cluster.places import limited, places
from harness.corpus.manifest import MANIFEST, file_sha256
from harness.errors import ConfigError, CorpusError, HarnessError
from harness.joblist import replay_settings
from harness.planning import RunPlan, sides_with_keys
from harness.replay.engine import Finished, Tally, run
from harness.replay.jobs import PairJob, SessionJob
from harness.rundir import RunDir

_PULSE_EVERY_S = 1.0
_GONE_S = 60.0  # without a pulse: the client was killed, and what is played now is played for nobody
_ANSWER_S = 60.0


def play_shard(shard: Shard) -> ShardOver:
    """Play what is still missing of a shard.

    Raises:
        HarnessError: As the engine and `check_worker` do; the message names the worker.
    """
    worker = get_worker()
    tally = Tally()
    with _told_where(worker):
        plan = check_worker(shard.order, worker)
        settings = replay_settings(plan, {side: planned.host for side, planned in plan.sides.items()})
        settings = replace(settings, limits={}, seed=settings.seed + shard.number)
        quotas = {name: places(*account) for name, account in limited(plan).items()}
        try:
            with Home(shard.order) as home:
                missing = home.ask(shard, str(worker.name), settings.workers)
                source = _Source(plan, shard)
                for finished in run(missing, settings, source.prepared, home.stop, quotas=quotas, tally=tally):
                    home.deliver(Played(pair_of(finished.job), _files(finished, str(worker.name))))
        finally:
            for quota in quotas.values():
                quota.close()
    return ShardOver(shard.number, tally)


def check_worker(order: Order, dask_worker: Worker) -> RunPlan:
    """Make sure that this worker would record what the client would.

    Returns:
        The plan, with the keys of this worker's environment.

    Raises:
        ConfigError: It runs several tasks at once, has other versions or no key, or can't reach the emulators.
        CorpusError: Its corpus is not the client's.
    """
    plan = order.plan
    if dask_worker.state.nthreads != 1:
        raise ConfigError(
            f"it runs {dask_worker.state.nthreads} tasks at once, whose pairs would disturb each other. Start it with "
            "--nthreads 1, and one on each machine; --pairs says how many pairs it plays."
        )
    here = versions()
    other = [
        f"{name} {here[name]} instead of {wanted}" for name, wanted in order.versions.items() if here[name] != wanted
    ]
    if other:
        raise ConfigError(f"it has {', '.join(other)}. Install the versions of the machine that starts the run.")
    if order.emulators_on not in (None, socket.gethostname()):
        raise ConfigError(
            f"the emulators that the run starts are on {order.emulators_on} and can't be reached from {socket.gethostname()}. "
            "Start `harness emulate` where all workers reach it, and name it as baseline.host and candidate.host."
        )
    manifest = plan.corpus.path / MANIFEST
    if file_sha256(manifest) != plan.corpus.manifest_sha256:
        raise CorpusError(
            f"{manifest}: differs from the manifest of the machine that starts the run. Copy the corpus again."
        )
    return replace(
        plan, sides={**plan.sides, **sides_with_keys({side: plan.sides[side] for side in plan.record_sides})}
    )


class Home:
    """The line to the client. `stop` is set when it wants no more, or is gone."""

    def __init__(self, order: Order) -> None:
        client = get_client()
        self._client = client
        self._results = Queue(order.results, client=client)
        self._pulse = Variable(order.pulse, client=client)
        self.stop = threading.Event()
        self._over = threading.Event()
        self._listening = threading.Thread(target=self._listen, name="pulse", daemon=True)

    def __enter__(self) -> Self:
        self._listening.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._listening.join()
        self._results.close()

    def ask(self, shard: Shard, worker: str, processes: int) -> list[PairJob]:
        """Which pairs of the shard the client still misses; none if it does not answer."""
        answer = Variable(client=self._client)
        self._send(Asked(shard.number, answer.name, socket.gethostname(), worker, processes))
        try:
            return [shard.jobs[position] for position in answer.get(timeout=_ANSWER_S)]
        except TimeoutError:
            self.stop.set()
            return []
        finally:
            answer.delete()

    def deliver(self, played: Played) -> None:
        """Send a result home."""
        self._send(played)

    def _send(self, value: Asked | Played) -> None:
        try:
            self._results.put(pickle.dumps(value), timeout=_GONE_S)
        except TimeoutError:  # nobody has taken out a result for so long
            self.stop.set()

    def _listen(self) -> None:
        last: Any = None
        changed_s = time.monotonic()
        while not self._over.wait(_PULSE_EVERY_S):
            beat = self._beat()
            if beat is not None and beat != last:
                last, changed_s = beat, time.monotonic()
            if beat == STOP or time.monotonic() - changed_s > _GONE_S:
                self.stop.set()
                return

    def _beat(self) -> Any:
        """The pulse as it is now; None if there is none."""
        try:
            return self._pulse.get(timeout=_PULSE_EVERY_S)
        except TimeoutError:
            return None
        except OSError:  # the scheduler is gone, and with it whoever could take a result
            return STOP


class _Source:
    """The audio of a shard, from this worker's copy of the corpus."""

    def __init__(self, plan: RunPlan, shard: Shard) -> None:
        self._plan = plan
        self._clips = shard.clips

    def prepared(self, session: SessionJob) -> PreparedAudio:
        """The audio of a session, once its file is known to be that of the client."""
        clips = [self._clips[clip_id] for clip_id in session.clip_ids]
        path = self._plan.corpus.path / clips[0].audio_filepath
        if file_sha256(path) != clips[0].audio_sha256:
            raise CorpusError(
                f"{path}: differs from the file of the machine that started the run. Copy the corpus again."
            )
        return self._plan.prepared(clips)


def _files(finished: Finished, worker: str) -> dict[str, bytes]:
    """The timelines of a pair as they lie in a run directory, a rejected first attempt in front."""
    where = {"host": socket.gethostname(), "worker": worker}
    with tempfile.TemporaryDirectory(prefix="harness-") as folder:
        scratch = RunDir(Path(folder))
        for session, rejected in finished.timelines():
            header = replace(session.header, extra={**session.header.extra, **where})
            scratch.write_session(replace(session, header=header), rejected=rejected)
        finished.close()
        paths = sorted(scratch.path.rglob("*.gz"), key=lambda path: ".rejected." not in path.name)
        return {str(path.relative_to(scratch.path)): path.read_bytes() for path in paths}


@contextmanager
def _told_where(worker: Worker) -> Iterator[None]:
    """Errors say on which worker they happened."""
    try:
        yield
    except HarnessError as error:
        raise type(error)(f"Worker {worker.name} on {socket.gethostname()}: {error}") from None

"""Runs on a real cluster: a scheduler and three workers, each a process of its own, and scripted emulators."""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import patient
import psutil
import pytest
from machines import Machines, machines
from scripted import SHORTEST, SPEECH, config_file, plan

from harness.cluster import client as cluster_client
from harness.cluster import order
from harness.cluster import shard as cluster_shard
from harness.cluster.client import Cluster, connected
from harness.cluster.order import Played, ShardOver, pair_of
from harness.config import LimitConfig, LoadedConfig
from harness.emulators import embedded
from harness.errors import ConfigError, CorpusError, InterruptedRunError, InvalidRunError
from harness.planning import RunPlan
from harness.recording import Progress, Recording
from harness.replay.engine import Tally
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Audio, Closed

pytestmark = pytest.mark.slow
comes_true = partial(patient.comes_true, within_s=180.0)  # processes start, one after the other

CONCURRENT = 4
A_MINUTE = 18
PLANNED_A_MINUTE = 15  # less, for what a busy machine takes from the place to the dial
PASSES = 20


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    with machines(tmp_path_factory.mktemp("machines"), "w0", "w1", "w2") as running:
        yield running


@pytest.fixture
def cluster(running: Machines) -> Iterator[Cluster]:
    with connected(running.address) as cluster:
        assert comes_true(lambda: cluster.workers == 3)  # one that another test killed or started may be on its way
        yield cluster


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[embedded.Emulators]:
    """Services that refuse what is over their quotas; a session whose client died is over at once."""
    scenario = tmp_path / "strict.toml"
    scenario.write_text(SPEECH.format(match=""))
    switches = (
        f"assemblyai.new_sessions_per_minute={A_MINUTE}",
        f"gladia.concurrent_sessions={CONCURRENT}",
        "gladia.resume_s=0.5",
    )
    with embedded.start("script", scenario, *(part for each in switches for part in ("--set", each))) as emulators:
        yield emulators


def with_quotas(planned: RunPlan) -> RunPlan:
    limits = {
        "assemblyai": LimitConfig(new_sessions_per_minute=PLANNED_A_MINUTE),
        "gladia": LimitConfig(concurrent_sessions=CONCURRENT),
    }
    loaded = planned.loaded
    config = loaded.config.model_copy(update={"limits": limits})
    return replace(planned, loaded=LoadedConfig(config, loaded.source, loaded.folder))


def most_open(sessions: list[dict]) -> int:
    changes = sorted([(each["opened_ns"], 1) for each in sessions] + [(each["closed_ns"], -1) for each in sessions])
    count = most = 0
    for _, change in changes:
        count += change
        most = max(most, count)
    return most


def most_started_in_a_minute(sessions: list[dict]) -> int:
    starts = sorted(each["opened_ns"] for each in sessions)
    return max(sum(0 <= other - start < 60_000_000_000 for other in starts) for start in starts)


def check_whole(planned: RunPlan, folder: RunDir, passes: int) -> None:
    """Every planned session once, whole and cleanly ended, and nothing else."""
    assert {side: folder.tally()[side] for side in SIDES} == dict.fromkeys(SIDES, passes)
    chunks = planned.chunks["ps_cards_001"].chunks
    for side in SIDES:
        for number in range(1, passes + 1):
            timeline = folder.read_session("ps_cards_001", side, number)
            assert [event.index for event in timeline.events if isinstance(event, Audio)] == list(range(chunks))
            assert [event.code for event in timeline.events if isinstance(event, Closed)] == [1000]


def test_a_killed_worker_loses_and_doubles_nothing_and_quotas_hold(
    running: Machines, cluster: Cluster, strict: embedded.Emulators, tmp_path: Path, monkeypatch
):
    """Three workers with six lanes under tight quotas, one killed midway: one result a session, and no refusal."""
    monkeypatch.setattr(order, "SHARDS_A_WORKER", 1)  # so that the lost shard has results that came home already
    planned = with_quotas(plan(strict, passes=PASSES, pairs=2))
    folder = RunDir(tmp_path / "run")
    killed: list[int] = []

    def kill_one_midway(progress: Progress) -> None:
        if progress.pairs_done >= PASSES // 3 and not killed:
            busy = [nanny for nanny in running.started[1:] if any(recording_processes(nanny))]
            killed.extend(running.kill_worker(nanny) for nanny in busy[:1])  # else the next time: others may only begin

    Recording(planned, folder, kill_one_midway, cluster=cluster).record()

    check_whole(planned, folder, PASSES)
    document, ledger = folder.read_run(), strict.ledger()
    assert len(killed) == 1
    assert document["state"] == "recorded"
    assert document["accounting"]["throttled"] == {}
    [part] = document["provenance"]["cluster"]
    assert part == {"workers": 3, "hosts": 1, "shards": 3, "shards_repeated": 1, "results_twice": 0}
    sessions = {name: [each for each in ledger if each["provider"] == name] for name in ("assemblyai", "gladia")}
    assert most_open(sessions["gladia"]) <= CONCURRENT
    assert most_started_in_a_minute(sessions["assemblyai"]) <= A_MINUTE
    # What was played to its end was played once, but for what the harness itself spoiled on a busy machine, and for what the
    # killed worker's lanes had in their hands: at most a first and a second attempt each.
    whole = [each for each in sessions["gladia"] if each["close_code"] == 1000]
    assert len(whole) <= PASSES + folder.tally()["reruns"] + 2 * planned.config.replay.pairs


def test_each_session_says_where_it_was_recorded(cluster: Cluster, emulators: embedded.Emulators, tmp_path: Path):
    """Host and worker stand in the timeline's header; the run counts them."""
    planned = plan(emulators, passes=1, pairs=1)
    folder = Recording(planned, RunDir(tmp_path / "run"), cluster=cluster).record()

    for side in SIDES:
        extra = folder.read_session("ps_cards_001", side, 1).header.extra
        assert (extra["host"], extra["worker"] in {"w0", "w1", "w2"}) == (os.uname().nodename, True)
    document = folder.read_run()
    assert document["engine"]["pairs"] == 1
    assert document["accounting"]["cpu_s"] > 0


def test_a_stopped_run_is_continued_by_the_cluster(cluster: Cluster, emulators: embedded.Emulators, tmp_path: Path):
    """Stopped after the first results: no shard goes on, and the rest is played once resumed."""
    planned = plan(emulators, passes=12, pairs=1)
    folder = RunDir(tmp_path / "run")
    recording = Recording(planned, folder, cluster=cluster)

    def stop_after_one(progress: Progress) -> None:
        if progress.pairs_done:
            recording.stop.set()

    recording.on_progress = stop_after_one
    with pytest.raises(InterruptedRunError, match="what was finished is kept"):
        recording.record()
    kept = {path: path.stat().st_mtime_ns for path in folder.path.glob("sessions/*/*.gz")}
    assert 0 < folder.tally()["candidate"] < 12
    assert set(cluster._client.processing().values()) == {()}

    Recording(planned, folder, cluster=cluster).record(resume=True)

    check_whole(planned, folder, 12)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert len(folder.read_run()["provenance"]["cluster"]) == 2


def test_shards_end_when_nobody_waits_for_them(
    running: Machines, cluster: Cluster, emulators: embedded.Emulators, tmp_path: Path
):
    """The program is killed: its pulse stops, and the workers play no longer for nobody."""
    patience_s = cluster_shard._GONE_S
    cluster._client.run(setattr, cluster_shard, "_GONE_S", 3.0)
    try:
        command = [sys.executable, "-m", "harness", "record", "--config", str(config_file(tmp_path, emulators)), "-q"]
        command += ["--select", SHORTEST, "--passes", "50", "--pairs", "1", "--out", str(tmp_path), "--run-id", "run"]
        process = subprocess.Popen([*command, "--scheduler", running.address])
        assert comes_true(lambda: any(map(any, map(recording_processes, running.started[1:]))))
        process.send_signal(signal.SIGKILL)
        process.wait()

        assert comes_true(lambda: not any(map(any, map(recording_processes, running.started[1:]))))
    finally:
        cluster._client.run(setattr, cluster_shard, "_GONE_S", patience_s)


def recording_processes(nanny: subprocess.Popen) -> Iterator[psutil.Process]:
    for process in psutil.Process(nanny.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "harness.replay.worker" in process.cmdline():
                yield process


def test_a_worker_with_another_corpus_is_named(cluster: Cluster, emulators: embedded.Emulators, tmp_path: Path):
    """Another manifest is found before anything is written; another recording before it is played."""
    planned = plan(emulators, pairs=1)
    other_manifest = replace(planned, corpus=replace(planned.corpus, manifest_sha256="0" * 64))
    with pytest.raises(CorpusError, match=r"Worker tcp://.*manifest\.jsonl: differs"):
        Recording(other_manifest, RunDir(tmp_path / "none"), cluster=cluster).record()
    assert not (tmp_path / "none").exists()

    clips = tuple(replace(clip, audio_sha256="0" * 64) for clip in planned.clips)
    with pytest.raises(CorpusError, match=r"Worker w\d on .*ps_cards_001\.wav: differs"):
        Recording(replace(planned, clips=clips), RunDir(tmp_path / "run"), cluster=cluster).record()
    assert RunDir(tmp_path / "run").read_run()["state"] == "failed"


def test_a_live_run_needs_the_workers_keys(cluster: Cluster, emulators: embedded.Emulators, tmp_path: Path):
    """Not the client's: theirs are looked for, and the message says whose is missing."""
    planned = plan(emulators, pairs=1)
    sides = {
        side: replace(planned.sides[side], live=True, api_keys={"A_API_KEY": "a key of the client"}) for side in SIDES
    }
    with pytest.raises(ConfigError, match=r"Worker tcp://.*ASSEMBLYAI_API_KEY and GLADIA_API_KEY are not set"):
        Recording(replace(planned, sides=sides), RunDir(tmp_path / "run"), cluster=cluster).record()

    assert not (tmp_path / "run").exists()


def test_a_worker_that_runs_two_tasks_is_refused(
    running: Machines, cluster: Cluster, emulators: embedded.Emulators, tmp_path: Path
):
    """Two shards on one machine would disturb each other: --nthreads 1."""
    nanny = running.worker("wide", "--nthreads", "2")
    try:
        cluster._client.wait_for_workers(4, timeout=180)
        with pytest.raises(ConfigError, match=r"Worker tcp://.* 2 tasks at once.*--nthreads 1"):
            Recording(plan(emulators), RunDir(tmp_path / "run"), cluster=cluster).record()
    finally:
        nanny.terminate()
        nanny.wait()
        running.started.remove(nanny)


def test_a_scheduler_that_dies_ends_the_run_with_what_to_do(emulators: embedded.Emulators, tmp_path: Path, monkeypatch):
    """What was finished is kept, and nothing hangs."""
    with machines(tmp_path, "w0") as own, connected(own.address) as cluster:
        planned = plan(emulators, passes=20, pairs=1)
        folder = RunDir(tmp_path / "run")

        def kill_the_scheduler(progress: Progress) -> None:
            if progress.pairs_done == 1:
                own.started[0].kill()

        with pytest.raises(InvalidRunError, match=r"The scheduler at .* --resume"):
            Recording(planned, folder, kill_the_scheduler, cluster=cluster).record()
        assert folder.tally()["candidate"] >= 1


def test_a_result_that_comes_twice_is_stored_once(
    cluster: Cluster, emulators: embedded.Emulators, tmp_path: Path, monkeypatch
):
    """The first counts, whatever a worker that was taken for lost may still send."""
    arrived = cluster_client._Campaign._arrived

    def twice(self, shards):
        for delivered in arrived(self, shards):
            self._queue.put(pickle.dumps(Played(pair_of(delivered.job), delivered.files)))
            yield delivered

    monkeypatch.setattr(cluster_client._Campaign, "_arrived", twice)
    planned = plan(emulators, passes=4, pairs=1)
    folder = Recording(planned, RunDir(tmp_path / "run"), cluster=cluster).record()

    check_whole(planned, folder, 4)
    assert folder.read_run()["provenance"]["cluster"][0]["results_twice"] >= 1


def test_a_shard_that_kills_its_workers_ends_the_run(emulators: embedded.Emulators, tmp_path: Path, monkeypatch):
    """Whoever takes it dies: after some workers the run ends, and says what to look for."""

    def die(_shard):
        os.abort()

    monkeypatch.setattr(cluster_client, "play_shard", die)
    with (
        machines(tmp_path, "w0") as own,
        connected(own.address) as cluster,
        pytest.raises(InvalidRunError, match=r"(?s)Workers died over and over.*--resume"),
    ):
        Recording(plan(emulators), RunDir(tmp_path / "run"), cluster=cluster).record()


def test_pairs_that_do_not_come_back_end_the_run(
    cluster: Cluster, emulators: embedded.Emulators, tmp_path: Path, monkeypatch
):
    """All shards are over and nothing came: no endless rounds."""

    def idle(shard):
        return ShardOver(shard.number, Tally())

    monkeypatch.setattr(cluster_client, "play_shard", idle)
    with pytest.raises(InvalidRunError, match=r"2 pairs did not come back"):
        Recording(plan(emulators, passes=2), RunDir(tmp_path / "run"), cluster=cluster).record()


def test_where_no_scheduler_is_the_message_says_what_an_address_is():
    """Nothing listens there."""
    with (
        pytest.raises(ConfigError, match=r"--scheduler tcp://127\.0\.0\.1:1: no Dask scheduler.*dask scheduler"),
        connected("tcp://127.0.0.1:1"),
    ):
        pass


def test_a_scheduler_without_workers_says_how_to_start_one(emulators: embedded.Emulators, tmp_path: Path, monkeypatch):
    """The command stands in the message."""
    monkeypatch.setattr(cluster_client, "_FIRST_WORKER_S", 0.1)
    with (
        machines(tmp_path) as own,
        connected(own.address) as cluster,
        pytest.raises(ConfigError, match=r"has no worker.*dask worker tcp://.* --nthreads 1"),
    ):
        cluster.check(plan(emulators))

"""The record stage: plays a plan, writes each pair as it finishes, and accounts for what happened."""

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.again import marked, set_aside, set_spoilt_aside
from harness.audio.prepare import PreparedAudio
from harness.cluster.order import Spread
from harness.corpus.activity import SETTINGS
from harness.errors import InterruptedRunError, InvalidRunError, RunError
from harness.forecast.cost import cost_json, side_cost
from harness.hosts import check_hosts, hosts_of
from harness.joblist import clips_by_id, missing_jobs, replay_settings
from harness.looks import batches, no_looks_yet, settled_at, top_up
from harness.origin import kept, plays_again
from harness.planning import RunPlan
from harness.provenance import provenance
from harness.refused import RefusedKeys
from harness.replay.engine import Tally, own_quotas, run
from harness.replay.jobs import PairJob, SessionJob
from harness.replay.quota import Places
from harness.reuse import check_reusable, copy_sessions
from harness.rundir import SCHEMA, RunDir, RunLock, runs_in
from harness.timeline.events import SIDES, Side

if TYPE_CHECKING:
    from harness.cluster.client import Cluster  # needs the extra `cluster`
    from harness.verdict.looks import Look  # scoring takes time to import


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is, in audio time: seconds of one side's stream. `reruns`: pairs run again, for the harness spoilt them."""

    done_s: float
    total_s: float
    pairs_done: int
    pairs_total: int
    lanes: int
    reruns: int = 0


@dataclass(slots=True)
class Recording:
    """A recording in progress. `stop` ends it early; what was finished is kept. With a `cluster`, its workers play.

    `command` is what was typed. With `look`, calls are played in four batches, and after each but the last it is asked, with the number of the look, whether
    what was recorded so far settles the run. With `top_up`, a settled run goes on to its end.
    """

    plan: RunPlan
    folder: RunDir
    on_progress: Callable[[Progress], None] = lambda _progress: None
    stop: threading.Event = field(default_factory=threading.Event)
    baseline_run: RunDir | None = None
    cluster: "Cluster | None" = None
    look: "Callable[[RunDir, int], Look] | None" = None
    top_up: bool = False
    overdue: bool = False
    command: Sequence[str] = ()
    refused: RefusedKeys = field(init=False)
    _refusal: str | None = None

    def __post_init__(self) -> None:
        self.refused = RefusedKeys(self.plan, self.folder)

    def record(self, *, resume: bool = False) -> RunDir:
        """Play every pair that is not recorded yet.

        Raises:
            RunError: The directory holds another run, or a run and `resume` was not asked for.
            ConfigError: A host has no address here.
            InterruptedRunError: `stop` was set before the end.
            InvalidRunError: A live service refused the key.
        """
        if self.cluster is not None:
            self.cluster.check(self.plan)
        else:
            check_hosts(self.plan)
        with RunLock(self.folder):
            self.folder.sweep()
            document = self.begin(resume=resume)
            try:
                self._play(document)
            except BaseException as error:
                self.end(document, "failed" if isinstance(error, Exception) else "interrupted")
                raise
            for job in self.refused.jobs if self._refusal else ():
                set_aside(self.folder, job.clip_ids, job.pass_number, self.plan.record_sides)
            self.end(document, "interrupted" if self.stop.is_set() else "recorded")
        if self._refusal:
            raise InvalidRunError(f"{self.folder.path}: {self._refusal}", self.folder.path.name)
        if self.stop.is_set():
            raise self.interrupted()
        return self.folder

    def interrupted(self) -> InterruptedRunError:
        """Why the run ended before its end."""
        limit = self.plan.config.replay.deadline_min
        why = f"stopped after replay.deadline_min = {limit:g}" if self.overdue else "stopped"
        return InterruptedRunError(f"{self.folder.path}: {why}; what was finished is kept.", self.folder.path.name)

    def end(self, document: dict[str, Any], state: str) -> None:
        """Write `run.json` of a run that has ended."""
        document["state"] = state
        document["finished_at"] = _now()
        document["sessions"]["recorded"] = self.folder.tally()
        if (settled := settled_at(document)) is not None:
            played = set().union(*batches(self.plan.clips, self.plan.config.replay.seed)[:settled])
            sessions = len(played) * self.plan.config.replay.passes
            document["sessions"]["planned"] = dict.fromkeys(SIDES, sessions)
        self.folder.write_run(document)

    def begin(self, *, resume: bool) -> dict[str, Any]:
        """Write `run.json` of a run that begins, or goes on, and return it; see `record`."""
        document = _describe(self.plan, self.folder, self.command)
        if self.look is not None:
            document["looks"] = no_looks_yet(self.plan.clips)
        if self.baseline_run is not None:
            earlier = check_reusable(self.plan, self.baseline_run, document["identity"])
            adopt(document, earlier)
        if self.folder.exists:
            wanted, document = document, self._continued(document, resume=resume)
            if self.baseline_run is not None:
                self._check_adoptable(document, wanted["provenance"]["baseline_run"])
                adopt(document, earlier)
        else:
            self.folder.write_clips(self.plan.clips)
        document["state"] = "recording"
        self.folder.write_run(document)
        if self.baseline_run is not None:  # declared first: a kill in between must leave no borrowed session undeclared
            copy_sessions(self.plan, self.baseline_run, self.folder)
        return document

    def _continued(self, wanted: Mapping[str, Any], *, resume: bool) -> dict[str, Any]:
        document = self.folder.read_run()
        if not resume:
            raise RunError(
                f"{self.folder.path}: a run of this name exists. Add --resume to continue it, or choose another --run-id."
            )
        borrowed = document["provenance"].get("baseline_run")
        if borrowed is not None and self.baseline_run is None and "baseline" in self.plan.record_sides:
            raise RunError(
                f"{self.folder.path}: its baseline is that of run {borrowed['run_id']}. Name that run again with --baseline-run, or add "
                "--only-side candidate."
            )
        before = document.get("identity", {})
        changed = [key for key, value in wanted["identity"].items() if before.get(key) != value]
        more_passes = changed == ["passes"] and wanted["identity"]["passes"] > before["passes"]
        if more_passes and self.look is None:  # looks that were taken would have seen less than they should
            changed = []  # more of the same: the passes that are there stay
        if changed:
            raise RunError(
                f"{self.folder.path}: can't be resumed, because what is asked for now differs in: {', '.join(changed)}. Use the "
                "options and the configuration it was begun with, or start a new run with another --run-id."
            )
        if self.top_up:
            top_up(self.folder, document)
        document["identity"]["passes"] = wanted["identity"]["passes"]
        document["config"]["replay"] = wanted["config"]["replay"]
        planned = document["sessions"]["planned"]
        for side, count in wanted["sessions"][
            "planned"
        ].items():  # a side that was left out may follow, none is dropped
            planned[side] = max(count, planned[side] and self._planned)
        own = {side for side in SIDES if planned[side]} - ({"baseline"} if borrowed is not None else set())
        whole = document.get("state") == "recorded" and own == set(self.plan.record_sides)
        if whole and plays_again(document):
            set_spoilt_aside(self.plan, self.folder, self.plan.record_sides)
        document["resumed_at"] = [*document.get("resumed_at", []), _now()]
        return document

    def _check_adoptable(self, document: Mapping[str, Any], adopted: Mapping[str, Any]) -> None:
        """Refuse to mix baselines: a run has its own, or that of one earlier run."""
        before = document["provenance"].get("baseline_run")
        if before == adopted or (before is None and not self.folder.tally()["baseline"]):
            return
        holds = "a baseline of its own" if before is None else f"the baseline of {before['run_id']}"
        raise RunError(
            f"{self.folder.path}: has {holds}, so that of {adopted['run_id']} can't be put beside it. Leave out --baseline-run, or "
            "start a new run with another --run-id."
        )

    @property
    def _planned(self) -> int:
        return len(self.plan.clips) * self.plan.config.replay.passes

    def _play(self, document: dict[str, Any]) -> None:
        stages = self._stages(document)
        jobs = [job for stage in stages for job in stage]
        total_s = sum(job.audio_s for job in jobs)
        done_s, done, reruns = 0.0, 0, 0
        replay = self.plan.config.replay
        lanes = replay.pairs * (self.cluster.workers if self.cluster else 1)
        self.on_progress(Progress(0.0, total_s, 0, len(jobs), lanes))
        if not jobs:
            return
        with hosts_of(self.plan, [document]) as hosts, self.deadline(replay.deadline_min):
            quotas = own_quotas(replay_settings(self.plan, hosts))
            for number, stage in enumerate(stages, start=1):
                tally = Tally()
                try:
                    for job in self._played(stage, hosts, tally, document, quotas=quotas) if stage else ():
                        done_s, done = done_s + job.audio_s, done + 1
                        self.on_progress(Progress(done_s, total_s, done, len(jobs), lanes, reruns + tally.reruns))
                        self._refusal = self._refusal or self.refused.seen(job)
                        if self._refusal:
                            self.stop.set()
                finally:
                    account(document, tally)
                    reruns += tally.reruns
                if self.stop.is_set() or (number < len(stages) and self._settles(document, number)):
                    break

    def _stages(self, document: Mapping[str, Any]) -> list[list[PairJob]]:
        """What is still to be played, up to each look; all at once without looks, and nothing beyond the one that settled it."""
        jobs = marked(missing_jobs(self.plan, self.plan.record_sides, self.folder.has_session), self.folder)
        if self.look is None:
            return [jobs]
        parts = batches(self.plan.clips, self.plan.config.replay.seed)[: settled_at(document)]
        return [[job for job in jobs if job.clip_ids[0] in part] for part in parts]

    def _settles(self, document: dict[str, Any], number: int) -> bool:
        """Whether the look after a batch settles the run. None is taken twice; nothing is in flight while one is."""
        if self.look is None or document["looks"].get("topped_up"):
            return False
        taken = document["looks"]["taken"]
        if number > len(taken):
            taken.append({**self.look(self.folder, number).as_dict(), "taken_at": _now()})
            self.folder.write_run(document)
        return settled_at(document) == number

    def _played(
        self,
        jobs: Sequence[PairJob],
        hosts: Mapping[Side, str | None],
        tally: Tally,
        document: dict[str, Any],
        *,
        quotas: Mapping[str, Places],
    ) -> Iterator[PairJob]:
        """Play the jobs with the engine of this machine, or with those of the cluster's, and store each as it finishes."""
        if self.cluster is None:
            settings = replay_settings(self.plan, hosts)
            document["engine"] = {"pairs": settings.pairs, "workers": settings.workers}
            for finished in run(jobs, settings, self.prepared, self.stop, quotas=quotas, tally=tally):
                for session, rejected in finished.timelines():
                    self.folder.write_session(session, rejected=rejected)
                finished.close()
                yield finished.job
            return
        spread = Spread()
        try:
            for delivered in self.cluster.play(self.plan, jobs, hosts, self.stop, tally=tally, spread=spread):
                delivered.store(self.folder)
                yield delivered.job
        finally:
            document["engine"] = {"pairs": self.plan.config.replay.pairs, "workers": spread.processes}
            document["provenance"].setdefault("cluster", []).append(spread.as_dict())

    def prepared(self, session: SessionJob) -> PreparedAudio:
        """The audio of a session."""
        clips = clips_by_id(self.plan.clips)
        return self.plan.prepared([clips[clip_id] for clip_id in session.clip_ids])

    @contextmanager
    def deadline(self, minutes: float | None) -> Iterator[None]:
        """Stop the run, as a user would, when it has taken that long."""
        if minutes is None:
            yield
            return
        timer = threading.Timer(minutes * 60, self._too_long)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _too_long(self) -> None:
        self.overdue = True
        self.stop.set()


def account(document: dict[str, Any], tally: Tally) -> None:
    """Add what the engine had to do to what earlier, interrupted parts of the run needed."""
    engine = document["engine"]
    before = document.get("accounting", {})
    document["accounting"] = {
        "reruns": before.get("reruns", 0) + tally.reruns,
        "lost": before.get("lost", 0) + tally.lost,
        "throttled": dict(Counter(before.get("throttled", {})) + tally.throttled),
        "stamps": dict(Counter(before.get("stamps", {})) + tally.stamps),
        "cpu_s": round(before.get("cpu_s", 0.0) + tally.cpu_s, 3),
    }
    engine["memory_locked"], engine["niceness"] = tally.memory_locked, tally.niceness


def _describe(plan: RunPlan, folder: RunDir, command: Sequence[str] = ()) -> dict[str, Any]:
    """`run.json` of a run that begins now."""
    config = plan.config.model_dump(mode="json")
    for side in SIDES:
        config[side]["params_as_sent"] = dict(plan.sides[side].params)
        config[side]["host"] = config[side]["host"] or ("production" if plan.sides[side].live else "embedded emulator")
    return {
        "schema": SCHEMA,
        "run_id": folder.path.name,
        "endpoint": plan.endpoint,
        "state": "recording",
        "created_at": _now(),
        "finished_at": None,
        "config": config,
        "identity": {
            "manifest": plan.corpus.manifest_sha256,
            "recordings": {clip.clip_id: clip.audio_sha256 for clip in plan.clips},
            "audio": config["audio"],
            "passes": plan.config.replay.passes,
            **{side: config[side] for side in SIDES},
            "sdks": {side: plan.sides[side].provider.sdk for side in SIDES},
            "score": config["score"],
            "gate": config["gate"],
        },
        "provenance": {
            **provenance(Path(__file__).parent),
            **kept(plan, command),
            "config_source": plan.loaded.source,
            "config_folder": os.path.relpath(plan.loaded.folder, folder.path),  # where accepted differences are kept
            "sdks": {plan.sides[side].provider.name: plan.sides[side].provider.sdk for side in SIDES},
            "corpus": {
                "name": plan.corpus.name,
                # Relative, so that runs and corpora can move together and no report tells where someone's home is.
                "path": os.path.relpath(plan.corpus.path, folder.path),
                "manifest_sha256": plan.corpus.manifest_sha256,
                "clips": len(plan.clips),
                "audio_s": round(sum(clip.duration_s for clip in plan.clips), 3),
                "speech_found_by": _detector(plan),
            },
        },
        "sessions": {
            "planned": {
                side: len(plan.clips) * plan.config.replay.passes if side in plan.record_sides else 0 for side in SIDES
            },
            "recorded": folder.tally(),
        },
        "cost": {side: cost_json(side_cost(plan, plan.sides[side])) for side in plan.record_sides},
        "emulators": [],
    }


def _detector(plan: RunPlan) -> dict[str, object] | None:
    """How reference speech was found, where any of it was."""
    return SETTINGS.as_dict() if any(clip.time_source == "vad" for clip in plan.clips) else None


def adopt(document: dict[str, Any], earlier: Mapping[str, Any]) -> None:
    """Say in a new run that its baseline is that of an earlier one."""
    planned = document["sessions"]["planned"]
    planned["baseline"] = planned["candidate"] or planned["baseline"]
    document["provenance"]["baseline_run"] = {
        "run_id": earlier["run_id"],
        "created_at": earlier["created_at"],
        "endpoint": earlier["endpoint"],
        "sdks": earlier["provenance"]["sdks"],
    }
    if earlier["endpoint"] == "emulated":
        document["endpoint"] = "emulated"


def new_run_id(plan: RunPlan) -> str:
    """A name that sorts by time: `20260131-093000-demo`."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{plan.corpus.name}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def newest_unfinished(reports: Path) -> RunDir:
    """The last run in `reports` that was begun and not recorded to its end.

    Raises:
        RunError: There is none.
    """
    unfinished = [run for run in runs_in(reports) if run.read_run().get("state") != "recorded"]
    if not unfinished:
        raise RunError(f"{reports}: no unfinished run to resume. Leave --resume out, or name the run with --run-id.")
    return unfinished[-1]

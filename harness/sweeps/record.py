"""Recording a sweep: one engine plays the baseline and all candidates, clip by clip, into a run directory each."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from harness.errors import RunError
from harness.hosts import check_hosts, hosts_of
from harness.joblist import missing_jobs, replay_settings
from harness.planning import RunPlan
from harness.recording import Progress, Recording, account, adopt
from harness.replay import engine
from harness.replay.jobs import PairJob
from harness.reuse import copy_sessions
from harness.rundir import RunDir, RunLock
from harness.sweeps.order import interleaved
from harness.sweeps.plans import SweepPlan

BASELINE = ""
"""The baseline's own run among those of the variants, which go by their names."""


@dataclass(frozen=True, slots=True)
class SweepDir:
    """The run directories of a sweep: the baseline's, which carries the sweep's name, and one of each variant."""

    baseline: RunDir
    variants: Mapping[str, RunDir]

    @classmethod
    def of(cls, plan: SweepPlan, baseline: RunDir) -> "SweepDir":
        """The directories of a plan."""
        path, name = baseline.path.parent, baseline.path.name
        return cls(baseline, {variant.label: RunDir(path / variant.run_id(name)) for variant, _ in plan.variants})

    @property
    def by_name(self) -> dict[str, RunDir]:
        """All of them; the baseline's is called `BASELINE`."""
        return {BASELINE: self.baseline, **self.variants}


@dataclass(slots=True)
class SweepRecording:
    """The recording of a sweep in progress. `stop` ends it early; what was finished is kept. `command` is what was typed."""

    plan: SweepPlan
    folder: SweepDir
    on_progress: Callable[[Progress], None] = lambda _progress: None
    stop: threading.Event = field(default_factory=threading.Event)
    command: Sequence[str] = ()

    def record(self, *, resume: bool = False) -> SweepDir:
        """Play everything that is not recorded yet.

        Raises:
            RunError: A directory holds another run, or a run and `resume` was not asked for.
            ConfigError: A host has no address here.
            InterruptedRunError: `stop` was set before the end.
        """
        check_hosts(self.plan.both)
        self._check_folders(resume=resume)
        with ExitStack() as stack:
            for folder in self.folder.by_name.values():
                stack.enter_context(RunLock(folder))
                folder.sweep()
            recordings = self._recordings()
            documents = self._begin(recordings, resume=resume)
            try:
                self._play(recordings[BASELINE], documents)
            except BaseException as error:
                self._end(recordings, documents, "failed" if isinstance(error, Exception) else "interrupted")
                raise
            if not self.stop.is_set():
                for variant, planned in self.plan.variants:
                    copy_sessions(planned, self.folder.baseline, self.folder.variants[variant.label])
            self._end(recordings, documents, "interrupted" if self.stop.is_set() else "recorded")
        if self.stop.is_set():
            raise recordings[BASELINE].interrupted()
        return self.folder

    def _check_folders(self, *, resume: bool) -> None:
        """Nothing is begun beside a directory that is somebody else's."""
        folders = self.folder.by_name
        if not resume:
            for folder in folders.values():
                if folder.exists:
                    raise RunError(
                        f"{folder.path}: a run of this name exists. Add --resume to continue the sweep, or choose another --run-id."
                    )
            return
        before = self.folder.baseline.read_run().get("sweep", {})
        if before.get("variants") != self._described():
            raise RunError(
                f"{self.folder.baseline.path}: can't be resumed, because it is {_told(before)}. Use the --sweep it was begun with, or "
                "start a new one with another --run-id."
            )

    def _described(self) -> dict[str, str]:
        return {label: folder.path.name for label, folder in self.folder.variants.items()}

    def _recordings(self) -> dict[str, Recording]:
        earlier = RunDir(self.plan.baseline_run) if self.plan.baseline_run is not None else None
        found = {BASELINE: Recording(self.plan.baseline, self.folder.baseline, stop=self.stop, baseline_run=earlier)}
        for variant, planned in self.plan.variants:
            found[variant.label] = Recording(planned, self.folder.variants[variant.label], stop=self.stop)
        for recording in found.values():
            recording.command = self.command
        return found

    def _begin(self, recordings: Mapping[str, Recording], *, resume: bool) -> dict[str, dict[str, Any]]:
        """Every run's `run.json`; those of the variants say whose baseline they use, before they have any of it."""
        documents = {
            name: recording.begin(resume=resume and recording.folder.exists) for name, recording in recordings.items()
        }
        baseline = documents[BASELINE]
        baseline["sweep"] = {
            "variants": self._described(),
            "axes": {axis.name: list(axis.values) for axis in self.plan.axes},
        }
        for variant, _ in self.plan.variants:
            document = documents[variant.label]
            adopt(document, baseline)
            document["provenance"]["baseline_run"]["interleaved"] = self.plan.baseline_run is None
            document["sweep"] = {"of": baseline["run_id"], "variant": variant.label, "set": dict(variant.settings)}
        for name, document in documents.items():
            recordings[name].folder.write_run(document)
        return documents

    def _end(self, recordings: Mapping[str, Recording], documents: Mapping[str, dict[str, Any]], state: str) -> None:
        for name, recording in recordings.items():
            recording.end(documents[name], state)

    def _play(self, baseline: Recording, documents: Mapping[str, dict[str, Any]]) -> None:
        both = self.plan.both
        jobs = self._jobs()
        total_s = sum(job.audio_s for job in jobs)
        done_s, lanes = 0.0, both.config.replay.pairs
        self.on_progress(Progress(0.0, total_s, 0, len(jobs), lanes))
        if not jobs:
            return
        with hosts_of(both, documents.values()) as hosts, baseline.deadline(both.config.replay.deadline_min):
            settings = replay_settings(both, hosts)
            for document in documents.values():
                document["engine"] = {"pairs": settings.pairs, "workers": settings.workers}
            tally = engine.Tally()
            try:
                played = engine.run(jobs, settings, baseline.prepared, self.stop, tally=tally, in_order=True)
                for number, finished in enumerate(played, start=1):
                    self._store(finished)
                    done_s += finished.job.audio_s
                    self.on_progress(Progress(done_s, total_s, number, len(jobs), lanes, tally.reruns))
            finally:
                account(documents[BASELINE], tally)  # nobody can say which variant a refusal was about

    def _jobs(self) -> list[PairJob]:
        baseline = self.plan.baseline
        replay = baseline.config.replay
        variants = {
            variant.label: list(self._candidates(variant.label, planned)) for variant, planned in self.plan.variants
        }
        own = missing_jobs(baseline, ("baseline",), self.folder.baseline.has_session)
        return interleaved(own, variants, replay.seed, replay.pairs)

    def _candidates(self, label: str, planned: RunPlan) -> Iterator[PairJob]:
        params = planned.sides["candidate"].params
        for job in missing_jobs(planned, ("candidate",), self.folder.variants[label].has_session):
            yield job.with_params(params)

    def _store(self, finished: engine.Finished) -> None:
        for session, rejected in finished.timelines():
            own = session.header.side == "baseline"
            folder = self.folder.baseline if own else self.folder.variants[finished.job.variant]
            folder.write_session(session, rejected=rejected)
        finished.close()


def _told(before: Mapping[str, Any]) -> str:
    if "of" in before:
        return f"variant {before['variant']} of the sweep {before['of']}, which is what is resumed"
    variants = ", ".join(before.get("variants", ()))
    return f"a sweep over {variants}" if variants else "no sweep"

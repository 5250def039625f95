"""Recording a sweep: an engine that answers at once in place of the one that plays in real time."""

import re
from dataclasses import dataclass
from pathlib import Path

import at_once
import pytest

from harness.errors import InterruptedRunError, RunError
from harness.pipeline import RecordOptions
from harness.recording import Recording
from harness.replay import engine as real
from harness.rundir import SCHEMA, RunDir
from harness.sweeps.compare import compare_sweep
from harness.sweeps.plans import SweepPlan, plan_sweep
from harness.sweeps.record import SweepDir, SweepRecording
from harness.sweeps.variants import Axis

CLIPS = 3


@dataclass
class Bench:
    """A corpus, a reports folder, and the engine that plays."""

    corpus: Path
    reports: Path
    engine: at_once.Engine

    def plan(self, *values: float, baseline_run: Path | None = None) -> SweepPlan:
        axes = [Axis("endpointing", values or (0.1, 0.2))]
        return plan_sweep(at_once.plan(self.corpus), axes, baseline_run)

    def record(self, plan: SweepPlan, *, resume: bool = False, name: str = "run") -> SweepDir:
        folder = SweepDir.of(plan, RunDir(self.reports / name))
        return SweepRecording(plan, folder).record(resume=resume)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    at_once.write_corpus(corpus, CLIPS)
    engine = at_once.Engine()
    monkeypatch.setattr(real, "run", engine.run)
    return Bench(corpus, tmp_path / "reports", engine)


def sessions(folder: RunDir) -> tuple[int, int]:
    tally = folder.tally()
    return tally["baseline"], tally["candidate"]


def test_the_baseline_is_recorded_once_and_stands_beside_every_candidate(bench: Bench):
    """One engine plays all; each variant's run is complete."""
    done = bench.record(bench.plan())

    assert [2 * CLIPS] == [len(batch) for batch in bench.engine.batches]
    assert (CLIPS, 0) == sessions(done.baseline)
    assert ["run-endpointing-0.1", "run-endpointing-0.2"] == [run.path.name for run in done.variants.values()]
    for run in done.variants.values():
        document = run.read_run()
        assert (CLIPS, CLIPS) == sessions(run)
        assert {"baseline": CLIPS, "candidate": CLIPS, "reruns": 0} == document["sessions"]["recorded"]
        assert {"baseline": CLIPS, "candidate": CLIPS} == document["sessions"]["planned"]


def test_what_was_interrupted_goes_on_where_it_was(bench: Bench):
    """Finished sessions stay, nothing is played twice, and until then no variant has a baseline."""
    plan = bench.plan()
    bench.engine.stop_after = 2
    folder = SweepDir.of(plan, RunDir(bench.reports / "run"))
    with pytest.raises(InterruptedRunError) as stopped:
        SweepRecording(plan, folder).record()
    kept = {path: path.stat().st_mtime_ns for path in bench.reports.rglob("*.jsonl.gz")}

    assert "run" == stopped.value.run_id
    assert {"interrupted"} == {run.read_run()["state"] for run in folder.by_name.values()}
    assert 3 == len(kept)  # the first clip: a pair, and the other candidate
    done = bench.record(plan, resume=True)
    assert [2 * CLIPS, 2 * CLIPS - 2] == [len(batch) for batch in bench.engine.batches]
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    assert {"recorded"} == {run.read_run()["state"] for run in done.by_name.values()}
    assert {(CLIPS, CLIPS)} == {sessions(run) for run in done.variants.values()}


def test_another_sweep_is_not_continued(bench: Bench):
    """Neither with other values, nor into a variant, nor over what exists; nothing is played."""
    bench.record(bench.plan())
    played = len(bench.engine.batches)

    with pytest.raises(RunError, match=r"it is a sweep over endpointing=0\.1, endpointing=0\.2\. Use the --sweep"):
        bench.record(bench.plan(0.1, 0.3), resume=True)
    with pytest.raises(RunError, match=r"variant endpointing=0\.1 of the sweep run, which is what is resumed"):
        bench.record(bench.plan(), resume=True, name="run-endpointing-0.1")
    with pytest.raises(RunError, match=r"a run of this name exists\. Add --resume to continue the sweep"):
        bench.record(bench.plan())
    assert played == len(bench.engine.batches)
    assert not (bench.reports / "run-endpointing-0.3").exists()


def test_the_baseline_of_an_earlier_run_is_not_played_again(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """It is copied, and every run says that it is of another time."""
    monkeypatch.setattr("harness.recording.run", bench.engine.run)
    earlier = Recording(at_once.plan(bench.corpus), RunDir(bench.reports / "earlier")).record()
    done = bench.record(bench.plan(baseline_run=earlier.path))

    assert [CLIPS, 2 * CLIPS] == [len(batch) for batch in bench.engine.batches]
    for run in done.variants.values():
        own, other = (folder.session_path("c00", "baseline", 1) for folder in (run, earlier))
        assert own.read_bytes() == other.read_bytes()
        assert not run.read_run()["provenance"]["baseline_run"]["interleaved"]
    assert "earlier" == done.baseline.read_run()["provenance"]["baseline_run"]["run_id"]


def test_a_sweep_that_is_complete_is_not_played_again(bench: Bench):
    """Resumed, it stays as it is."""
    done = bench.record(bench.plan())
    kept = {path: path.stat().st_mtime_ns for path in bench.reports.rglob("*.jsonl.gz")}
    bench.record(bench.plan(), resume=True)

    assert 1 == len(bench.engine.batches)
    assert kept == {path: path.stat().st_mtime_ns for path in kept}
    assert {"recorded"} == {run.read_run()["state"] for run in done.by_name.values()}


def test_the_newest_sweep_that_is_not_finished_is_resumed(bench: Bench):
    """Without a name: no finished one, no ordinary run, and no variant; a new one is called by when it began."""

    def stopped_after(played: int, options: RecordOptions) -> str:
        bench.engine.stop_after = played
        with pytest.raises(InterruptedRunError) as stopped:
            compare_sweep(bench.plan(), options)
        return stopped.value.run_id

    stopped_after(2, RecordOptions(bench.reports, "half"))
    for name, state in (("another", "interrupted"), ("whole", "recorded")):
        sweep = {} if name == "another" else {"sweep": {"variants": {}}}
        RunDir(bench.reports / name).write_run({"schema": SCHEMA, "state": state, **sweep})

    assert "half" == stopped_after(3, RecordOptions(bench.reports, resume=True))
    assert [2 * CLIPS, 2 * CLIPS - 2] == [len(batch) for batch in bench.engine.batches]
    assert re.fullmatch(r"\d{8}-\d{6}-corpus", stopped_after(4, RecordOptions(bench.reports)))


def test_a_sweep_that_is_not_there_is_not_resumed(bench: Bench):
    """A typo must not begin a new one."""
    with pytest.raises(RunError, match=r"typo: there is no such sweep to resume\. Check --out and --run-id"):
        compare_sweep(bench.plan(), RecordOptions(bench.reports, "typo", resume=True))
    with pytest.raises(RunError, match=r"no unfinished sweep to resume\. Leave --resume out, or name the sweep"):
        compare_sweep(bench.plan(), RecordOptions(bench.reports, resume=True))
    assert [] == bench.engine.batches

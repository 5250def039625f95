"""`--resume` on a run that came to its end, with an engine that answers at once."""

from dataclasses import replace
from pathlib import Path

import at_once
import pytest
from at_once import Engine

from harness import pipeline
from harness.planning import RunPlan
from harness.recording import Recording
from harness.rundir import RunDir
from harness.timeline.account import account
from harness.timeline.validity import harness_faults

NAMES = ["c00", "c01", "c02", "c03"]


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    (tmp_path / "corpus").mkdir()
    at_once.write_corpus(tmp_path / "corpus", len(NAMES))
    return at_once.plan(tmp_path / "corpus")


def kept(run: RunDir) -> dict[str, list[str]]:
    """All files of sessions, by call."""
    return {folder.name: sorted(path.name for path in folder.iterdir()) for folder in (run.path / "sessions").iterdir()}


def test_what_the_harness_spoilt_is_played_once_more_by_each_resume(plan: RunPlan, tmp_path: Path, engine: Engine):
    """Both sides of it, and no other pair; earlier records stay beside the last, which alone is scored."""
    run = RunDir(tmp_path / "run")
    engine.late = {"c01", "c03"}
    Recording(plan, run).record()
    untouched = {
        path: path.stat().st_mtime_ns for name in ("c00", "c02") for path in run.path.glob(f"sessions/{name}/*")
    }
    pipeline.score(run)
    spoilt = pipeline.judge(run)
    engine.late = {"c03"}
    Recording(plan, run).record(resume=True)
    Recording(plan, run).record(resume=True)

    assert "invalid" == spoilt["verdict"]
    assert (
        "Play what was spoilt again (2 pairs, the others stay): `harness compare --pairs 1 --resume --run-id run`"
        in spoilt["next_step"]
    )
    assert [NAMES, ["c01", "c03"], ["c03"]] == engine.batches
    assert [0, 0, 0, 0, 1, 1, 1] == engine.attempts_before
    once, twice = (
        [f"{side}.1{which}.jsonl.gz" for side in ("baseline", "candidate") for which in (*more, "")]
        for more in ([".rejected"], [".2.rejected", ".rejected"])
    )
    assert (sorted(once), sorted(twice)) == (kept(run)["c01"], kept(run)["c03"])
    assert untouched == {path: path.stat().st_mtime_ns for path in untouched}
    assert {"baseline": 4, "candidate": 4, "reruns": 2} == run.read_run()["sessions"]["recorded"]
    again = run.read_session("c01", "baseline", 1)
    assert () == harness_faults({"baseline": account(again.header, again.events)})


def test_what_a_service_did_and_a_run_that_was_interrupted_are_not_played_again(
    plan: RunPlan, tmp_path: Path, engine: Engine
):
    """A refusal is the service's; an interrupted run plays what is missing first, though its pairs were late."""
    refused, interrupted = (RunDir(tmp_path / name) for name in ("refused", "interrupted"))
    engine.refused = {"candidate"}
    Recording(plan, refused).record()
    Recording(plan, refused).record(resume=True)
    engine.refused, engine.late = set(), set(NAMES)
    Recording(plan, interrupted).record()
    interrupted.write_run({**interrupted.read_run(), "state": "interrupted"})
    interrupted.session_path("c02", "baseline", 1).unlink()
    Recording(plan, interrupted).record(resume=True)

    assert [NAMES, NAMES, ["c02"]] == engine.batches


def test_half_a_run_is_not_played_again(plan: RunPlan, tmp_path: Path, engine: Engine):
    """One side alone would be set beside another that is older."""
    run = RunDir(tmp_path / "run")
    engine.late = {"c01"}
    Recording(plan, run).record()
    Recording(replace(plan, record_sides=("candidate",)), run).record(resume=True)

    assert [NAMES] == engine.batches

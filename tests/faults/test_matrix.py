"""Every fault of the emulators, in every phase of a session, on either side and on both: one run, a pair a cell."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pytest
from fault_matrix import CELLS, PHASES, Cell
from fault_outcome import complaints, faults_of_first_attempt
from fault_run import play
from leniency import let_it_be_late

from harness import again, pipeline, scoring
from harness.emulators.faults import FaultKind
from harness.joblist import missing_jobs
from harness.metrics.scores import Scores, SessionScore
from harness.metrics.tables import read_scores
from harness.planning import RunPlan
from harness.recording import Recording
from harness.rundir import RunDir
from harness.timeline.events import SIDES, Side

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Outcome:
    """The run, and what it was found to be."""

    plan: RunPlan
    run: RunDir
    scores: Scores
    summary: Mapping[str, Any]

    def session(self, cell: Cell, side: Side) -> SessionScore:
        """The one session of a cell on a side."""
        [row] = [row for row in self.scores.sessions if (row.clip_id, row.side) == (cell.clip_id, side)]
        return row


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """All cells, played at once."""
    plan, run = play(tmp_path_factory.mktemp("faults"), {cell.clip_id: cell.orders for cell in CELLS})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scoring, "_FEWEST_FOR_PROCESSES", math.inf)  # here, where a busy machine spoils nothing
        let_it_be_late(patch)
        summary = pipeline.score(run)
    return Outcome(plan, run, read_scores(run.path / "scores"), summary)


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.clip_id)
def test_a_fault_is_charged_to_whose_it_is_and_costs_what_it_must(outcome: Outcome, cell: Cell):
    """One session a side; the right one failed, by its own words; the other is whole; the network's fault is run again."""
    sessions = {side: outcome.session(cell, side) for side in SIDES}
    assert [] == complaints(cell, sessions, faults_of_first_attempt(outcome.run, cell.clip_id))


@pytest.mark.parametrize("phase", PHASES)
def test_the_other_side_has_its_latencies(outcome: Outcome, phase: str):
    """What one service suffers takes no figure from the other."""
    rows = outcome.scores.utterances
    known = {(row.clip_id, row.side) for row in rows if math.isfinite(row.first_text_ms or math.inf)}
    unharmed = {
        (cell.clip_id, side)
        for cell in CELLS
        for side in SIDES
        if cell.row.phase == phase and len(cell.sides) == 1 and side not in cell.sides
    }

    assert unharmed
    assert set() == unharmed - known


def test_the_run_counts_what_failed_and_no_more(outcome: Outcome):
    """`session_failure_rate` and the missing words of `wer` are the sums over the matrix."""
    decided = [cell for cell in CELLS if cell.network is not None]
    rate = outcome.summary["metrics"]["session_failure_rate"]
    for side in SIDES:
        failed = sum(bool(cell.met(side).failure) for cell in decided)
        undecided = len(CELLS) - len(decided)
        assert len(CELLS) == rate[side]["sessions"]
        assert failed <= rate[side]["failed"] <= failed + undecided


def test_nothing_is_left_to_play(outcome: Outcome, monkeypatch: pytest.MonkeyPatch):
    """Every session is there once, whatever became of it; `--resume` opens none and touches none, but for what the network spoilt."""
    files = {path: path.stat().st_mtime_ns for path in outcome.run.path.glob("sessions/*/*.gz")}
    kept = [path for path in files if ".rejected." not in path.name]

    assert 2 * len(CELLS) == len(kept)
    assert [] == missing_jobs(outcome.plan, SIDES, outcome.run.has_session)
    monkeypatch.setattr(again, "harness_faults", lambda _sessions: ())
    Recording(outcome.plan, outcome.run).record(resume=True)  # the emulators are gone
    assert files == {path: path.stat().st_mtime_ns for path in outcome.run.path.glob("sessions/*/*.gz")}
    assert "recorded" == outcome.run.read_run()["state"]


def test_the_matrix_has_every_fault_and_phase():
    """A kind that the emulators learn has to find its place here."""
    played = {fault["kind"] for cell in CELLS for order in cell.orders.values() for fault in order.get("fault", ())}
    assert set(get_args(FaultKind)) == played
    assert set(PHASES) == {cell.row.phase for cell in CELLS}

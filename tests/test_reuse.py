"""Reusing a side, leaving one out, adding passes: real sockets, real SDKs, real time."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from scripted import plan

from harness import again
from harness.emulators import embedded
from harness.errors import RunError
from harness.pipeline import judge, score
from harness.recording import Recording
from harness.replay import engine
from harness.rundir import RunDir


@pytest.fixture(autouse=True)
def _never_run_again(monkeypatch: pytest.MonkeyPatch):
    for module in (
        engine,
        again,
    ):  # a busy machine may spoil a pair, which is played again, now or when the run is resumed
        monkeypatch.setattr(module, "harness_faults", lambda _sessions: ())


def record(planned, folder: RunDir, *, resume: bool = False, baseline_run: RunDir | None = None) -> RunDir:
    return Recording(planned, folder, baseline_run=baseline_run).record(resume=resume)


@pytest.fixture(scope="module")
def whole(emulators: embedded.Emulators, tmp_path_factory: pytest.TempPathFactory) -> RunDir:
    return Recording(plan(emulators), RunDir(tmp_path_factory.mktemp("reports") / "whole")).record()


def only_candidate(planned):
    return replace(planned, record_sides=("candidate",))


def test_a_candidate_is_replayed_beside_a_recorded_baseline(
    emulators: embedded.Emulators, whole: RunDir, tmp_path: Path
):
    """The baseline is the earlier one's, byte for byte; the candidate is new; run.json says so; the run can be judged."""
    before = len(emulators.ledger())
    folder = record(only_candidate(plan(emulators)), RunDir(tmp_path / "run"), baseline_run=whole)

    paths = [run.session_path("ps_cards_001", "baseline", 1) for run in (whole, folder)]
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert [entry["provider"] for entry in emulators.ledger()[before:]] == ["gladia"]
    document = folder.read_run()
    assert document["provenance"]["baseline_run"]["run_id"] == "whole"
    assert document["sessions"]["planned"] == {"baseline": 1, "candidate": 1}
    counted = score(folder)["sessions"]["baseline"]
    assert (0, 0, 1) == (counted["failed"], counted["not_recorded"], counted["completed"] + counted["invalid"])
    assert judge(folder)["verdict"] == ("invalid" if counted["invalid"] else "inconclusive")  # on a busy machine
    record(only_candidate(plan(emulators)), folder, resume=True, baseline_run=whole)
    assert (before + 1, paths[0].stat().st_ino) == (len(emulators.ledger()), paths[1].stat().st_ino)


def test_a_baseline_of_other_chunks_is_refused(emulators: embedded.Emulators, whole: RunDir, tmp_path: Path):
    """What was sent differently can't be compared; nothing is begun."""
    planned = only_candidate(plan(emulators, chunk_ms=50.0))

    with pytest.raises(RunError, match=r"whole: its baseline can't be used here, because it differs in: audio\."):
        record(planned, RunDir(tmp_path / "run"), baseline_run=whole)
    assert not RunDir(tmp_path / "run").exists


def test_a_baseline_without_the_clip_is_refused(emulators: embedded.Emulators, whole: RunDir, tmp_path: Path):
    """A recording that the earlier run did not have is named."""
    planned = only_candidate(plan(emulators, select="id=ps_goforward"))

    with pytest.raises(RunError, match=r"differs in: recordings \(ps_goforward\)"):
        record(planned, RunDir(tmp_path / "run"), baseline_run=whole)


def test_a_baseline_of_fewer_passes_is_refused(emulators: embedded.Emulators, whole: RunDir, tmp_path: Path):
    """A pass has its own baseline; one is not stretched over two."""
    planned = only_candidate(plan(emulators, passes=2))

    with pytest.raises(RunError, match=r"no baseline session of ps_cards_001 \(pass 2\)"):
        record(planned, RunDir(tmp_path / "run"), baseline_run=whole)


def test_one_side_is_recorded_now_and_the_other_later(emulators: embedded.Emulators, tmp_path: Path):
    """Until the other side follows, the run is no comparison and says what to do; then it is complete."""
    planned = plan(emulators)
    folder = record(replace(planned, record_sides=("baseline",)), RunDir(tmp_path / "run"))

    assert folder.tally() | {"reruns": 0} == {
        "baseline": 1,
        "candidate": 0,
        "reruns": 0,
    }  # a busy machine may spoil a pair
    score(folder)
    verdict = judge(folder)
    assert (verdict["verdict"], verdict["exit_code"]) == ("invalid", 3)
    assert "the candidate was left out; record it with --resume" in verdict["reason"]

    record(planned, folder, resume=True)

    assert folder.tally() | {"reruns": 0} == {
        "baseline": 1,
        "candidate": 1,
        "reruns": 0,
    }  # a busy machine may spoil a pair
    assert folder.read_run()["sessions"]["planned"] == {"baseline": 1, "candidate": 1}


def test_passes_are_added_to_a_finished_run(emulators: embedded.Emulators, tmp_path: Path):
    """A second pass joins the first, whose files stay as they are."""
    folder = record(plan(emulators), RunDir(tmp_path / "run"))
    before = {path: path.stat().st_mtime_ns for path in folder.path.glob("sessions/*/*.gz")}

    record(plan(emulators, passes=2), folder, resume=True)

    assert folder.tally() | {"reruns": 0} == {
        "baseline": 2,
        "candidate": 2,
        "reruns": 0,
    }  # a busy machine may spoil a pair
    assert {path: path.stat().st_mtime_ns for path in before} == before
    document = folder.read_run()
    assert (document["identity"]["passes"], document["config"]["replay"]["passes"]) == (2, 2)
    assert document["sessions"]["planned"] == {"baseline": 2, "candidate": 2}


def test_a_damaged_baseline_is_refused_before_anything_is_played(
    emulators: embedded.Emulators, whole: RunDir, tmp_path: Path
):
    """Otherwise the candidate would be paid for and the run could not be scored."""
    damaged = RunDir(tmp_path / "damaged")
    shutil.copytree(whole.path, damaged.path)
    session = damaged.session_path("ps_cards_001", "baseline", 1)
    session.write_bytes(session.read_bytes()[:200])

    with pytest.raises(RunError, match="the timeline is damaged"):
        record(only_candidate(plan(emulators)), RunDir(tmp_path / "run"), baseline_run=damaged)
    assert not RunDir(tmp_path / "run").exists


def test_a_baseline_that_follows_later_is_declared_too(emulators: embedded.Emulators, whole: RunDir, tmp_path: Path):
    """The candidate first, an earlier run's baseline put beside it on resuming: run.json says whose it is."""
    planned = only_candidate(plan(emulators))
    folder = record(planned, RunDir(tmp_path / "run"))

    record(planned, folder, resume=True, baseline_run=whole)

    assert folder.read_run()["provenance"]["baseline_run"]["run_id"] == "whole"
    assert folder.tally() | {"reruns": 0} == {
        "baseline": 1,
        "candidate": 1,
        "reruns": 0,
    }  # a busy machine may spoil a pair


def test_two_baselines_are_not_mixed(emulators: embedded.Emulators, whole: RunDir, tmp_path: Path):
    """A run that recorded its own baseline takes none from another run."""
    folder = record(replace(plan(emulators), record_sides=("baseline",)), RunDir(tmp_path / "run"))

    with pytest.raises(RunError, match="has a baseline of its own, so that of whole can't be put beside it"):
        record(only_candidate(plan(emulators)), folder, resume=True, baseline_run=whole)


def test_a_borrowed_baseline_is_not_continued_with_one_of_ones_own(
    emulators: embedded.Emulators, whole: RunDir, tmp_path: Path
):
    """A second pass would mix two baselines under the name of one: the run whose baseline it is has to be named again."""
    folder = record(only_candidate(plan(emulators)), RunDir(tmp_path / "run"), baseline_run=whole)

    with pytest.raises(RunError, match=r"its baseline is that of run whole\. Name that run again with --baseline-run"):
        record(plan(emulators, passes=2), folder, resume=True)

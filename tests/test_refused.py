"""A live run whose key is refused, with an engine that answers at once."""

from dataclasses import replace
from pathlib import Path

import at_once
import pytest
from at_once import Engine

from harness import cli
from harness.errors import InvalidRunError
from harness.planning import RunPlan
from harness.recording import Recording
from harness.rundir import RunDir

CALLS = 8


@pytest.fixture
def plan(tmp_path: Path) -> RunPlan:
    """Both sides taken for live, though they are on this machine."""
    (tmp_path / "corpus").mkdir()
    at_once.write_corpus(tmp_path / "corpus", CALLS)
    planned = at_once.plan(tmp_path / "corpus")
    return replace(planned, sides={side: replace(own, live=True) for side, own in planned.sides.items()})


def test_a_refused_key_stops_a_live_run_before_the_other_service_is_billed(
    plan: RunPlan, tmp_path: Path, engine: Engine
):
    """After three pairs: one message, exit 3; once the key is right, `--resume` plays all of the run."""
    run = RunDir(tmp_path / "run")
    engine.refused = {"candidate"}
    with pytest.raises(InvalidRunError) as stopped:
        Recording(plan, run).record()
    state = run.read_run()["state"]
    left = run.tally()
    engine.refused = set()
    Recording(plan, run).record(resume=True)

    assert (3, "run") == (stopped.value.exit_code, stopped.value.run_id)
    assert str(stopped.value) == (
        f"{run.path}: candidate: 3 pairs were played, and all refused: HTTP 401 from POST http://127.0.0.1:9/v2/live (no such key). The "
        "run was stopped, before assemblyai is billed for the others. Check GLADIA_API_KEY: what was refused is played again then."
    )
    assert ("interrupted", {"baseline": 0, "candidate": 0, "reruns": 3}) == (state, left)
    assert [CALLS, CALLS] == [len(batch) for batch in engine.batches]
    assert {"baseline": CALLS, "candidate": CALLS, "reruns": 3} == run.read_run()["sessions"]["recorded"]


@pytest.mark.parametrize(
    ("refusal", "live"),
    [(("gladia_http_503", "down"), True), (("gladia_http_401", "no such key"), False)],
    ids=["another failure", "an emulator"],
)
def test_what_is_no_refused_key_or_costs_nothing_goes_on(
    refusal, live: bool, plan: RunPlan, tmp_path: Path, engine: Engine
):
    """A service that fails is what is measured; and emulators send no bills."""
    engine.refused, engine.refusal = {"candidate"}, refusal
    sides = {side: replace(own, live=live) for side, own in plan.sides.items()}
    run = Recording(replace(plan, sides=sides), RunDir(tmp_path / "run")).record()

    assert CALLS == run.tally()["candidate"]


def test_a_side_that_let_one_session_in_has_a_key(
    plan: RunPlan, tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    """Refusals after that are the service's, and counted."""
    session = engine._session

    def refused_later(job, side):
        engine.refused = {"candidate"} if len(engine.attempts_before) > 1 else set()
        return session(job, side)

    monkeypatch.setattr(engine, "_session", refused_later)
    run = Recording(plan, RunDir(tmp_path / "run")).record()

    assert {"baseline": CALLS, "candidate": CALLS, "reruns": 0} == run.tally()


def test_the_message_has_the_command_that_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """As that of an interruption has."""

    def refuse(*_arguments, **_options):
        raise InvalidRunError("refused.", "r7")

    monkeypatch.setattr("harness.pipeline.score", refuse)

    assert 3 == cli.run(["score", "x"])
    assert (
        "harness: refused. Continue with: harness score x --resume --run-id r7\n"
        == capsys.readouterr().err.splitlines(keepends=True)[-1]
    )

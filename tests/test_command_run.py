"""A run whose clients are the user's own programs: recorded, resumed, scored, judged, reported as any other."""

import json
import sys
from pathlib import Path
from typing import Any

import parrot
import pytest
from programs import BEHAVING, READY, SAY
from scripted import DEMO, SHORTEST

from harness import pipeline
from harness.config import config_from_table
from harness.errors import ConfigError, RunError
from harness.forecast.forecast import forecast, forecast_json
from harness.planning import RunPlan, plan_run
from harness.recording import Recording
from harness.replay import engine
from harness.report.facts import checks, provider_name
from harness.rundir import RunDir
from harness.timeline.events import Audio, Closed, Connected, ConnectStarted, ErrorRaised, FinishSent, Timeline
from harness.timeline.fold import fold
from harness.timeline.validity import harness_faults

NOWHERE = "http://127.0.0.1:9"  # the programs here dial nobody
BROKEN = READY + """hear(); sys.exit("broken with " + os.environ["GLADIA_API_KEY"])"""


@pytest.fixture
def never_run_again(monkeypatch: pytest.MonkeyPatch):
    """A busy machine can spoil a pair, which is then run again; that is tested elsewhere and would disturb here."""
    monkeypatch.setattr(engine, "harness_faults", lambda _sessions: ())


def program(folder: Path, name: str, body: str, **more: Any) -> dict[str, Any]:
    """A side that is this program."""
    (folder / f"{name}.py").write_text(SAY + body, encoding="utf-8")
    params = {"command": [sys.executable, "-I", "-S", f"{name}.py"], "service": "gladia", **more.pop("params", {})}
    return {"provider": "command", "params": params, **more}


def planned(folder: Path, monkeypatch: pytest.MonkeyPatch, baseline: dict, candidate: dict, **more: Any) -> RunPlan:
    """A run of the demo's shortest clip; relative paths are those of `folder`, where a configuration would lie."""
    monkeypatch.chdir(folder)
    table = {
        "corpus": {"path": str(DEMO)},
        "audio": {"trailing_silence_s": 2.0},
        "baseline": baseline,
        "candidate": candidate,
    }
    return plan_run(config_from_table(table), select=SHORTEST, **more)


def of(timeline: Timeline, kind: type) -> list:
    return [event for event in timeline.events if isinstance(event, kind)]


@pytest.mark.usefixtures("never_run_again", "parrot_package")
def test_a_program_and_a_packages_provider_are_compared_like_any_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """From the plan to the report, in worker processes that know neither; a side with a wire is compared at its handler."""
    baseline = {"provider": "parrot", "host": "parrot://127.0.0.1:1", "params": {"loud": True}}
    candidate = program(tmp_path, "app", BEHAVING, host=NOWHERE, params={"name": "our app"})
    plan = planned(tmp_path, monkeypatch, baseline, candidate)
    told = forecast_json(forecast(plan, tmp_path))
    run = Recording(plan, RunDir(tmp_path / "reports" / "run")).record()
    pipeline.score(run)

    assert ("emulated", None, None) == (
        plan.endpoint,
        *(told["cost"][side]["usd"] for side in ("baseline", "candidate")),
    )
    assert [warning for warning in told["warnings"] if "when the application had them" in warning]
    summary = json.loads((run.path / "summary.json").read_text())
    timeline, other = (run.read_session("ps_cards_001", side, 1) for side in ("candidate", "baseline"))
    assert ("handler", other.header.audio_sha256) == (summary["recv_stamp"], timeline.header.audio_sha256)
    assert ("handoff", "handler") == (timeline.header.send_stamp, timeline.header.recv_stamp)
    kinds = (Audio, ConnectStarted, Connected, FinishSent, Closed, ErrorRaised)
    assert [31, 1, 1, 1, 1, 0] == [len(of(timeline, kind)) for kind in kinds]
    folded = fold(timeline)
    assert (["Queen of hearts."], ()) == ([each.updates[-1].text for each in folded.segments], folded.sdk_overhead_ms)
    assert "our app" == provider_name(run.read_run(), "candidate")
    [found] = [check.value for check in checks(run.read_run(), summary) if check.label == "Latencies are taken"]
    assert "an SDK's callback in the recording process" in found

    polly = fold(other)
    assert (["polly"], 1000, "parrot 1.0") == (
        [each.updates[-1].text for each in polly.segments],
        polly.close_code,
        other.header.sdk,
    )
    (tmp_path / "app.py").write_text(SAY + BEHAVING + "\n# changed", encoding="utf-8")
    with pytest.raises(RunError, match="differs in: candidate"):
        Recording(planned(tmp_path, monkeypatch, baseline, candidate), run).record(resume=True)
    monkeypatch.setattr(parrot, "read", lambda *_: 1 / 0)
    with pytest.raises(
        RunError, match="The reader of provider 'parrot' failed at clip 'ps_cards_001', side 'baseline'"
    ):
        fold(other)


def test_programs_that_break_are_to_blame_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Both end at the same time: no fault of the network nor of the harness, and each says why. Keys are not kept."""
    sides = [program(tmp_path, name, BROKEN, host=NOWHERE) for name in ("old", "new")]
    run = Recording(planned(tmp_path, monkeypatch, *sides), RunDir(tmp_path / "run")).record()
    timelines = {side: run.read_session("ps_cards_001", side, 1) for side in ("baseline", "candidate")}

    # A busy machine may be late and lag, which is another matter, or send to a program whose end it has not heard of.
    faults = harness_faults({side: engine.account(each.header, each.events) for side, each in timelines.items()})
    assert [] == [fault for fault in faults if "late" not in fault and "lag" not in fault]
    for timeline in timelines.values():
        [ended] = [each for each in of(timeline, ErrorRaised) if each.type == "program_ended"]
        assert (
            "ended with exit code 1 before it said closed; on standard error it said: …broken with [key]"
            in ended.message
        )
        assert "broken with [key]\n" == timeline.header.extra["stderr"]


def test_without_live_a_program_needs_an_emulator_to_go_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """It might reach anything, and cost; with --live its keys are those it names."""
    lonely = program(tmp_path, "app", BEHAVING)
    del lonely["params"]["service"]
    silences = {"provider": "gladia", "params": {"endpointing": 0.3}}
    with pytest.raises(ConfigError, match=r"candidate\.provider is 'command'.*Or name candidate\.params\.service"):
        planned(tmp_path, monkeypatch, silences, lonely)

    lonely["params"]["keys"] = ["OURS_API_KEY"]
    monkeypatch.setenv("GLADIA_API_KEY", "planted-a1")
    monkeypatch.setenv("OURS_API_KEY", "planted-b1")
    plan = planned(tmp_path, monkeypatch, silences, lonely, live=True)
    assert ({"OURS_API_KEY": "planted-b1"}, "live") == (dict(plan.sides["candidate"].api_keys), plan.endpoint)

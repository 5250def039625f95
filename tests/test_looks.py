"""Early stopping of a run, with an engine that answers at once in place of the one that plays in real time."""

import io
import re
from functools import cache, partial
from pathlib import Path

import at_once
import pytest
from at_once import write_corpus
from rich.console import Console

from harness import cli, pipeline
from harness.errors import ConfigError, InterruptedRunError, RunError
from harness.forecast.forecast import forecast, forecast_json
from harness.forecast.table import print_forecast
from harness.looks import batches, last_look
from harness.report.packing import unpack
from harness.report.ruling import headline
from harness.report.terminal import print_verdict
from harness.rundir import RunDir

CALLS = 80


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, CALLS)
    return folder


plan = cache(partial(at_once.plan, early_stopping=True))


def judged(run: RunDir) -> dict:
    pipeline.score(run)
    return pipeline.judge(run)


def printed(run: RunDir, verdict: dict) -> str:
    console = Console(file=io.StringIO())
    print_verdict(run.read_json("summary.json"), verdict, console)
    return console.file.getvalue()


def test_batches_are_whole_calls_in_a_recorded_order(corpus: Path):
    """Four quarters that together are all clips, the same for the same seed."""
    clips = plan(corpus).clips
    found = batches(clips, 1)

    assert [20, 20, 20, 20] == [len(batch) for batch in found]
    assert {clip.clip_id for clip in clips} == set().union(*found)
    assert found == batches(clips, 1)
    assert found != batches(clips, 2)


def test_a_settled_run_stops_and_says_so(corpus: Path, tmp_path: Path, engine, capsys: pytest.CaptureFixture[str]):
    """Equal sides within wide margins: half of the calls are not played, and the gate agrees; the rest only tops up, once."""
    run = pipeline.record(plan(corpus), pipeline.RecordOptions(tmp_path, "run"))

    document, verdict = run.read_run(), judged(run)
    assert [20, 20] == [len(batch) for batch in engine.batches]
    assert ("recorded", {"baseline": 40, "candidate": 40}) == (document["state"], document["sessions"]["planned"])
    assert ["continue", "pass"] == [look["decision"] for look in document["looks"]["taken"]]
    assert "stopped early at look 2 of 4: 40 of 80 calls" == verdict["last_look"]["explanation"]
    assert "pass" == verdict["verdict"]
    assert "- stopped early at look 2 of 4: 40 of 80 calls\n" in (run.path / "summary.md").read_text()
    assert "Stopped early at look 2 of 4: 40 of 80 calls." in printed(run, verdict)
    assert "The run stopped early at look 2 of 4" in headline(verdict, "A", "B").sentence

    pipeline.record(plan(corpus), pipeline.RecordOptions(tmp_path, "run", resume=True))
    assert (2, document["looks"]) == (len(engine.batches), run.read_run()["looks"])
    assert {"baseline": 40, "candidate": 40} == run.read_run()["sessions"]["planned"]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "record", lambda *_: run)
        assert 0 == cli.run(["record", "--corpus", str(corpus), "--out", str(tmp_path), "--run-id", "run", "--resume"])
    told = capsys.readouterr()
    assert (f"{run.path}\n", "harness: stopped early at look 2 of 4: 40 of 80 calls.\n") == (told.out, told.err)

    topping = pipeline.RecordOptions(tmp_path, "run", top_up=True)
    with pytest.raises(RunError, match="its verdict is 'pass', and only an inconclusive run is topped up"):
        pipeline.record(plan(corpus), topping)
    run.write_json("verdict.json", verdict | {"verdict": "inconclusive"})  # as if another rule had been left undecided
    pipeline.record(plan(corpus), topping)
    assert [20, 20, 20, 20] == [len(batch) for batch in engine.batches]
    assert {"baseline": 80, "candidate": 80} == run.read_run()["sessions"]["planned"]
    assert (4, False) == (last_look(run.read_run()).look, last_look(run.read_run()).stopped_early)
    with pytest.raises(RunError, match="was not stopped early"):
        pipeline.record(plan(corpus), topping)


def test_an_interrupted_run_goes_on_with_the_same_looks(corpus: Path, tmp_path: Path, engine):
    """Undecided, and stopped in the midst of the second quarter: the first is neither played nor looked at again.

    Each look is kept with every t and its bound, and the gate uses the bound of the last.
    """
    engine.worse, engine.stop_after = 1, 32
    with pytest.raises(InterruptedRunError):
        pipeline.record(plan(corpus), pipeline.RecordOptions(tmp_path, "run"))
    before = RunDir(tmp_path / "run").read_run()["looks"]["taken"]

    run = pipeline.record(plan(corpus), pipeline.RecordOptions(tmp_path, "run", resume=True))

    order = [sorted(batch) for batch in batches(plan(corpus).clips, 1)]
    assert order[0] == engine.batches[0]
    assert [8, 20, 20] == [len(batch) for batch in engine.batches[2:]]
    assert set(engine.batches[2]) < set(order[1])
    assert order[2:] == engine.batches[3:]
    looks, verdict = run.read_run()["looks"], judged(run)
    assert (1, before) == (len(before), looks["taken"][:1])
    assert (CALLS, [20, 40, 60, 80]) == (looks["planned_calls"], looks["at_calls"])
    assert [("continue", 20), ("continue", 40), ("continue", 60)] == [
        (look["decision"], look["rules"][0]["calls"]) for look in looks["taken"]
    ]
    assert "played to the last of 4 looks: all 80 calls" == verdict["last_look"]["explanation"]
    [rule] = [rule for rule in verdict["rules"] if rule["rule"] == "wer_abs"]
    assert 1.742 == pytest.approx(rule["statistics"]["critical_t"], abs=0.001)


def test_a_candidate_beyond_its_margin_ends_the_run(corpus: Path, tmp_path: Path, engine):
    """Four more words wrong of twelve; the report shows the calls that were played, and further passes are refused."""
    engine.worse = 4
    run = pipeline.record(plan(corpus), pipeline.RecordOptions(tmp_path, "run"))

    assert (1, "fail") == (len(engine.batches), judged(run)["verdict"])
    [index] = re.findall(r'id="data-index">"([^"]*)"', pipeline.report(run).read_text())
    assert 20 == len(unpack(index)["rows"])
    with pytest.raises(RunError, match="differs in: passes"):
        pipeline.record(plan(corpus, passes=2), pipeline.RecordOptions(tmp_path, "run", resume=True))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": 79}, "which takes 80 calls or more, so that there are 20 at the first of four looks; these are 79"),
        ({"only_side": "candidate"}, "needs both sides recorded together. Leave out --only-side and --baseline-run"),
    ],
)
def test_what_looks_cant_be_taken_of_is_refused(corpus: Path, options: dict, message: str):
    """Before anything is streamed."""
    with pytest.raises(ConfigError, match=message):
        plan(corpus, **options)


def test_a_plan_says_when_it_may_stop(corpus: Path):
    """After which calls looks fall, and how likely each ends a run whose sides are equal."""
    found = forecast(plan(corpus), Path("reports"))
    console = Console(file=io.StringIO())
    print_forecast(found, console)

    assert [20, 40, 60, 80] == forecast_json(found)["early_stop"]["at_calls"]
    assert "if the sides are equal, after 20 (" in console.file.getvalue()


def test_a_cluster_is_refused(corpus: Path, tmp_path: Path):
    """Its shards know no looks; nothing is connected to or written."""
    with pytest.raises(ConfigError, match="Set it to false, or leave out --scheduler"):
        pipeline.record(plan(corpus), pipeline.RecordOptions(tmp_path, "run", scheduler="tcp://127.0.0.1:1"))

    assert [] == list(tmp_path.iterdir())

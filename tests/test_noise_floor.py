"""The noise floor of a whole run, with an engine that answers at once."""

import io
from pathlib import Path

import pytest
from at_once import Engine, plan, write_corpus
from rich.console import Console

from harness import pipeline, recording
from harness.report.terminal import print_verdict

CALLS = 20


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, CALLS)
    return folder


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    found = Engine()
    monkeypatch.setattr(recording, "run", found.run)
    return found


@pytest.mark.parametrize(("drift", "self_test"), [(0, "passed"), (3, "failed")])
def test_a_run_of_two_passes_tells_its_noise(corpus: Path, tmp_path: Path, engine: Engine, drift: int, self_test: str):
    """In the summary, the verdict, the terminal, the page for CI and the report; a drifting baseline makes the run invalid."""
    engine.drift = drift
    run, judged = pipeline.compare(plan(corpus, passes=2), pipeline.RecordOptions(tmp_path, "run"))
    summary = run.read_json("summary.json")
    console = Console(file=io.StringIO())
    print_verdict(summary, judged, console)

    assert {"passed": "pass", "failed": "invalid"}[self_test] == judged["verdict"]
    assert self_test == judged["noise"]["self_test"]
    assert (CALLS, self_test) == (summary["noise"]["baseline"]["calls"], summary["noise"]["self_test"])
    assert judged["noise"]["explanation"].startswith("The baseline, heard twice, differs from itself in ")
    assert judged["noise"]["explanation"] in console.file.getvalue()
    assert f"- noise floor: {judged['noise']['explanation']}\n" in (run.path / "summary.md").read_text()
    page = (run.path / "report.html").read_text()
    assert {"passed": "agrees with itself, but for chance", "failed": "differs from itself by more"}[self_test] in page
    assert "Baseline: words that differ between its passes" in page

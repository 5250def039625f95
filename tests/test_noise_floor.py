"""The noise floor of a whole run, with an engine that answers at once."""

import io
from pathlib import Path

import pytest
from at_once import Engine, plan, write_corpus
from rich.console import Console

from harness import pipeline
from harness.report.terminal import print_verdict

CALLS = 20


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    write_corpus(folder, CALLS)
    return folder


def test_a_drifting_baseline_is_told_everywhere(corpus: Path, tmp_path: Path, engine: Engine):
    """In the summary, the verdict, the terminal, the page for CI and the report; the run is invalid."""
    engine.drift = 3
    run, judged = pipeline.compare(plan(corpus, passes=2), pipeline.RecordOptions(tmp_path, "run"))
    summary = run.read_json("summary.json")
    console = Console(file=io.StringIO())
    print_verdict(summary, judged, console)

    assert ("invalid", "failed") == (judged["verdict"], judged["noise"]["self_test"])
    assert (CALLS, "failed") == (summary["noise"]["baseline"]["calls"], summary["noise"]["self_test"])
    assert judged["noise"]["explanation"].startswith("The baseline, heard twice, differs from itself in ")
    assert judged["noise"]["explanation"] in console.file.getvalue()
    assert f"- noise floor: {judged['noise']['explanation']}\n" in (run.path / "summary.md").read_text()
    page = (run.path / "report.html").read_text()
    assert "differs from itself by more than chance" in page
    assert "Baseline: words that differ between its passes" in page

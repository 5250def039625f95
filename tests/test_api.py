"""What `import harness` promises; that `compare` does what the command does is tested with the command."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from scripted import DEMO, SHORTEST

import harness
from harness.rundir import RunDir


def test_every_public_name_is_there():
    """And no private one is offered."""
    assert harness.__all__ == sorted(harness._HOME) == dir(harness)
    assert [] == [name for name in harness.__all__ if not getattr(harness, name).__doc__]
    with pytest.raises(AttributeError, match="nonsense"):
        _ = harness.nonsense


def test_report_stays_the_function():
    """There is a package of that name, which anything may import first."""
    assert "harness.report" == import_module("harness.report").__name__
    assert "report" == harness.report.__name__
    assert "harness.report.html" == import_module("harness.report.html").__name__


def test_importing_it_imports_nothing_else():
    """Every process of the program does; what stands behind a name comes when it is used."""
    look = "import sys, typing, importlib; before = set(sys.modules); import harness; print(set(sys.modules) - before)"
    assert (
        "{'harness'}\n"
        == subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout
    )


def test_what_is_wrong_is_refused_before_anything_is_written(tmp_path: Path):
    """A table is checked as a file is, and so is every path."""
    for arguments, message in (
        (
            {"config": {"corpus": {"pth": "x"}}},
            r"config given as a table: corpus.pth is no known key. Did you mean path",
        ),
        ({"config": {"corpus": {"path": str(tmp_path / "no")}}}, r"no/manifest.jsonl: can't be read"),
        ({"config": tmp_path / "harness.toml"}, "there is no such file"),
        ({"config": {}, "corpus": DEMO, "select": SHORTEST, "run_id": "a/b"}, "--run-id is 'a/b'"),
        ({"config": {}, "corpus": DEMO, "baseline_run": tmp_path / "none"}, "there is no such file"),
    ):
        with pytest.raises(harness.UsageError, match=message):
            harness.compare(**arguments, out=tmp_path / "reports")
    with pytest.raises(harness.RunError, match="there is no such file"):
        harness.judge(tmp_path)
    assert [] == list(tmp_path.iterdir())


def test_a_corpus_is_values(tmp_path: Path):
    """The same as the command line loads."""
    corpus = harness.load_corpus(str(DEMO), select=SHORTEST)
    assert isinstance(corpus.clips[0], harness.Clip)
    assert ["ps_cards_001"] == [clip.clip_id for clip in corpus.clips]


def test_stages_take_a_run_or_its_folder_and_write_the_same_bytes(judged: RunDir):
    """As the commands do."""
    files = [judged.path / name for name in ("summary.json", "verdict.json", "junit.xml", "summary.md")]
    before = [path.read_bytes() for path in files]
    again = harness.judge(harness.judge(str(judged.path)))
    assert before == [path.read_bytes() for path in files]
    assert "fail" == again.verdict.word

"""What docs/exports.md shows happens."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from oracles import oracle

from harness import pipeline
from harness.cli import run
from harness.exports.write import FORMATS
from harness.rundir import RunDir

PAGE = (Path(__file__).parents[2] / "docs" / "exports.md").read_text(encoding="utf-8")


def test_every_format_is_in_the_table():
    """In the order of the command's help."""
    cells = re.findall(r"^\| (`.*?`) \|", PAGE, re.MULTILINE)

    assert list(FORMATS) == re.findall(r"`([a-z]+)`", " ".join(cells))


def test_meeteval_comes_to_the_rate_of_the_summary(golden: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """By the two commands shown, as they stand."""
    oracle("meeteval")
    export, evaluate = re.findall(r"^ {4}(harness export .*--normalized.*|meeteval-wer .*)$", PAGE, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "cutover").symlink_to(golden.path)
    summary = pipeline.score(golden)

    assert 0 == run(shlex.split(export)[1:])
    program, *arguments = shlex.split(evaluate)
    subprocess.run([Path(sys.executable).parent / program, *arguments], check=True, capture_output=True)

    theirs = json.loads((tmp_path / "exported" / "candidate.1.seglst_cpwer.json").read_text())
    ours = summary["metrics"]["wer"]["candidate"]
    assert (ours["errors"], ours["reference_words"]) == (theirs["errors"], theirs["length"])
    assert ours["value"] == pytest.approx(theirs["error_rate"], rel=1e-5)

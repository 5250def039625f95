"""No number changes by accident: every metric of a small run against the table beside this file.

    HARNESS_WRITE_GOLDEN=1 python -m pytest tests/test_golden.py

writes the table anew; the commit then shows which numbers changed, and says why.
"""

import os
from pathlib import Path

import golden_metrics
import pytest

from harness import pipeline, scoring
from harness.errors import RunError
from harness.metrics.settings import ScoreSettings

TABLE = Path(__file__).with_name("golden_metrics.txt")


def changes(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """One line a value that is not the same: name, old, new."""
    names = dict.fromkeys([*old, *new])
    return [
        f"{name}: {old.get(name, 'absent')} -> {new.get(name, 'absent')}"
        for name in names
        if old.get(name) != new.get(name)
    ]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    """The small run, recorded."""
    return golden_metrics.write_run(tmp_path_factory.mktemp("golden") / "run")


def test_no_metric_changes_its_value(run):
    """A failure names each metric, its value in the table and the one computed now."""
    found = golden_metrics.table(pipeline.score(run))
    if os.environ.get("HARNESS_WRITE_GOLDEN"):
        TABLE.write_text("".join(f"{name} = {value}\n" for name, value in found.items()), encoding="utf-8")
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    wanted = dict(line.rsplit(" = ", 1) for line in lines)
    changed = changes(wanted, found)
    assert not changed, "metric values changed:\n" + "\n".join(changed)


def test_a_change_is_told_by_name_with_both_numbers():
    """What a formula's change looks like."""
    old, new = {"wer baseline value": "0.1", "wil": "2"}, {"wer baseline value": "0.2", "mer": "1"}
    assert ["wer baseline value: 0.1 -> 0.2", "wil: 2 -> absent", "mer: absent -> 1"] == changes(old, new)


def test_processes_change_no_byte(run, monkeypatch: pytest.MonkeyPatch):
    """Two processes write the tables that one writes; what one of them can't read is told as this one would tell it.

    The other is far ahead of its turn by then, and is left waiting with what nobody will ask for.
    """
    scoring.score_directory(run, 1, ScoreSettings())
    tables = sorted((run.path / "scores").glob("*.csv"))
    before = {path.name: path.read_bytes() for path in tables}
    monkeypatch.setattr(scoring, "_BLOCK", 1)
    monkeypatch.setattr(scoring, "_AHEAD", 1)
    scoring.score_directory(run, 1, ScoreSettings(), processes=2)
    assert before == {path.name: path.read_bytes() for path in tables}
    broken = run.session_path("failed", "baseline", 1)
    whole = broken.read_bytes()
    broken.write_bytes(whole[:100])
    with pytest.raises(RunError, match="the timeline is damaged"):
        scoring.score_directory(run, 1, ScoreSettings(), processes=2)
    broken.write_bytes(whole)
    assert before == {path.name: path.read_bytes() for path in tables}  # nothing half-written

"""What docs/gate.md shows happens."""

import json
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from harness.cli import run
from harness.config import Config
from harness.report.junit import SLICE_CASES
from harness.report.markdown import LIMIT
from harness.rundir import RunDir

PAGE = (Path(__file__).parents[2] / "docs" / "gate.md").read_text(encoding="utf-8")


def test_the_commands_shown_do_what_is_shown(
    golden: RunDir, judged: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """On one run, in the order of the page; but for the year, which will be past one day, and what needs the real services."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    shutil.copytree(judged.path, tmp_path / "reports" / "cutover")
    nightly = shutil.copytree(golden.path, tmp_path / "reports" / "nightly")
    document = json.loads((nightly / "run.json").read_text())
    document["sessions"]["planned"]["baseline"] = 0  # as --only-side candidate leaves it
    (nightly / "run.json").write_text(json.dumps(document))
    for session in nightly.glob("sessions/*/baseline.*"):
        session.unlink()
    page = PAGE.replace("2026", "2999")
    gate, approve, baseline, score, against = (
        shlex.split(line)[1:] for line in re.findall(r"^ {4}(harness (?:gate|approve|score) .*)$", page, re.MULTILINE)
    )

    assert (1, 0) == (run(gate), run(approve))
    capsys.readouterr()
    assert 4 == run(gate)
    [shown] = re.findall(r"^ {4}(Word error rate: .*)$", page, re.MULTILINE)
    assert shown in capsys.readouterr().out
    assert (0, 0, 4) == (run(baseline), run(score), run(against))
    said = capsys.readouterr().out
    [(least, most)] = re.findall(r"30 sessions of the\ndemo: (\d) to (\d) kB\)", page)
    [size] = re.findall(r"30 sessions, ([\d.]+) kB", said)
    assert float(least) < float(size) < float(most)
    assert "No drift" not in said  # thirty clips are too few for the latencies' rules
    for name in re.findall(r"`([a-z]+-against\.[a-z]+)`", page):
        assert (nightly / name).is_file()
    rules = json.loads((nightly / "verdict-against.json").read_text())["rules"]
    assert {0} == {rule["value"] for rule in rules}
    assert "pass" == rules[0]["verdict"]


def test_the_limits_shown_hold():
    """And the configuration shown is one."""
    [example] = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert "error" == Config.model_validate(tomllib.loads(example)).gate.slices
    assert f"(at most {SLICE_CASES})" in PAGE
    assert f"{LIMIT:,} characters" in PAGE

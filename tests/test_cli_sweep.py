"""`--sweep` on the command line; a whole sweep is tested in tests/sweeps/test_compare.py."""

import json
import sys
from pathlib import Path
from unittest.mock import Mock

import click
import pytest
from fabricate_sweep import fabricate_sweep, variant
from scripted import DEMO

from harness import cli
from harness.rundir import RunDir

ASKED = ["--corpus", str(DEMO), "--limit", "2", "--sweep", "endpointing=0.1,0.2"]


def test_a_dry_run_and_a_plan_tell_all_of_it(tmp_path, capsys: pytest.CaptureFixture[str]):
    """Sessions and cost of both candidates and one baseline, and nothing is written."""
    where = ["--out", str(tmp_path / "reports")]
    assert [0, 0] == [cli.run([*command, *ASKED, *where, "--json"]) for command in (["compare", "--dry-run"], ["plan"])]
    dry_run, plan = (json.loads(line) for line in capsys.readouterr().out.splitlines())

    assert dry_run == plan | {"disk": dry_run["disk"]}
    assert (["endpointing=0.1", "endpointing=0.2"], 6) == (plan["variants"], plan["sessions_in_all"])
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("flag", [["--only-side", "candidate"], ["--scheduler", "tcp://127.0.0.1:9"], ["--top-up"]])
def test_what_does_not_go_with_a_sweep_is_refused(tmp_path, capsys: pytest.CaptureFixture[str], flag: list[str]):
    """Before anything is asked or written."""
    assert 2 == cli.run(["compare", *ASKED, "--out", str(tmp_path), *flag])
    assert f"--sweep and {flag[0]} exclude each other: leave one of them out." in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())


def test_a_live_sweep_is_asked_about_once_with_its_whole_cost(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """A no ends it; keys are asked for first."""
    monkeypatch.delenv("CI", raising=False)
    arguments = ["compare", *ASKED, "--live", "--out", str(tmp_path)]
    for name in ("ASSEMBLYAI_API_KEY", "GLADIA_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    assert 2 == cli.run(arguments)
    for name in ("ASSEMBLYAI_API_KEY", "GLADIA_API_KEY"):
        monkeypatch.setenv(name, "key-of-nobody")
    asked = Mock(side_effect=click.Abort)
    monkeypatch.setattr(click, "confirm", asked)
    monkeypatch.setattr(sys, "stdin", Mock(isatty=lambda: True))
    capsys.readouterr()

    assert 130 == cli.run(arguments)
    assert "2 of the baseline, 2 of each of 2 candidates, 6 in all" in capsys.readouterr().err
    asked.assert_called_once()
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("as_json", [False, True])
def test_the_answer_is_for_people_or_for_programs(
    as_json: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """On stdout there is the text, or one object and all text beside it; who did not ask for the gate exits 0."""
    document = fabricate_sweep(variant(0.1, "fail", 500.0, 0.01))
    monkeypatch.setattr("harness.sweeps.compare.compare_sweep", lambda *_: (RunDir(tmp_path), document))
    codes = [cli.run(["compare", *ASKED, "-q", *gate, *(["--json"] if as_json else [])]) for gate in ([], ["--gate"])]
    out, err = capsys.readouterr()

    assert [0, document["exit_code"]] == codes
    text, other = (err, out) if as_json else (out, err)
    assert 2 == text.count(f"Sweep: {tmp_path / 'sweep.html'}\n")
    assert "harness.sweep/1" not in text
    assert 2 == text.count("No variant keeps to the margins. (fail)\n")
    assert ([document] * 2 if as_json else []) == [json.loads(line) for line in other.splitlines()]

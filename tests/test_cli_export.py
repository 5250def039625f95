"""`harness export` as a user meets it."""

import json
from pathlib import Path

import pytest

from harness.cli import run
from harness.cli_export import FORMAT_NAMES
from harness.exports.write import FORMATS
from harness.rundir import RunDir


def test_the_command_knows_every_format():
    """It lists them itself, so that --help needs no stage."""
    assert FORMATS == FORMAT_NAMES


def test_several_formats_are_written_at_once(golden: RunDir, tmp_path: Path, capsys: pytest.CaptureFixture):
    """What there is now is said; for programs as one object."""
    arguments = ["export", str(golden.path), "--format", "stm", "--format", "ctm", "--out", str(tmp_path / "out")]

    assert 0 == run(arguments)
    assert [f"stm: 3 files in {tmp_path / 'out'}", f"ctm: 3 files in {tmp_path / 'out'}"] == (
        capsys.readouterr().out.splitlines()
    )
    assert 0 == run([*arguments, "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert ["reference.ctm", "baseline.1.ctm", "candidate.1.ctm"] == answer["files"]["ctm"]
    assert all((tmp_path / "out" / name).is_file() for name in answer["files"]["ctm"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "stm"], "there is no such file"),
        (["--format", "ass"], "'ass' is not one of"),
        ([], "Missing option '--format'"),
    ],
)
def test_what_is_wrong_exits_2(tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture):
    """No run, no such format, none named; nothing is written."""
    assert 2 == run(["export", str(tmp_path / "none"), *arguments, "--out", str(tmp_path / "out")])
    assert said in capsys.readouterr().err
    assert [] == list(tmp_path.iterdir())

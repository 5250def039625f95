"""`harness calibrate` as a user meets it, and the warning beyond what it found."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from calibrations import calibration

from harness import cli
from harness.calibration import measure
from harness.calibration.host import this_host
from harness.calibration.measure import Calibration
from harness.calibration.settings import Settings
from harness.calibration.store import remember, remembered_pairs, store_path
from harness.cli_calibrate import warn_above_calibration
from harness.config import Config, ReplayConfig


def calibrate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "harness", "calibrate", *map(str, arguments)]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--pairs", "many"), "'many' is no list of numbers; write 8, or 1,8,16."),
        (("--pairs", "0"), "--pairs is 0; allowed are 1 to 256."),
        (("--message-words", "12,5"), "--message-words is 5; allowed are 10 to 100."),
        (("--seconds", "20", "--message-words", "60"), "too short for an utterance of 60 words."),
        (("--find-limit", "--pairs", "4"), "--find-limit finds the number of pairs"),
        (("--html", f"{__file__}/page.html"), "can't be written"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments: tuple[str, ...], complaint: str):
    """Exit code 2, one message, nothing played."""
    done = calibrate(*arguments)

    assert (2, "") == (done.returncode, done.stdout)
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_several_pairs_are_one_object_and_one_page(tmp_path: Path):
    """With a failure on the candidate's side, counted exactly; what was played is kept where it was wished for."""
    page = tmp_path / "page.html"
    done = calibrate(
        "--pairs", 2, "--seconds", 7, "--message-words", 10, "--no-bare", "--json", "--html", page, "--out", tmp_path / "kept",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    [kept] = (tmp_path / "kept").iterdir()

    assert (2, None) == (document["pairs"], document["engine_cpu_share"])
    if not document["invalid_sessions"]:
        failures = document["bias"]["session_failure_rate"]["candidate"]
        assert (1, 2, 0) == (failures["events"]["measured"], failures["trials"], failures["difference"])
    assert kept.name.endswith("-p2-w10-c100")
    assert (kept / "run" / "summary.json").is_file()
    assert "it says nothing about either company" in page.read_text()
    assert "2 pairs at once" in done.stderr


def config(pairs: int) -> Config:
    return Config(replay=ReplayConfig(pairs=pairs))


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that was calibrated for eight pairs."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return remember(this_host(), 8, {})


def test_more_pairs_than_calibrated_are_warned_about(known: Path, capsys: pytest.CaptureFixture[str]):
    """Once, on stderr, with what to do."""
    warn_above_calibration(config(9))
    said = capsys.readouterr()

    assert ("", 1) == (said.out, said.err.count("\n"))
    assert "9 pairs at once, but this machine is calibrated for 8" in said.err


@pytest.mark.parametrize("pairs", [1, 8])
def test_as_many_as_calibrated_are_fine(known: Path, capsys: pytest.CaptureFixture[str], pairs: int):
    """Nothing is said."""
    warn_above_calibration(config(pairs))

    assert capsys.readouterr().err == ""


def test_who_never_calibrated_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """No file, no warning."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    warn_above_calibration(config(256))

    assert capsys.readouterr().err == ""


def test_a_damaged_file_stops_nobody(known: Path, capsys: pytest.CaptureFixture[str]):
    """It is named, and the recording goes on."""
    known.write_text("{")
    warn_above_calibration(config(9))

    assert "calibration.json: not readable as JSON" in capsys.readouterr().err


def searched(monkeypatch: pytest.MonkeyPatch, carries: int, *options: str) -> int:
    """The exit code of a search on a machine that carries so many pairs; what it plays is not played."""

    def play(settings: Settings, _folder: Path, **_) -> Calibration:
        host = asdict(this_host(None))
        return calibration(pairs=settings.pairs, host=host, broken_limits=["late"] if settings.pairs > carries else [])

    monkeypatch.setattr(measure, "calibrate", play)
    return cli.run(["calibrate", "--find-limit", *options])


def test_what_a_machine_carries_is_found_said_and_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Each try is named as it begins, one that fails twice; the JSON has them all."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    code = searched(monkeypatch, 3, "--json")
    said = capsys.readouterr()
    document = json.loads(said.out)

    assert (0, {"pairs": 3, "too_many": 4}) == (code, document["limit"])
    assert [1, 2, 4, 4, 3] == [run["pairs"] for run in document["runs"]]
    assert ["trying 1 pair …", "trying 2 pairs …", *2 * ["trying 4 pairs …"], "trying 3 pairs …"] == (
        said.err.splitlines()[:5]
    )
    assert f"This machine carries 3 pairs at once; remembered in {store_path()}" in said.err
    assert 3 == remembered_pairs(this_host(None))


def test_a_machine_that_carries_not_even_one_pair_is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Nothing is remembered, and what was not kept is said."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    code = searched(monkeypatch, 0, "-q")

    assert (3, False) == (code, store_path().exists())
    [told] = capsys.readouterr().err.splitlines()
    assert "Not even one pair keeps the limits: late. Something else is keeping this machine busy" in told

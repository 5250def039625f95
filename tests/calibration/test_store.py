import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.calibration.host import Host
from harness.calibration.store import remember, remembered_pairs, store_path
from harness.errors import ConfigError

HOST = Host("Z80", 2, "3.11.7", "1.8.2", "2.2.0", None)


def test_what_is_remembered_is_found_again(tmp_path: Path):
    """By the same host only: another SDK is another machine."""
    path = remember(HOST, 16, {"seconds": 20.0}, tmp_path / "state" / "calibration.json")

    assert (16, None) == (remembered_pairs(HOST, path), remembered_pairs(replace(HOST, gladia="3"), path))


def test_a_host_has_one_entry(tmp_path: Path):
    """The newest; those of other hosts stay."""
    path = tmp_path / "calibration.json"
    for host, pairs in ((HOST, 16), (replace(HOST, cores=8), 64), (HOST, 20)):
        remember(host, pairs, {}, path)

    assert (20, 64) == (remembered_pairs(HOST, path), remembered_pairs(replace(HOST, cores=8), path))
    assert [2, 8] == sorted(entry["host"]["cores"] for entry in json.loads(path.read_text())["hosts"])


def test_nothing_is_known_without_a_file(tmp_path: Path):
    """Who never calibrated is left alone."""
    assert remembered_pairs(HOST, tmp_path / "calibration.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "harness.calibration/9", "hosts": []}', '{"hosts": 1}'])
def test_a_damaged_file_is_named_and_left_as_it_is(tmp_path: Path, text: str):
    """It may be somebody else's."""
    path = tmp_path / "calibration.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"calibration\.json: not .* Delete it and calibrate again"):
        remember(HOST, 16, {}, path)

    assert text == path.read_text()


def test_the_file_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the desktop's rules for state put it."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert tmp_path / "harness" / "calibration.json" == store_path()
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path / ".local" / "state" / "harness" / "calibration.json" == store_path()

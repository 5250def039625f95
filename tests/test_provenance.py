"""Where a result comes from."""

import subprocess
from pathlib import Path

from harness.provenance import provenance


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    command = ["git", "-C", str(folder), *who, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_the_state_of_a_checkout_is_told_and_without_one_there_is_none(tmp_path: Path):
    """The commit, and whether what is under version control was changed since; a new file is no change."""
    assert provenance(tmp_path)["git"] is None
    git(tmp_path, "init", "--quiet")
    (tmp_path / "harness.toml").write_text("")
    git(tmp_path, "add", "harness.toml")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "run.json").write_text("{}")
    assert {"commit": commit, "modified": False} == provenance(tmp_path)["git"]

    (tmp_path / "harness.toml").write_text("[replay]\n")
    assert {"commit": commit, "modified": True} == provenance(tmp_path)["git"]

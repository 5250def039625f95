"""Where what runs a foreign client is missing, its tests are skipped loudly; in CI they fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = Path(__file__).with_name("test_typescript_gladia.py")


@pytest.mark.parametrize(
    ("ci", "code", "said"),
    [
        ("", 0, "NOT TESTED: the TypeScript SDKs need Node 20 or later and npm (found: none)."),
        ("true", 1, "CI has to run every client, but the TypeScript SDKs need Node 20 or later and npm (found: none)."),
    ],
)
def test_without_node_its_clients_are_skipped_with_the_reason_but_not_in_ci(
    tmp_path: Path, ci: str, code: int, said: str
):
    """With a search path on which nothing is found."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", str(TEST), "-k", "g40"]
    environment = {**os.environ, "PATH": str(tmp_path), "CI": ci}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, said in done.stdout) == (code, True), done.stdout

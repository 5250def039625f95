"""The page's modules in Node, without a browser."""

import os
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "scripts"


@pytest.mark.parametrize("name", sorted(path.name for path in SCRIPTS.iterdir()))
def test_the_modules_do_what_their_tests_say(name, tmp_path):
    """Each file of `scripts/` passes, against the modules as they are in the package."""
    node = shutil.which("node")
    if node is None and os.environ.get("CI"):
        pytest.fail("there is no Node, and CI tests the page's scripts in it: install Node 20 or later")
    if node is None:
        pytest.skip("there is no Node on this system")
    with_static = tmp_path / "static"
    with_static.mkdir()
    for module in files("harness.report").joinpath("static").iterdir():
        if module.name.endswith(".js"):
            (with_static / module.name).write_text(module.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    (tmp_path / "tests").mkdir()
    test = shutil.copy(SCRIPTS / name, tmp_path / "tests")

    done = subprocess.run([node, "--test", test], capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stdout

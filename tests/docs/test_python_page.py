"""docs/python.md and the examples in docstrings do what they show."""

import ast
import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from scripted import DEMO

import harness
from harness.rundir import RunDir

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in sorted((ROOT / "harness").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.fixture
def project(judged: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the demo corpus and a judged run, to be in."""
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "demo").symlink_to(judged.path)
    (tmp_path / "corpora").mkdir()
    (tmp_path / "corpora" / "demo").symlink_to(DEMO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_the_page_shows_runs(project: Path, capsys: pytest.CaptureFixture[str]):
    """Block after block, its test too; of those that would stream, names and arguments are checked."""
    names: dict[str, Any] = {}
    for block in BLOCKS:
        if block.startswith("# streams"):
            calls = [node for node in ast.walk(ast.parse(block)) if isinstance(node, ast.Call)]
            for call in calls:
                function = getattr(harness, call.func.attr)
                inspect.signature(function).bind(
                    *call.args, **{keyword.arg: keyword.value for keyword in call.keywords}
                )
        else:
            exec(block, names)
    names["test_cutover"](names["run"])
    assert "too few calls for an interval" == capsys.readouterr().out.splitlines()[-1]


def test_the_page_lists_the_exceptions_there_are():
    """As a tree."""
    shown = set(re.findall(r"\b\w+Error\b", PAGE.partition("## Exceptions")[2]))
    assert {name for name in harness.__all__ if name.endswith("Error")} == shown


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings_hold(name: str, project: Path):
    """In a folder as the README's reader has it."""
    done = doctest.testmod(import_module(name), extraglobs={"harness": harness})
    assert (0, True) == (done.failed, done.attempted > 0)

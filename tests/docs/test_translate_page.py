"""What docs/translate.md shows happens, and its table is the one that translates. `python tests/docs/test_translate_page.py` prints it."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli import run
from harness.translation.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "translate.md"


def table() -> Iterator[str]:
    """The lines of the table."""
    yield "| parameter | | at Gladia | how | risk | measure |"
    yield "|---|---|---|---|---|---|"
    for name, rule in RULES.items():
        measure = ", ".join(f"`{metric}`" for metric in rule.measure) or "-"
        target = "-" if rule.target == "none" else f"`{rule.target}`"
        yield f"| `{name}` | {rule.fidelity} | {target} | {rule.conversion} | {rule.risk} | {measure} |"


def test_the_table_is_the_one_that_translates():
    """Row by row."""
    shown = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]

    assert list(table()) == shown


def test_what_is_to_be_measured_is_defined():
    """Under these names, in the methodology."""
    defined = set(
        re.findall(r"^\| `([a-z0-9_]+)`", (DOCS / "methodology.md").read_text(encoding="utf-8"), re.MULTILINE)
    )

    assert {metric for rule in RULES.values() for metric in rule.measure} - defined == set()


def test_the_example_gives_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    """By the command as it stands."""
    page = PAGE.read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    [shown] = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
    [command] = re.findall(r"^ {4}(harness translate .*)$", page, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    Path("app.py").write_text(code, encoding="utf-8")

    assert 0 == run(shlex.split(command)[1:])
    assert shown in capsys.readouterr().err
    written = tomllib.loads(Path("harness.toml").read_text(encoding="utf-8"))
    assert (written["baseline"]["params"]["min_turn_silence"], written["candidate"]["params"]["endpointing"]) == (
        160,
        0.16,
    )


if __name__ == "__main__":
    print("\n".join(table()))  # noqa: T201 - what it is for

"""What the documents show is what the program does."""

import re
import shlex
import tempfile
from pathlib import Path

import click
import pytest

from harness.cli import commands
from harness.config import Config, load_config
from harness.verdict.rules import RULES

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "corpora/README.md", "corpora/demo/README.md")]
DOCUMENTS += sorted((ROOT / "docs").rglob("*.md"))


def shown_commands() -> list[str]:
    """Every `harness …` line of an indented or fenced block."""
    lines = (line for path in DOCUMENTS for line in path.read_text(encoding="utf-8").splitlines())
    return sorted({line.strip() for line in lines if re.match(r"\s*harness [a-z]", line)})


@pytest.mark.parametrize("line", shown_commands())
def test_every_command_shown_is_understood(line: str):
    """The command, its arguments and options exist and parse."""
    arguments = shlex.split(line, comments=True)[1:]
    command: click.Command = commands
    while isinstance(command, click.Group):
        command = command.commands[arguments.pop(0)]

    command.make_context(command.name, arguments)


def test_the_configuration_shown_is_the_default():
    """The README's example is valid, and what it shows is what holds without it."""
    [example] = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    shown, default = load_example(example).model_dump(), Config().model_dump()
    default["gate"]["margins"] = shown["gate"]["margins"]  # the rules' own defaults, tested with them
    default["gate"]["levels"] = shown["gate"]["levels"]

    assert default == shown


def test_the_margins_shown_are_the_rules_defaults():
    """A reader may copy them without changing anything."""
    [example] = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    gate = load_example(example).gate
    rules = {rule.name: rule for rule in RULES}

    assert {name: rules[name].margin for name in gate.margins} == gate.margins
    assert {name: rules[name].level for name in gate.levels} == gate.levels


def load_example(text: str) -> Config:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "harness.toml").write_text(text, encoding="utf-8")
        return load_config(folder=Path(folder)).config


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path):
    """Relative links name files that exist."""
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))

    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_every_nox_session_shown_exists():
    """README and CONTRIBUTING name sessions of the noxfile."""
    sessions = set(
        re.findall(r"^def ([a-z]+)\(session", (ROOT / "noxfile.py").read_text(encoding="utf-8"), re.MULTILINE)
    )
    shown = {
        name
        for path in DOCUMENTS
        for names in re.findall(r"nox -s ([a-z ]+)", path.read_text(encoding="utf-8"))
        for name in names.split()
    }

    assert shown - sessions == set()

"""What `--help` shows, and how little it takes to show it."""

import subprocess
import sys

import click
import pytest

from harness.cli import commands

GROUPS = {(): commands, ("corpus",): commands.commands["corpus"]}
EVERY = [[], *([name] for name in commands.commands), *(["corpus", name] for name in GROUPS[("corpus",)].commands)]
"""Every command's words."""

SHOW_ALL = """
import sys
before = set(sys.modules)  # what an environment loads at the start of every program
from importlib.metadata import packages_distributions
from harness.cli import run
shown = [run([*words.split(), "--help"]) for words in sys.argv[1:]]
loaded = {name.partition(".")[0] for name in sys.modules.keys() - before} & packages_distributions().keys() - {"harness"}
print(*shown, *sorted(loaded), file=sys.stderr)
"""


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_lists_have_whole_sentences_on_80_columns(words: tuple[str, ...]):
    """A sentence that is cut off teaches nothing."""
    group = GROUPS[words]
    listed = [command.get_short_help_str(limit=80 - 2 - 12) for command in group.commands.values()]

    assert [] == [text for text in listed if not text.endswith(".") or text.endswith("...")]


def test_commands_are_listed_in_the_order_of_the_work():
    """Not by the alphabet: what comes first is what one begins with."""
    assert ["compare", "plan", "record", "score", "gate", "report"] == commands.list_commands(click.Context(commands))[
        :6
    ]


def test_every_command_says_what_live_does_in_it():
    """A plan reaches nobody, so it needs no keys."""
    told = {
        name: next(option.help for option in commands.commands[name].params if option.name == "live")
        for name in ("compare", "record", "plan")
    }

    assert told["compare"] == told["record"] == "Reach the real services; needs both API keys."
    assert "reaches none, needs no keys" in told["plan"]


def test_help_of_every_command_loads_no_package_but_the_one_that_parses_it():
    """On 80 columns; neither tables nor sockets nor speech: whoever asks for help waits for none of them."""
    command = [sys.executable, "-c", SHOW_ALL, *map(" ".join, EVERY)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)

    assert [*("0" for _ in EVERY), "click"] == done.stderr.split()
    assert len(EVERY) == done.stdout.count("Usage: harness")
    assert [] == [line for line in done.stdout.splitlines() if len(line) > 80], "lines fit 80 columns"

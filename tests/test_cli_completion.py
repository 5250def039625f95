"""What the shell offers at the press of Tab in place of a value."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from harness.cli import COMPLETE, commands
from harness.cli_completion import FORMAT_NAMES
from harness.corpus.importers.registry import FORMATS

ASKED = ("corpus import a b --format", "corpus fetch", "approve r", "gate", "compare --baseline-run")

OFFER_ALL = """
import sys
before = set(sys.modules)  # what an environment loads at the start of every program
from importlib.metadata import packages_distributions
from click.shell_completion import ShellComplete
from harness.cli import commands
asked = ShellComplete(commands, {}, "harness", "_")
print(*[len(asked.get_completions(words.split(), "")) > 0 for words in sys.argv[1:]])
print(*sorted({name.partition(".")[0] for name in sys.modules.keys() - before} & packages_distributions().keys() - {"harness"}))
"""


def offered(words: str, begun: str = "") -> list[str]:
    return [
        item.value for item in ShellComplete(commands, {}, "harness", COMPLETE).get_completions(words.split(), begun)
    ]


def test_names_that_are_known_are_offered():
    """As far as they fit what was typed."""
    assert list(FORMATS) == list(FORMAT_NAMES) == offered("corpus import a b --format")
    assert ["label-studio"] == offered("corpus import a b --format", "la")
    assert ["asterisk-it"] == [name for name in offered("corpus fetch") if name.endswith("-it")]
    assert ["wer_abs", "wer_rel"] == sorted(offered("approve r", "wer_"))


@pytest.mark.parametrize(
    "words", ["score", "gate", "report", "approve", "export", "plan --pilot", "record --baseline-run"]
)
def test_runs_are_offered_where_one_is_asked_for(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Those in `reports`, or in the folder that was typed; elsewhere the shell completes folders."""
    monkeypatch.chdir(tmp_path)
    for name in ("reports/first", "reports/second", "reports/notes", "other/third"):
        Path(name).mkdir(parents=True)
        if not name.endswith("notes"):
            Path(name, "run.json").touch()

    assert ["reports/first", "reports/second"] == offered(words) == offered(words, "rep")
    assert [["reports/second"], ["other/third"], ["nowhere/"]] == [
        offered(words, begun) for begun in ("reports/s", "other/", "nowhere/")
    ]


def test_an_offer_loads_no_package_but_the_one_that_parses_it():
    """Nobody waits for Tab."""
    command = [sys.executable, "-c", OFFER_ALL, *ASKED]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)

    assert [" ".join(["True"] * len(ASKED)), "click"] == done.stdout.splitlines()

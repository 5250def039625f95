"""What the shell offers at the press of Tab in place of a value: names that are known, and runs that are there.

Everything is looked up when it is asked for, and without the packages that the commands themselves need.
"""

from collections.abc import Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

FORMAT_NAMES = (
    "nemo", "huggingface", "common-voice", "kaldi", "librispeech", "stm", "lhotse", "label-studio", "audacity", "text", "audio",
)  # fmt: skip
"""Of `corpus import`; here because the importers bring libraries for audio along."""

_REPORTS = Path("reports")


def import_formats(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """For `corpus import --format`."""
    return _beginning(begun, FORMAT_NAMES)


def optional_corpora(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """For `corpus fetch`."""
    from harness.corpus.fetch.catalogue import CATALOGUE

    return _beginning(begun, (corpus.name for corpus in CATALOGUE))


def rules(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """For `approve RUN`."""
    from harness.verdict.rules import RULES

    return _beginning(begun, (rule.name for rule in RULES))


def run_directories(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Runs in the folder that was typed, in `reports` if none was; where there is none, the shell offers folders."""
    folder = Path(begun.rpartition("/")[0] or "/") if "/" in begun else _REPORTS
    runs = sorted(str(file.parent) for file in folder.glob("*/run.json"))
    return _beginning(begun, runs) or [CompletionItem(begun, type="dir")]


def _beginning(begun: str, names: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(begun)]

"""Replays recorded speech to two live transcription services and judges what changes.

The names below are what this package promises; docs/python.md shows them at work. All else is private.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.api import compare, judge, load_corpus, record, report, score, sweep
    from harness.corpus.model import Clip, Corpus, Entity, ReferenceWord, Utterance
    from harness.errors import (
        ConfigError,
        CorpusError,
        HarnessError,
        InterruptedRunError,
        InvalidRunError,
        MissingValueError,
        RunError,
        UnknownNameError,
        UsageError,
    )
    from harness.metrics.scores import Scores
    from harness.recording import Progress
    from harness.results.comparison import Comparison, WorstClip
    from harness.results.metric import Metric, SideFigures
    from harness.results.numbers import Missing, Number
    from harness.results.run import Run, load_run
    from harness.results.sweep import Sweep
    from harness.results.verdict import RuleVerdict, Verdict

__all__ = [
    "Clip",
    "Comparison",
    "ConfigError",
    "Corpus",
    "CorpusError",
    "Entity",
    "HarnessError",
    "InterruptedRunError",
    "InvalidRunError",
    "Metric",
    "Missing",
    "MissingValueError",
    "Number",
    "Progress",
    "ReferenceWord",
    "RuleVerdict",
    "Run",
    "RunError",
    "Scores",
    "SideFigures",
    "Sweep",
    "UnknownNameError",
    "UsageError",
    "Utterance",
    "Verdict",
    "WorstClip",
    "compare",
    "judge",
    "load_corpus",
    "load_run",
    "record",
    "report",
    "score",
    "sweep",
]

_HOMES = {
    "api": ("compare", "judge", "load_corpus", "record", "report", "score", "sweep"),
    "corpus.model": ("Clip", "Corpus", "Entity", "ReferenceWord", "Utterance"),
    "errors": (
        "ConfigError", "CorpusError", "HarnessError", "InterruptedRunError", "InvalidRunError", "MissingValueError", "RunError",
        "UnknownNameError", "UsageError",
    ),
    "metrics.scores": ("Scores",),
    "recording": ("Progress",),
    "results.comparison": ("Comparison", "WorstClip"),
    "results.metric": ("Metric", "SideFigures"),
    "results.numbers": ("Missing", "Number"),
    "results.run": ("Run", "load_run"),
    "results.sweep": ("Sweep",),
    "results.verdict": ("RuleVerdict", "Verdict"),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Public names on first use: every process of the program imports this package, and few need what stands behind them."""
    if name in _HOME:
        return getattr(import_module(f"harness.{_HOME[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """Keeps `harness.report` the function: importing the package of that name would put the package in its place."""

    @property
    def report(self) -> "Callable[..., Any]":
        from harness.api import report as function  # noqa: PLC0415 - as above

        return function

    @report.setter
    def report(self, package: ModuleType) -> None:
        """What the import of a submodule does to its parent."""


sys.modules[__name__].__class__ = _Package

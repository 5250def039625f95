"""A finished run as values: what `load_run` returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import RunError, UnknownNameError
from harness.metrics.scores import Scores
from harness.metrics.tables import TABLES, read_scores
from harness.providers.parameters import nearest
from harness.results.metric import Metric
from harness.results.verdict import Verdict, verdict_from
from harness.rundir import RunDir, runs_in

if TYPE_CHECKING:
    import pandas as pd

SUMMARY_SCHEMA = "harness.summary/1"
VERDICT_SCHEMA = "harness.verdict/1"


@dataclass(frozen=True, repr=False)
class Run:
    """A run directory, as it was when each part of it was first looked at.

    Attributes:
        path: The directory.
    """

    path: Path

    @cached_property
    def document(self) -> dict[str, Any]:
        """`run.json`: what was run, with what."""
        return RunDir(self.path).read_run()

    @property
    def run_id(self) -> str:
        """The run's name."""
        return str(self.document["run_id"])

    @property
    def endpoint(self) -> str:
        """`live`, or `emulated`: then no figure says anything about either service."""
        return str(self.document["endpoint"])

    @cached_property
    def summary(self) -> dict[str, Any]:
        """`summary.json`, for what `metric` does not reach.

        Raises:
            RunError: The run was not scored yet, or by another version.
        """
        return self._read("summary.json", SUMMARY_SCHEMA)

    @cached_property
    def verdict(self) -> Verdict:
        """What the gate says.

        Raises:
            RunError: The run was not judged yet, or by another version.
        """
        return verdict_from(self._read("verdict.json", VERDICT_SCHEMA), self.path, str(self))

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of all metrics of the run."""
        return tuple(self.summary["metrics"])

    @property
    def slices(self) -> tuple[str, ...]:
        """The names of all slices of the run, such as `tag=noisy`."""
        return tuple(self.summary["slices"])

    def metric(self, name: str, *, within: str | None = None) -> Metric:
        """One metric.

        Args:
            name: As in `docs/methodology.md`, such as `wer` or `final_ms`.
            within: A slice, such as `tag=noisy`; the whole run by default. Only the gated metrics are known of slices.

        Raises:
            UnknownNameError: There is no such metric or slice; the message has the nearest name.
            RunError: The run was not scored yet.
        """
        __tracebackhide__ = True  # pytest then shows the line that asks
        where = str(self) if within is None else f"{within} of {self}"
        blocks = self.summary["metrics"] if within is None else self._slice(within)["metrics"]
        if name not in blocks:
            raise UnknownNameError(f"There is no metric {name!r} in {where}. {nearest(name, blocks)}")
        judged = within is None and (self.path / "verdict.json").is_file()
        rules = tuple(rule for rule in self.verdict.rules if rule.metric == name) if judged else ()
        return Metric(name, blocks[name], where, rules)

    def _slice(self, name: str) -> Mapping[str, Any]:
        slices: Mapping[str, Any] = self.summary["slices"]
        if name not in slices:
            raise UnknownNameError(f"There is no slice {name!r} in {self}. {nearest(name, slices)}")
        part: Mapping[str, Any] = slices[name]
        return part

    def _read(self, name: str, schema: str) -> dict[str, Any]:
        return RunDir(self.path).read_json(name, schema)

    def __str__(self) -> str:
        return f"run {self.run_id} ({self.endpoint})"

    def __repr__(self) -> str:
        return f"<{self}: {self.path}>"

    @cached_property
    def scores(self) -> Scores:
        """All rows; their types in `harness.metrics.scores` document every column.

        Raises:
            RunError: The run was not scored yet, or by another version.
        """
        return read_scores(self.path / "scores")

    def frames(self) -> "dict[str, pd.DataFrame]":
        """All tables as pandas frames, by name: `sessions`, `utterances`, `turns`, `segments`, `words`, and so on.

        Columns are those of the CSV files, in their order. Whole numbers are `Int64` and booleans `boolean`, so that "not available"
        is `pd.NA` and never 0; other numbers are `float64`, where `inf` is a value that never came and `nan` not available; names
        that repeat (side, provider, clip, op, ...) are categories, those with a fixed set of values with all of them; lists are
        tuples. Counts of an alignment take four columns, as in the files.

        Raises:
            RunError: The run was not scored yet, or by another version.
        """
        from harness.results.frames import frame  # noqa: PLC0415 - pandas takes half a second

        return {name: frame(row_type, getattr(self.scores, name)) for name, row_type in TABLES.items()}


def load_run(path: str | Path) -> Run:
    """Open a run directory.

    Args:
        path: Such as `reports/2026-11-25-demo`.

    Raises:
        RunError: There is no run, or one of another schema.
    """
    run = Run(Path(path))
    if not run.path.is_dir():
        raise RunError(f"{run.path}: there is no such run directory. `harness compare` makes one under reports/.")
    _ = run.document  # complains now rather than at first use
    return run


def newest_run(reports: Path) -> Run:
    """The run in a reports folder that was begun last.

    Raises:
        RunError: There is none, or one of them is of another schema.
    """
    runs = [load_run(run.path) for run in runs_in(reports)]
    if not runs:
        raise RunError(f"{reports}: there is no run. `harness compare --out {reports}` makes one.")
    return max(runs, key=lambda run: (run.document.get("created_at", ""), run.path.name))

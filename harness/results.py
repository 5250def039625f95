"""A finished run as values: what `load_run` returns."""

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from types import UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

from harness.errors import RunError
from harness.metrics.scores import Scores, WordCounts
from harness.metrics.tables import TABLES, read_scores
from harness.rundir import RunDir

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {int: "Int64", float: "float64", bool: "boolean", str: "string"}
_CATEGORIES = frozenset(
    {"provider", "call_id", "clip_id", "metric", "time_source", "closed_by", "kind", "language", "speaker"}
)


@dataclass(frozen=True)
class Run:
    """A run directory that was scored.

    Attributes:
        path: The directory.
    """

    path: Path

    @cached_property
    def document(self) -> dict[str, Any]:
        """`run.json`: what was run, with what."""
        return RunDir(self.path).read_run()

    @cached_property
    def summary(self) -> dict[str, Any]:
        """`summary.json`.

        Raises:
            RunError: The run was not scored yet.
        """
        return RunDir(self.path).read_json("summary.json")

    @cached_property
    def verdict(self) -> dict[str, Any] | None:
        """`verdict.json`; None if the run was not judged."""
        return RunDir(self.path).read_json("verdict.json") if (self.path / "verdict.json").is_file() else None

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
        return {name: _frame(row_type, getattr(self.scores, name)) for name, row_type in TABLES.items()}


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


def _frame(row_type: type[Any], rows: tuple[Any, ...]) -> "pd.DataFrame":
    import pandas as pd  # noqa: PLC0415 - half a second that only frames need

    hints = get_type_hints(row_type)
    columns: dict[str, Any] = {}
    for field in fields(row_type):
        values = [getattr(row, field.name) for row in rows]
        kind = _kind(hints[field.name])
        if kind is WordCounts:
            for part in fields(WordCounts):
                counts = [None if value is None else getattr(value, part.name) for value in values]
                columns[f"{field.name}_{part.name}"] = pd.array(counts, dtype="Int64")
        elif get_origin(kind) is Literal:
            columns[field.name] = pd.Categorical(values, categories=list(get_args(kind)))
        elif kind is str and field.name in _CATEGORIES:
            columns[field.name] = pd.Categorical(values)
        elif get_origin(kind) is tuple:
            columns[field.name] = pd.Series(values, dtype="object")
        else:
            columns[field.name] = pd.Series(values, dtype=_DTYPES[kind])
    return pd.DataFrame(columns)


def _kind(hint: Any) -> Any:
    """What a field holds where it holds anything."""
    options = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    return next(option for option in options if option is not type(None))

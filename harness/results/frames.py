"""Tables of a run as pandas frames."""

from dataclasses import fields
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pandas as pd

from harness.metrics.word_counts import WordCounts

_DTYPES = {int: "Int64", float: "float64", bool: "boolean", str: "string"}
_CATEGORIES = frozenset(
    {"provider", "call_id", "clip_id", "metric", "time_source", "closed_by", "kind", "language", "speaker"}
)


def frame(row_type: type[Any], rows: tuple[Any, ...]) -> pd.DataFrame:
    """Rows of one type as a frame; `Run.frames` documents the types of its columns."""
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

"""`Scores` as CSV files, and back without loss.

One file a table, one column a field in the order of the row type, whose attributes document it; counts of an alignment
take four columns (`words_hits`, `words_substitutions`, `words_deletions`, `words_insertions`). Cells:

- None is an empty cell, an empty string in a column that may be None is a backslash (a leading backslash is doubled);
- numbers are written so that they read back to the same value, an infinite latency as `inf`;
- booleans are `true` and `false`, lists are JSON arrays.

What concerns all rows (the normalisers, the receive stamp) stands in `scores.json`. The same scores give the same bytes.
"""

import csv
import io
import json
import types
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from harness.atomic import write_atomically
from harness.documents import parse_json
from harness.errors import RunError
from harness.metrics.scores import (
    BoundaryScore,
    ConductScore,
    EntityScore,
    FindingScore,
    HoldScore,
    KeywordScore,
    PooledScore,
    Scores,
    SegmentScore,
    SessionScore,
    TurnScore,
    UtteranceScore,
    WordScore,
    WordTimingScore,
)
from harness.metrics.word_counts import WordCounts

SCHEMA = "harness.scores/1"

HEAD = "scores.json"
"""What concerns all tables; written last, and without it none of them is read."""
_COUNTS = tuple(column.name for column in fields(WordCounts))
_ESCAPE = "\\"
_LONGEST_CELL = 2**31 - 1

TABLES: dict[str, type[Any]] = {
    "sessions": SessionScore,
    "utterances": UtteranceScore,
    "turns": TurnScore,
    "segments": SegmentScore,
    "words": WordScore,
    "boundaries": BoundaryScore,
    "entities": EntityScore,
    "keywords": KeywordScore,
    "word_timings": WordTimingScore,
    "findings": FindingScore,
    "holds": HoldScore,
    "pooled": PooledScore,
    "conduct": ConductScore,
}
"""Row type by name of the table, which is that of its file and of its field in `Scores`."""

Row = TypeVar("Row")


def write_scores(folder: Path, scores: Scores, *, without: Collection[str] = ()) -> None:
    """Write the tables of a run into `folder`, but for those that were written already; each file appears whole or not at all."""
    for name, row_type in TABLES.items():
        if name not in without:
            _write_table(folder / f"{name}.csv", row_type, getattr(scores, name))
    head = {
        "schema": SCHEMA,
        "norm_id": scores.norm_id,
        "secondary_norm_id": scores.secondary_norm_id,
        "recv_stamp": scores.recv_stamp,
    }
    _replace(folder / HEAD, lambda stream: stream.write(json.dumps(head, indent=2) + "\n"))


def read_scores(folder: Path, *, without: Collection[str] = ()) -> Scores:
    """Read what `write_scores` wrote; tables named in `without` stay empty.

    Raises:
        RunError: A file is missing or damaged, or has another schema.
    """
    head = _read_head(folder / HEAD)
    return Scores(
        norm_id=head["norm_id"],
        secondary_norm_id=head["secondary_norm_id"],
        recv_stamp=head["recv_stamp"],
        **{
            name: () if name in without else _read_table(folder / f"{name}.csv", row_type)
            for name, row_type in TABLES.items()
        },
    )


@dataclass(frozen=True, slots=True)
class _Column:
    """How one field is written: its name, how a value becomes a cell, and back."""

    name: str
    to_cell: Callable[[Any], str]
    from_cell: Callable[[str], Any]


def _write_table(path: Path, row_type: type[Row], rows: Iterable[Row]) -> None:
    def write(stream: IO[str]) -> None:
        stream.write(head_text(row_type))
        _write_rows(stream, row_type, rows)

    _replace(path, write)


def head_text(row_type: type[Any]) -> str:
    """The first line of a table."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerow(_titles(_columns(row_type)))
    return stream.getvalue()


def rows_text(row_type: type[Any], rows: Iterable[Any]) -> str:
    """Rows as lines of their table, for tables that are written piece by piece."""
    stream = io.StringIO(newline="")
    _write_rows(stream, row_type, rows)
    return stream.getvalue()


def _write_rows(stream: IO[str], row_type: type[Any], rows: Iterable[Any]) -> None:
    columns = _columns(row_type)
    csv.writer(stream).writerows(_cells(row, columns) for row in rows)  # CR LF (RFC 4180): both are quoted inside cells


def _cells(row: Any, columns: Iterable[_Column | str]) -> Iterator[str]:
    for column in columns:
        if isinstance(column, str):
            counts = getattr(row, column)
            yield from (("",) * len(_COUNTS) if counts is None else (str(getattr(counts, name)) for name in _COUNTS))
        else:
            yield column.to_cell(getattr(row, column.name))


def _read_table(path: Path, row_type: type[Row]) -> tuple[Row, ...]:
    columns = _columns(row_type)
    titles = _titles(columns)
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            csv.field_size_limit(_LONGEST_CELL)  # the transcript of a long call is one cell
            reader = csv.reader(stream)
            found = next(reader, [])
            if found != titles:
                raise RunError(
                    f"{path}: {_difference(found, titles)}, so another version of harness wrote it. Run `harness score` on the run "
                    "directory again."
                )
            return tuple(_row(row_type, columns, _complete(cells, len(titles))) for cells in reader)
    except (OSError, ValueError, csv.Error) as error:
        raise RunError(f"{path} can't be read: {error}. Run `harness score` on the run directory again.") from error


def _difference(found: list[str], expected: list[str]) -> str:
    """How two lists of columns differ, by the names that matter."""
    if not found:
        return "the line of column names is missing"
    missing = [name for name in expected if name not in found]
    unknown = [name for name in found if name not in expected]
    parts = [f"lacks the columns {', '.join(missing)}"] if missing else []
    parts += [f"has the unknown columns {', '.join(unknown)}"] if unknown else []
    return " and ".join(parts) or "the columns are in another order"


def _complete(cells: list[str], width: int) -> list[str]:
    if len(cells) != width:
        raise ValueError(f"a line has {len(cells)} cells, expected {width}")
    return cells


def _row(row_type: type[Row], columns: Iterable[_Column | str], cells: list[str]) -> Row:
    rest = iter(cells)
    values: list[Any] = []
    for column in columns:
        if isinstance(column, str):
            counts = [next(rest) for _ in _COUNTS]
            values.append(None if counts[0] == "" else WordCounts(*map(int, counts)))
        else:
            values.append(column.from_cell(next(rest)))
    return row_type(*values)


def _columns(row_type: type[Any]) -> tuple[_Column | str, ...]:
    """The columns of a row type; a field holding counts is its name alone."""
    hints = get_type_hints(row_type)
    return tuple(_column(field.name, hints[field.name]) for field in fields(row_type))


def _titles(columns: Iterable[_Column | str]) -> list[str]:
    titles: list[str] = []
    for column in columns:
        titles.extend([f"{column}_{count}" for count in _COUNTS] if isinstance(column, str) else [column.name])
    return titles


def _column(name: str, hint: Any) -> _Column | str:
    options = get_args(hint) if get_origin(hint) in {Union, types.UnionType} else (hint,)
    is_optional = type(None) in options
    (kind,) = (option for option in options if option is not type(None))
    if get_origin(kind) is Literal:
        kind = str
    if kind is WordCounts:
        return name
    if kind is str:
        return _Column(name, _optional_text, _text_or_none) if is_optional else _Column(name, str, str)
    if get_origin(kind) is tuple:
        return _Column(name, _list_cell, _list_value)
    to_cell, from_cell = _CODECS[kind]
    if is_optional:
        return _Column(name, _or_empty(to_cell), _or_none(from_cell))
    return _Column(name, to_cell, from_cell)


def _or_empty(to_cell: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "" if value is None else to_cell(value)


def _or_none(from_cell: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda cell: None if cell == "" else from_cell(cell)


def _optional_text(value: str | None) -> str:
    if value is None:
        return ""
    return _ESCAPE + value if value == "" or value.startswith(_ESCAPE) else value


def _text_or_none(cell: str) -> str | None:
    if cell == "":
        return None
    return cell[1:] if cell.startswith(_ESCAPE) else cell


def _list_cell(values: Iterable[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _list_value(cell: str) -> tuple[str, ...]:
    values = parse_json(cell)
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(f"{cell[:40]!r} is no list of texts")
    return tuple(values)


def _flag_cell(value: object) -> str:
    return "true" if value else "false"


def _flag_value(cell: str) -> bool:
    if cell not in {"true", "false"}:
        raise ValueError(f"{cell!r} is neither true nor false")
    return cell == "true"


_CODECS: dict[type, tuple[Callable[[Any], str], Callable[[str], Any]]] = {
    bool: (_flag_cell, _flag_value),
    int: (str, int),
    float: (repr, float),
}


def _read_head(path: Path) -> dict[str, Any]:
    try:
        head = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{path} can't be read: {error}. Run `harness score` on the run directory.") from error
    if not isinstance(head, dict) or head.get("schema") != SCHEMA:
        raise RunError(
            f"{path} does not have the schema {SCHEMA!r} that this version reads. "
            "Run `harness score` on the run directory again."
        )
    for name in ("norm_id", "secondary_norm_id", "recv_stamp"):
        if not isinstance(head.get(name, 0), str | None):
            raise RunError(f"{path} does not say {name}. Run `harness score` on the run directory again.")
    return head


def _replace(path: Path, write: Callable[[IO[str]], object]) -> None:
    def write_text(binary: IO[bytes]) -> None:
        text = io.TextIOWrapper(binary, encoding="utf-8", newline="")
        write(text)
        text.flush()
        text.detach()

    write_atomically(path, write_text)

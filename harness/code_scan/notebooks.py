"""Jupyter notebooks: their code cells as one text, and where each line of it stands in the file."""

import ast
import json
import re
import warnings
from dataclasses import dataclass

_MAGIC = re.compile(r"^\s*[%!?]")


@dataclass(frozen=True, slots=True)
class Line:
    """Where one line of code stands: in the file, and in which cell, both from 1."""

    in_file: int
    cell: int
    in_cell: int


@dataclass(frozen=True, slots=True)
class Notebook:
    """The code of a notebook.

    Attributes:
        text: All code cells, one below the other; commands of IPython are blank.
        lines: For each line of it, where it stands.
        unread: The numbers of the cells that are no Python.
    """

    text: str
    lines: tuple[Line, ...]
    unread: tuple[int, ...]


def read_notebook(text: str) -> Notebook:
    """The code cells of a notebook.

    Raises:
        ValueError: It is no notebook.
    """
    try:
        cells = json.loads(text)["cells"]
        sources = [cell.get("source", []) if cell.get("cell_type") == "code" else None for cell in cells]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ValueError("no notebook: JSON with `cells` is expected") from None
    code: list[str] = []
    places: list[Line] = []
    unread: list[int] = []
    at = 0
    for number, source in enumerate(sources, 1):
        if source is None:
            continue
        written = "".join(map(str, source)) if isinstance(source, list) else str(source)
        lines = ["" if _MAGIC.match(line) else line for line in written.split("\n")]
        if not _is_python("\n".join(lines)):
            unread.append(number)
            continue
        for in_cell, line in enumerate(lines, 1):
            at = _find(text, written.split("\n")[in_cell - 1], at)
            code.append(line)
            places.append(Line(text.count("\n", 0, at) + 1, number, in_cell))
    return Notebook("\n".join(code), tuple(places), tuple(unread))


def _is_python(code: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _find(text: str, line: str, start: int) -> int:
    """Where a line of code stands in the notebook's JSON, from `start` on; `start` itself if it can't be told."""
    for shown in (json.dumps(line, ensure_ascii=False)[1:-1], json.dumps(line)[1:-1]):
        found = text.find(shown, start) if shown else -1
        if found >= 0:
            return found
    return start

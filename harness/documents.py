"""Reading JSON and TOML that others wrote, or that was damaged: whatever is wrong with a text is one `ValueError`.

The standard library reads more than can be handled afterwards: nesting that overflows the stack of whoever walks through it,
integers that are too long to be shown or to become a float, halves of characters that no file can hold.
"""

import json
import re
import tomllib
from typing import Any

DEEPEST = 100
"""Tables and lists within each other; documents of ours have a dozen."""

_MOST = 2**63
_MOST_DIGITS = 20  # of an integer that may be below that, sign included
_HALF = re.compile("[\ud800-\udfff]")
_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def parse_json(text: str, **hooks: Any) -> Any:
    """The value of a JSON text.

    Args:
        text: The whole of it.
        hooks: As `json.loads` takes them.

    Raises:
        ValueError: It is none, is nested too deeply, or holds an integer beyond 64 bits or half a character.
    """
    try:
        value = json.loads(text, parse_int=_integer, **hooks)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check(value, halves=_ESCAPED_HALF.search(text) is not None)
    return value


def parse_toml(text: str) -> dict[str, Any]:
    """The table of a TOML text.

    Raises:
        ValueError: As for `parse_json`.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _check(table)
    return table


_TOO_DEEP = f"it is nested more than {DEEPEST} deep"


def _integer(digits: str) -> int:
    number = int(digits) if len(digits) <= _MOST_DIGITS else _MOST
    _check(number)
    return number


def _check(value: Any, depth: int = 0, *, halves: bool = False) -> None:
    if isinstance(value, dict | list):
        if depth == DEEPEST:
            raise ValueError(_TOO_DEEP)
        for inner in (*value, *value.values()) if isinstance(value, dict) else value:
            _check(inner, depth + 1, halves=halves)
    elif isinstance(value, int):
        if not -_MOST <= value < _MOST:
            raise ValueError("it holds an integer that takes more than 64 bits")
    elif halves and isinstance(value, str) and _HALF.search(value):
        raise ValueError(f"{value[:40]!a} holds half a character (a surrogate), which is no text")

"""Writing TOML: the standard library only reads it."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_value(value: Any) -> str:
    """A value in one line; tables and lists inline.

    Raises:
        TypeError: TOML has nothing for it, as for None.
    """
    if isinstance(value, Mapping):
        items = ", ".join(f"{_key(key)} = {toml_value(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return _text(value) if isinstance(value, str) else _number_or_date(value)


def _number_or_date(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return "inf" if value == math.inf else "-inf" if value == -math.inf else repr(float(value))
    if isinstance(value, int | date):
        return str(value)  # a date's is ISO 8601
    raise TypeError(f"{value!r} is nothing that TOML can hold")


def toml_table(name: str, table: Mapping[str, Any]) -> Iterator[str]:
    """The lines of a table under its header, and of the tables in it under theirs."""
    yield f"[{name}]"
    yield from (f"{_key(key)} = {toml_value(value)}" for key, value in table.items() if not isinstance(value, Mapping))
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from toml_table(f"{name}.{_key(key)}", value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _text(value: str) -> str:
    text = value.encode("utf-8", "replace").decode()  # bytes of the command line that are no text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'

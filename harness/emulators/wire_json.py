"""JSON from a client, who may send anything: what is read can be stored, shown and written again."""

import json
from typing import Any

_DEEPEST = 32
_LONGEST_SHOWN = 80


def parse(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is none, or is nested so deeply that handling it would be an attack.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("too deeply nested") from error
    if not _shallow(value, _DEEPEST):
        raise ValueError("too deeply nested")
    return value


def shown(value: Any) -> str:
    """A client's value as a message to it shows it: short, and printable whatever it was."""
    if isinstance(value, (list, dict)):
        return f"a {'list' if isinstance(value, list) else 'JSON object'}"
    return ascii(value[:_LONGEST_SHOWN])[1:-1] if isinstance(value, str) else ascii(value)[:_LONGEST_SHOWN]


def _shallow(value: Any, depth: int) -> bool:
    if not isinstance(value, (list, dict)):
        return True
    inner = value if isinstance(value, list) else value.values()
    return depth > 0 and all(_shallow(each, depth - 1) for each in inner)

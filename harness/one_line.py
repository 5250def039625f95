"""Text of others (names of clips and tags, reasons, fields of files) in one line that a terminal, CI and XML can show."""

import re
from collections.abc import Mapping
from typing import Any

# Controls, line ends, changes of direction, and halves of characters: none can be XML, and a terminal or CI obeys some.
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def one_line(text: str) -> str:
    """Text in one line that every view can show: blanks for line ends, a replacement character for other controls."""
    return _UNPRINTABLE.sub(lambda found: " " if found[0].isspace() else "\ufffd", text)


def no_command(text: str) -> str:
    """The same to begin a line with: in quotes where CI would take it for a command, as it does after two colons."""
    line = one_line(text)
    return f"'{line}'" if line.lstrip().startswith("::") else line


def shown(value: object, longest: int = 100) -> str:
    """A value in a message, as Python writes it, not too long."""
    try:
        text = repr(value)
    except (RecursionError, ValueError):  # nested too deeply; an integer of thousands of digits
        text = f"a {type(value).__name__} that is too large to be shown"
    return text if len(text) <= longest else f"{text[:longest]}…"


def lines_of(text: str) -> str:
    """The same for text of several lines, which stay apart."""
    return "\n".join(one_line(line) for line in text.split("\n"))


def in_one_line(document: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON document, with each of its texts `one_line`; names of clips, tags and reasons are other people's."""
    return {one_line(key): _each(value) for key, value in document.items()}


def _each(value: Any) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return in_one_line(value)
    return [_each(item) for item in value] if isinstance(value, list | tuple) else value

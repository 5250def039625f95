"""Reading frozen dataclasses from TOML or JSON documents, strictly: what isn't known is refused, with its place."""

import dataclasses
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from harness.errors import ConfigError
from harness.one_line import shown

_T = TypeVar("_T")
_MOST = 1e12  # of milliseconds, 30 years: beyond, instants in nanoseconds overflow


def build(kind: type[_T], document: Any, where: str) -> _T:
    """A `kind` from a table.

    Raises:
        ConfigError: a key is unknown or missing, or a value has a wrong type; the message names its place.
    """
    values = checked(kind, document, where)
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(f"{where}: a key is missing: {error}.") from error
    except ValueError as error:
        raise ConfigError(f"{where}: {error}.") from error


def changed(base: _T, document: Any, where: str) -> _T:
    """`base` with the table's values in place of its own; raises ConfigError as `build` does."""
    values = checked(type(base), document, where)
    try:
        return dataclasses.replace(base, **values)  # type: ignore[type-var]  # only ever called with dataclasses
    except ValueError as error:
        raise ConfigError(f"{where}: {error}.") from error


def checked(kind: type[Any], document: Any, where: str) -> dict[str, Any]:
    """The table's values, converted to what the fields of `kind` hold."""
    if not isinstance(document, dict):
        raise ConfigError(f"{where}: expected a table of {kind.__name__}, found {shown(document)}.")
    hints = get_type_hints(kind)
    unknown = sorted(set(document) - set(hints))
    if unknown:
        raise ConfigError(f"{where}: unknown key {unknown[0]!r}; allowed are {', '.join(sorted(hints))}.")
    return {name: _value(hints[name], value, f"{where}: {name}") for name, value in document.items()}


def _value(hint: Any, value: Any, where: str) -> Any:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:  # X | None; TOML has no null, so it is spelled "none"
        [hint] = (choice for choice in arguments if choice is not type(None))
        return None if value is None or value == "none" else _value(hint, value, where)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return build(hint, value, where)
    if origin in {tuple, frozenset}:
        if not isinstance(value, list):
            raise ConfigError(f"{where} is {shown(value)}; expected a list.")
        if origin is tuple and Ellipsis not in arguments and len(value) != len(arguments):
            raise ConfigError(f"{where} is {shown(value)}; expected {len(arguments)} values.")
        return origin(_value(arguments[0], entry, f"{where}[{index}]") for index, entry in enumerate(value))
    if origin is Literal and value not in arguments:
        raise ConfigError(f"{where} is {shown(value)}; allowed are {', '.join(map(repr, arguments))}.")
    return value if origin is Literal else _scalar(hint, value, where)


def _scalar(hint: Any, value: Any, where: str) -> Any:
    accepted: tuple[type, ...] = (int, float) if hint is float else (hint,)
    if not isinstance(value, accepted) or (isinstance(value, bool) and hint is not bool):
        raise ConfigError(f"{where} is {shown(value)}; expected {hint.__name__}.")
    if isinstance(value, int | float) and not -_MOST <= value <= _MOST:
        raise ConfigError(f"{where} is no number that can be counted with; expected are at most {_MOST:g} and no nan.")
    return hint(value)

"""What Gladia's SDK declares of a live session's configuration. The SDK itself checks neither types nor values nor names."""

import types
from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from gladiaio_sdk.v2.live.generated_types import LiveV2InitRequest

from harness.providers.parameters import nearest

_NUMBERS = (int, float)
_SHOWN = 8  # of what is allowed
_NAMES: dict[Any, str] = {str: "text", bool: "true or false", int: "whole number", float: "number", list: "list"}


def schema_problems(config: Mapping[str, Any]) -> list[str]:
    """Where a configuration is not what the SDK's types say, each as `field: what is wrong`; empty if nowhere."""
    return list(_problems(dict(config), LiveV2InitRequest, ""))


def _problems(value: Any, declared: Any, where: str) -> Iterator[str]:
    options = get_args(declared) if get_origin(declared) in {Union, types.UnionType} else (declared,)
    if declared is Any or (value is None and types.NoneType in options):
        return
    found = [list(_mismatch(value, option, where)) for option in options if option is not types.NoneType]
    if all(found):
        yield from found[0]


def _mismatch(value: Any, declared: Any, where: str) -> Iterator[str]:
    """The problems with one type that is no union."""
    origin, arguments = get_origin(declared), get_args(declared)
    if origin is Literal:
        if value not in arguments:
            more = ", …" if len(arguments) > _SHOWN else ""
            yield f"{where}: {value!r} is none of {', '.join(map(str, arguments[:_SHOWN]))}{more}"
    elif origin is list and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _problems(item, arguments[0], f"{where}[{index}]")
    elif origin is dict and isinstance(value, Mapping):
        for key, item in value.items():
            yield from _problems(item, arguments[1], f"{where}.{key}")
    elif is_dataclass(declared) and isinstance(value, Mapping):
        yield from _fields(value, declared, where)
    elif not _is(value, declared):
        yield f"{where}: {value!r} is no {_NAMES.get(origin or declared, 'table')}"


def _is(value: Any, declared: Any) -> bool:
    """A whole number is a number, and true is neither."""
    if declared in _NUMBERS:
        return isinstance(value, _NUMBERS if declared is float else int) and not isinstance(value, bool)
    return isinstance(declared, type) and isinstance(value, declared)


def _fields(value: Mapping[str, Any], declared: Any, where: str) -> Iterator[str]:
    hints = _hints(declared)
    prefix = f"{where}." if where else ""
    for name, item in value.items():
        if name in hints:
            yield from _problems(item, hints[name], f"{prefix}{name}")
        else:
            yield f"{prefix}{name}: there is no such field. {nearest(name, hints)}"


@cache
def _hints(declared: Any) -> dict[str, Any]:
    return {
        name: hint
        for name, hint in get_type_hints(declared).items()
        if not name.startswith("_") and name in declared.__dataclass_fields__
    }

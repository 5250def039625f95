"""AssemblyAI parameters in Python code: calls and dict literals, read by `ast`; nothing is executed."""

import ast
import re
import textwrap
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from assemblyai.streaming.v3 import models

from harness.translation.constants import constants, resolved
from harness.translation.names import as_field, is_secret
from harness.translation.query import query_params
from harness.translation.secrets import without_secrets

_START = frozenset({"RealTimeParameters", "StreamingParameters"})
_WITHIN = frozenset({"RealTimeSessionParameters", "StreamingSessionParameters", "UpdateConfiguration"})
_OLDER = frozenset({"RealtimeTranscriber"})  # version 2 of the API took its parameters here
# Also names of much else: a dict of nothing but these is one of parameters only if there is no other.
_COMMON = frozenset({"sample_rate", "encoding", "prompt", "mode", "domain", "language_code"})
_ADDRESS = re.compile(r"wss?://[^/\s]*assemblyai[^/\s]*/v3/ws\?\S+", re.IGNORECASE)
_LONGEST_CODE = 60
_ENUMS: dict[str, type[Enum]] = {
    name: kind for name, kind in vars(models).items() if isinstance(kind, type) and issubclass(kind, Enum)
}


@dataclass(frozen=True, slots=True)
class Unset:
    """A parameter whose value is no literal."""

    name: str
    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Call:
    """One place where parameters are set.

    Attributes:
        line: Where it begins, from 1.
        form: `call`, `dict` or `address`.
        params: Names as written, with the values that are literals.
        unset: The others.
        within_session: It changes a session that has begun.
    """

    line: int
    form: str
    params: dict[str, Any]
    unset: tuple[Unset, ...]
    within_session: bool = False


class _NoLiteralError(ValueError):
    """A value that only the program knows."""


def calls(text: str) -> list[Call]:
    """All places of a program that set parameters, in order. Dict literals count only where there is no call, addresses last.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: It is no Python.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the style of somebody's code
        nodes = list(ast.walk(ast.parse(_unindented(text))))
    known = constants(nodes)
    found = [call for node in nodes if isinstance(node, ast.Call) and (call := _call(node, known)) is not None]
    if not any(not call.within_session for call in found):
        dicts = [call for node in nodes if isinstance(node, ast.Dict) and (call := _dict(node)) is not None]
        telling = [call for call in dicts if _fields(call) - _COMMON]
        addresses = [call for node in nodes if isinstance(node, ast.Constant) and (call := _address(node)) is not None]
        found += telling or dicts or addresses
    return sorted(found, key=lambda call: call.line)


def _unindented(text: str) -> str:
    """An excerpt as it stands in its function, or with its first line further in; lines keep their numbers."""
    excerpt = textwrap.dedent(text)
    code = excerpt.lstrip()
    return "\n" * excerpt[: len(excerpt) - len(code)].count("\n") + code


def _fields(call: Call) -> set[str]:
    """AssemblyAI's parameters that it sets."""
    names = [*call.params, *(one.name for one in call.unset)]
    return {field for name in names if (field := as_field(name)) is not None}


def _call(node: ast.Call, known: Mapping[str, ast.expr]) -> Call | None:
    name = _last_name(node.func)
    if name not in _START | _WITHIN | _OLDER:
        return None
    pairs = [(keyword.arg, keyword.value) for keyword in node.keywords]
    return _place(node, "call", pairs, known, within_session=name in _WITHIN)


def _dict(node: ast.Dict) -> Call | None:
    """A dict with at least one of AssemblyAI's names, as is encoded into a URL."""
    pairs = _items(node)
    if not any(name is not None and as_field(name) for name, _ in pairs):
        return None
    return _place(node, "dict", pairs)


def _address(node: ast.Constant) -> Call | None:
    if not isinstance(node.value, str) or not _ADDRESS.fullmatch(node.value):
        return None
    return Call(node.lineno, "address", query_params(node.value), ())


def _place(
    node: ast.expr,
    form: str,
    pairs: list[tuple[str | None, ast.expr]],
    known: Mapping[str, ast.expr] = MappingProxyType({}),
    *,
    within_session: bool = False,
) -> Call:
    params: dict[str, Any] = {}
    unset: list[Unset] = []
    for name, value in _flat(pairs, known):
        try:
            literal = _literal(resolved(value, known))
        except _NoLiteralError:
            unset.append(
                Unset(name or "**", value.lineno, _code(name, value))
            )  # as written: a constant may be a secret
        else:
            if name is not None:
                params[name] = literal
    return Call(node.lineno, form, params, tuple(unset), within_session)


def _code(name: str | None, value: ast.expr) -> str:
    """The expression in one line; what may be a secret is not shown."""
    if is_secret(name) if name is not None else not isinstance(value, ast.Name | ast.Attribute):
        return "…"
    code = without_secrets(" ".join(ast.unparse(value).split()))
    return code if len(code) <= _LONGEST_CODE else f"{code[:_LONGEST_CODE]}…"


def _flat(
    pairs: list[tuple[str | None, ast.expr]], known: Mapping[str, ast.expr]
) -> Iterator[tuple[str | None, ast.expr]]:
    """`**{"name": value}` and `**dict(name=value)` are what they hold, and so is `**NAME` of such a constant."""
    for name, given in pairs:
        value = known.get(given.id, given) if name is None and isinstance(given, ast.Name) else given
        if name is None and isinstance(value, ast.Dict):
            yield from _flat(_items(value), _without(known, given))
        elif name is None and isinstance(value, ast.Call) and _last_name(value.func) == "dict" and not value.args:
            yield from _flat([(keyword.arg, keyword.value) for keyword in value.keywords], _without(known, given))
        else:
            yield name, given


def _without(known: Mapping[str, ast.expr], node: ast.expr) -> Mapping[str, ast.expr]:
    """A dict that is spread in itself ends there."""
    return {name: value for name, value in known.items() if not (isinstance(node, ast.Name) and name == node.id)}


def _items(node: ast.Dict) -> list[tuple[str | None, ast.expr]]:
    """A dict's names and values; another dict that is spread in it has no name, and other keys are no names."""
    pairs: list[tuple[str | None, ast.expr]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            pairs.append((None, value))
        elif isinstance(key, ast.Constant) and isinstance(key.value, str):
            pairs.append((key.value, value))
    return pairs


def _literal(node: ast.expr) -> Any:
    """The value of a literal, a member of one of the SDK's enums, or one of its models of such."""
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        return [_literal(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {_literal(_known(key)): _literal(value) for key, value in zip(node.keys, node.values, strict=True)}
    if isinstance(node, ast.Attribute):
        return _member(node)
    if isinstance(node, ast.Call):
        return _called(node)
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise _NoLiteralError from None
    if not isinstance(value, str | int | float | bool | None):
        raise _NoLiteralError
    return value


def _known(key: ast.expr | None) -> ast.expr:
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key
    raise _NoLiteralError


def _member(node: ast.Attribute) -> Any:
    """`SpeechModel.u3_rt_pro`, qualified or not, with `.value` or not."""
    inner = node.value if node.attr == "value" else node
    if isinstance(inner, ast.Attribute):
        kind = _ENUMS.get(_last_name(inner.value) or "")
        if kind is not None and inner.attr in kind.__members__:
            return kind[inner.attr].value
        if _last_name(inner.value) == "AudioEncoding":  # of version 2
            return inner.attr
    raise _NoLiteralError


def _called(node: ast.Call) -> Any:
    """`json.dumps([...])`, `LLMGatewayConfig(...)`, `dict(...)`, `str(...)` of literals."""
    name = _last_name(node.func)
    if name in {"dumps", "str", "int", "bool", "float", "list"} and len(node.args) == 1 and not node.keywords:
        return _literal(node.args[0])
    if name in {"dict", "LLMGatewayConfig", "LLMGatewayMessage"} and not node.args:
        if any(keyword.arg is None for keyword in node.keywords):
            raise _NoLiteralError
        return {str(keyword.arg): _literal(keyword.value) for keyword in node.keywords}
    raise _NoLiteralError


def _last_name(node: ast.expr) -> str | None:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else None

"""Writes docs/configuration.md from the types of the configuration: `python tests/docs/configuration.py > docs/configuration.md`."""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from harness import config
from harness.config import LIMITS, Config
from harness.verdict.rules import RULES

HEAD = """\
# Configuration

Every key of `harness.toml`, or of `[tool.harness]` in `pyproject.toml`. All of them may be left out. Unknown keys, wrong types and
impossible combinations are refused before anything is streamed. Flags of the command line go before the file.

This page is made from the types that read the file.
"""
_BY_NAME = {"limits": "limits.<provider>", "prices": "prices.<provider>"}
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "table",
    "array": "list",
}


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(line for name in Config.model_fields for line in _section(name)), *_rules()])


def _section(name: str) -> Iterator[str]:
    default = getattr(Config(), name)
    model = _model(name, default)
    schema, told = model.model_json_schema(), _told(model)
    yield f"## `[{_BY_NAME.get(name, name)}]`\n\n{inspect.getdoc(model)}\n\n| key | value | default | |\n|---|---|---|---|"
    required = schema.get("required", ())
    for key, field in schema["properties"].items():
        shown = getattr(default, key) if isinstance(default, model) else field.get("default")
        given = "required" if key in required and not isinstance(default, model) else _toml(shown)
        yield f"| `{key}` | {_allowed(field)} | {given} | {told[key]} |"
    yield ""
    if name == "limits":
        yield from (f"Built in for `{provider}`: {_toml(limits)}." for provider, limits in LIMITS.items())
        yield ""


def _model(name: str, default: Any) -> type[BaseModel]:
    if isinstance(default, BaseModel):
        return type(default)
    return {"limits": config.LimitConfig, "prices": config.PriceConfig}[name]


def _told(model: type[BaseModel]) -> dict[str, str]:
    """The text under each field in the source."""
    [body] = [
        node.body
        for node in ast.parse(inspect.getsource(config)).body
        if isinstance(node, ast.ClassDef) and node.name == model.__name__
    ]
    return {
        field.target.id: below.value.value
        for field, below in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
    }  # fmt: skip


def _allowed(field: dict[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_allowed(part) for part in field["anyOf"] if part != {"type": "null"})
    if "enum" in field:
        return ", ".join(f"`{_toml(value).strip('`')}`" for value in field["enum"])
    if "const" in field:
        return _toml(field["const"])
    words = [_TYPES[field["type"]]]
    for key, word in (("minimum", "from"), ("exclusiveMinimum", "above"), ("maximum", "to")):
        if key in field:
            words.append(f"{word} {field[key]:,}")
    return " ".join(words)


def _toml(value: Any) -> str:
    if value is None:
        return "none"
    return f"`{_bare(value)}`"


def _bare(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_bare(item)}" for key, item in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _rules() -> Iterator[str]:
    yield "## Rules\n\nThe names for `[gate.margins]` and `[gate.levels]`.\n\n| rule | margin | unit | level |\n|---|---|---|---|"
    yield from (f"| `{rule.name}` | {rule.margin:g} | {rule.unit} | {rule.level} |" for rule in RULES)
    yield ""


if __name__ == "__main__":
    print(page(), end="")

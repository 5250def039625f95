"""What a wrong setting is told: the file, the key, the value, what is allowed, the nearest spelling."""

from typing import Any, get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from harness.one_line import shown
from harness.providers.parameters import nearest

_OUT_OF_RANGE = ("greater_than_equal", "greater_than", "less_than_equal")
_PLAIN_WORDS = {
    "dict_type": "should be a table of settings",
    "model_type": "should be a table of settings",
    "model_attributes_type": "should be a table of settings",
    "list_type": "should be a list",
    "string_type": "should be text",
    "bool_type": "should be true or false",
    "int_type": "should be a whole number",
    "int_from_float": "should be a whole number",
    "int_parsing": "should be a whole number",
    "float_type": "should be a number",
    "finite_number": "should be a finite number",
}
"""Of the validating library's messages, those that speak of its own types."""


def explain(model: type[BaseModel], source: str, prefix: str, problem: ErrorDetails) -> str:
    """One sentence for one problem that `model` has with what `source` says; `prefix` stands before every key there."""
    path = [str(part) for part in problem["loc"] if part != "dict[str,any]" and not str(part).startswith("literal[")]
    where = prefix + ".".join(path)
    if problem["type"] == "extra_forbidden":
        return f"{source}: {where} is no known key. {nearest(path[-1], _table(model, path).model_fields)}"
    if not path:
        return f"{source}: {prefix.rstrip('.') or 'the file'} is {shown(problem['input'])}; it must be a table of settings."
    if path[-1] == "params":
        return f'{source}: {where} is {shown(problem["input"])}; it must be a table of parameters, or "translate" for the candidate.'
    if problem["type"] == "missing":
        return f"{source}: {where} is missing. Add it."
    message = _PLAIN_WORDS.get(problem["type"]) or problem["msg"].removeprefix("Input ").removeprefix("Value error, ")
    if problem["type"] in _OUT_OF_RANGE:
        message = f"should be {_range(_table(model, path), path[-1])}"
    return f"{source}: {where} is {shown(problem['input'])}, but {message}."


def _table(model: type[BaseModel], path: list[str]) -> type[BaseModel]:
    """The table that a key stands in: below the outermost there is at most one, of a section or of a provider in it."""
    if len(path) < 2:  # noqa: PLR2004 - a key of the outermost table
        return model
    section: Any = model.model_fields[path[0]].annotation
    found = get_args(section)[1] if get_args(section) else section
    return found if isinstance(found, type) and issubclass(found, BaseModel) else model


def _range(table: type[BaseModel], key: str) -> str:
    """Both ends of what a number may be, whichever of them was passed."""
    schema: dict[str, Any] = table.model_json_schema()["properties"][key]
    [number] = [each for each in schema.get("anyOf", [schema]) if each["type"] in ("number", "integer")]
    above, least, most = (number.get(name) for name in ("exclusiveMinimum", "minimum", "maximum"))
    low = f"more than {above:,}" if above is not None else f"{least:,} or more"
    if most is None:
        return low
    return f"{low}, up to {most:,}" if above is not None else f"from {least:,} to {most:,}"

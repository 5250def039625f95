"""What a sweep varies: `NAME=v1,v2,…` read into variants, each a set of candidate parameters with a name of its own."""

import hashlib
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.documents import parse_json, parse_toml
from harness.errors import ConfigError

TRANSLATION = "variant"
"""The name that stands for no parameter but for how the baseline's are translated."""

MOST_VARIANTS = 16
"""More of them make the best one more of a matter of luck, and cost as much each."""

_NAME = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_BARE = re.compile(r"[A-Za-z_][\w.+-]*")
_UNFIT_FOR_FOLDER = re.compile(r"[^\w.+-]+", re.ASCII)
_LONGEST_FOLDER = 100
_LONGEST_SHOWN = 100
_OPENING, _CLOSING = "[{", "]}"


@dataclass(frozen=True, slots=True)
class Axis:
    """One parameter and the values it takes, at least one, all different; the name is dotted where tables are nested."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Variant:
    """One candidate of a sweep: a value for each parameter that is varied, in the order of the axes."""

    settings: tuple[tuple[str, Any], ...]

    @property
    def label(self) -> str:
        """What people read: `endpointing=0.2`, or `endpointing=0.2, model=solaria-1`."""
        return ", ".join(f"{name}={written(value)}" for name, value in self.settings)

    def run_id(self, sweep: str) -> str:
        """Name of its run directory: `SWEEP-endpointing-0.2`; what no folder may be called becomes a hash."""
        own = "-".join(f"{name}-{written(value)}" for name, value in self.settings)
        plain = f"{sweep}-{own}"
        fit = _UNFIT_FOR_FOLDER.sub("-", plain)
        if fit == plain and len(fit) <= _LONGEST_FOLDER and own == own.lower():  # A and a may be one folder
            return fit
        mark = hashlib.sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return f"{fit[: _LONGEST_FOLDER - len(mark) - 1].rstrip('-')}-{mark}"


def parse_axis(text: str) -> Axis:
    """Read `NAME=v1,v2,…`.

    Values are TOML (`0.2`, `true`, `"text"`, `["en", "fr"]`, `{a = 1}`), JSON, or a bare word, which is text.

    Raises:
        ConfigError: There is no name or no value, or a value can't be read.
    """
    name, equals, values = text.partition("=")
    name = name.strip()
    if not equals or not _NAME.fullmatch(name):
        raise ConfigError(
            f"--sweep is {text!r}; it must be NAME=VALUE,VALUE,… such as endpointing=0.05,0.2,0.8, the name a candidate parameter, "
            "dotted where tables are nested."
        )
    return axis_of(name, [_value(name, part) for part in _parts(values)])


def axis_of(name: str, values: Sequence[Any]) -> Axis:
    """A parameter with its values.

    Raises:
        ConfigError: There is none, or one twice.
    """
    if not values:
        raise ConfigError(f"--sweep {name} has no value. Name at least two, separated by commas.")
    keys = [_key(value) for value in values]
    twice = next((written(values[place]) for place, key in enumerate(keys) if key in keys[:place]), None)
    if twice is not None:
        raise ConfigError(f"--sweep {name} has the value {twice} twice. Leave one of them out.")
    return Axis(name, tuple(values))


def variants_of(axes: Sequence[Axis]) -> tuple[Variant, ...]:
    """Every combination of the values, the last parameter varying fastest.

    Raises:
        ConfigError: A parameter is given twice, or within another; or there are too few or too many combinations.
    """
    names = [axis.name for axis in axes]
    for name, other in itertools.combinations(names, 2):
        if name == other or name.startswith(f"{other}.") or other.startswith(f"{name}."):
            raise ConfigError(
                f"--sweep names {name} and {other}, which set the same. Give all values of one parameter in one --sweep."
            )
    found = tuple(
        Variant(tuple(zip(names, values, strict=True))) for values in itertools.product(*(axis.values for axis in axes))
    )
    if not 2 <= len(found) <= MOST_VARIANTS:  # noqa: PLR2004 - a choice takes two
        product = " x ".join(str(len(axis.values)) for axis in axes)
        raise ConfigError(
            f"--sweep makes {product if len(axes) > 1 else len(found)}{f' = {len(found)}' if len(axes) > 1 else ''} variants; 2 to "
            f"{MOST_VARIANTS} can be compared. Name {'more' if len(found) < 2 else 'fewer'} values."  # noqa: PLR2004 - as above
        )
    return found


def with_setting(params: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """The parameters with one of them set; tables on the way to a dotted name are made where they are missing."""
    head, _, rest = name.partition(".")
    if not rest:
        return {**params, head: value}
    inner = params.get(head, {})
    if not isinstance(inner, Mapping):
        raise ConfigError(f"params.{head} is {inner!r}, not a table, so {name} can't be set in it.")
    return {**params, head: with_setting(inner, rest, value)}


def written(value: Any) -> str:
    """A value as it would be given on the command line: text that reads as nothing else without quotes, all else as JSON."""
    if isinstance(value, str) and _BARE.fullmatch(value) and _toml(value) is None:
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _key(value: Any) -> str:
    """Text that equal values share, 1 and 1.0 among them."""
    is_whole = isinstance(value, float) and value.is_integer()
    return written(int(value) if is_whole else value)


def _parts(text: str) -> Iterator[str]:
    """The values, cut at commas that stand neither in brackets nor in quotes."""
    if not text.strip():
        return
    depth, quote, start = 0, "", 0
    previous = ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote and previous != "\\" else quote
        elif character in "\"'":
            quote = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "," and depth == 0:
            yield text[start:place].strip()
            start = place + 1
        previous = character if previous != "\\" else ""
    yield text[start:].strip()


def _value(name: str, text: str) -> Any:
    try:
        found = _toml(text)
        value = parse_json(text) if found is None else found[0]
        written(value).encode()  # halves of characters are no text
    except ValueError:
        if _BARE.fullmatch(text):
            return text
    else:
        return value
    shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    raise ConfigError(
        f"--sweep {name}: {shown!r} is no value. Write numbers, true, false, a word, text in double quotes, or a list or table as "
        "in TOML or JSON; quote the whole for the shell."
    )


def _toml(text: str) -> tuple[Any] | None:
    """The value that TOML reads, in a tuple; None if it reads none."""
    try:
        document = parse_toml(f"value = {text}")
    except ValueError:
        return None
    return (document["value"],) if set(document) == {"value"} else None

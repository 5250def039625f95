"""Names that are none of AssemblyAI's: those of the migration guide and of other vendors, other spellings; what was meant."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.providers.parameters import nearest
from harness.translation.foreign import ENCODINGS, FOREIGN, Foreign
from harness.translation.rules import RULES, SECRETS

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
ANYTHING: Any = object()  # in place of a value that only the program knows
_CREDENTIAL = re.compile(r"(api_?key|(access_?)?token|authorization|secret|password)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Correction:
    """One name, or value, that is none of AssemblyAI's.

    Attributes:
        given: As it stood.
        meant: The parameter of AssemblyAI's that it was taken for; None if for none.
        said: Whose name it is, and what to write.
    """

    given: str
    meant: str | None
    said: str


def as_field(name: str) -> str | None:
    """AssemblyAI's parameter of that name in any spelling, as `formatTurns` for `format_turns`; None if there is none."""
    snake = _snake(name)
    return snake if snake in RULES else None


def is_secret(name: str) -> bool:
    """Whether the value of a parameter of that name must not be shown."""
    snake = _snake(name)
    return snake in SECRETS or _CREDENTIAL.fullmatch(snake) is not None


def corrected(params: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[Correction, ...]]:
    """The parameters under AssemblyAI's names as far as they are known, and what was corrected or left out."""
    values = {name: value for name, value in params.items() if name in RULES}
    corrections: list[Correction] = []
    for name, value in params.items():
        if name in RULES:
            continue
        field, correction, meaning = _meant(name, value)
        if field is not None and field in values:
            correction = Correction(name, None, f"{correction.said} Left out, since {field} is given too.")
        elif field is not None and meaning is not None:
            values[field] = meaning
        corrections.append(correction)
    encoding = values.get("encoding")
    right = ENCODINGS.get(encoding.lower()) if isinstance(encoding, str) else None
    if right is not None:
        corrections.append(Correction(f"encoding = {encoding}", "encoding", f"AssemblyAI's word is {right}."))
        values["encoding"] = right
    return values, tuple(corrections)


def _meant(name: str, value: Any) -> tuple[str | None, Correction, Any]:
    """The field meant, what to say, and the value in the field's own terms."""
    snake = _snake(name)
    if snake not in RULES and is_secret(name):
        said = "A credential, no parameter; its value is not kept. The harness takes keys from the environment alone."
        return None, Correction(name, None, said), None
    if snake in RULES:
        return snake, Correction(name, snake, f"The Python SDK's and the service's spelling is {snake}."), value
    foreign = FOREIGN.get(name) or FOREIGN.get(snake)
    if foreign is None:
        said = f"No parameter of AssemblyAI's streaming, which drops it silently. {_nearest(snake)}"
        return None, Correction(name, None, said), None
    return _as_meant(name, foreign, value)


def _as_meant(name: str, foreign: Foreign, value: Any) -> tuple[str | None, Correction, Any]:
    if foreign.field is None:
        return None, Correction(name, None, f"{foreign.whose}. {foreign.advice}"), None
    meaning = value if value is ANYTHING else _converted(foreign.convert, value)
    if meaning is None:
        said = f"{foreign.whose}; in AssemblyAI's streaming it is {foreign.field}. The value has no meaning there: left out."
        return foreign.field, Correction(name, None, said), None
    said = f"{foreign.whose}; in AssemblyAI's streaming it is {foreign.field}. {foreign.advice}".rstrip()
    return foreign.field, Correction(name, foreign.field, said), meaning


def _converted(convert: Callable[[Any], Any], value: Any) -> Any:
    """None if the value makes no sense: it was somebody else's, and of whatever form."""
    try:
        return convert(value)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def _snake(name: str) -> str:
    return _CAMEL.sub("_", name).replace("-", "_").lower().strip("_")


def _nearest(name: str) -> str:
    hint = nearest(name, RULES)
    return hint if hint.startswith("Did you mean") else "Leave it out."

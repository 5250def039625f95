"""Keys that stand in somebody's code or parameters: they reach no output."""

import re
from typing import Any

from harness.redaction import without_secrets_in_urls

_NAMED = re.compile(
    r"""((?:api[_-]?key|token|authorization|secret|password|header_?value|x-gladia-key)["'`]?[\])]?\s*"""
    r"""(?::\s*\w+\s*=|[:=,]|\|\||\?\?|\bor\b)\s*[bfru]{0,2})(["'`])[^"'`]+\2""",
    re.IGNORECASE,
)
_LIKE_A_KEY = re.compile(r"[\w+-]{20,}", re.ASCII)  # hexadecimal, UUID, base 64
_FEWEST_DIGITS = 3


def without_secrets(text: str) -> str:
    """The text with an ellipsis for what is named a key, or looks like one whatever its name."""
    named = without_secrets_in_urls(_NAMED.sub(r"\1\2…\2", text), "…")
    return _LIKE_A_KEY.sub(lambda found: "…" if _has_digits(found[0]) else found[0], named)


def value_without_secrets(value: Any) -> Any:
    """The same of a value as the code gives it, lists and tables within it too."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {name: value_without_secrets(each) for name, each in value.items()}
    return [value_without_secrets(each) for each in value] if isinstance(value, list) else value


def _has_digits(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= _FEWEST_DIGITS

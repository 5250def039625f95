"""Small helpers for talking about parameters."""

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from harness.errors import ConfigError


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence naming the nearest known spellings, or all that is allowed.

    >>> nearest("end_of_turn_confidence", ["end_of_turn_confidence_threshold", "format_turns"])
    'Did you mean end_of_turn_confidence_threshold?'
    """
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=2, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(close)}?"
    return f"Allowed: {', '.join(names)}."


def as_sent(where: str, complete: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """`complete` as plain JSON values.

    Raises:
        ConfigError: A value, also of those `given`, is no JSON: NaN, an infinity, a date.
    """
    try:
        json.dumps(dict(given), allow_nan=False)
        document: dict[str, Any] = json.loads(json.dumps(complete, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ConfigError(
            f"{where}: a value can't be sent as JSON ({error}). Use numbers, text, true, false, lists, tables."
        ) from None
    return document

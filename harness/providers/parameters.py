"""Small helpers for talking about parameters."""

import difflib
from collections.abc import Iterable


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

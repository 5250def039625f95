"""Numbers as JSON carries them: an honest number of digits, and no infinities.

Ratios keep 6 significant digits, latencies 0.1 ms. An infinite value is the string `"inf"` or `"-inf"`; a value that
does not exist is null.
"""

import math

JsonNumber = float | int | str | None

RATIO_DIGITS = 6
LATENCY_DECIMALS = 1


def ratio_number(value: float | None) -> JsonNumber:
    """A ratio, a rate or a statistic, to 6 significant digits; integers stay as they are."""
    if value is None or isinstance(value, int):
        return value
    return _special(value) or float(f"{value:.{RATIO_DIGITS}g}") + 0.0  # no -0.0


def latency_number(value: float | None) -> JsonNumber:
    """Milliseconds, to 0.1 ms."""
    if value is None:
        return None
    return _special(value) or round(float(value), LATENCY_DECIMALS) + 0.0  # no -0.0


def count_number(value: float) -> int | float:
    """A count: whole where it is whole, else a duration to 6 significant digits."""
    return int(value) if float(value).is_integer() else float(f"{value:.{RATIO_DIGITS}g}")


def _special(value: float) -> str | None:
    if math.isnan(value):
        raise ValueError("nan is no value; say None where something does not exist")
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return None

"""Numbers as people read them: with a unit, no more digits than the data bear, and words where there is no number."""

import math
from typing import Any, Literal

Kind = Literal["percent", "relative", "ratio", "ms", "count", "per_min", "per_hour", "per_second"]

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
SUFFIX: dict[Kind, str] = {"per_min": f"{NBSP}/min", "per_hour": f"{NBSP}/h", "per_second": f"{NBSP}/s"}
NOT_RECORDED = "not recorded"


def number(value: Any) -> float | None:
    """A JSON number, or infinity written as a string, as a float; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        return {"inf": math.inf, "+inf": math.inf, "Infinity": math.inf, "-inf": -math.inf, "-Infinity": -math.inf}.get(
            value
        )
    if isinstance(value, int | float):
        return None if math.isnan(value) else float(value)
    return None


def show(value: Any, kind: Kind, *, reason: str | None = None) -> str:
    """A value with its unit: `8.2 %`, `640 ms`, `never`, or `n/a: reason`.

    Args:
        value: Number, infinity (also as a string) or None.
        kind: How the quantity is written.
        reason: Why it does not exist, if it doesn't.
    """
    amount = number(value)
    if amount is None:
        return f"n/a: {reason}" if reason else "n/a"
    if math.isinf(amount):
        return "never"
    return _sign(amount, kind, signed=False) + _magnitude(abs(amount), kind)


def show_difference(value: Any, kind: Kind) -> str:
    """A signed difference: `+0.4 pp`, `-120 ms` with a true minus, `never shown` for an infinite one."""
    amount = number(value)
    if amount is None:
        return "n/a"
    if math.isinf(amount):
        return f"+{_INFINITY}" if amount > 0 else f"{MINUS}{_INFINITY}"
    text = _magnitude(abs(amount), kind)
    return _sign(amount, kind, signed=True) + (text.replace(f"{NBSP}%", f"{NBSP}pp") if kind == "percent" else text)


def show_interval(low: Any, high: Any, kind: Kind) -> str:
    """An interval with one unit: `-0.2 to +1.1 pp`."""
    first, second = show_difference(low, kind), show_difference(high, kind)
    if "n/a" in {first, second}:
        return "no interval"
    unit = f"{NBSP}{second.rsplit(NBSP, 1)[1]}" if NBSP in second else ""
    return f"{first.removesuffix(unit)} to {second}"


def plural(count: Any, one: str, many: str | None = None) -> str:
    """A count with its noun: `1 clip`, `30 clips`, `2 passes`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


_INFINITY = "\N{INFINITY}"
_LONG_MS = 10_000


def _sign(amount: float, kind: Kind, *, signed: bool) -> str:
    if not any(character in "123456789" for character in _magnitude(abs(amount), kind)):
        return ""  # what rounds to zero has no sign
    return MINUS if amount < 0 else "+" if signed else ""


def _magnitude(amount: float, kind: Kind) -> str:
    if kind in {"percent", "relative"}:
        return f"{amount * 100:.1f}{NBSP}%"
    if kind == "ratio":
        return f"{amount:.2f}"
    if kind == "ms":
        if amount >= _LONG_MS:
            return f"{amount / 1000:.1f}{NBSP}s"
        return f"{amount:.0f}{NBSP}ms" if amount >= 10 or amount == round(amount) else f"{amount:.1f}{NBSP}ms"  # noqa: PLR2004 - two digits
    if kind == "count":
        return f"{amount:,.0f}" if amount == round(amount) else f"{amount:,.1f}"
    return f"{amount:.2f}{SUFFIX[kind]}" if amount < 10 else f"{amount:.0f}{SUFFIX[kind]}"  # noqa: PLR2004 - two digits

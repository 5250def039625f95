"""Figures of a run: floats that can explain themselves, and what stands in the place of one that does not exist."""

from typing import NoReturn, Protocol, Self, TypeAlias

from harness.errors import MissingValueError

JsonNumber: TypeAlias = float | int | str | None
"""As `summary.json` holds numbers: an infinity is `"inf"` or `"-inf"`, null does not exist."""


class Explained(Protocol):
    """What a figure belongs to."""

    def details(self) -> tuple[str, ...]:
        """Lines for people: both sides, the difference, its interval, the run, and what to listen to."""


class Number(float):
    """A figure of a run: a float that knows what it is of. Computing with it gives plain floats.

    Attributes:
        of: What it belongs to; `of.details()` tells both sides, the interval and the clips to listen to.
    """

    __slots__ = ("of",)
    of: Explained

    def __new__(cls, value: float, of: Explained) -> Self:
        """A float takes its value before `__init__` could."""
        number = super().__new__(cls, value)
        number.of = of
        return number

    def __getnewargs__(self) -> tuple[float, Explained]:  # type: ignore[override] # what copying and pickling pass to __new__
        return float(self), self.of


class Missing:
    """Stands for a figure that does not exist. Every use of it as a number, or as true or false, is an error that says why.

    Attributes:
        what: The figure, such as `final_ms p95 low`.
        reason: Why there is none.
    """

    __slots__ = ("reason", "what")

    def __init__(self, what: str, reason: str) -> None:
        self.what = what
        self.reason = reason

    def __repr__(self) -> str:
        return f"<no {self.what}: {self.reason}>"

    def _refuse(self, *_others: object) -> NoReturn:
        __tracebackhide__ = True  # pytest then shows the comparison, not this line
        raise MissingValueError(
            f"{self.what} has no value: {self.reason}. Test `isinstance(value, harness.Missing)` first where that is expected."
        )

    __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __float__ = __int__ = __round__ = __format__ = _refuse
    __abs__ = __neg__ = __add__ = __radd__ = __sub__ = __rsub__ = _refuse
    __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _refuse
    __eq__ = __ne__ = _refuse  # also: `missing == 0` being false would let `!= 0` pass
    __hash__ = object.__hash__


def number(value: JsonNumber, of: Explained) -> Number:
    """A JSON number that exists."""
    return Number(float(value or 0.0), of)


def shown(value: JsonNumber, unit: str = "", *, signed: bool = False) -> str:
    """A figure for people, to 6 significant digits.

    >>> shown(-101.0, "ms", signed=True), shown("inf", "ms"), shown(0.0796325, "ratio"), shown(None)
    ('-101 ms', 'inf ms', '0.0796325', 'none')
    """
    if value is None:
        return "none"
    suffix = "" if unit in {"", "ratio", "count", "relative"} else f" {unit.replace('_', ' ')}"
    return f"{float(value):{'+' if signed else ''}g}{suffix}"

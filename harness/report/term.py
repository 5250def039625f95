"""One entry of the glossary, and the groups in which the report shows them."""

from dataclasses import dataclass
from typing import Literal

from harness.report.numbers import Kind

Group = Literal["words", "latency", "stability", "turns", "service"]

GROUPS: dict[Group, str] = {
    "words": "Words",
    "latency": "Latency",
    "stability": "Stability of partials",
    "turns": "Turn boundaries",
    "service": "Service and measurement",
}


@dataclass(frozen=True, slots=True)
class Term:
    """One metric.

    Attributes:
        label: Name for people, sentence case.
        meaning: One or two sentences: what is counted, from which instant to which.
        kind: How its values are written.
        group: Where the report shows it.
        larger_is: Whether a larger value is worse, better, or neither.
    """

    label: str
    meaning: str
    kind: Kind
    group: Group
    larger_is: Literal["worse", "better", "neither"] = "worse"

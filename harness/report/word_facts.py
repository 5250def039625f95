"""What the words of both sides say about each other, beside the error rates."""

from collections.abc import Mapping
from typing import Any

from harness.report.facts import dig
from harness.report.numbers import Kind, number, show

_FACTS: tuple[tuple[str, str, Kind], ...] = (
    ("disagreement", "Words that differ between both", "percent"),
    ("excess_disagreement", "Beyond what the baseline differs from itself", "percent"),
    ("suspect_references", "Suspect places in the reference", "count"),
)


def word_facts(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Facts for the quieter tables; empty if the summary does not say.

    Args:
        summary: `summary.json`.
    """
    metrics = dig(summary, "metrics")
    return [
        (label, show(dig(metrics, name, "value"), kind))
        for name, label, kind in _FACTS
        if number(dig(metrics, name, "value")) is not None
    ]

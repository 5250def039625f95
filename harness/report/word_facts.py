"""What the words of both sides say about each other: how far they differ, and what the difference in errors is made of."""

from collections.abc import Mapping
from typing import Any

from harness.report.facts import dig
from harness.report.numbers import Kind, number, show, show_difference

CATEGORIES: tuple[tuple[str, str], ...] = (
    ("failed_session", "More errors: failed sessions"),
    ("dropout", "More errors: dropouts"),
    ("tail", "More errors: missing ends"),
    ("insertion_burst", "More errors: invented passages"),
    ("entity", "More errors: names, numbers, codes"),
    ("near_cut", "More errors: near early cuts"),
    ("other", "More errors: all others"),
)
"""Each category of `wer_attribution`, as people read it; together they are the difference of the word error rates."""

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
    facts = [
        (label, show(dig(metrics, name, "value"), kind))
        for name, label, kind in _FACTS
        if number(dig(metrics, name, "value")) is not None
    ]
    parts = {name: number(dig(metrics, "wer_attribution", "categories", name, "value")) for name, _ in CATEGORIES}
    return facts + [(label, show_difference(parts[name], "percent")) for name, label in CATEGORIES if parts[name]]

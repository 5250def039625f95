"""The slices of a run and its hold sweep, as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.report.facts import dig
from harness.report.glossary import term
from harness.report.numbers import number, show, show_difference, show_interval
from harness.report.term import Term
from harness.timeline.events import SIDES

SLICE_COLUMNS: tuple[tuple[str, str], ...] = (
    ("wer", ""),
    ("first_partial_ms", "p50"),
    ("final_ms", "p50"),
    ("false_cutoff_rate", ""),
    ("normalized_erasure", ""),
)
"""Metric and quantile of each column."""


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One slice.

    Attributes:
        name: Such as `tag=noisy`.
        size: Pairs and calls, and whether they are too few to say much.
        cells: Per column, the values of both sides, their difference and its interval, as text.
        worse: Labels of the rules under which the slice is worse than the margin allows.
    """

    name: str
    size: str
    cells: tuple[tuple[str, str, str], ...]
    worse: tuple[str, ...]


def slice_columns() -> list[tuple[Term, str]]:
    """What the columns hold: term and quantile."""
    return [(term(metric), quantile) for metric, quantile in SLICE_COLUMNS]


def slice_rows(summary: Mapping[str, Any], labels: Mapping[str, str]) -> list[SliceRow]:
    """All slices by name; empty if the summary has none.

    Args:
        summary: `summary.json`.
        labels: What people read in place of a rule's name.
    """
    slices = dig(summary, "slices")
    return [_row(name, entry, labels) for name, entry in slices.items()] if isinstance(slices, Mapping) else []


def _row(name: str, entry: Mapping[str, Any], labels: Mapping[str, str]) -> SliceRow:
    size = ", ".join(f"{count:,} {unit}{'s' * (count != 1)}" for unit, count in _sizes(entry))
    size += ", too few" if entry.get("underpowered") else ""
    rules = entry.get("rules", {})
    return SliceRow(
        name=name,
        size=size,
        cells=tuple(_cell(dig(entry, "metrics", metric), metric, quantile) for metric, quantile in SLICE_COLUMNS),
        worse=tuple(labels.get(rule, rule) for rule, found in rules.items() if found["verdict"] == "fail"),
    )


def _sizes(entry: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return ("pair", entry["pairs"]), ("call", entry["calls"])


def _cell(block: Any, metric: str, quantile: str) -> tuple[str, str, str]:
    kind = term(metric).kind
    key = quantile or "value"
    values = [show(dig(block, side, key), kind) for side in SIDES]
    sides = "n/a" if values == ["n/a", "n/a"] else " / ".join(values)
    gap = dig(block, "difference", quantile) if quantile else dig(block, "difference")
    if number(dig(gap, "value")) is None:
        return sides, "", ""
    low, high = dig(gap, "low"), dig(gap, "high")
    interval = "" if number(low) is None or number(high) is None else show_interval(low, high, kind)
    return sides, show_difference(dig(gap, "value"), kind), interval


def sweep_rows(summary: Mapping[str, Any]) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Per waiting time, each side's cut-offs and median delay as text; empty without turns."""
    curves = [dig(summary, "hold_sweep", side, "points") or [] for side in SIDES]
    rows = []
    for points in zip(*curves, strict=False):
        cells = tuple(
            (show(point["false_cutoff_rate"], "percent"), show(point["endpoint_p50_ms"], "ms")) for point in points
        )
        rows.append((show(points[0]["hold_ms"], "ms"), cells))
    return rows


def matched_point(summary: Mapping[str, Any]) -> str:
    """The candidate's wait at which it cuts off no more than the baseline does, as a sentence; empty if unknown."""
    point = dig(summary, "hold_sweep", "matched_operating_point")
    if not isinstance(point, Mapping):
        return ""
    return (
        f"With {show(point['hold_ms'], 'ms')} more patience the candidate cuts off no more turns than the baseline "
        f"({show(point['false_cutoff_rate'], 'percent')}), at a median delay of {show(point['endpoint_p50_ms'], 'ms')}."
    )

"""The recordings that speak most against the candidate: where to listen first."""

from collections.abc import Iterable

from harness.verdict.estimands import CountRow, SampleRow
from harness.verdict.results import Recording

SHOWN = 5
"""Recordings listed a rule."""


def worst_ratios(rows: Iterable[CountRow], *, against_baseline: bool = True) -> tuple[Recording, ...]:
    """Clips by how many more events the candidate has than the baseline (or has at all), most first."""
    totals: dict[str, tuple[float, float]] = {}
    for row in rows:
        a, b = totals.get(row.clip_id, (0.0, 0.0))
        totals[row.clip_id] = (a + row.baseline_events, b + row.candidate_events)
    excess = {clip: b - (a if against_baseline else 0.0) for clip, (a, b) in totals.items()}
    return tuple(
        Recording(clip, *totals[clip])
        for clip in sorted(excess, key=lambda clip: (-excess[clip], clip))[:SHOWN]
        if excess[clip] > 0
    )


def worst_latencies(rows: Iterable[SampleRow]) -> tuple[Recording, ...]:
    """Clips by their largest slow-down, values that only the candidate never delivered first; one entry a clip."""
    slowest: dict[str, SampleRow] = {}
    for row in rows:
        if row.candidate_ms > row.baseline_ms:
            known = slowest.get(row.clip_id, row)
            slowest[row.clip_id] = min(row, known, key=_worst_first)
    ordered = sorted(slowest.values(), key=_worst_first)
    return tuple(Recording(row.clip_id, row.baseline_ms, row.candidate_ms) for row in ordered[:SHOWN])


def _worst_first(row: SampleRow) -> tuple[float, float, str]:
    """Order by slow-down; among values that never came, the one the baseline had soonest."""
    return row.baseline_ms - row.candidate_ms, row.baseline_ms, row.clip_id

"""How one metric looks in `summary.json`: both sides with their counts, and the difference with its interval."""

import math
from collections.abc import Sequence
from typing import Any

from harness.metrics.quantiles import quantile
from harness.metrics.scores import BoundaryScore, SessionScore
from harness.verdict import rare
from harness.verdict.bootstrap import QuantileDifference, quantile_differences
from harness.verdict.estimands import CallCounts, Latency, Ratio, SampleRow, by_call, paired_samples, pool
from harness.verdict.json_numbers import count_number, latency_number, ratio_number
from harness.verdict.population import Population
from harness.verdict.ratios import difference_interval, ratio_difference
from harness.verdict.rules import MINIMUM_CALLS_FOR_INTERVAL, TOO_FEW_CALLS, GateSettings

LEVEL = 0.9
"""Of every interval shown."""

_INFORMATIONAL_BELOW = 3000  # samples under which a p99 says little
_WORD_PARTS = ("hits", "substitutions", "deletions", "insertions")

Json = dict[str, Any]


def ratio_block(ratio: Ratio, population: Population, settings: GateSettings | None) -> Json:
    """One ratio; without settings (in a slice) the difference has no interval."""
    counts = pool(ratio.rows(population), common=ratio.common)
    sides = {
        "baseline": _ratio_side(ratio, counts.baseline_events, counts.baseline_trials),
        "candidate": _ratio_side(ratio, counts.candidate_events, counts.candidate_trials),
    }
    if ratio.name in ("wer", "wer_secondary"):
        secondary = ratio.name == "wer_secondary"
        sides = {side: block | _word_parts(population, side, secondary=secondary) for side, block in sides.items()}
    return {"unit": ratio.unit, **sides, "difference": _ratio_gap(ratio, counts, settings)}


def _ratio_side(ratio: Ratio, events: Any, trials: Any) -> Json:
    total, denominator = float(events.sum()), float(trials.sum())
    block: Json = {"value": ratio_number(total / denominator) if denominator > 0 else None}
    if block["value"] is None:
        block["reason"] = f"no {ratio.trials}"
    return block | {ratio.events: count_number(total), ratio.trials: count_number(denominator)}


def _word_parts(population: Population, side: str, *, secondary: bool) -> dict[str, int]:
    """Hits, substitutions, deletions and insertions: they depend on ties, so they inform and never decide."""
    sessions: list[SessionScore] = [getattr(pair, side) for pair in population.sessions]
    counts = [s.words_secondary if secondary else s.words for s in sessions if s.has_reference]
    known = [words for words in counts if words is not None and words.reference_words]
    return {part: sum(getattr(words, part) for words in known) for part in _WORD_PARTS}


def _ratio_gap(ratio: Ratio, counts: CallCounts, settings: GateSettings | None) -> Json:
    value, low, high = _ratio_difference(ratio, counts, settings)
    gap: Json = {"value": ratio_number(value)}
    if value is None:
        gap["reason"] = f"no {ratio.trials} on both sides"
    if settings is not None:
        gap |= {"low": ratio_number(low), "high": ratio_number(high), "level": LEVEL}
        if value is not None and low is None:
            gap["reason"] = TOO_FEW_CALLS
    return gap | {"calls": len(counts.calls)}


def _ratio_difference(
    ratio: Ratio, counts: CallCounts, settings: GateSettings | None
) -> tuple[float | None, float | None, float | None]:
    difference = ratio_difference(counts)
    if difference is None:
        return None, None, None
    if settings is None or len(counts.calls) < MINIMUM_CALLS_FOR_INTERVAL:
        return difference.value, None, None
    if not ratio.common:
        return difference.value, difference.low, difference.high
    if ratio.binary and rare.is_rare(counts):
        return difference.value, *rare.difference_bounds(*rare.totals(counts))
    interval = difference_interval(counts, seed=settings.seed, resamples=settings.resamples)
    return difference.value, *(interval or (None, None))


def latency_block(latency: Latency, population: Population, settings: GateSettings | None) -> Json:
    """One latency over the values available on both sides; `unpaired` counts the others."""
    rows, unpaired = paired_samples(latency, population)
    block: Json = {
        "unit": "ms",
        "baseline": _latency_side(latency, [row.baseline_ms for row in rows]),
        "candidate": _latency_side(latency, [row.candidate_ms for row in rows]),
        "difference": _latency_gap(latency, rows, settings),
    }
    return block | {"unpaired": unpaired}


def _latency_side(latency: Latency, values: Sequence[float]) -> Json:
    block: Json = {"n": len(values), "missing": sum(math.isinf(value) for value in values)}
    for q in latency.quantiles:
        block[_label(q)] = latency_number(quantile(values, q))
    if not values:
        block["reason"] = "no values"
    elif 0.99 in latency.quantiles and len(values) < _INFORMATIONAL_BELOW:  # noqa: PLR2004 - the p99
        block["p99_informational"] = True
    return block


def _latency_gap(latency: Latency, rows: Sequence[SampleRow], settings: GateSettings | None) -> Json:
    shown = [q for q in latency.quantiles if q < 0.99]  # noqa: PLR2004 - a p99 is never compared
    data = by_call(rows)
    if not rows:
        return {_label(q): {"value": None, "reason": "no values"} for q in shown} | {"calls": 0}
    if settings is None:
        sides = [[row.baseline_ms for row in rows], [row.candidate_ms for row in rows]]
        gaps = [_plain_gap(*(quantile(values, q) for values in sides)) for q in shown]
        return {_label(q): gap for q, gap in zip(shown, gaps, strict=True)} | {"calls": len(data.calls)}
    differences = quantile_differences(data, shown, seed=settings.seed, resamples=settings.resamples)
    gap: Json = {_label(d.q): _interval(d, calls=len(data.calls)) for d in differences}
    return gap | {"level": LEVEL, "calls": len(data.calls)}


def _plain_gap(a: float | None, b: float | None) -> Json:
    if a is None or b is None:
        return {"value": None, "reason": "no values"}
    if math.isinf(a) and math.isinf(b):
        return {"value": None, "reason": "infinite on both sides"}
    return {"value": latency_number(b - a)}


def _interval(difference: QuantileDifference, *, calls: int) -> Json:
    few = calls < MINIMUM_CALLS_FOR_INTERVAL
    gap: Json = {
        "value": latency_number(difference.value),
        "low": None if few else latency_number(difference.low),
        "high": None if few else latency_number(difference.high),
    }
    if difference.value is None:
        gap["reason"] = "infinite on both sides"
    elif few:
        gap["reason"] = TOO_FEW_CALLS
    return gap


def _label(q: float) -> str:
    return f"p{q * 100:g}"


def sdk_overhead_block(population: Population) -> Json:
    """Sessions keep their own quantiles only, and quantiles are never pooled: the typical and the worst session."""

    def side(sessions: Sequence[SessionScore]) -> Json:
        typical = [s.sdk_overhead_p50_ms for s in sessions if s.sdk_overhead_p50_ms is not None]
        worst = [s.sdk_overhead_p99_ms for s in sessions if s.sdk_overhead_p99_ms is not None]
        block: Json = {
            "sessions": len(typical),
            "median_of_session_p50": latency_number(quantile(typical, 0.5)),
            "max_of_session_p99": latency_number(max(worst, default=None)),
        }
        return block if typical else block | {"reason": "no values"}

    return {
        "unit": "ms",
        "baseline": side([pair.baseline for pair in population.sessions]),
        "candidate": side([pair.candidate for pair in population.sessions]),
    }


def count_block(population: Population, field: str, *, both_succeeded: bool) -> Json:
    """A plain count per side: nothing is estimated, so there is no interval."""
    pairs = [pair for pair in population.sessions if pair.both_succeeded or not both_succeeded]
    calls = len({pair.baseline.call_id for pair in pairs})
    if not pairs:
        missing = {"value": None, "reason": "no sessions", "sessions": 0}
        gap = {"value": None, "low": None, "high": None, "reason": "no sessions", "calls": 0}
        return {"unit": "count", "baseline": missing, "candidate": dict(missing), "difference": gap}
    a = sum(getattr(pair.baseline, field) for pair in pairs)
    b = sum(getattr(pair.candidate, field) for pair in pairs)
    return {
        "unit": "count",
        "baseline": {"value": a, "sessions": len(pairs)},
        "candidate": {"value": b, "sessions": len(pairs)},
        "difference": {"value": b - a, "low": None, "high": None, "reason": "an exact count", "calls": calls},
    }


def boundaries_block(population: Population) -> Json:
    """Where the candidate cuts compared with the baseline, without labels (similarity: Fournier 2013)."""
    rows = population.boundaries
    counts = {
        kind: sum(row.kind == kind for row in rows) for kind in ("matched", "split", "merge", "missing", "forced")
    }
    matched = [row for row in rows if row.kind == "matched"]
    baseline = sum(row.baseline_position is not None for row in rows)
    candidate = sum(row.candidate_position is not None for row in rows)
    block: Json = {"unit": "count", **counts, "baseline_boundaries": baseline, "candidate_boundaries": candidate}
    block["precision"] = ratio_number(len(matched) / candidate) if candidate else None
    block["recall"] = ratio_number(len(matched) / baseline) if baseline else None
    block["f1"] = ratio_number(2 * len(matched) / (baseline + candidate)) if baseline + candidate else None
    block["boundary_similarity"] = ratio_number(_similarity(matched, len(rows) - len(matched)))
    block["offset_ms"] = _offsets(matched)
    if not rows:
        block["reason"] = "neither side has a boundary inside a clip"
    return block


def _similarity(matched: Sequence[BoundaryScore], unmatched: int) -> float:
    near = sum(row.baseline_position != row.candidate_position for row in matched)
    total = unmatched + len(matched)
    return 1 - (unmatched + near / 2) / total if total else 1.0


def _offsets(matched: Sequence[BoundaryScore]) -> Json:
    offsets = [row.offset_ms for row in matched if row.offset_ms is not None]
    classes = {name: sum(row.offset_class == name for row in matched) for name in ("early", "equal", "late")}
    block: Json = {"n": len(offsets), **classes}
    block |= {_label(q): latency_number(quantile(offsets, q)) for q in (0.05, 0.5, 0.95)}
    return block if offsets else block | {"reason": "no matched boundary"}

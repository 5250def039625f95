"""Where the sides end segments, in `summary.json`: boundaries side against side, and what a longer wait would buy."""

from collections.abc import Sequence
from typing import Any

from harness.metrics.hold_sweep import fewest_cutoffs, least_delay, matched_operating_point
from harness.metrics.quantiles import quantile
from harness.metrics.scores import BoundaryScore, HoldScore
from harness.verdict.json_numbers import latency_number, ratio_number
from harness.verdict.metric_blocks import label
from harness.verdict.population import SIDES, Population

Json = dict[str, Any]

_BOUNDARY_KINDS = ("matched", "split", "merge", "missing", "forced")


def boundaries_block(population: Population) -> Json:
    """Where the candidate cuts compared with the baseline, without labels (similarity: Fournier 2013)."""
    rows = population.boundaries
    counts = {kind: sum(row.kind == kind for row in rows) for kind in _BOUNDARY_KINDS}
    # The end of a clip is no boundary, though a segment that ends there may be missing on the other side.
    inner = [row for row in rows if row.baseline_position is None or row.baseline_position < row.common_tokens]
    matched = [row for row in rows if row.kind == "matched"]
    baseline = sum(row.baseline_position is not None for row in inner)
    candidate = sum(row.candidate_position is not None for row in inner)
    words = sum(pair.baseline.common_tokens for pair in population.sessions)
    block: Json = {"unit": "count", **counts, "baseline_boundaries": baseline, "candidate_boundaries": candidate}
    block["spurious"] = {
        side: sum(getattr(pair, side).spurious_boundaries for pair in population.sessions) for side in SIDES
    }
    block["common_tokens"] = words
    block |= {
        f"{kind}_per_100": ratio_number(100 * count / words) if words else None
        for kind, count in counts.items()
        if kind != "matched"
    }
    block["precision"] = ratio_number(len(matched) / candidate) if candidate else None
    block["recall"] = ratio_number(len(matched) / baseline) if baseline else None
    block["f1"] = ratio_number(2 * len(matched) / (baseline + candidate)) if baseline + candidate else None
    block["boundary_similarity"] = ratio_number(_similarity(matched, len(inner) - len(matched)))
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
    block |= {label(q): latency_number(quantile(offsets, q)) for q in (0.05, 0.5, 0.95)}
    return block if offsets else block | {"reason": "no matched boundary"}


DELAY_LIMITS_MS = (300, 600)
CUTOFF_LIMITS = (0.05, 0.10)


def hold_sweep_block(rows: Sequence[HoldScore]) -> Json:
    """Cut-offs and delay of both sides under every waiting time, and the operating points read from them."""
    points = {side: [row for row in rows if row.side == side] for side in SIDES}
    block: Json = {side: _curve(points[side]) for side in SIDES}
    block["matched_operating_point"] = None
    if all(points.values()) and (limit := points["baseline"][0].false_cutoff_rate) is not None:
        matched = matched_operating_point(points["baseline"], points["candidate"])
        block["matched_operating_point"] = None if matched is None else _point(matched)
        if matched is None:
            block["reason"] = f"no wait of the candidate cuts off {limit:.3g} of the turns or fewer"
    else:
        block["reason"] = "no turn with times and text in a pair that succeeded on both sides"
    return block


def _curve(points: Sequence[HoldScore]) -> Json:
    fewest = {f"p50_at_most_{limit_ms}_ms": fewest_cutoffs(points, limit_ms) for limit_ms in DELAY_LIMITS_MS}
    quickest = {f"cutoffs_at_most_{limit:g}": least_delay(points, limit) for limit in CUTOFF_LIMITS}
    return {
        "points": [_point(point) for point in points],
        "fewest_cutoffs": {name: point and _point(point) for name, point in fewest.items()},
        "least_delay": {name: point and _point(point) for name, point in quickest.items()},
    }


def _point(point: HoldScore) -> Json:
    return {
        "hold_ms": point.hold_ms,
        "turns": point.turns,
        "early_cut_turns": point.early_cut_turns,
        "false_cutoff_rate": ratio_number(point.false_cutoff_rate),
        "endpoint_recall": ratio_number(point.endpoint_recall),
        "endpoint_p50_ms": latency_number(point.endpoint_p50_ms),
        "endpoint_p95_ms": latency_number(point.endpoint_p95_ms),
    }

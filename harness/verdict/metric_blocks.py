"""How one metric looks in `summary.json`: both sides with their counts, and the difference with its interval."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from harness.metrics.quantiles import quantile, quantile_sorted
from harness.metrics.scores import VIOLATION_KINDS, PooledScore, Scores, SessionScore
from harness.verdict import rare
from harness.verdict.bootstrap import QuantileDifference, quantile_differences
from harness.verdict.estimands import CallCounts, Latency, Ratio, SampleRow, by_call, own_samples, paired_samples, pool
from harness.verdict.json_numbers import count_number, latency_number, ratio_number
from harness.verdict.population import SIDES, PairKey, Population
from harness.verdict.ratios import absolute_scores, difference_interval, ratio_difference, score_test
from harness.verdict.rules import MINIMUM_CALLS_FOR_INTERVAL, TOO_FEW_CALLS, GateSettings

LEVEL = 0.9
"""Of every interval shown."""

POOLED_OVER_RUN = "values are pooled over the run, not kept by call"
STAMPS_DIFFER = "the sending of audio is stamped differently on the two sides"
_INFORMATIONAL_BELOW = 3000  # samples under which a p99 says little
_WORD_PARTS = ("hits", "substitutions", "deletions", "insertions")

Json = dict[str, Any]


def ratio_block(ratio: Ratio, population: Population, settings: GateSettings, *, linear: bool = False) -> Json:
    """One ratio; `linear` takes the t bounds by which slices are tested as its interval instead of the bootstrap's."""
    counts = pool(ratio.rows(population), common=ratio.common)
    sides = {
        "baseline": _ratio_side(ratio, counts.baseline_events, counts.baseline_trials),
        "candidate": _ratio_side(ratio, counts.candidate_events, counts.candidate_trials),
    }
    if ratio.name in ("wer", "wer_secondary"):
        secondary = ratio.name == "wer_secondary"
        sides = {side: block | _word_parts(population, side, secondary=secondary) for side, block in sides.items()}
    return {"unit": ratio.unit, **sides, "difference": _ratio_gap(ratio, counts, settings, linear=linear)}


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


def _ratio_gap(ratio: Ratio, counts: CallCounts, settings: GateSettings, *, linear: bool) -> Json:
    value, low, high = _ratio_difference(ratio, counts, settings, linear=linear)
    gap: Json = {"value": ratio_number(value), "low": ratio_number(low), "high": ratio_number(high), "level": LEVEL}
    if value is None:
        gap["reason"] = f"no {ratio.trials} on both sides"
    elif low is None:
        gap["reason"] = TOO_FEW_CALLS
    return gap | {"calls": len(counts.calls)}


def _ratio_difference(
    ratio: Ratio, counts: CallCounts, settings: GateSettings, *, linear: bool
) -> tuple[float | None, float | None, float | None]:
    difference = ratio_difference(counts)
    if difference is None:
        return None, None, None
    if len(counts.calls) < MINIMUM_CALLS_FOR_INTERVAL:
        return difference.value, None, None
    if ratio.binary and ratio.common and rare.is_rare(counts):
        return difference.value, *rare.bounds(counts)
    if linear and ratio.common:
        test, scale = score_test(absolute_scores(counts, difference.value)), float(counts.baseline_trials.mean())
        return difference.value, difference.value + test.low / scale, difference.value + test.high / scale
    if not ratio.common:
        return difference.value, difference.low, difference.high
    interval = difference_interval(counts, seed=settings.seed, resamples=settings.resamples)
    return difference.value, *(interval or (None, None))


def latency_block(latency: Latency, population: Population, settings: GateSettings) -> Json:
    """One latency over the values available on both sides, of which `unpaired` counts the others; or over those of each side."""
    if not latency.paired:
        return _block_of_sides(latency, population, settings)
    rows, unpaired = paired_samples(latency, population)
    block: Json = {
        "unit": latency.unit,
        "baseline": _latency_side(latency, [((r.clip_id, r.pass_number), r.baseline_ms) for r in rows]),
        "candidate": _latency_side(latency, [((r.clip_id, r.pass_number), r.candidate_ms) for r in rows]),
        "difference": _latency_gap(latency, rows, settings),
    }
    if latency.from_sending and not population.has_one_send_stamp:
        shown = [q for q in latency.quantiles if q < 0.99]  # noqa: PLR2004 - a p99 is never compared
        block["difference"] = {label(q): {"value": None, "reason": STAMPS_DIFFER} for q in shown} | {"calls": 0}
    if latency.of_words:
        block["coverage"] = _coverage(
            len(rows), sum(pair.baseline.timed_reference_words for pair in population.sessions)
        )
    return block | {"unpaired": unpaired}


def _block_of_sides(latency: Latency, population: Population, settings: GateSettings) -> Json:
    """A latency of which no value is dropped for the other side's sake; `excluded` counts what a side has no value of."""
    rows, excluded = own_samples(latency, population)
    block: Json = {"unit": latency.unit}
    calls = []
    for side, without in zip(SIDES, excluded, strict=True):
        own = [row for row in rows if not math.isnan(getattr(row, f"{side}_ms"))]
        values = [((row.clip_id, row.pass_number), getattr(row, f"{side}_ms")) for row in own]
        block[side] = _latency_side(latency, values) | {"excluded": without}
        calls.append(len({row.call_id for row in own}))
    if rows and not all(calls):
        gap: Json = {"value": None, "reason": f"only the {SIDES[calls.index(0) - 1]} has values"}
        return block | {"difference": {label(q): gap for q in latency.quantiles} | {"calls": 0}}
    return block | {"difference": _latency_gap(latency, rows, settings, fewest_calls=min(calls))}


def _coverage(words: int, reference_words: int) -> Json:
    block: Json = {"value": ratio_number(words / reference_words) if reference_words else None}
    block |= {"words": words, "reference_words": reference_words}
    return block if reference_words else block | {"reason": "no reference word has times of its own"}


def _latency_side(latency: Latency, values: Sequence[tuple[PairKey, float]]) -> Json:
    ordered = sorted(value for _, value in values)
    missing = sum(math.isinf(value) for value in ordered)
    block: Json = {"n": len(ordered), "missing": missing}
    for q in latency.quantiles:
        block[label(q)] = latency_number(quantile_sorted(ordered, q))
    block["median_of_session_p50"] = latency_number(_typical(values))
    if not ordered:
        block["reason"] = "no values"
    elif 0.99 in latency.quantiles and len(ordered) < _INFORMATIONAL_BELOW:  # noqa: PLR2004 - the p99
        block["p99_informational"] = True
    median = quantile_sorted(ordered, 0.5)
    if latency.warn_above is not None and median is not None and median > latency.warn_above:
        block["warning"] = f"above {latency.warn_above:g}"
    return block


def _typical(values: Sequence[tuple[PairKey, float]]) -> float | None:
    """Median over sessions of each session's own median: what a typical session is like, however long it is."""
    by_session: dict[PairKey, list[float]] = {}
    for key, value in values:
        by_session.setdefault(key, []).append(value)
    medians = [quantile(own, 0.5) for own in by_session.values()]
    return quantile([median for median in medians if median is not None], 0.5)


def _latency_gap(
    latency: Latency, rows: Sequence[SampleRow], settings: GateSettings, *, fewest_calls: int | None = None
) -> Json:
    """The difference; `fewest_calls` are those of the side with fewer, where each side has its own values."""
    shown = [q for q in latency.quantiles if q < 0.99]  # noqa: PLR2004 - a p99 is never compared
    data = by_call(rows)
    if not rows:
        return {label(q): {"value": None, "reason": "no values"} for q in shown} | {"calls": 0}
    differences = quantile_differences(data, shown, seed=settings.seed, resamples=settings.resamples)
    fewest_calls = len(data.calls) if fewest_calls is None else fewest_calls
    gap: Json = {label(d.q): _interval(d, calls=fewest_calls) for d in differences}
    return gap | {"level": LEVEL, "calls": len(data.calls)}


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


def label(q: float) -> str:
    """`p50` of 0.5."""
    return f"p{q * 100:g}"


def pooled_block(metric: str, scores: Scores, population: Population) -> Json:
    """A measurement of every chunk, frame or segment of the run; values are not kept by call, so no difference is drawn."""
    rows: dict[str, PooledScore] = {row.side: row for row in scores.pooled if row.metric == metric}
    block: Json = {"unit": "ms"}
    for side in SIDES:
        row = rows.get(side)
        entry: Json = {"n": row.n if row else 0}
        for name in ("p50", "p95", "p99", "max"):
            entry[name] = latency_number(getattr(row, f"{name}_ms")) if row else None
        if not entry["n"]:
            entry["reason"] = "no values"
        block[side] = entry
        if metric == "sdk_overhead_ms":
            block[side] |= _by_session([getattr(pair, side) for pair in population.sessions])
    gap: Json = {"value": None, "low": None, "high": None, "reason": POOLED_OVER_RUN}
    return block | {"difference": {name: dict(gap) for name in ("p50", "p95")} | {"calls": 0}}


def _by_session(sessions: Sequence[SessionScore]) -> Json:
    """The typical and the worst session by their own quantiles."""
    typical = [s.sdk_overhead_p50_ms for s in sessions if s.sdk_overhead_p50_ms is not None]
    worst = [s.sdk_overhead_p99_ms for s in sessions if s.sdk_overhead_p99_ms is not None]
    return {
        "sessions": len(typical),
        "median_of_session_p50": latency_number(quantile(typical, 0.5)),
        "max_of_session_p99": latency_number(max(worst, default=None)),
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


def false_start_block(population: Population) -> Json:
    """Utterances of which a word was shown before it can have been spoken."""
    pairs = population.utterances
    if not pairs:
        nothing = {"value": None, "reason": "no utterances", "utterances": 0}
        return {"unit": "count", **{side: dict(nothing) for side in SIDES}}
    found = {side: sum(getattr(pair, side).false_start for pair in pairs) for side in SIDES}
    return {"unit": "count", **{side: {"value": count, "utterances": len(pairs)} for side, count in found.items()}}


def contract_violations_block(scores: Scores) -> Json:
    """Breaches of the providers' contracts by side, provider and kind, over all sessions recorded; zeros are told."""
    block: Json = {}
    for side in SIDES:
        own = [session for session in scores.sessions if session.side == side]
        counts = Counter(row.kind for row in scores.findings if row.side == side)
        block[side] = {
            "providers": sorted({session.provider for session in own}),
            "sessions": len(own),
            "counts": {kind: counts[kind] for kind in sorted({*VIOLATION_KINDS, *counts})},
        }
    return block

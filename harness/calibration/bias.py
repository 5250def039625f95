"""What the harness measured against what was injected, metric by metric and side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from harness.calibration.material import Material
from harness.calibration.truth import LATENCIES, Rate, Truth, truth_of
from harness.metrics.scores import Scores
from harness.timeline.events import SIDES, Side
from harness.verdict.population import Population

Json = dict[str, Any]
Sent = Mapping[Side, Mapping[str, Sequence[float]]]
"""Per side and latency, what the services' own send times make of every utterance that counts."""

_COUNTS = {
    "wer": ("errors", "reference_words"),
    "false_cutoff_rate": ("early_cut_turns", "turns"),
    "normalized_erasure": ("erased_tokens", "final_tokens"),
    "session_failure_rate": ("failed", "sessions"),
}
_QUANTILES = {"p50": 0.5, "p95": 0.95}


def valid_clips(scores: Scores) -> tuple[str, ...]:
    """The clips that the harness did not spoil, and those of which a session is missing left out."""
    return tuple(pair.baseline.clip_id for pair in Population.of(scores).sessions)


def bias_of(material: Material, summary: Json, scores: Scores, sent: Sent) -> Json:
    """Injected, measured and difference of every metric.

    Args:
        material: What was played.
        summary: `summary.json` of the run.
        scores: Its scores, for the spread of single utterances.
        sent: What the send times of the services say.

    Returns:
        By metric: `injected`, `measured` and `difference` of the side (and quantile) that is furthest off, named beside them,
        and every side's own below. A rate carries its counts; `sent` is a latency as it left the service, and `since_sent` what is
        added from there to the measurement: the harness's own part.
    """
    clips = valid_clips(scores)
    truths = {side: truth_of(material, side, clips) for side in SIDES}
    metrics = summary["metrics"]
    bias = {
        name: _with_worst(
            {side: _rate(truths[side].rates[name], metrics[name][side], *_COUNTS[name]) for side in SIDES}
        )
        for name in _COUNTS
    }
    name = "post_final_mutation_count"
    bias[name] = _with_worst({side: _entry(truths[side].mutations, metrics[name][side]["value"]) for side in SIDES})
    for name in LATENCIES:
        bias[name] = _latency(name, truths, metrics[name], _errors_ms(name, truths, scores), sent)
    return bias


def _latency(name: str, truths: Mapping[Side, Truth], measured: Json, errors_ms: Json, sent: Sent) -> Json:
    quantiles = {}
    for label, q in _QUANTILES.items():
        sides: dict[str, Json] = {}
        for side in SIDES:
            value = _finite(measured[side][label])
            entry = _entry(truths[side].quantile_ms(name, q), value)
            values = sent[side][name]
            left_ms = float(np.quantile(values, q)) if values else None
            since = None if left_ms is None or value is None else round(value - left_ms, 3)
            sides[side] = entry | {"sent": left_ms and round(left_ms, 3), "since_sent": since}
        quantiles[label] = _with_worst(sides)
    worst = max(quantiles, key=lambda label: _size(quantiles[label]))
    head = {key: quantiles[worst][key] for key in ("injected", "measured", "difference", "side")}
    return {**head, "quantile": worst, **quantiles, "error_ms": errors_ms}


def _errors_ms(name: str, truths: Mapping[Side, Truth], scores: Scores) -> Json:
    """Mean and standard deviation of measured minus injected, utterance by utterance; and how many never came."""
    rows = scores.utterances if name == "first_partial_ms" else scores.turns
    found: Json = {}
    for side in SIDES:
        truth_ms = truths[side].latencies_ms[name]
        place = "utterance" if name == "first_partial_ms" else "turn"
        values = [
            (getattr(row, name), truth_ms[getattr(row, place)])
            for row in rows
            if row.side == side and getattr(row, name) is not None
        ]
        errors = np.array([value - wanted for value, wanted in values if np.isfinite(value)])
        found[side] = {
            "mean": round(float(errors.mean()), 3) if len(errors) else None,
            "sd": round(float(errors.std(ddof=1)), 3) if len(errors) > 1 else None,
            "n": len(errors),
            "missing": len(values) - len(errors),
        }
    return found


def _rate(injected: Rate, measured: Json, events: str, trials: str) -> Json:
    found = Rate(measured[events], measured[trials])
    counts = {"events": {"injected": injected.events, "measured": found.events}}
    return _entry(injected.value, found.value) | counts | {"trials": found.trials}


def _entry(injected: float | None, measured: float | None) -> Json:
    known = injected is not None and measured is not None
    difference = round(measured - injected, 6) if known else None  # type: ignore[operator]  # both are known
    return {"injected": injected, "measured": measured, "difference": difference}


def _with_worst(sides: Mapping[str, Json]) -> Json:
    worst = max(sides, key=lambda side: _size(sides[side]))
    head = {key: sides[worst][key] for key in ("injected", "measured", "difference")}
    return {**head, "side": worst, **sides}


def _size(entry: Json) -> float:
    """How far off; what can't be compared is furthest."""
    return float("inf") if entry["difference"] is None else abs(entry["difference"])


def _finite(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None

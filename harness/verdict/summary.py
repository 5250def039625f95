"""`summary.json`: every metric of a run with its counts, and every difference with its interval."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from harness.contract.diff import contract_diff
from harness.metrics.scores import POOLED, Scores, SessionScore
from harness.verdict.endpoint_blocks import boundaries_block, hold_sweep_block
from harness.verdict.estimands import RATIOS
from harness.verdict.json_numbers import latency_number
from harness.verdict.latencies import LATENCIES
from harness.verdict.metric_blocks import (
    contract_violations_block,
    count_block,
    false_start_block,
    latency_block,
    pooled_block,
    ratio_block,
)
from harness.verdict.noise import noise_floor
from harness.verdict.noise_blocks import noise_block
from harness.verdict.population import SIDES, Population, SessionPair
from harness.verdict.rules import GateSettings
from harness.verdict.slices import slices_of
from harness.verdict.word_blocks import (
    attribution_block,
    disagreement_blocks,
    entity_details,
    information_lost_block,
    suspects_block,
    time_excess,
)
from harness.verdict.word_estimands import WORD_RATIOS, keyword_ratios

SCHEMA = "harness.summary/1"

Json = dict[str, Any]


def summarise(
    scores: Scores,
    settings: GateSettings,
    *,
    run_id: str,
    endpoint: Literal["emulated", "live"],
    planned: Mapping[str, int],
    reruns: int = 0,
    throttled: Mapping[str, int] | None = None,
) -> Json:
    """Summarise a run.

    Args:
        scores: All scores of the run.
        settings: For seed and resamples; margins play no part here.
        run_id: Of the run.
        endpoint: `emulated` if either side was on loopback.
        planned: Sessions planned for `baseline` and `candidate`.
        reruns: Pairs that were recorded a second time, because the harness spoilt the first.
        throttled: Refusals for a quota before any audio, by provider; each was followed by a further dial and is no failure.

    Returns:
        A JSON-safe document of schema `harness.summary/1`, equal byte for byte for equal input. Ratios carry 6
        significant digits, latencies 0.1 ms; an infinite quantile is `"inf"`; what does not exist is null beside a
        `reason`.
    """
    population = Population.of(scores)
    metrics = _metrics(scores, population, settings) | _word_metrics(population, scores, settings)
    identical, reason = _audio_identical(population)
    document: Json = {
        "schema": SCHEMA,
        "run_id": run_id,
        "endpoint": endpoint,
        "normalizer": scores.norm_id,
        "normalizer_secondary": scores.secondary_norm_id,
        "recv_stamp": scores.recv_stamp,
        "sessions": {
            side: _sessions([s for s in scores.sessions if s.side == side], planned.get(side, 0)) for side in SIDES
        },
        "audio_identical": identical,
        "harness": _harness(scores)
        | {
            "reruns": reruns,
            "throttled_count": sum((throttled or {}).values()),
            "throttled": dict(sorted((throttled or {}).items())),
        },
        "time_sources": dict(sorted(Counter(pair.baseline.time_source for pair in population.utterances).items())),
        "turns": "utterances (derived)" if all(s.turns_derived for s in scores.sessions) else "annotated",
        "metrics": metrics,
        "hold_sweep": hold_sweep_block(scores.holds),
        "contract_violations": contract_violations_block(scores),
        "contract_diff": contract_diff(scores.conduct, scores.sessions, scores.findings),
        "noise": noise_block(noise_floor(scores, settings), scores),
        "slices": slices_of(population, settings, metrics),
    }
    if reason is not None:
        document["audio_identical_reason"] = reason
    return document


def _sessions(sessions: Sequence[SessionScore], planned: int) -> Json:
    """Every planned session is exactly one of completed, failed (provider), invalid (harness) and not recorded."""
    valid = [session for session in sessions if session.valid]
    completed = sum(session.succeeded for session in valid)
    return {
        "planned": planned,
        "completed": completed,
        "failed": len(valid) - completed,
        "invalid": len(sessions) - len(valid),
        "not_recorded": max(0, planned - len(sessions)),
    }


def _audio_identical(population: Population) -> tuple[bool | None, str | None]:
    complete = [pair for pair in population.sessions if pair.both_succeeded]
    if not complete:
        return None, "no pair of sessions succeeded on both sides"
    return all(_same_audio(pair) for pair in complete), None


def _same_audio(pair: SessionPair) -> bool:
    return pair.baseline.audio_sha256 != "" and pair.baseline.audio_sha256 == pair.candidate.audio_sha256


def _harness(scores: Scores) -> Json:
    invalid = sum(not session.valid for session in scores.sessions)
    pooled = next((row for row in scores.pooled if (row.metric, row.side) == ("send_lateness_ms", "both")), None)
    if pooled is not None:
        lateness = {name: latency_number(getattr(pooled, f"{name}_ms")) for name in ("p50", "p99", "max")}
        lateness["over"] = "chunks"
    else:
        lateness = _worst_session(scores, {name: f"lateness_{name}_ms" for name in ("p50", "p99", "max")})
    lag = _worst_session(scores, {"p99": "loop_lag_p99_ms", "max": "loop_lag_max_ms"})
    return {"lateness_ms": lateness, "loop_lag_ms": lag, "invalid_sessions": invalid}


def _worst_session(scores: Scores, columns: Mapping[str, str]) -> Json:
    """The worst session stands for the run."""
    values = {name: [getattr(s, column) for s in scores.sessions] for name, column in columns.items()}
    worst = {name: max((v for v in column if v is not None), default=None) for name, column in values.items()}
    return {name: latency_number(value) for name, value in worst.items()} | {"over": "worst session"}


def _metrics(scores: Scores, population: Population, settings: GateSettings) -> Json:
    metrics: Json = {ratio.name: ratio_block(ratio, population, settings) for ratio in RATIOS}
    metrics |= {latency.name: latency_block(latency, population, settings) for latency in LATENCIES}
    metrics |= {name: pooled_block(name, scores, population) for name in POOLED}
    metrics |= {
        name: count_block(population, field, both_succeeded=both_succeeded)
        for name, (field, both_succeeded) in COUNTS.items()
    }
    metrics["false_start_count"] = false_start_block(population)
    metrics["boundaries"] = boundaries_block(population)
    entities = metrics["entity_miss_rate"]
    for key, more in entity_details(scores.entities).items():
        entities[key] = {**entities.get(key, {}), **more}
    return metrics


def _word_metrics(population: Population, scores: Scores, settings: GateSettings) -> Json:
    """The words in detail."""
    ratios = (*WORD_RATIOS, *(keyword_ratios(scores.keywords) if scores.keywords else ()))
    metrics: Json = {ratio.name: ratio_block(ratio, population, settings) for ratio in ratios}
    for side, more in time_excess(population).items():
        metrics["tcwer"][side] |= more
    metrics["wil"] = information_lost_block(population)
    metrics |= disagreement_blocks(population)
    metrics["suspect_references"] = suspects_block(population, scores.words)
    metrics["wer_attribution"] = attribution_block(population, scores.words)
    return metrics


COUNTS: dict[str, tuple[str, bool]] = {
    "post_final_mutation_count": ("post_final_mutations", True),
    "formatted_missing_count": ("formatted_missing", False),
    "open_tail_word_count": ("open_tail_words", False),
    "loop_count": ("loops", False),
    "leak_count": ("leaks", False),
    "forced_cut_count": ("forced_cuts", True),
    "no_partial_segments": ("no_partial_segments", True),
    "contract_violation_count": ("contract_violations", False),
    "reconnect_count": ("reconnects", False),
}
"""Plain counts: the column of `sessions`, and whether only pairs in which both sessions succeeded count."""

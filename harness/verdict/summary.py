"""`summary.json`: every metric of a run with its counts, and every difference with its interval."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from harness.metrics.scores import Scores, SessionScore
from harness.verdict.estimands import LATENCIES, RATIO, RATIOS
from harness.verdict.json_numbers import latency_number
from harness.verdict.metric_blocks import (
    boundaries_block,
    count_block,
    latency_block,
    ratio_block,
    sdk_overhead_block,
)
from harness.verdict.population import PairKey, Population, SessionPair
from harness.verdict.rules import GateSettings
from harness.verdict.word_blocks import (
    attribution_block,
    disagreement_blocks,
    entity_details,
    information_lost_block,
    suspects_block,
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
    lateness_ms: Mapping[str, float] | None = None,
    reruns: int = 0,
) -> Json:
    """Summarise a run.

    Args:
        scores: All scores of the run.
        settings: For seed and resamples; margins play no part here.
        run_id: Of the run.
        endpoint: `emulated` if either side was on loopback.
        planned: Sessions planned for `baseline` and `candidate`.
        lateness_ms: `p50`, `p99` and `max` over all chunks of the run, if the caller pooled them; else the worst
            session stands for the run.
        reruns: Pairs that were recorded a second time, because the harness spoilt the first.

    Returns:
        A JSON-safe document of schema `harness.summary/1`, equal byte for byte for equal input. Ratios carry 6
        significant digits, latencies 0.1 ms; an infinite quantile is `"inf"`; what does not exist is null beside a
        `reason`.
    """
    population = Population.of(scores)
    identical, reason = _audio_identical(population)
    document: Json = {
        "schema": SCHEMA,
        "run_id": run_id,
        "endpoint": endpoint,
        "normalizer": scores.norm_id,
        "normalizer_secondary": scores.secondary_norm_id,
        "recv_stamp": scores.recv_stamp,
        "sessions": {
            side: _sessions([s for s in scores.sessions if s.side == side], planned.get(side, 0))
            for side in ("baseline", "candidate")
        },
        "audio_identical": identical,
        "harness": _harness(scores, lateness_ms) | {"reruns": reruns},
        "metrics": _metrics(population, settings) | _word_metrics(population, scores, settings),
        "slices": _slices(population),
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


def _harness(scores: Scores, pooled: Mapping[str, float] | None) -> Json:
    invalid = sum(not session.valid for session in scores.sessions)
    if pooled is not None:
        lateness = {key: latency_number(pooled[key]) for key in ("p50", "p99", "max")} | {"over": "chunks"}
    else:
        parts = {
            "p50": [s.lateness_p50_ms for s in scores.sessions],
            "p99": [s.lateness_p99_ms for s in scores.sessions],
            "max": [s.lateness_max_ms for s in scores.sessions],
        }
        lateness = {
            key: latency_number(max((value for value in values if value is not None), default=None))
            for key, values in parts.items()
        } | {"over": "worst session"}
    return {"lateness_ms": lateness, "invalid_sessions": invalid}


def _metrics(population: Population, settings: GateSettings) -> Json:
    metrics: Json = {ratio.name: ratio_block(ratio, population, settings) for ratio in RATIOS}
    metrics |= {latency.name: latency_block(latency, population, settings) for latency in LATENCIES}
    metrics["sdk_overhead_ms"] = sdk_overhead_block(population)
    metrics["post_final_mutation_count"] = count_block(population, "post_final_mutations", both_succeeded=True)
    metrics["formatted_missing_count"] = count_block(population, "formatted_missing", both_succeeded=False)
    metrics["boundaries"] = boundaries_block(population)
    return metrics


def _word_metrics(population: Population, scores: Scores, settings: GateSettings) -> Json:
    """The words in detail; `entity_miss_rate` again, with its classes."""
    ratios = (*WORD_RATIOS, *(keyword_ratios(scores.keywords) if scores.keywords else ()))
    metrics: Json = {ratio.name: ratio_block(ratio, population, settings) for ratio in ratios}
    metrics["wil"] = information_lost_block(population)
    metrics["loop_count"] = count_block(population, "loops", both_succeeded=False)
    metrics["leak_count"] = count_block(population, "leaks", both_succeeded=False)
    metrics["open_tail_word_count"] = count_block(population, "open_tail_words", both_succeeded=False)
    metrics |= disagreement_blocks(population)
    metrics["suspect_references"] = suspects_block(population, scores.words)
    metrics["wer_attribution"] = attribution_block(population, scores.words)
    entities = ratio_block(RATIO["entity_miss_rate"], population, settings)
    for key, more in entity_details(scores.entities).items():
        entities[key] = {**entities.get(key, {}), **more}
    return metrics | {"entity_miss_rate": entities}


_SLICED_RATIOS = ("wer", "session_failure_rate", "false_cutoff_rate", "endpoint_recall", "normalized_erasure")
_SLICED_LATENCIES = ("first_partial_ms", "final_ms")


def _slices(population: Population) -> Json:
    """Values and counts by tag, language and speaker, without intervals: slices describe, they don't decide here."""
    members: dict[str, set[PairKey]] = {}
    for pair in population.sessions:
        for name in slice_names(pair.baseline):
            members.setdefault(name, set()).add(pair.key)
    return {name: _slice(population.only(members[name])) for name in sorted(members)}


def slice_names(session: SessionScore) -> tuple[str, ...]:
    """The slices a session belongs to: `tag=noisy`, `snr=low` (from a tag `snr=low`), `lang=es`, `speaker=ann`."""
    names = [tag if "=" in tag else f"tag={tag}" for tag in session.tags]
    if session.language:
        names.append(f"lang={session.language}")
    if session.speaker:
        names.append(f"speaker={session.speaker}")
    return tuple(dict.fromkeys(names))


def _slice(population: Population) -> Json:
    metrics: Json = {
        ratio.name: ratio_block(ratio, population, None) for ratio in RATIOS if ratio.name in _SLICED_RATIOS
    }
    metrics |= {
        latency.name: latency_block(latency, population, None)
        for latency in LATENCIES
        if latency.name in _SLICED_LATENCIES
    }
    return {
        "pairs": len(population.sessions),
        "calls": len({pair.baseline.call_id for pair in population.sessions}),
        "metrics": metrics,
    }

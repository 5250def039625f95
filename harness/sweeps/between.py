"""Two variants held against each other, clip by clip: their candidates as the two sides of a comparison."""

from dataclasses import replace
from typing import Any

from harness.metrics.scores import Scores
from harness.verdict.estimands import RATIO
from harness.verdict.latencies import LATENCY
from harness.verdict.metric_blocks import latency_block, ratio_block
from harness.verdict.population import Population
from harness.verdict.rules import GateSettings


def differences(one: Scores, other: Scores, settings: GateSettings, cutoff_metric: str) -> dict[str, Any]:
    """By how much the candidate of `other` exceeds that of `one`: finals (p50, p95), early cuts and word errors.

    Args:
        one: Scores of a run.
        other: Scores of another run of the same clips and passes.
        settings: Seed and resamples.
        cutoff_metric: The ratio that counts early cuts.

    Returns:
        `{"value", "low", "high", "level", "calls"}` each, as in `summary.json`: intervals of paired differences, calls resampled.
    """
    population = Population.of(_beside(one, other))
    finals = latency_block(LATENCY["final_ms"], population, settings)["difference"]
    shared = {name: value for name, value in finals.items() if name in {"level", "calls"}}
    return {
        "final_ms": {name: {**finals[name], **shared} for name in ("p50", "p95")},
        cutoff_metric: ratio_block(RATIO[cutoff_metric], population, settings)["difference"],
        "wer": ratio_block(RATIO["wer"], population, settings)["difference"],
    }


def _beside(one: Scores, other: Scores) -> Scores:
    """The candidate rows of both, the first run's in the baseline's place."""

    def rows(table: str) -> tuple[Any, ...]:
        first = [replace(row, side="baseline") for row in getattr(one, table) if row.side == "candidate"]
        return (*first, *(row for row in getattr(other, table) if row.side == "candidate"))

    return other.with_rows(rows("sessions"), rows("utterances"), rows("turns"))

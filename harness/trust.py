"""Whether a run can be trusted as a whole: it is complete, the harness kept its limits, the emulators kept up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.metrics.scores import Scores
from harness.verdict.validity import invalid_reason

EMULATOR_QUEUE_P99_LIMIT_MS = 1000.0
EMULATOR_LAG_P99_LIMIT_MS = 50.0


@dataclass(frozen=True, slots=True)
class Trust:
    """`valid` with no reason, or not valid with one."""

    valid: bool
    reason: str | None


def assess(document: Mapping[str, Any], scores: Scores) -> Trust:
    """Weigh a run.

    Args:
        document: `run.json`.
        scores: The run's scores.
    """
    reasons = list(_reasons(document, scores))
    return Trust(not reasons, "; ".join(reasons) or None)


def _reasons(document: Mapping[str, Any], scores: Scores) -> Iterator[str]:
    planned = document["sessions"]["planned"]
    recorded = document["sessions"]["recorded"]
    for side, count in planned.items():
        if recorded[side] < count:
            yield f"incomplete: {recorded[side]} of {count} {side} sessions are recorded (continue with --resume)"
    reason = invalid_reason(scores, planned_pairs=max(planned.values()))
    if reason is not None:
        yield reason
    for emulators in document["emulators"]:
        if not kept_up(emulators):
            yield (
                f"the emulators fell behind real time (decodes waited up to {_p99_ms(emulators, 'decode_queue_ms'):g} ms at "
                "p99), so latencies say nothing about either side; run fewer pairs at once with --pairs, or leave the machine "
                "alone"
            )
            return


def kept_up(emulators: Mapping[str, Any]) -> bool:
    """Whether emulators (their own metrics) answered in the time their recogniser needs, without queueing for the machine."""
    return (
        _p99_ms(emulators, "decode_queue_ms") <= EMULATOR_QUEUE_P99_LIMIT_MS
        and _p99_ms(emulators, "loop_lag_ms") <= EMULATOR_LAG_P99_LIMIT_MS
    )


def _p99_ms(emulators: Mapping[str, Any], window: str) -> float:
    return float(emulators[window]["p99"] or 0.0)

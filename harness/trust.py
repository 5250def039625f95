"""Whether a run can be trusted as a whole: it is complete, the harness kept its limits, the emulators kept up."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.metrics.scores import Scores
from harness.verdict.validity import invalid_reason


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
    if any(not emulators["kept_up"] for emulators in document["emulators"]):
        yield (
            "the emulators' recogniser fell behind real time, so latencies say nothing about either side (run fewer pairs "
            "at once with --pairs, or leave the machine alone)"
        )

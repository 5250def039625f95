"""Whether a run can be trusted as a whole: it is complete, the harness kept its limits, the emulators kept up."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.metrics.scores import Scores
from harness.verdict.failed_sides import unreached
from harness.verdict.noise import NoiseFloor
from harness.verdict.noise_blocks import self_test_text
from harness.verdict.results import InvalidReason
from harness.verdict.validity import duration, too_many_spoilt

EMULATOR_QUEUE_P99_LIMIT_MS = 1000.0
EMULATOR_LAG_P99_LIMIT_MS = 50.0
EMULATOR_BEHIND_P99_LIMIT_MS = 2000.0


@dataclass(frozen=True, slots=True)
class Trust:
    """`valid` with no reason, or not valid with one, and the same taken apart."""

    valid: bool
    reason: str | None
    reasons: tuple[InvalidReason, ...] = ()


def assess(document: Mapping[str, Any], scores: Scores, noise: NoiseFloor | None = None) -> Trust:
    """Weigh a run.

    Args:
        document: `run.json`.
        scores: The run's scores.
        noise: How far the baseline differs from itself, where it was recorded twice.
    """
    reasons = tuple(_reasons(document, scores))
    if noise is not None and noise.self_test == "failed":
        reasons += (InvalidReason("self_test", self_test_text(noise)),)
    return Trust(not reasons, "; ".join(reason.explanation for reason in reasons) or None, reasons)


def _reasons(document: Mapping[str, Any], scores: Scores) -> Iterator[InvalidReason]:
    planned = document["sessions"]["planned"]
    for side, count in planned.items():
        if count == 0:
            yield InvalidReason("incomplete", f"one-sided: the {side} was left out; record it with --resume")
            return
    recorded = Counter(row.side for row in scores.sessions)  # what was scored counts, not what was once written down
    for side, count in planned.items():
        if recorded[side] < count:
            yield InvalidReason("incomplete", f"incomplete: {recorded[side]} of {count} {side} sessions are recorded")
    silent = [side for side in unreached(scores.sessions) if planned.get(side)]
    if silent:
        yield InvalidReason("unreached", f"no session of {_named(silent)} ever became ready, so nothing was compared")
    reason = too_many_spoilt(scores, planned_pairs=max(planned.values()))
    if reason is not None:
        yield reason
    for emulators in document["emulators"]:
        if not kept_up(emulators):
            waits = [duration(_p99_ms(emulators, window)) for window in ("decode_queue_ms", "loop_lag_ms")]
            behind_ms = _behind_p99_ms(emulators)
            behind = (
                f", 1 % of the audio waited {duration(behind_ms)} or longer"
                if behind_ms > EMULATOR_BEHIND_P99_LIMIT_MS
                else ""
            )
            yield InvalidReason(
                "emulators",
                f"the emulators fell behind real time (1 % of their decodings waited {waits[0]} or longer for a processor, 1 % of their "
                f"timers were {waits[1]} late or more{behind}), so latencies say nothing about either side",
            )
            return


def _named(sides: Sequence[str]) -> str:
    return f"the {sides[0]}" if len(sides) == 1 else "either side"


def kept_up(emulators: Mapping[str, Any]) -> bool:
    """Whether emulators (their own metrics) answered in the time their recogniser needs, without queueing for the machine.

    Those that the run found running (`host`) may have served others: how late their timers were is not this run's alone.
    """
    return (
        _p99_ms(emulators, "decode_queue_ms") <= EMULATOR_QUEUE_P99_LIMIT_MS
        and ("host" in emulators or _p99_ms(emulators, "loop_lag_ms") <= EMULATOR_LAG_P99_LIMIT_MS)
        and _behind_p99_ms(emulators) <= EMULATOR_BEHIND_P99_LIMIT_MS
    )


def _p99_ms(emulators: Mapping[str, Any], window: str) -> float:
    return float(emulators[window]["p99"] or 0.0)


def _behind_p99_ms(emulators: Mapping[str, Any]) -> float:
    """How long audio waited to be listened to; 0 where that was not recorded yet."""
    return _p99_ms(emulators, "behind_ms") if isinstance(emulators.get("behind_ms"), Mapping) else 0.0

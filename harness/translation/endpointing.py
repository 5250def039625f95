"""AssemblyAI ends a turn by one of two silences, Gladia an utterance by one: which of them counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.providers.turn_silences import SHORTER_ALIAS, is_universal, turn_silence_ms

Variant = Literal["latency", "segmentation"]

_ENDPOINTING_MS = (10, 10_000)  # what Gladia takes


@dataclass(frozen=True, slots=True)
class Silences:
    """What becomes of them.

    Attributes:
        endpointing_s: What Gladia is sent.
        decided_by: The parameter that says so; None: AssemblyAI's default for the model.
        forced: Another parameter leaves the variant no choice.
    """

    endpointing_s: float
    decided_by: str | None
    forced: bool


def silences(params: Mapping[str, Any], variant: Variant) -> Silences:
    """The silence that ends an utterance.

    A confidence threshold of 1 leaves AssemblyAI itself only the longer silence, 0 only the shorter one; a mode chooses between
    those that are not set.
    """
    names = [name for name in ("min_turn_silence", SHORTER_ALIAS) if name in params]
    shorter = names[0] if names else None
    longer = "max_turn_silence" if "max_turn_silence" in params else None
    forced = _forced(params, shorter, longer)
    use_shorter = (forced or variant) == "latency"
    silence_ms = turn_silence_ms(params)[0 if use_shorter else 1]
    least_ms, most_ms = _ENDPOINTING_MS
    endpointing_s = min(most_ms, max(least_ms, silence_ms)) / 1000
    return Silences(endpointing_s, shorter if use_shorter else longer, forced is not None)


def _forced(params: Mapping[str, Any], shorter: str | None, longer: str | None) -> Variant | None:
    if is_universal(params):
        threshold = params.get("end_of_turn_confidence_threshold")
        if threshold is None or 0 < threshold < 1:
            return None
        return "segmentation" if threshold >= 1 else "latency"
    if params.get("mode") == "min_latency" and longer is None:
        return "latency"
    if params.get("mode") == "max_accuracy" and shorter is None:
        return "segmentation"
    return None

"""AssemblyAI ends a turn by one of two silences, Gladia an utterance by one: which of them counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Variant = Literal["latency", "segmentation"]

DEFAULT_MODEL = "universal-streaming-english"
# What AssemblyAI does when the silences are not set, by model family, in milliseconds: (min, max).
_UNIVERSAL_SILENCES_MS = (400, 1280)
_U3_SILENCES_MS = (100, 1000)
_ENDPOINTING_MS = (10, 10_000)  # what Gladia takes
_LONGEST_MS = 86_400_000
_ALIAS = "min_end_of_turn_silence_when_confident"


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


def turn_silence_s(params: Mapping[str, Any]) -> tuple[float, float]:
    """AssemblyAI's (minimum, maximum) end-of-turn silences in force, in seconds."""
    shortest_ms, longest_ms = _turn_silence_ms(params)
    return shortest_ms / 1000, longest_ms / 1000


def _turn_silence_ms(params: Mapping[str, Any]) -> tuple[int, int]:
    default_min_ms, default_max_ms = _UNIVERSAL_SILENCES_MS if is_universal(params) else _U3_SILENCES_MS
    min_ms = params.get("min_turn_silence", params.get(_ALIAS, default_min_ms))
    max_ms = params.get("max_turn_silence", default_max_ms)
    return min(min_ms, _LONGEST_MS), min(max_ms, _LONGEST_MS)


def is_universal(params: Mapping[str, Any]) -> bool:
    """Whether the model ends turns by the rules of Universal Streaming; else it is of the U3 family."""
    return str(params.get("speech_model", DEFAULT_MODEL)).startswith(("universal-streaming", "whisper"))


def silences(params: Mapping[str, Any], variant: Variant) -> Silences:
    """The silence that ends an utterance.

    A confidence threshold of 1 leaves AssemblyAI itself only the longer silence, 0 only the shorter one; a mode chooses between
    those that are not set.
    """
    names = [name for name in ("min_turn_silence", _ALIAS) if name in params]
    shorter = names[0] if names else None
    longer = "max_turn_silence" if "max_turn_silence" in params else None
    forced = _forced(params, shorter, longer)
    use_shorter = (forced or variant) == "latency"
    silence_ms = _turn_silence_ms(params)[0 if use_shorter else 1]
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

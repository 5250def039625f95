"""The silences after which AssemblyAI ends a turn, as its parameters and its models' defaults have them. Imports no SDK."""

from collections.abc import Mapping
from typing import Any

DEFAULT_MODEL = "universal-streaming-english"
SHORTER_ALIAS = "min_end_of_turn_silence_when_confident"
"""The older name of `min_turn_silence`, which wins if both are given."""

# What AssemblyAI does when the silences are not set, by model family, in milliseconds: (min, max).
_UNIVERSAL_SILENCES_MS = (400, 1280)
_U3_SILENCES_MS = (100, 1000)
_LONGEST_MS = 86_400_000


def turn_silence_s(params: Mapping[str, Any]) -> tuple[float, float]:
    """AssemblyAI's (minimum, maximum) end-of-turn silences in force, in seconds."""
    shortest_ms, longest_ms = turn_silence_ms(params)
    return shortest_ms / 1000, longest_ms / 1000


def turn_silence_ms(params: Mapping[str, Any]) -> tuple[int, int]:
    """The same in milliseconds."""
    default_min_ms, default_max_ms = _UNIVERSAL_SILENCES_MS if is_universal(params) else _U3_SILENCES_MS
    min_ms = params.get("min_turn_silence", params.get(SHORTER_ALIAS, default_min_ms))
    max_ms = params.get("max_turn_silence", default_max_ms)
    return min(min_ms, _LONGEST_MS), min(max_ms, _LONGEST_MS)


def is_universal(params: Mapping[str, Any]) -> bool:
    """Whether the model ends turns by the rules of Universal Streaming; else it is of the U3 family."""
    return str(params.get("speech_model", DEFAULT_MODEL)).startswith(("universal-streaming", "whisper"))

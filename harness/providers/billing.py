"""What each service charges for a session, by its own rule and at its list price.

List prices age: each has a date and says who stated it. `[prices]` in the configuration replaces them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

BilledBy = Literal["session", "audio"]
"""`session`: by the time the socket is open, whatever is sent. `audio`: by the audio sent, each channel apart."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price.

    Attributes:
        usd_per_hour: For an hour of what is billed.
        as_of: When it was so, `YYYY-MM` or `YYYY-MM-DD`.
        source: Who says it.
        excludes: Parameters in use that may cost extra, at a price that is not known.
    """

    usd_per_hour: float
    as_of: str
    source: str
    excludes: tuple[str, ...] = ()


_ASSEMBLYAI_DOCS = ("2026-03", "AssemblyAI's documentation, pay as you go")
_ASSEMBLYAI_PAGE = ("2026-10-07", "AssemblyAI's pricing page as transcribed by a third party; unverified")
# By the beginning of the model's name; the longest beginning that fits counts.
_ASSEMBLYAI_MODELS: dict[str, tuple[float, tuple[str, str]]] = {
    "universal-streaming-": (0.15, _ASSEMBLYAI_DOCS),
    "whisper-rt": (0.30, _ASSEMBLYAI_DOCS),
    "u3-": (0.45, _ASSEMBLYAI_DOCS),
    "universal-3-": (0.45, _ASSEMBLYAI_DOCS),
    "universal-3-6": (0.45, _ASSEMBLYAI_PAGE),
}
_ASSEMBLYAI_DEFAULT_MODEL = "universal-streaming-english"
_ASSEMBLYAI_KEYTERMS_USD_PER_HOUR = 0.04
_ASSEMBLYAI_UNPRICED = ("speaker_labels", "redact_pii", "domain", "voice_focus", "llm_gateway")


def assemblyai_price(params: Mapping[str, Any]) -> Price | None:
    """AssemblyAI's list price for these parameters; None for a model without a known one."""
    model = str(params.get("speech_model") or _ASSEMBLYAI_DEFAULT_MODEL)
    known = max((start for start in _ASSEMBLYAI_MODELS if model.startswith(start)), key=len, default=None)
    if known is None:
        return None
    usd_per_hour, (as_of, source) = _ASSEMBLYAI_MODELS[known]
    if params.get("keyterms_prompt"):
        usd_per_hour += _ASSEMBLYAI_KEYTERMS_USD_PER_HOUR
    excludes = tuple(name for name in _ASSEMBLYAI_UNPRICED if params.get(name))
    return Price(round(usd_per_hour, 4), as_of, source, excludes)


def gladia_price(_params: Mapping[str, Any]) -> Price:
    """Gladia's list price, which no document of its own was seen to state."""
    return Price(0.75, "2026-06-12", "a third party's copy of Gladia's starter plan; unverified, by contract from 0.25")

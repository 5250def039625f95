"""Gladia's session request: defaults, validation as the service words it, what it means for the engine."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.emulators.recognition import EndpointRules, WireFormat

_ENCODINGS = ("wav/pcm", "wav/alaw", "wav/ulaw")
_BIT_DEPTHS = (8, 16, 24, 32)
_SAMPLE_RATES_HZ = (8000, 16000, 32000, 44100, 48000)
_MESSAGES_DEFAULTS = {
    "receive_partial_transcripts": False,
    "receive_final_transcripts": True,
    "receive_speech_events": True,
    "receive_pre_processing_events": True,
    "receive_realtime_processing_events": True,
    "receive_post_processing_events": True,
    "receive_acknowledgments": True,
    "receive_errors": True,
    "receive_lifecycle_events": False,
}
_SUBTYPES: dict[int, Literal["PCM_U8", "PCM_16", "PCM_24", "PCM_32"]] = {
    8: "PCM_U8",
    16: "PCM_16",
    24: "PCM_24",
    32: "PCM_32",
}
_DEFAULT_SPEECH_THRESHOLD, _DETECTOR_THRESHOLD = 0.6, 0.5


@dataclass(frozen=True, slots=True)
class GladiaParameters:
    """A session's settings, all defaults applied; `body` is the request as received, unknown fields included."""

    encoding: str
    bit_depth: int
    sample_rate_hz: int
    channels: int
    endpointing_s: float
    longest_utterance_s: float
    languages: tuple[str, ...]
    speech_threshold: float
    summarization: bool
    receives: Mapping[str, bool]
    body: dict[str, Any]

    @property
    def wire_format(self) -> WireFormat:
        """How audio arrives."""
        companded: dict[str, Literal["ALAW", "ULAW"]] = {"wav/alaw": "ALAW", "wav/ulaw": "ULAW"}
        subtype = companded.get(self.encoding) or _SUBTYPES[self.bit_depth]
        return WireFormat(subtype, self.sample_rate_hz, self.channels)

    @property
    def rules(self) -> EndpointRules:
        """What ends an utterance; the two thresholds' scales differ, so the default means the detector's default."""
        return EndpointRules(
            vad_threshold=min(0.95, self.speech_threshold * _DETECTOR_THRESHOLD / _DEFAULT_SPEECH_THRESHOLD),
            min_silence_ms=self.endpointing_s * 1000,
            max_silence_ms=self.endpointing_s * 1000,
            max_segment_ms=self.longest_utterance_s * 1000,
            partials=self.receives["receive_partial_transcripts"],
        )

    @property
    def language(self) -> str:
        """The language every utterance is said to have: the first wished for, else English."""
        return self.languages[0] if self.languages else "en"


def parse_body(body: Any) -> tuple[GladiaParameters | None, list[str]]:
    """A session's settings, or the validation errors, each beginning with the field's name."""
    if not isinstance(body, dict):
        return None, ["body must be an object"]
    errors: list[str] = []
    nested = {
        name: _object(body, name, errors)
        for name in ("language_config", "pre_processing", "post_processing", "messages_config")
    }

    def one_of(name: str, default: Any, allowed: tuple[Any, ...]) -> Any:
        value = _given(body, name, default)
        if isinstance(value, bool) or value not in allowed:
            errors.append(f"{name} must be one of the following values: {', '.join(map(str, allowed))}")
        return value

    def number(container: Mapping[str, Any], name: str, default: float, low: float, high: float) -> float:
        value = _given(container, name, default)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            errors.append(f"{name} must be a number between {low:g} and {high:g}")
            return default
        return float(value)

    encoding = one_of("encoding", "wav/pcm", _ENCODINGS)
    bit_depth = one_of("bit_depth", 16, _BIT_DEPTHS)
    sample_rate_hz = one_of("sample_rate", 16000, _SAMPLE_RATES_HZ)
    channels = _given(body, "channels", 1)
    if isinstance(channels, bool) or not isinstance(channels, int) or not 1 <= channels <= 8:  # noqa: PLR2004 - documented
        errors.append("channels must be an integer between 1 and 8")
    endpointing_s = number(body, "endpointing", 0.05, 0.01, 10.0)
    longest_s = number(body, "maximum_duration_without_endpointing", 5.0, 0.0, 3600.0)
    speech_threshold = number(nested["pre_processing"], "speech_threshold", _DEFAULT_SPEECH_THRESHOLD, 0.0, 1.0)
    languages = _given(nested["language_config"], "languages", [])
    if not isinstance(languages, list) or not all(isinstance(code, str) for code in languages):
        errors.append("language_config.languages must be an array of language codes")
    receives = {name: _given(nested["messages_config"], name, default) for name, default in _MESSAGES_DEFAULTS.items()}
    errors.extend(
        f"messages_config.{name} must be a boolean value"
        for name, value in receives.items()
        if not isinstance(value, bool)
    )
    if errors:
        return None, errors
    return (
        GladiaParameters(
            encoding=encoding,
            bit_depth=bit_depth,
            sample_rate_hz=sample_rate_hz,
            channels=channels,
            endpointing_s=endpointing_s,
            longest_utterance_s=longest_s,
            languages=tuple(languages),
            speech_threshold=speech_threshold,
            summarization=bool(nested["post_processing"].get("summarization")),
            receives=receives,
            body=body,
        ),
        [],
    )


def _given(container: Mapping[str, Any], name: str, default: Any) -> Any:
    value = container.get(name)
    return default if value is None else value


def _object(body: Mapping[str, Any], name: str, errors: list[str]) -> Mapping[str, Any]:
    value = _given(body, name, {})
    if isinstance(value, dict):
        return value
    errors.append(f"{name} must be an object")
    return {}

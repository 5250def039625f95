"""AssemblyAI streaming parameters to a Gladia live configuration, each marked exact, approximate or without counterpart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Fidelity = Literal["exact", "approximate", "none"]
Variant = Literal["latency", "segmentation"]

# What AssemblyAI does when the silences are not set, by model family, in milliseconds: (min, max).
_UNIVERSAL_SILENCES_MS = (400, 1280)
_U3_SILENCES_MS = (100, 1000)
# Gladia's own default of 5 s would split long turns; this is the longest it takes.
MAX_UTTERANCE_S = 60


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one parameter: its counterpart, how faithful it is, and what may go wrong."""

    field: str
    value: Any
    fidelity: Fidelity
    target: str
    note: str


@dataclass(frozen=True, slots=True)
class Translation:
    """A Gladia configuration without the audio format, and how each baseline parameter got there."""

    config: dict[str, Any]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Rule:
    fidelity: Fidelity
    target: str
    note: str
    convert: Callable[[Any], dict[str, Any]] = lambda _value: {}


def _languages(codes: list[str]) -> dict[str, Any]:
    known = [code for code in codes if code != "multi"]
    return {"language_config": {"languages": known, "code_switching": len(known) != 1}}


def _vocabulary(terms: list[str]) -> dict[str, Any]:
    return {"realtime_processing": {"custom_vocabulary": True, "custom_vocabulary_config": {"vocabulary": list(terms)}}}


def _enhancer(_value: Any) -> dict[str, Any]:
    return {"pre_processing": {"audio_enhancer": True}}


def _callback(url: str) -> dict[str, Any]:
    return {"callback": True, "callback_config": {"url": url}}


def _partial_callbacks(wanted: bool) -> dict[str, Any]:
    return {"callback_config": {"receive_partial_transcripts": wanted}}


def _partials(wanted: bool) -> dict[str, Any]:
    return {"messages_config": {"receive_partial_transcripts": wanted}}


_NO_COUNTERPART = "none"
_ENDPOINTING = "endpointing"
# The silences are handled together in `_endpointing_s`; here is only what is said about them.
_RULES: dict[str, _Rule] = {
    "end_of_turn_confidence_threshold": _Rule(
        "none", _NO_COUNTERPART, "Semantic turn ends are lost: more splits at short pauses, or later finals."
    ),
    "min_end_of_turn_silence_when_confident": _Rule(
        "approximate", _ENDPOINTING, "Deprecated alias of min_turn_silence; expect more splits."
    ),
    "min_turn_silence": _Rule(
        "approximate", _ENDPOINTING, "Latency-matched variant: ms to s. Two thresholds became one: expect more splits."
    ),
    "max_turn_silence": _Rule(
        "approximate", _ENDPOINTING, "Segmentation-matched variant: ms to s. Finals come later. Compare both variants."
    ),
    "vad_threshold": _Rule(
        "approximate",
        "pre_processing.speech_threshold",
        "Same direction, another scale (0.4 or 0.3 there, 0.6 here): the number is not copied.",
    ),
    "format_turns": _Rule("none", _NO_COUNTERPART, "Gladia's text is always formatted."),
    "keyterms_prompt": _Rule(
        "approximate",
        "realtime_processing.custom_vocabulary",
        "Gladia replaces by similarity of sound: watch for false substitutions.",
        _vocabulary,
    ),
    "filter_profanity": _Rule("none", _NO_COUNTERPART, "No live counterpart: filter in the client."),
    "prompt": _Rule("none", _NO_COUNTERPART, "Behaviour tuned by a prompt is lost."),
    "agent_context": _Rule("none", _NO_COUNTERPART, "Behaviour tuned by context is lost."),
    "interruption_delay": _Rule("none", _NO_COUNTERPART, "The cadence of partials is fixed: barge-in timing changes."),
    "turn_left_pad_ms": _Rule("none", _NO_COUNTERPART, "No counterpart."),
    "language_codes": _Rule(
        "approximate",
        "language_config.languages",
        "With several languages code switching is on, else the first utterance would lock the language.",
        _languages,
    ),
    "session_heartbeat": _Rule("none", _NO_COUNTERPART, "Acknowledgements of audio serve instead."),
    "acknowledge_silence": _Rule("none", _NO_COUNTERPART, "Derive silence from speech events."),
    "speech_model": _Rule("none", "model", "One Gladia model: languages and latency profile differ."),
    "language_code": _Rule(
        "approximate", "language_config.languages", "Deprecated in favour of language_codes.", lambda c: _languages([c])
    ),
    "language_detection": _Rule(
        "approximate", "language_config.languages", "Gladia always reports the language, without a confidence."
    ),
    "domain": _Rule("none", _NO_COUNTERPART, "Approximate it with vocabulary: domain terms degrade."),
    "inactivity_timeout": _Rule("none", _NO_COUNTERPART, "Stop idle sessions from the client, or they cost."),
    "webhook_url": _Rule(
        "approximate", "callback_config.url", "One request a message instead of one a session.", _callback
    ),
    "webhook_auth_header_name": _Rule("none", _NO_COUNTERPART, "A secret in the URL is all there is."),
    "webhook_auth_header_value": _Rule("none", _NO_COUNTERPART, "A secret in the URL is all there is."),
    "llm_gateway": _Rule("none", "post_processing.summarization", "Nearest feature; not the same."),
    "speaker_labels": _Rule("none", _NO_COUNTERPART, "No live diarization: separate speakers by channel."),
    "speaker_labels_revision_interval_ms": _Rule("none", _NO_COUNTERPART, "No live diarization."),
    "max_speakers": _Rule("none", _NO_COUNTERPART, "No live diarization."),
    "voice_focus": _Rule("approximate", "pre_processing.audio_enhancer", "No near or far choice.", _enhancer),
    "voice_focus_threshold": _Rule("none", _NO_COUNTERPART, "No counterpart."),
    "noise_suppression_model": _Rule("approximate", "pre_processing.audio_enhancer", "Deprecated alias.", _enhancer),
    "noise_suppression_threshold": _Rule("none", _NO_COUNTERPART, "Deprecated alias without counterpart."),
    "continuous_partials": _Rule(
        "approximate",
        "messages_config.receive_partial_transcripts",
        "On or off only; counts of partials are not comparable.",
        _partials,
    ),
    "customer_support_audio_capture": _Rule(
        "none", _NO_COUNTERPART, "Gladia keeps a downloadable recording: delete it after use."
    ),
    "include_partial_turns": _Rule(
        "approximate", "callback_config.receive_partial_transcripts", "Check what you relied on.", _partial_callbacks
    ),
    "redact_pii": _Rule("none", _NO_COUNTERPART, "Compliance: mask in the client from recognised entities."),
    "redact_pii_policies": _Rule("none", _NO_COUNTERPART, "Filter entity types in the client; their names differ."),
    "redact_pii_sub": _Rule("none", _NO_COUNTERPART, "Substitute in the client."),
    "mode": _Rule("approximate", _ENDPOINTING, "A bundle that can't be reproduced: set endpointing yourself."),
}


def translate(params: Mapping[str, Any], variant: Variant = "latency") -> Translation:
    """Translate baseline parameters.

    Args:
        params: AssemblyAI parameters, without the audio format.
        variant: `latency` ends an utterance after the shorter of AssemblyAI's two silences, `segmentation` after the
            longer one. What is not set is taken as AssemblyAI's default for the model.

    Returns:
        The configuration, in the form of Gladia's own API.
    """
    config: dict[str, Any] = {
        "endpointing": _endpointing_s(params, variant),
        "maximum_duration_without_endpointing": MAX_UTTERANCE_S,
    }
    if str(params.get("speech_model", "universal-streaming-english")).endswith("-english"):
        _merge(config, _languages(["en"]))
    rows: list[Row] = []
    for field, value in params.items():
        rule = _RULES.get(field)
        if rule is None:
            rows.append(Row(field, value, "none", _NO_COUNTERPART, "Not a parameter of AssemblyAI's SDK."))
            continue
        _merge(config, rule.convert(value))
        rows.append(Row(field, value, rule.fidelity, rule.target, rule.note))
    return Translation(config, tuple(rows))


def turn_silence_s(params: Mapping[str, Any]) -> tuple[float, float]:
    """AssemblyAI's (minimum, maximum) end-of-turn silences in force, in seconds."""
    universal = str(params.get("speech_model", "universal-streaming-english")).startswith(
        ("universal-streaming", "whisper")
    )
    default_min_ms, default_max_ms = _UNIVERSAL_SILENCES_MS if universal else _U3_SILENCES_MS
    legacy_ms = params.get("min_end_of_turn_silence_when_confident", default_min_ms)
    return params.get("min_turn_silence", legacy_ms) / 1000, params.get("max_turn_silence", default_max_ms) / 1000


def _endpointing_s(params: Mapping[str, Any], variant: Variant) -> float:
    shorter_s, longer_s = turn_silence_s(params)
    return min(10.0, max(0.01, shorter_s if variant == "latency" else longer_s))


def _merge(into: dict[str, Any], values: Mapping[str, Any]) -> None:
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value

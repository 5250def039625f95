"""The table: each AssemblyAI streaming parameter, its counterpart at Gladia, how it is converted, the risk, what to measure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.translation.endpointing import Silences, Variant
from harness.translation.languages import language_config

Fidelity = Literal["exact", "approximate", "none"]
NO_COUNTERPART = "none"
SECRETS = frozenset({"webhook_auth_header_value"})
"""Parameters whose values are shown nowhere."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversion may depend on besides its own value: all parameters given, and the silences in force."""

    params: Mapping[str, Any]
    variant: Variant
    silences: Silences


@dataclass(frozen=True, slots=True)
class Rule:
    """One parameter's counterpart.

    Attributes:
        fidelity: How faithful it is.
        target: Dotted name in Gladia's configuration.
        conversion: What happens to the value.
        risk: What may be worse than before.
        measure: Metrics of docs/methodology.md that would show it.
        convert: The part of Gladia's configuration that the value becomes.
        nothing: Values that ask for nothing, so that nothing is lost where there is no counterpart.
    """

    fidelity: Fidelity
    target: str
    conversion: str
    risk: str
    measure: tuple[str, ...]
    convert: Callable[[Any, Context], dict[str, Any]] = lambda _value, _context: {}
    nothing: tuple[Any, ...] = (False, "", [], 0)


def _none(conversion: str, risk: str, *measure: str) -> Rule:
    return Rule("none", NO_COUNTERPART, conversion, risk, measure)


def _endpointing(deciding: str) -> Callable[[Any, Context], dict[str, Any]]:
    """Each silence shows what it becomes only where it is the one that counts."""
    return lambda _value, context: (
        {"endpointing": context.silences.endpointing_s} if context.silences.decided_by == deciding else {}
    )


def _forcing(_value: Any, context: Context) -> dict[str, Any]:
    return {"endpointing": context.silences.endpointing_s} if context.silences.forced else {}


def _vocabulary(terms: list[str], _context: Context) -> dict[str, Any]:
    if not terms:
        return {}
    return {"realtime_processing": {"custom_vocabulary": True, "custom_vocabulary_config": {"vocabulary": list(terms)}}}


def _language_codes(codes: list[str], _context: Context) -> dict[str, Any]:
    return {"language_config": language_config(codes)}


def _language_code(code: str, context: Context) -> dict[str, Any]:
    return {} if "language_codes" in context.params else {"language_config": language_config([code])}


def _callback(url: str, _context: Context) -> dict[str, Any]:
    """Finals only, as AssemblyAI's webhook has turns only; what is left out would be Gladia's own choice."""
    off = {f"receive_{kind}": False for kind in _NOT_IN_A_WEBHOOK}
    receive = {"receive_final_transcripts": True, "receive_partial_transcripts": False, **off}
    return {"callback": True, "callback_config": {"url": url, **receive}}


def _partial_callbacks(wanted: bool, context: Context) -> dict[str, Any]:
    return {"callback_config": {"receive_partial_transcripts": wanted}} if "webhook_url" in context.params else {}


_NOT_IN_A_WEBHOOK = (
    "speech_events",
    "pre_processing_events",
    "realtime_processing_events",
    "post_processing_events",
    "acknowledgments",
    "errors",
    "lifecycle_events",
)
_LATENCY = ("endpoint_ms", "final_ms")
_CUTS = ("false_cutoff_rate", "endpoint_recall", *_LATENCY)
_PARTIALS = ("first_partial_ms", "partials_per_s", "normalized_erasure")
_WORDS = ("wer", "entity_miss_rate")
_NOISE = ("wer", "non_speech_insertions_per_min", "no_text_rate")

_PARTIALS_RULE = Rule(
    "approximate",
    "messages_config.receive_partial_transcripts",
    "on or off only",
    "The cadence is Gladia's own: counts of partials are not comparable.",
    _PARTIALS,
    lambda wanted, _context: {"messages_config": {"receive_partial_transcripts": wanted}},
)
_ENHANCER_RULE = Rule(
    "approximate",
    "pre_processing.audio_enhancer",
    "either value becomes true",
    "There is no choice of near or far; an enhancer may also harm clean speech.",
    _NOISE,
    lambda _value, _context: {"pre_processing": {"audio_enhancer": True}},
)
_WEBHOOK_HEADER_RULE = _none(
    "a secret in the URL of the callback is all there is", "Weaker authentication: URLs end up in logs."
)

# In the order of AssemblyAI's SDK; the first 15 can also be changed within a session, which Gladia has nothing for.
RULES: dict[str, Rule] = {
    "end_of_turn_confidence_threshold": Rule(
        "none",
        NO_COUNTERPART,
        "left out; 1 leaves max_turn_silence alone to count, 0 min_turn_silence",
        "Turn ends by meaning are lost: more splits at short pauses, or later finals.",
        _CUTS,
        _forcing,
        nothing=(),
    ),
    "min_end_of_turn_silence_when_confident": Rule(
        "approximate",
        "endpointing",
        "as min_turn_silence, which wins if both are given",
        "Deprecated alias. Two thresholds become one: expect more splits.",
        _CUTS,
        _endpointing("min_end_of_turn_silence_when_confident"),
    ),
    "min_turn_silence": Rule(
        "approximate",
        "endpointing",
        "ms / 1000, within 0.01 to 10 s; counts in the latency variant",
        "Two thresholds become one: any pause this long ends an utterance, whatever was said.",
        _CUTS,
        _endpointing("min_turn_silence"),
    ),
    "max_turn_silence": Rule(
        "approximate",
        "endpointing",
        "ms / 1000, within 0.01 to 10 s; counts in the segmentation variant",
        "Two thresholds become one: every final waits this long. Compare both variants.",
        _CUTS,
        _endpointing("max_turn_silence"),
    ),
    "vad_threshold": Rule(
        "approximate",
        "pre_processing.speech_threshold",
        "same direction, another scale (0.4 or 0.3 there, 0.6 here): the number is not copied",
        "Missed or false speech, if yours was tuned: tune it again.",
        _NOISE,
    ),
    "format_turns": Rule(
        "none",
        NO_COUNTERPART,
        "left out; Gladia's text is always formatted",
        "Whoever parses unformatted text meets capitals and marks.",
        ("fwer", "casing_error_rate", "punctuation_error_rate", "formatting_delay_ms"),
        nothing=(True,),
    ),
    "keyterms_prompt": Rule(
        "approximate",
        "realtime_processing.custom_vocabulary",
        "the same terms as custom_vocabulary_config.vocabulary",
        "Gladia replaces by similarity of sound: false substitutions. Tune default_intensity.",
        ("keyword_recall", "keyword_precision", *_WORDS),
        _vocabulary,
    ),
    "filter_profanity": _none("filter in the client", "Compliance: profanity reaches users.", "keyword_precision"),
    "prompt": _none("leave it out", "What the prompt had tuned is lost.", *_WORDS, "fwer"),
    "agent_context": _none("leave it out", "What the context had helped to hear is lost.", *_WORDS),
    "interruption_delay": _none(
        "the cadence of partials is fixed", "Barge-in reacts at another time.", "first_partial_ms", "first_text_ms"
    ),
    "turn_left_pad_ms": _none("leave it out", "First words of an utterance may be cut.", "wer", "false_start_count"),
    "language_codes": Rule(
        "approximate",
        "language_config.languages",
        "in the same order, regions left out; code_switching if not exactly one",
        "Languages are detected in another way, and a language that Gladia lacks is left out.",
        ("wer", "no_text_rate"),
        _language_codes,
    ),
    "session_heartbeat": _none(
        "acknowledgements of audio serve instead", "Watchdogs need another signal.", "ack_lag_ms"
    ),
    "acknowledge_silence": _none(
        "derive silence from speech_start and speech_end", "Silence is seen at another time.", "endpoint_by_time_ms"
    ),
    "sample_rate": Rule(
        "exact",
        "sample_rate",
        "the same in Hz; other than 8000, 16000, 32000, 44100, 48000: resample to the next of these",
        "Gladia refuses any other rate.",
        ("wer",),
        nothing=(),
    ),
    "encoding": Rule(
        "exact",
        "encoding",
        "pcm_s16le: wav/pcm and bit_depth 16; pcm_mulaw: wav/ulaw and 8; opus, ogg_opus, aac: decode to pcm_s16le first",
        "A wrong bit depth is heard as noise.",
        ("wer", "no_text_rate"),
        nothing=(),
    ),
    "speech_model": Rule(
        "none",
        "model",
        "Gladia has one live model, solaria-1",
        "Languages and latency differ; the model also sets the silences and languages that hold by default.",
        (*_WORDS, "first_partial_ms", "final_ms"),
        lambda _value, _context: {"model": "solaria-1"},
    ),
    "language_code": Rule(
        "approximate",
        "language_config.languages",
        "as language_codes, which wins if both are given; multi: none, with code_switching",
        "Deprecated. Languages are detected in another way.",
        ("wer", "no_text_rate"),
        _language_code,
    ),
    "language_detection": Rule(
        "approximate",
        "language_config.languages",
        "Gladia always reports the language; leave languages empty to have it detected",
        "There is no confidence.",
        ("wer",),
    ),
    "domain": _none("approximate it with keyterms_prompt", "Terms of the domain degrade.", *_WORDS, "keyword_recall"),
    "inactivity_timeout": _none(
        "a timer in the client that stops the session", "Idle sessions stay open, and cost.", "session_failure_rate"
    ),
    "webhook_url": Rule(
        "approximate",
        "callback_config.url",
        "the same URL, finals only",
        "One request a message instead of one a session, in another form. A comparison calls it too, from both sides.",
        (),
        _callback,
    ),
    "webhook_auth_header_name": _WEBHOOK_HEADER_RULE,
    "webhook_auth_header_value": _WEBHOOK_HEADER_RULE,
    "llm_gateway": _none(
        "nearest is post_processing.summarization, after the session",
        "Answers during the session need a call of your own.",
    ),
    "speaker_labels": _none(
        "no live diarization: separate speakers by channel", "Speakers are lost; each channel is billed.", "leak_count"
    ),
    "speaker_labels_revision_interval_ms": _none("leave it out", "As speaker_labels."),
    "max_speakers": _none("leave it out", "As speaker_labels."),
    "voice_focus": _ENHANCER_RULE,
    "voice_focus_threshold": _none("leave it out", "How much is suppressed can't be tuned.", *_NOISE),
    "noise_suppression_model": _ENHANCER_RULE,
    "noise_suppression_threshold": _none("leave it out", "How much is suppressed can't be tuned.", *_NOISE),
    "continuous_partials": _PARTIALS_RULE,
    "customer_support_audio_capture": _none(
        "Gladia keeps a recording: DELETE /v2/live/{id} removes it", "Privacy: audio is kept unless deleted."
    ),
    "include_partial_turns": Rule(
        "approximate",
        "callback_config.receive_partial_transcripts",
        "the same, with webhook_url",
        "What AssemblyAI sends for it is not documented: check what you relied on.",
        (),
        _partial_callbacks,
    ),
    "redact_pii": _none(
        "mask in the client what named_entity_recognition marks", "Compliance: personal data stays.", "entity_miss_rate"
    ),
    "redact_pii_policies": _none("filter entity types in the client", "Their names differ.", "entity_miss_rate"),
    "redact_pii_sub": _none("substitute in the client", "As redact_pii."),
    "mode": Rule(
        "approximate",
        "endpointing",
        "min_latency: the shorter default silence in both variants, max_accuracy: the longer one",
        "The bundle can't be reproduced: set endpointing yourself, by measurement.",
        _CUTS,
        _forcing,
    ),
}

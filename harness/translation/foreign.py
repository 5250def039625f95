"""Parameters of the migration guide, of AssemblyAI's older API, of Gladia and of other vendors, and what they are in AssemblyAI's terms."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from assemblyai.streaming.v3.models import SpeechModel


@dataclass(frozen=True, slots=True)
class Foreign:
    """A name of somebody else's.

    Attributes:
        whose: Whose, as the beginning of a sentence.
        field: The AssemblyAI parameter that means the same; None if none does.
        advice: What to do.
        convert: The value in that parameter's terms; None or an exception for one without meaning.
    """

    whose: str
    field: str | None
    advice: str = ""
    convert: Callable[[Any], Any] = lambda value: value


def _ms(value: Any) -> int | None:
    """Milliseconds; off is no threshold."""
    number = float(value)
    return None if isinstance(value, bool) or number < 0 else round(number)


def _seconds(value: Any) -> int | None:
    return None if isinstance(value, bool) else _ms(float(value) * 1000)


_GLADIA_LONGEST_S = 10.0


def _endpointing(value: Any) -> int | None:
    """Below 10 it can only be Gladia's seconds, from 10 on only others' milliseconds."""
    return _seconds(value) if float(value) < _GLADIA_LONGEST_S else _ms(value)


def _terms(value: Any) -> list[str] | None:
    """Terms as a list: of one or several texts, with or without weights, or of objects that hold them."""
    if isinstance(value, str):
        value = json.loads(value) if value.startswith("[") else [value]
    terms: list[str] = []
    for entry in value:
        if isinstance(entry, dict):
            found = entry.get("phrases") or entry.get("content") or entry.get("value") or entry.get("text")
            terms += [found] if isinstance(found, str) else list(found or ())
        else:
            terms.append(entry.rpartition(":")[0] if entry.rpartition(":")[2].replace(".", "").isdigit() else entry)
    return terms or None


def _codes(value: Any) -> list[str] | None:
    codes = [value] if isinstance(value, str) else list(value)
    return ["multi" if code == "multi" else code.replace("_", "-").split("-")[0].lower() for code in codes] or None


def _model(value: Any) -> str | None:
    """A model of another vendor's means nothing here."""
    return value if value in [model.value for model in SpeechModel] else None


def _url(value: Any) -> str | None:
    return value if isinstance(value, str) and value.startswith(("http://", "https://")) else None


def _on(value: Any) -> bool:
    """Deepgram's switches may also name what to do, as `redact=pci`."""
    return str(value).lower() not in {"false", "0", "none", "", "[]"}


def _gladia(advice: str) -> Foreign:
    return Foreign("Gladia's own", None, f"{advice} Write it under [candidate] params yourself.")


_GUIDE = "The migration guide's name"
_DEEPGRAM, _GOOGLE, _SPEECHMATICS = "Deepgram's name", "Google's name", "Speechmatics' name"
_V2 = "AssemblyAI's older real-time API (v2)"
_V3_RAW = "Sent by some clients to AssemblyAI, absent from its SDK"
_CLIENT = Foreign("An option of the client, not of the session", None, "An address goes under [baseline] host.")
_ALWAYS_PARTIALS = (
    "AssemblyAI's streaming always sends partials; Gladia's switch is messages_config.receive_partial_transcripts."
)
_MONO = 'AssemblyAI\'s streaming takes one channel a session; Gladia takes up to 8: [candidate] channels = "together".'
_NO_NEED = "Neither service has it as a switch. Leave it out."

FOREIGN: dict[str, Foreign] = {
    # the migration guide's left column, much of which is Deepgram's
    "model": Foreign(_GUIDE, "speech_model", convert=_model),
    "bit_depth": Foreign(_GUIDE, None, "It follows from encoding: 16 for pcm_s16le, 8 for pcm_mulaw."),
    "channels": Foreign(_GUIDE, None, _MONO),
    "interim_results": Foreign("The migration guide's, Deepgram's and Google's name", None, _ALWAYS_PARTIALS),
    "endpointing": Foreign(
        "The migration guide's and Deepgram's name, and Gladia's",
        "min_turn_silence",
        "Deepgram counts ms, Gladia seconds; AssemblyAI has two thresholds in ms, min_turn_silence and max_turn_silence.",
        _endpointing,
    ),
    "language": Foreign("The migration guide's name, deprecated by AssemblyAI", "language_codes", convert=_codes),
    # Deepgram
    "utterance_end_ms": Foreign(_DEEPGRAM, "max_turn_silence", "Both are ms.", _ms),
    "smart_format": Foreign(_DEEPGRAM, "format_turns", convert=_on),
    "punctuate": Foreign(_DEEPGRAM, "format_turns", convert=_on),
    "numerals": Foreign(_DEEPGRAM, "format_turns", convert=_on),
    "diarize": Foreign(_DEEPGRAM, "speaker_labels", convert=_on),
    "profanity_filter": Foreign("Deepgram's and Google's name", "filter_profanity", convert=_on),
    "redact": Foreign(_DEEPGRAM, "redact_pii", convert=_on),
    "keywords": Foreign(_DEEPGRAM, "keyterms_prompt", "Weights are left out.", _terms),
    "keyterm": Foreign(_DEEPGRAM, "keyterms_prompt", "Weights are left out.", _terms),
    "keyterms": Foreign("The TypeScript SDK's other name", "keyterms_prompt", convert=_terms),
    "detect_language": Foreign(_DEEPGRAM, "language_detection", convert=_on),
    "callback": Foreign("Deepgram's name, and a switch of Gladia's", "webhook_url", convert=_url),
    "vad_events": Foreign(_DEEPGRAM, None, "Gladia's speech_start and speech_end are on by default."),
    "multichannel": Foreign(_DEEPGRAM, None, _MONO),
    **dict.fromkeys(
        (
            "no_delay",
            "alternatives",
            "tier",
            "version",
            "dictation",
            "filler_words",
            "search",
            "replace",
            "tag",
            "extra",
            "mip_opt_out",
        ),
        Foreign(_DEEPGRAM, None, _NO_NEED),
    ),
    # Google
    "sample_rate_hertz": Foreign(_GOOGLE, "sample_rate"),
    "audio_channel_count": Foreign(_GOOGLE, None, _MONO),
    "enable_automatic_punctuation": Foreign(_GOOGLE, "format_turns", convert=_on),
    "enable_speaker_diarization": Foreign(_GOOGLE, "speaker_labels", convert=_on),
    "speech_contexts": Foreign(_GOOGLE, "keyterms_prompt", "Weights are left out.", _terms),
    "phrases": Foreign(_GOOGLE, "keyterms_prompt", convert=_terms),
    "alternative_language_codes": Foreign(_GOOGLE, "language_codes", convert=_codes),
    "enable_voice_activity_events": Foreign(_GOOGLE, None, "Gladia's speech_start and speech_end are on by default."),
    **dict.fromkeys(
        ("single_utterance", "max_alternatives", "use_enhanced", "enable_word_time_offsets", "enable_word_confidence"),
        Foreign(_GOOGLE, None, _NO_NEED),
    ),
    # Speechmatics
    "end_of_utterance_silence_trigger": Foreign(_SPEECHMATICS, "max_turn_silence", "From seconds to ms.", _seconds),
    "additional_vocab": Foreign(_SPEECHMATICS, "keyterms_prompt", "Pronunciations are left out.", _terms),
    "diarization": Foreign(_SPEECHMATICS, "speaker_labels", convert=_on),
    "enable_partials": Foreign(_SPEECHMATICS, None, _ALWAYS_PARTIALS),
    **dict.fromkeys(
        ("max_delay", "max_delay_mode", "operating_point", "punctuation_overrides", "enable_entities"),
        Foreign(_SPEECHMATICS, None, _NO_NEED),
    ),
    # AssemblyAI's older API, and what its newer one is sent by others
    "end_utterance_silence_threshold": Foreign(_V2, "max_turn_silence", "A pure silence in ms, as this one is.", _ms),
    "word_boost": Foreign(_V2, "keyterms_prompt", convert=_terms),
    "disable_partial_transcripts": Foreign(_V2, None, _ALWAYS_PARTIALS),
    "enable_extra_session_information": Foreign(_V2, None, "Durations now come with every Termination. Leave it out."),
    **dict.fromkeys(
        ("previous_context_n_turns", "formatted_finals", "word_finalization_max_wait_time"),
        Foreign(_V3_RAW, None, "Gladia has no counterpart. Leave it out."),
    ),
    **dict.fromkeys(
        (
            "api_host",
            "base_url",
            "websocket_base_url",
            "connect_timeout",
            "terminate_timeout",
            "max_connection_retries",
        ),
        _CLIENT,
    ),
    # Gladia
    "maximum_duration_without_endpointing": _gladia("Here it is 60 s, the longest."),
    "language_config": _gladia("AssemblyAI has language_codes."),
    "pre_processing": _gladia("AssemblyAI has vad_threshold and voice_focus."),
    "realtime_processing": _gladia("AssemblyAI has keyterms_prompt."),
    "post_processing": _gladia("AssemblyAI has nothing alike."),
    "messages_config": _gladia("AssemblyAI has continuous_partials."),
    "callback_config": _gladia("AssemblyAI has webhook_url."),
    "custom_metadata": _gladia("AssemblyAI has nothing alike."),
    "region": Foreign("Gladia's own", None, "AssemblyAI's region is its host; Gladia's goes under [candidate] host."),
    "custom_vocabulary": Foreign("Gladia's own", "keyterms_prompt", convert=_terms),
}

ENCODINGS: dict[str, str] = {
    **dict.fromkeys(("linear16", "linear_16", "pcm", "pcm16", "pcm_16", "s16le", "wav/pcm", "lpcm"), "pcm_s16le"),
    **dict.fromkeys(("mulaw", "mu_law", "ulaw", "wav/ulaw", "g711_ulaw"), "pcm_mulaw"),
    "ogg-opus": "ogg_opus",
}
"""Values of `encoding` of others', and AssemblyAI's words for them."""

"""Names of the migration guide, of other vendors and in other spellings: what was meant, and what to write."""

from typing import Any

import pytest
from assemblyai.streaming.v3.models import RealTimeParameters

from harness.translation.foreign import FOREIGN
from harness.translation.names import corrected
from harness.translation.rules import RULES


@pytest.mark.parametrize(
    ("name", "value", "field", "meaning"),
    [
        ("endOfTurnConfidenceThreshold", 0.5, "end_of_turn_confidence_threshold", 0.5),  # TypeScript
        ("_customer_support_audio_capture", True, "customer_support_audio_capture", True),
        ("keyterms", ["a"], "keyterms_prompt", ["a"]),
        ("model", "u3-rt-pro", "speech_model", "u3-rt-pro"),  # the migration guide
        ("endpointing", 300, "min_turn_silence", 300),
        ("endpointing", 0.8, "min_turn_silence", 800),  # Gladia's seconds
        ("language", "en-US", "language_codes", ["en"]),
        ("utterance_end_ms", "1000", "max_turn_silence", 1000),  # Deepgram
        ("smart_format", True, "format_turns", True),
        ("punctuate", "false", "format_turns", False),
        ("diarize", True, "speaker_labels", True),
        ("keywords", ["Acme:2.5", "New York"], "keyterms_prompt", ["Acme", "New York"]),
        ("keywords", "Acme:2", "keyterms_prompt", ["Acme"]),
        ("keywords", '["Acme", "New York"]', "keyterms_prompt", ["Acme", "New York"]),
        ("redact", "pci", "redact_pii", True),
        ("profanity_filter", "false", "filter_profanity", False),
        ("callback", "https://x.test", "webhook_url", "https://x.test"),
        ("speech_contexts", [{"phrases": ["a", "b"], "boost": 3}], "keyterms_prompt", ["a", "b"]),  # Google
        ("sampleRateHertz", 8000, "sample_rate", 8000),
        ("alternative_language_codes", ["es-ES"], "language_codes", ["es"]),
        ("end_of_utterance_silence_trigger", 0.7, "max_turn_silence", 700),  # Speechmatics
        ("additional_vocab", [{"content": "a", "sounds_like": ["b"]}], "keyterms_prompt", ["a"]),
        ("word_boost", ["a"], "keyterms_prompt", ["a"]),  # AssemblyAI's older API
        ("end_utterance_silence_threshold", 700, "max_turn_silence", 700),
    ],
)
def test_a_name_of_somebody_elses_is_taken_for(name: str, value: Any, field: str, meaning: Any):
    """The parameter that means the same, in its own unit; and that is said."""
    values, [correction] = corrected({name: value})

    assert {field: meaning} == values
    assert (name, field) == (correction.given, correction.meant)
    assert field in correction.said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("interim_results", True, "messages_config.receive_partial_transcripts"),
        ("channels", 2, "[candidate] channels"),
        ("bit_depth", 16, "It follows from encoding"),
        ("model", "nova-3", "The value has no meaning there"),
        ("endpointing", False, "The value has no meaning there"),
        ("callback", True, "The value has no meaning there"),
        ("keywords", 3, "The value has no meaning there"),
        ("maximum_duration_without_endpointing", 30, "Gladia's own"),
        ("language_config", {"languages": ["en"]}, "AssemblyAI has language_codes"),
        ("region", "eu-west", "[candidate] host"),
        ("vad_events", True, "speech_start"),
        ("formatted_finals", True, "absent from its SDK"),
        ("apiKey", "open sesame", "A credential"),
        ("token", "open sesame", "A credential"),
        ("min_turn_silense", 3, "Did you mean min_turn_silence"),
        ("frobnicate", 1, "which drops it silently. Leave it out."),
    ],
)
def test_a_name_without_counterpart_is_left_out(name: str, value: Any, said: str):
    """With what to do instead; a credential's value is shown nowhere."""
    values, [correction] = corrected({name: value})

    assert {} == values
    assert (correction.given, correction.meant) == (name, None)
    assert said in correction.said
    assert "sesame" not in correction.said


def test_what_is_given_under_its_own_name_wins():
    """Wherever it stands."""
    values, [correction] = corrected({"utterance_end_ms": 1000, "max_turn_silence": 400})

    assert {"max_turn_silence": 400} == values
    assert "Left out, since max_turn_silence is given too" in correction.said


def test_encodings_of_others_are_corrected():
    """`linear16` is the migration guide's."""
    values, [correction] = corrected({"encoding": "LINEAR16"})

    assert {"encoding": "pcm_s16le"} == values
    assert correction.said == "AssemblyAI's word is pcm_s16le."


def test_nobody_elses_name_is_one_of_assemblyais():
    """And each that has a counterpart has it under a name of the SDK's."""
    assert set(FOREIGN) & set(RealTimeParameters.model_fields) == set()
    assert {foreign.field for foreign in FOREIGN.values()} - {None} <= set(RULES)

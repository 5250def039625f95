import pytest
from assemblyai.streaming.v3.models import RealTimeParameters
from gladiaio_sdk.v2.live.generated_types import LiveV2InitRequest

from harness.providers.turn_silences import turn_silence_s
from harness.translation.rules import RULES
from harness.translation.translate import translate


def test_the_default_baseline_becomes_an_explicit_gladia_configuration():
    """What AssemblyAI does by default is written out, because Gladia's defaults are other ones."""
    found = translate({"speech_model": "universal-streaming-english", "format_turns": True})

    assert found.config == {
        "model": "solaria-1",
        "endpointing": 0.4,
        "maximum_duration_without_endpointing": 60,
        "language_config": {"languages": ["en"], "code_switching": False},
        "messages_config": {"receive_partial_transcripts": True},
    }
    assert [(row.field, row.fidelity) for row in found.rows] == [("format_turns", "none"), ("speech_model", "none")]


@pytest.mark.parametrize(
    ("params", "variant", "expected_s"),
    [
        ({}, "latency", 0.4),
        ({}, "segmentation", 1.28),
        ({"min_turn_silence": 160, "max_turn_silence": 2400}, "latency", 0.16),
        ({"min_turn_silence": 160, "max_turn_silence": 2400}, "segmentation", 2.4),
        ({"max_turn_silence": 20_000}, "segmentation", 10.0),
        ({"min_turn_silence": 0}, "latency", 0.01),
        ({"speech_model": "u3-rt-pro"}, "latency", 0.1),
    ],
)
def test_two_silences_become_one_endpointing(params: dict, variant: str, expected_s: float):
    """Milliseconds become seconds, within what Gladia takes; the variant says which of the two counts."""
    assert translate(params, variant).config["endpointing"] == pytest.approx(expected_s)


def test_the_older_name_counts_only_where_the_newer_one_is_absent():
    """`min_turn_silence` wins, as in the SDK."""
    assert turn_silence_s({"min_end_of_turn_silence_when_confident": 700})[0] == 0.7
    assert turn_silence_s({"min_end_of_turn_silence_when_confident": 700, "min_turn_silence": 200})[0] == 0.2


def test_every_parameter_of_the_sdk_has_a_row():
    """The table has the parameters of the installed SDK, in its order, and no other."""
    assert list(RealTimeParameters.model_fields) == list(RULES)


def test_several_languages_switch_codes():
    """With code switching off, the first utterance would lock the language."""
    config = translate({"speech_model": "universal-streaming-multilingual", "language_codes": ["en", "es"]}).config

    assert config["language_config"] == {"languages": ["en", "es"], "code_switching": True}


def test_the_result_is_valid_for_the_sdk():
    """Gladia's own schema takes the translation."""
    config = translate(
        {"keyterms_prompt": ["Zürich"], "voice_focus": "near-field", "webhook_url": "https://x.test"}
    ).config

    assert LiveV2InitRequest.from_dict(config).endpointing == 0.4

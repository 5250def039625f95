import pytest

from harness.errors import ConfigError
from harness.providers.registry import provider


def test_assemblyai_gets_the_audio_format_of_the_run():
    """What is sent is complete, and nothing else is added."""
    found = provider("assemblyai").effective_params({"format_turns": True}, "pcm_s16le", 16000)

    assert found == {"sample_rate": 16000, "encoding": "pcm_s16le", "format_turns": True}


def test_gladia_gets_every_message_switch_explicitly():
    """Partials are off by default there; what the harness relies on is written out."""
    found = provider("gladia").effective_params({"endpointing": 0.4}, "pcm_mulaw", 8000)

    assert (found["encoding"], found["bit_depth"], found["sample_rate"], found["channels"]) == ("wav/ulaw", 8, 8000, 1)
    assert found["messages_config"]["receive_partial_transcripts"] is True
    assert found["messages_config"]["receive_post_processing_events"] is False


def test_gladias_message_switches_can_be_set():
    """What the user says about messages wins over what the harness would choose."""
    wanted = {"messages_config": {"receive_speech_events": False}}

    found = provider("gladia").effective_params(wanted, "pcm_s16le", 16000)

    assert found["messages_config"]["receive_speech_events"] is False


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("assemblyai", {"interim_results": True}, "has no such parameter and would drop it silently"),
        ("assemblyai", {"sample_rate": 8000}, "Set it under [audio]"),
        ("assemblyai", {"max_turn_silence": "long"}, "params.max_turn_silence: 'long' is not allowed"),
        ("gladia", {"endpoint": 1}, "Did you mean endpointing"),
        ("gladia", {"channels": 2}, "Set it under [audio]"),
        ("gladia", {"messages_config": None}, "params.messages_config is None; it must be a table of switches"),
    ],
)
def test_wrong_parameters_are_refused(name: str, params: dict, message: str):
    """Each SDK would drop or misread them; here they end in one message."""
    with pytest.raises(ConfigError) as caught:
        provider(name).effective_params(params, "pcm_s16le", 16000)

    assert message in str(caught.value)


def test_gladia_takes_five_sample_rates():
    """Any other would be refused by the service after dialling."""
    with pytest.raises(ConfigError, match="Allowed: 8000, 16000, 32000, 44100, 48000"):
        provider("gladia").effective_params({}, "pcm_s16le", 22050)


def test_an_unknown_provider_is_answered_with_the_nearest():
    """A typo is named."""
    with pytest.raises(ConfigError, match="Did you mean gladia"):
        provider("gladja")


def test_a_key_is_in_no_representation():
    """Whatever prints a session's settings prints no key."""
    from harness.providers.base import SessionSpec  # noqa: PLC0415 - the only test that needs it

    assert "secret" not in repr(SessionSpec(params={}, host=None, api_keys={"A_API_KEY": "secret"}))

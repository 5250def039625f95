"""Frameworks for voice agents with plugins of their own for both services: LiveKit and pipecat."""

import pytest

pytestmark = pytest.mark.slow

KEY = "key"
FIRST_UTTERANCE_ENDS_MS = 1720
PARTIALS = ["Four", "Four queen", "Four queen of", "Seven", "Seven of"]


def texts(events, kind):
    """The texts of one kind of event, in order."""
    return [event["text"].strip() for event in events if event["event"] == kind]


def last_session(emulators, provider):
    """The ledger's account of a service's latest session."""
    ids = [session["session_id"] for session in emulators.ledger() if session["provider"] == provider]
    return emulators.session(ids[-1])


def test_livekit_hears_assemblyai(agents, emulators, speech):
    """The plugin of LiveKit turns the turns of its default model into transcripts and terminates the session."""
    options = {"api_key": KEY, "base_url": emulators.assemblyai}
    events = agents("livekit_stt.py", provider="assemblyai", options=options, audio=str(speech.audio), finals=2)
    account = last_session(emulators, "assemblyai")
    assert list(speech.texts) == texts(events, "final_transcript")
    assert texts(events, "interim_transcript") != []
    assert texts(events, "start_of_speech") == ["", ""]
    assert ("terminated", speech.sha256) == (account["ended"], account["audio_sha256"])


def test_livekit_doubles_no_final_of_a_model_that_formats_in_a_second_step(agents, emulators, speech):
    """With `format_turns` the plugin waits for the formatted one of the two finals of a turn."""
    options = {
        "api_key": KEY,
        "base_url": emulators.assemblyai,
        "model": "universal-streaming-english",
        "format_turns": True,
    }
    events = agents("livekit_stt.py", provider="assemblyai", options=options, audio=str(speech.audio), finals=2)
    assert list(speech.texts) == texts(events, "final_transcript")


def test_livekit_ends_a_turn_by_itself(agents, emulators, speech):
    """`update_options` and `force_endpoint` are accepted, and the turn ends there and then, not where the speech does."""
    settings = {"provider": "assemblyai", "audio": str(speech.audio), "finals": 2, "interrupt_at_s": 0.8}
    agents("livekit_stt.py", **settings, options={"api_key": KEY, "base_url": emulators.assemblyai})
    account = last_session(emulators, "assemblyai")
    assert ["UpdateConfiguration", "ForceEndpoint", "Terminate"] == [each["type"] for each in account["commands"]]
    turns = [each for each in account["messages"] if each["type"] == "Turn"]
    last_of_first_turn = [each for each in turns if each["key"] == turns[0]["key"]][-1]
    assert 800 <= last_of_first_turn["audio_ms"] < FIRST_UTTERANCE_ENDS_MS


def test_livekit_is_told_of_a_bad_key(agents, emulators, speech):
    """The plugins for both services raise what their framework expects."""
    options = {"api_key": "bad", "base_url": emulators.assemblyai}
    [refused] = agents("livekit_stt.py", provider="assemblyai", options=options, audio=str(speech.audio), finals=1)
    assert ("error", True) == (refused["event"], "1008" in refused["text"])
    options = {"api_key": "bad", "base_url": f"{emulators.gladia}/v2/live"}
    [refused] = agents("livekit_stt.py", provider="gladia", options=options, audio=str(speech.audio), finals=1)
    assert ("error", True) == (refused["event"], "401" in refused["text"])


def test_livekit_hears_gladia(agents, emulators, speech):
    """The plugin of LiveKit sends base64 in JSON, and what it sends with each session is accepted."""
    options = {"api_key": KEY, "base_url": f"{emulators.gladia}/v2/live"}
    events = agents("livekit_stt.py", provider="gladia", options=options, audio=str(speech.audio), finals=2)
    account = last_session(emulators, "gladia")
    assert list(speech.texts) == texts(events, "final_transcript")
    assert PARTIALS == texts(events, "interim_transcript")
    assert ({"audio_chunk", "stop_recording"}, speech.sha256) == (
        {command["type"] for command in account["commands"]},
        account["audio_sha256"],
    )


def test_pipecat_hears_assemblyai(agents, emulators, speech):
    """The service of pipecat gets partials and finals and waits for Termination."""
    options = {"api_key": KEY, "api_endpoint_base_url": f"{emulators.assemblyai}/v3/ws"}
    events = agents("pipecat_stt.py", provider="assemblyai", options=options, audio=str(speech.audio), finals=2)
    account = last_session(emulators, "assemblyai")
    assert (list(speech.texts), []) == (texts(events, "final"), texts(events, "error"))
    assert texts(events, "partial") != []
    assert ("terminated", speech.sha256) == (account["ended"], account["audio_sha256"])


def test_pipecat_hears_gladia(agents, emulators, speech):
    """The service of pipecat follows the acknowledgments and gets partials and finals."""
    options = {"api_key": KEY, "url": f"{emulators.gladia}/v2/live"}
    events = agents("pipecat_stt.py", provider="gladia", options=options, audio=str(speech.audio), finals=2)
    account = last_session(emulators, "gladia")
    assert (list(speech.texts), []) == (texts(events, "final"), texts(events, "error"))
    assert PARTIALS == texts(events, "partial")
    assert ({"audio_chunk", "stop_recording"}, speech.sha256) == (
        {command["type"] for command in account["commands"]},
        account["audio_sha256"],
    )

"""Frameworks for voice agents with plugins of their own for both services: LiveKit and pipecat."""

from dataclasses import dataclass

import pytest

pytestmark = pytest.mark.slow

PARTIALS = ["Four", "Four queen", "Four queen of", "Seven", "Seven of"]
FIRST_UTTERANCE_ENDS_MS = 1720


@dataclass(frozen=True, slots=True)
class Heard:
    """What a framework heard in one session, and the ledger's account of it, if it came to a session."""

    events: list
    account: dict | None

    def texts(self, kind):
        """The texts of one kind of event, in order."""
        return [event["text"].strip() for event in self.events if event["event"] == kind]


def run(agents, emulators, speech, program, sessions):
    """Run all sessions of one framework in one process; they come to the ledger in their order."""
    before = len(emulators.ledger())
    events = agents(program, audio=str(speech.audio), sessions=sessions)
    opened = emulators.ledger()[before:]
    heard = {}
    for name, settings in sessions.items():
        ids = [each["session_id"] for each in opened if each["provider"] == settings["provider"]]
        account = emulators.session(ids[0]) if ids else None
        opened = [each for each in opened if account is None or each["session_id"] != account["session_id"]]
        heard[name] = Heard([event for event in events if event["session"] == name], account)
    return heard


@pytest.fixture(scope="module")
def livekit(agents, emulators, speech):
    """All sessions of LiveKit's plugins."""
    assemblyai = {"api_key": "key", "base_url": emulators.assemblyai}
    gladia = {"api_key": "key", "base_url": f"{emulators.gladia}/v2/live"}
    two_steps = {"model": "universal-streaming-english", "format_turns": True}
    sessions = {
        "assemblyai": {"provider": "assemblyai", "options": assemblyai, "finals": 2},
        "two steps": {"provider": "assemblyai", "options": assemblyai | two_steps, "finals": 2},
        "interrupted": {"provider": "assemblyai", "options": assemblyai, "finals": 2, "interrupt_at_s": 0.8},
        "assemblyai refused": {"provider": "assemblyai", "options": assemblyai | {"api_key": "bad"}},
        "gladia": {"provider": "gladia", "options": gladia, "finals": 2},
        "gladia refused": {"provider": "gladia", "options": gladia | {"api_key": "bad"}},
    }
    return run(agents, emulators, speech, "livekit_stt.py", sessions)


@pytest.fixture(scope="module")
def pipecat(agents, emulators, speech):
    """All sessions of pipecat's services."""
    assemblyai = {"api_key": "key", "api_endpoint_base_url": f"{emulators.assemblyai}/v3/ws"}
    gladia = {"api_key": "key", "url": f"{emulators.gladia}/v2/live"}
    sessions = {
        "assemblyai": {"provider": "assemblyai", "options": assemblyai, "finals": 2},
        "gladia": {"provider": "gladia", "options": gladia, "finals": 2},
    }
    return run(agents, emulators, speech, "pipecat_stt.py", sessions)


def test_livekit_hears_assemblyai(livekit, speech):
    """The plugin turns the turns of its default model into transcripts and terminates the session."""
    heard = livekit["assemblyai"]
    assert list(speech.texts) == heard.texts("final_transcript")
    assert heard.texts("interim_transcript") != []
    assert ["", ""] == heard.texts("start_of_speech")
    assert ("terminated", speech.sha256) == (heard.account["ended"], heard.account["audio_sha256"])


def test_livekit_doubles_no_final_of_a_model_that_formats_in_a_second_step(livekit, speech):
    """With `format_turns` the plugin waits for the formatted one of the two finals of a turn."""
    assert list(speech.texts) == livekit["two steps"].texts("final_transcript")


def test_livekit_ends_a_turn_by_itself(livekit):
    """`update_options` and `force_endpoint` are accepted, and the turn ends there and then, not where the speech does."""
    account = livekit["interrupted"].account
    assert ["UpdateConfiguration", "ForceEndpoint", "Terminate"] == [each["type"] for each in account["commands"]]
    turns = [each for each in account["messages"] if each["type"] == "Turn"]
    last_of_first_turn = [each for each in turns if each["key"] == turns[0]["key"]][-1]
    assert 800 <= last_of_first_turn["audio_ms"] < FIRST_UTTERANCE_ENDS_MS


def test_livekit_hears_gladia(livekit, speech):
    """The plugin sends base64 in JSON, and what it asks of each session is accepted."""
    heard = livekit["gladia"]
    assert list(speech.texts) == heard.texts("final_transcript")
    assert PARTIALS == heard.texts("interim_transcript")
    assert {"audio_chunk", "stop_recording"} == {command["type"] for command in heard.account["commands"]}
    assert speech.sha256 == heard.account["audio_sha256"]


@pytest.mark.parametrize(("provider", "code"), [("assemblyai", "1008"), ("gladia", "401")])
def test_livekit_is_told_of_a_bad_key(livekit, provider, code):
    """The plugin raises what its framework expects, with the service's own code."""
    [refused] = livekit[f"{provider} refused"].texts("error")
    assert code in refused


def test_pipecat_hears_assemblyai(pipecat, speech):
    """The service gets partials and finals and waits for Termination."""
    heard = pipecat["assemblyai"]
    assert (list(speech.texts), []) == (heard.texts("final"), heard.texts("error"))
    assert heard.texts("partial") != []
    assert ("terminated", speech.sha256) == (heard.account["ended"], heard.account["audio_sha256"])


def test_pipecat_hears_gladia(pipecat, speech):
    """The service follows the acknowledgments, sends base64 in JSON, and gets partials and finals."""
    heard = pipecat["gladia"]
    assert (list(speech.texts), []) == (heard.texts("final"), heard.texts("error"))
    assert PARTIALS == heard.texts("partial")
    assert {"audio_chunk", "stop_recording"} == {command["type"] for command in heard.account["commands"]}
    assert speech.sha256 == heard.account["audio_sha256"]

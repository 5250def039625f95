"""Frameworks for voice agents with plugins of their own for both services: LiveKit and pipecat."""

from dataclasses import dataclass

import pytest

from harness.emulators import embedded

pytestmark = pytest.mark.slow

PARTIALS = ["Four", "Four queen", "Four queen of", "Seven", "Seven of"]
FIRST_UTTERANCE_ENDS_MS = 1720
NAMES_OF_FINALS = {"livekit": "final_transcript", "pipecat": "final"}


@dataclass(frozen=True, slots=True)
class Heard:
    """What a framework heard in one session, and the ledger's account of it, if it came to a session."""

    events: list
    account: dict | None

    def texts(self, kind):
        """The texts of one kind of event, in order."""
        return [event["text"].strip() for event in self.events if event["event"] == kind]


def run(agents, speech, program, sessions):
    """Run all sessions of one framework in one process; they come to the ledger of their emulators in their order."""
    before = {at: len(at.ledger()) for at, _ in sessions.values()}
    settings = {name: settings for name, (_, settings) in sessions.items()}
    events = agents(program, audio=str(speech.audio), sessions=settings)
    opened = {at: at.ledger()[count:] for at, count in before.items()}
    heard = {}
    for name, (at, _) in sessions.items():
        mine = [each for each in opened[at] if each["provider"] == settings[name]["provider"]][:1]
        opened[at] = [each for each in opened[at] if each not in mine]
        account = at.session(mine[0]["session_id"]) if mine else None
        heard[name] = Heard([event for event in events if event["session"] == name], account)
    return heard


@pytest.fixture(scope="module")
def lenient(speech):
    """Emulators that let a short last chunk pass."""
    with embedded.start("script", speech.scenario, "--set", "assemblyai.strict_tail=false") as running:
        yield running


@pytest.fixture(scope="module")
def livekit(agents, emulators, lenient, speech):
    """All sessions of LiveKit's plugins."""

    def assemblyai(at=emulators, finals=2, interrupt_at_s=None, tail_ms=0, **options):
        options = {"api_key": "key", "base_url": at.assemblyai, **options}
        settings = {"provider": "assemblyai", "options": options, "finals": finals, "tail_ms": tail_ms}
        return at, {**settings, "interrupt_at_s": interrupt_at_s}

    def gladia(finals=2, **options):
        options = {"api_key": "key", "base_url": f"{emulators.gladia}/v2/live", **options}
        return emulators, {"provider": "gladia", "options": options, "finals": finals}

    sessions = {
        "assemblyai": assemblyai(),
        "two steps": assemblyai(model="universal-streaming-english", format_turns=True),
        "interrupted": assemblyai(interrupt_at_s=0.8),
        "short tail": assemblyai(tail_ms=20),
        "lenient": assemblyai(lenient, tail_ms=20),
        "assemblyai refused": assemblyai(finals=0, api_key="bad"),
        "gladia": gladia(),
        "gladia refused": gladia(finals=0, api_key="bad"),
    }
    return run(agents, speech, "livekit_stt.py", sessions)


@pytest.fixture(scope="module")
def pipecat(agents, emulators, lenient, speech):
    """All sessions of pipecat's services."""

    def assemblyai(at=emulators, tail_ms=0):
        options = {"api_key": "key", "api_endpoint_base_url": f"{at.assemblyai}/v3/ws"}
        return at, {"provider": "assemblyai", "options": options, "finals": 2, "tail_ms": tail_ms}

    gladia = {"api_key": "key", "url": f"{emulators.gladia}/v2/live"}
    sessions = {
        "assemblyai": assemblyai(),
        "short tail": assemblyai(tail_ms=20),
        "lenient": assemblyai(lenient, tail_ms=20),
        "gladia": (emulators, {"provider": "gladia", "options": gladia, "finals": 2}),
    }
    return run(agents, speech, "pipecat_stt.py", sessions)


@pytest.mark.parametrize("framework", ["livekit", "pipecat"])
def test_a39_a_short_tail_ends_a_session_before_its_terminate_unless_the_switch_says_otherwise(
    framework, speech, request
):
    """Both frameworks send what is left of their buffer, 20 ms here, before they terminate, and neither minds the close."""
    sessions = request.getfixturevalue(framework)
    assert [sessions[name].texts("error") for name in ("short tail", "lenient")] == [[], []]
    ends = [sessions[name].account["ended"] for name in ("short tail", "lenient")]
    assert ends == ["error 3007: Input duration violation: 20 ms. Expected between 50 and 1000 ms", "terminated"]
    assert list(speech.texts) == sessions["lenient"].texts(NAMES_OF_FINALS[framework])
    assert sessions["lenient"].account["audio_bytes"] == speech.audio.stat().st_size + 640


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

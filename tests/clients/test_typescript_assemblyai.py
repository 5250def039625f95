"""AssemblyAI's TypeScript SDK under Node; it accepts nothing but `wss://`, so it talks to the port with TLS."""

import pytest

from harness.emulators import embedded


@pytest.fixture
def assemblyai(node, emulators, speech):
    """Runs the SDK with given settings."""

    def client(api_key="key", at=emulators, **settings):
        return node(
            "assemblyai.mjs",
            trust=at.ca_file,
            apiKey=api_key,
            streamingBaseUrl=at.assemblyai_tls.replace("wss://", "https://"),
            websocketBaseUrl=f"{at.assemblyai_tls}/v3/ws",
            audio=str(speech.audio),
            **settings,
        )

    return client


def happened(events, name):
    return [event for event in events if event["event"] == name]


def finals(events):
    return [turn["transcript"] for turn in happened(events, "turn") if turn["end_of_turn"]]


def session_of(events, emulators):
    return emulators.session(happened(events, "open")[0]["id"])


def test_a58_compression_may_be_negotiated(assemblyai, speech):
    """The SDK offers it; all other tests here decline it."""
    with embedded.start("script", speech.scenario, "--tls", "--compress") as compressing:
        events = assemblyai(at=compressing, parameters={"speechModel": "u3-rt-pro"})
        account = session_of(events, compressing)
    offered = {name.lower(): value for name, value in account["headers"].items()}["sec-websocket-extensions"]
    assert offered.startswith("permessage-deflate")
    assert (list(speech.texts), speech.sha256) == (finals(events), account["audio_sha256"])


def test_a02_partials_finals_and_a_graceful_end_over_tls(assemblyai, emulators, speech):
    """Words grow, each turn is final once, and close() returns when Termination arrived."""
    events = assemblyai(parameters={"speechModel": "u3-rt-pro"})
    account = session_of(events, emulators)
    assert ["open", "closed"] == [events[0]["event"], events[-1]["event"]]
    assert list(speech.texts) == finals(events)
    assert any(not turn["end_of_turn"] for turn in happened(events, "turn"))
    assert [True, True] == [isinstance(event["timestamp"], int) for event in happened(events, "speechStarted")]
    assert [] == happened(events, "error")
    assert "Termination" == account["messages"][-1]["type"]
    assert ("terminated", speech.sha256) == (account["ended"], account["audio_sha256"])


def test_a27_two_steps_double_the_final(assemblyai, speech):
    """A model that formats in a second step ends each turn twice: unformatted, then formatted."""
    events = assemblyai(parameters={"speechModel": "universal-streaming-english", "formatTurns": True})
    ends = [(turn["turn_order"], turn["turn_is_formatted"]) for turn in happened(events, "turn") if turn["end_of_turn"]]
    assert [(0, False), (0, True), (1, False), (1, True)] == ends
    assert list(speech.texts) == finals(events)[1::2]


def test_a28_one_step_without_formatting(assemblyai):
    """Without `formatTurns` each turn of such a model ends once, unformatted."""
    events = assemblyai(parameters={"speechModel": "universal-streaming-english"})
    assert ["four queen of clubs", "seven of clubs"] == finals(events)


def test_a04_a_bad_key_is_dialled_three_times(assemblyai, emulators):
    """The SDK takes the documented refusal for one that may pass, tries again twice, and reports the code."""
    before = len(emulators.ledger())
    [failed] = assemblyai(api_key="bad")
    refused = [session["ended"] for session in emulators.ledger()[before:]]
    assert ("failed", 1008) == (failed["event"], failed["code"])
    assert ["refused: Unauthorized Connection: Invalid API key"] * 3 == refused


def test_a05_a_temporary_token_opens_a_session(assemblyai, emulators, speech):
    """The SDK fetches a token from the same host and connects with it in the query."""
    events = assemblyai(withToken=True, parameters={"speechModel": "u3-rt-pro"})
    account = session_of(events, emulators)
    assert list(speech.texts) == finals(events)
    assert "authorization" not in {name.lower() for name in account["headers"]}


def test_a09_lists_and_booleans_arrive_as_the_sdk_writes_them(assemblyai, emulators):
    """A list as JSON with any text, booleans in lower case, and a threshold of zero not at all."""
    parameters = {
        "speechModel": "universal-streaming-english",
        "keytermsPrompt": ["Königin der Herzen", "a+b"],
        "endOfTurnConfidenceThreshold": 0,
        "sessionHeartbeat": True,
    }
    account = session_of(assemblyai(parameters=parameters), emulators)
    assert account["parameters"] == {
        "sample_rate": "16000",
        "speech_model": "universal-streaming-english",
        "keyterms_prompt": ["Königin der Herzen", "a+b"],
        "session_heartbeat": "true",
    }


def test_a14_a_late_begin_is_a_timeout(assemblyai, speech):
    """The SDK's limit is one for Begin, not for the upgrade, and it tries again."""
    parameters = {"connectTimeout": 4000, "maxConnectionRetries": 1}  # a busy machine upgrades late
    with embedded.start("script", speech.scenario, "--tls", "--set", "assemblyai.begin_delay_s=30") as late:
        [failed] = assemblyai(at=late, parameters=parameters)
        sessions = late.ledger()
    assert ("failed", "Streaming connection timed out after 4000ms") == (failed["event"], failed["message"])
    assert 2 == len(sessions)


def test_a56_a_dropped_connection_is_told(assemblyai, speech, tmp_path):
    """The SDK's `close` event comes with 1006, and sending fails from then on."""
    scenario = tmp_path / "drop.toml"
    drop = '[[session.fault]]\nat_s = 1.0\nkind = "drop"\n'
    scenario.write_text(speech.scenario.read_text(encoding="utf-8") + drop, encoding="utf-8")
    with embedded.start("script", scenario, "--tls") as dropping:
        events = assemblyai(at=dropping, times=20)  # the SDK may notice it only after the first
    assert [1006] == [event["code"] for event in happened(events, "close")]
    assert "Socket is not open for communication" == events[-1]["message"]

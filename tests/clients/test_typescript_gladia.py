"""Gladia's TypeScript SDK under Node."""

from harness.emulators import embedded

PARTIALS = {"receive_partial_transcripts": True}
FINAL_CODES = (1000, 1001, 4400, 4403, 4499)
RETRIED_CODES = (1002, 1011, 3000, 4399, 4500, 4999)
DROP = """
[[session.fault]]
at_s = 1.0
kind = "drop"
"""


def transcripts(events, *, final):
    """Texts of partials or of finals, in order."""
    data = [event["message"]["data"] for event in events if message_type(event) == "transcript"]
    return [each["utterance"]["text"].strip() for each in data if each["is_final"] is final]


def message_type(event):
    return event["message"]["type"] if event["event"] == "message" else None


def happened(events, name):
    return [event for event in events if event["event"] == name]


def test_g40_partials_finals_and_a_graceful_end(node, emulators, speech):
    """Words grow, each utterance is final once, the SDK ends with 1000, and the result can be fetched."""
    options = {"messages_config": PARTIALS}
    events = node("gladia.mjs", apiUrl=emulators.gladia, apiKey="key", audio=str(speech.audio), options=options)
    assert list(speech.texts) == transcripts(events, final=True)
    assert ["Four", "Four queen", "Four queen of", "Seven", "Seven of"] == transcripts(events, final=False)
    assert [1000] == [event["code"] for event in happened(events, "ended")]
    assert [] == happened(events, "error")
    [result] = happened(events, "result")
    assert ("done", " ".join(speech.texts)) == (
        result["status"],
        result["result"]["transcription"]["full_transcript"],
    )
    account = emulators.session(result["id"])
    assert (speech.sha256, "SdkJavascript/2.1.0") == (account["audio_sha256"], version_header(account))


def version_header(account):
    headers = {name.lower(): value for name, value in account["headers"].items()}
    return headers["x-gladia-version"]


def test_g11_acknowledgments_are_forced_and_hidden(node, emulators, speech):
    """The SDK asks for acknowledgments though its user does not want them, and keeps them to itself."""
    options = {"messages_config": {"receive_acknowledgments": False}}
    events = node("gladia.mjs", apiUrl=emulators.gladia, apiKey="key", audio=str(speech.audio), options=options)
    account = emulators.session(happened(events, "started")[0]["id"])
    assert account["parameters"]["messages_config"] == {"receive_acknowledgments": True}
    assert "audio_chunk" in {message["type"] for message in account["messages"]}
    assert "audio_chunk" not in {message_type(event) for event in events}


def test_g04_a_bad_key_ends_before_a_socket_is_opened(node, emulators, speech):
    """The SDK reports the refusal and ends with 1006."""
    events = node("gladia.mjs", apiUrl=emulators.gladia, apiKey="bad", audio=str(speech.audio))
    assert ["error", "ending", "ended"] == [event["event"] for event in events]
    assert ("401" in events[0]["message"], events[-1]["code"]) == (True, 1006)


def test_g09_a_refused_option_is_named(node, emulators, speech):
    """The SDK hands over the validation errors of the answer."""
    options = {"endpointing": 11}
    events = node("gladia.mjs", apiUrl=emulators.gladia, apiKey="key", audio=str(speech.audio), options=options)
    assert ["endpointing must be a number between 0.01 and 10"] == events[0]["responseBody"]["validation_errors"]


def test_g45_a_dropped_socket_is_resumed(node, speech, tmp_path):
    """The SDK dials again, sends what was not acknowledged, and neither audio nor text is lost or doubled."""
    scenario = tmp_path / "drop.toml"
    scenario.write_text(speech.scenario.read_text(encoding="utf-8") + DROP, encoding="utf-8")
    with embedded.start("script", scenario) as dropping:
        events = node("gladia.mjs", apiUrl=dropping.gladia, apiKey="key", audio=str(speech.audio))
        account = dropping.session(happened(events, "started")[0]["id"])
    assert [1, 2] == [event["attempt"] for event in happened(events, "connected")]
    assert list(speech.texts) == transcripts(events, final=True)
    assert [1000] == [event["code"] for event in happened(events, "ended")]
    assert (2, speech.sha256) == (account["connections"], account["audio_sha256"])


def test_g49_close_codes_decide_whether_the_sdk_comes_back(node, tmp_path):
    """1000, 1001 and 44xx end the session, all others make the SDK dial again."""
    codes = FINAL_CODES + RETRIED_CODES
    scenario = tmp_path / "closes.toml"
    scenario.write_text(
        "".join(
            f'[[session]]\nmatch = {{provider = "gladia", ordinal = {ordinal}}}\n'
            f"upgrade = {{close_code = {code}, times = 2}}\n"
            for ordinal, code in enumerate(codes, 1)
        ),
        encoding="utf-8",
    )
    with embedded.start("script", scenario) as closing:
        events = node("gladia_closes.mjs", apiUrl=closing.gladia, apiKey="key", sessions=len(codes))
    ends = [(event["code"], event["connections"]) for event in events]
    assert [(code, 1) for code in FINAL_CODES] + [(code, 2) for code in RETRIED_CODES] == ends


def test_g52_results_are_found_fetched_and_deleted(node, emulators, speech):
    """The SDK lists the session, downloads the audio it sent, deletes the session once, and then finds it no longer."""
    settings = {"apiUrl": emulators.gladia, "apiKey": "key", "audio": str(speech.audio), "tidy": True}
    events = node("gladia.mjs", **settings, options={"custom_metadata": {"case": "tidy"}})
    [tidied] = happened(events, "tidied")
    assert tidied == {
        "event": "tidied",
        "listed": True,
        "samples": speech.sha256,
        "deleted": True,
        "afterwards": 404,
    }


def test_g15_base64_and_binary_audio_may_be_mixed(node, emulators, speech):
    """A client without an SDK gets one continuous range of acknowledgments and the same texts."""
    events = node(
        "gladia_without_sdk.mjs",
        apiUrl=emulators.gladia,
        apiKey="key",
        audio=str(speech.audio),
        options={"sample_rate": 16000},
    )
    ranges = [event["message"]["data"]["byte_range"] for event in events if message_type(event) == "audio_chunk"]
    assert [[start, start + 3200] for start in range(0, speech.audio.stat().st_size, 3200)] == ranges
    assert list(speech.texts) == transcripts(events, final=True)
    assert (201, 1000) == (events[0]["status"], events[-1]["code"])
    assert speech.sha256 == emulators.session(events[0]["id"])["audio_sha256"]

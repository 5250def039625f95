"""The vendors' Python SDKs over TLS, trusting the emulators' authority by `SSL_CERT_FILE`."""


def test_a02_assemblyai_takes_a_token_and_a_session_by_tls(sdks, emulators, speech):
    """With a bare host as `api_host` both the token and the session go by TLS."""
    host = emulators.assemblyai_tls.removeprefix("wss://")
    events = sdks("assemblyai_sdk.py", trust=emulators.ca_file, host=host, api_key="key", audio=str(speech.audio))
    assert ["Begin", "Termination"] == [events[0]["type"], events[-1]["type"]]
    assert list(speech.texts) == [event["transcript"] for event in events if event.get("end_of_turn")]
    assert speech.sha256 == emulators.session(events[0]["id"])["audio_sha256"]


def test_g02_gladia_is_sent_to_the_tls_address_it_came_by(sdks, emulators, speech):
    """Who creates a session over `https://` is told a `wss://` address of the same host and port."""
    settings = {"url": emulators.gladia_tls, "api_key": "key", "audio": str(speech.audio)}
    messages = sdks("gladia_sdk.py", trust=emulators.ca_file, **settings)
    data = [message["data"] for message in messages if message["type"] == "transcript"]
    assert list(speech.texts) == [each["utterance"]["text"].strip() for each in data if each["is_final"]]
    assert {"type": "ended", "code": 1000} == messages[-1]

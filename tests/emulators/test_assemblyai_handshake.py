"""AssemblyAI's front door: paths, keys, tokens, parameters, `Begin`. Checklist A1, A3-A15, A48, A57, A58."""

import json
from contextlib import contextmanager
from time import monotonic, time
from uuid import UUID

import patient
import pytest
from assemblyai.streaming.v3 import RealTimeTranscriberOptions
from assemblyai_clients import plain, sdk
from assemblyai_material import FLAVOURS, SDK_WARNINGS
from loopback import TestClock, loopback
from patient import connect
from websockets.exceptions import InvalidStatus

pytestmark = SDK_WARNINGS


@pytest.fixture(scope="module")
def clock():
    return TestClock()


@pytest.fixture(scope="module")
def emulators(clock):
    with loopback(clock=clock, options={"reject_keys": frozenset({"bad"})}) as running:
        yield running


@contextmanager
def refused(emulators, **kwargs):
    """The messages and the close of a client that is accepted and sent away."""
    with plain(emulators, **kwargs) as client:
        yield client.rest()


def http_status(emulators, **kwargs):
    """The status of an upgrade that fails."""
    with pytest.raises(InvalidStatus) as failed, plain(emulators, **kwargs):
        pass
    return failed.value.response.status_code


def token(emulators, **query):
    answer = patient.get(f"{emulators.http}/v3/token", params=query, headers={"Authorization": "key"})
    return answer.json()["token"]


def parameters(emulators, **query):
    """A session's account after the client sent these parameters and left."""
    with plain(emulators, **query) as client:
        begin = client.next()
        client.terminate()
    return emulators.settled(begin["id"])


def error_of(emulators, **query):
    with refused(emulators, **query) as client:
        return client.messages[0]["error_code"], client.messages[0]["error"], client.close


@FLAVOURS
def test_a01_the_sdk_connects_over_plain_websockets(emulators, flavour):
    """Both Python clients, given a `ws://` host, get `Begin` and `Termination`."""
    events, _ = sdk(flavour, emulators)
    assert [event.type for event in events] == ["Begin", "Termination"]


def test_a03_other_paths_are_404_and_no_upgrade_is_no_hang(emulators):
    """What is no WebSocket at `/v3/ws` is answered at once."""
    urls = [f"{emulators.http}/v2/ws", f"{emulators.http}/", f"{emulators.http}/v3/ws"]
    assert [patient.get(url).status_code for url in urls] == [404, 404, 426]
    assert patient.post(f"{emulators.http}/v3/ws").status_code == 405
    with pytest.raises(InvalidStatus), connect(f"{emulators.assemblyai}/v2/realtime/ws"):
        pass


def test_a04_a_raw_key_is_accepted(emulators):
    """The header is the key, without a scheme."""
    with plain(emulators, key="any other key") as client:
        assert client.next()["type"] == "Begin"


@pytest.mark.parametrize("key", ["bad", ""])
def test_a04_a_bad_key_is_accepted_and_closed_1008(emulators, key):
    """By default: the upgrade, an `Error`, the close."""
    with refused(emulators, key=key) as client:
        assert [(message["type"], message["error_code"]) for message in client.messages] == [("Error", 1008)]
        assert client.close == (1008, client.messages[0]["error"])
        assert client.close[1].startswith("Unauthorized Connection: ")


@FLAVOURS
def test_a04_a_bad_key_fails_the_upgrade_by_switch(flavour):
    """With `reject_with = "http"` it is 401, and the SDK tells it once, without retries."""
    with loopback(reject_with="http", options={"reject_keys": frozenset({"bad"})}) as emulators:
        assert http_status(emulators, key="bad") == 401
        events, _ = sdk(flavour, emulators, changes={"api_key": "bad"})
        assert [event.code for event in events] == [401]


@pytest.mark.parametrize("place", ["query", "header"])
def test_a05_a_token_opens_one_session(emulators, place):
    """In the query or in the header, once."""
    text = token(emulators, expires_in_seconds=60)
    shown = {"key": "", "token": text} if place == "query" else {"key": text}
    kinds = []
    for _ in range(2):
        with plain(emulators, **shown) as client:
            kinds.append(client.next()["type"])
    assert kinds == ["Begin", "Error"]


def test_a05_a_token_expires(emulators, clock):
    """After `expires_in_seconds` it is refused, as is one that was never issued."""
    fresh, stale = token(emulators, expires_in_seconds=60), token(emulators, expires_in_seconds=59)
    clock.advance(59.5)
    kinds = []
    for text in (fresh, stale, "never issued"):
        with plain(emulators, key="", token=text) as client:
            kinds.append(client.next()["type"])
    assert kinds == ["Begin", "Error", "Error"]


@FLAVOURS
def test_a05_the_sdk_connects_with_a_token(emulators, flavour):
    """It puts the token into the header, and the token stays out of the ledger."""
    text = token(emulators, expires_in_seconds=60)
    events, _ = sdk(flavour, emulators, changes={"api_key": None, "token": text})
    assert [event.type for event in events] == ["Begin", "Termination"]
    assert text not in json.dumps(emulators.session(events[0].id))


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"expires_in_seconds": 1}, 200),
        ({"expires_in_seconds": 600, "max_session_duration_seconds": 10800}, 200),
        ({"expires_in_seconds": 60, "max_session_duration_seconds": 60}, 200),
        ({"expires_in_seconds": 0}, 400),
        ({"expires_in_seconds": 601}, 400),
        ({"expires_in_seconds": "soon"}, 400),
        ({}, 400),
        ({"expires_in_seconds": 60, "max_session_duration_seconds": 59}, 400),
        ({"expires_in_seconds": 60, "max_session_duration_seconds": 10801}, 400),
    ],
)
def test_a06_tokens_are_issued_within_their_ranges(emulators, query, status):
    """200 with the token and its life, 400 with an error."""
    answer = patient.get(f"{emulators.http}/v3/token", params=query, headers={"Authorization": "key"})
    assert status == answer.status_code
    assert ({"token", "expires_in_seconds"} if status == 200 else {"error"}) == answer.json().keys()
    assert answer.json().get("expires_in_seconds") == (query["expires_in_seconds"] if status == 200 else None)


def test_a06_no_key_no_token(emulators):
    """401 without a key or with a refused one."""
    url = f"{emulators.http}/v3/token?expires_in_seconds=60"
    answers = [patient.get(url), patient.get(url, headers={"Authorization": "bad"})]
    assert [(answer.status_code, answer.json().keys()) for answer in answers] == [(401, {"error"})] * 2


def test_a07_unknown_headers_and_parameters_are_recorded(emulators):
    """They do no harm, and the ledger shows them; the key it doesn't show."""
    with plain(emulators, key="secret", headers={"X-Surprise": "yes"}, surprise="a b") as client:
        session_id = client.next()["id"]
        account = emulators.session(session_id)
    assert account["headers"]["X-Surprise"] == "yes"
    assert account["parameters"]["surprise"] == "a b"
    assert "secret" not in json.dumps(account)


@pytest.mark.parametrize(("word", "expected"), [("True", True), ("true", True), ("False", False), ("false", False)])
def test_a08_booleans_of_all_clients_are_understood(emulators, word, expected):
    """Python writes True, TypeScript true."""
    assert expected == parameters(emulators, format_turns=word)["effective"]["format_turns"]


@FLAVOURS
def test_a08_the_sdks_booleans_are_understood(emulators, flavour):
    """As they come from both Python clients."""
    events, _ = sdk(flavour, emulators, format_turns=True, language_detection=False)
    account = emulators.settled(events[0].id)
    assert account["parameters"]["format_turns"] == "True"
    assert (account["effective"]["format_turns"], account["effective"]["language_detection"]) == (True, False)


@FLAVOURS
def test_a09_lists_arrive_as_json_in_the_query(emulators, flavour):
    """With spaces and letters beyond ASCII, as the SDK encodes them."""
    lists = {
        "keyterms_prompt": ["größe", "call me back", "日本"],
        "language_codes": ["en", "de"],
        "redact_pii_policies": ["person_name"],
    }
    events, _ = sdk(flavour, emulators, redact_pii=True, **lists)
    account = emulators.settled(events[0].id)
    assert lists == {name: account["parameters"][name] for name in lists}
    assert lists["keyterms_prompt"] == account["effective"]["keyterms"]


def test_a09_a_plus_is_a_space(emulators):
    """In a query that is written by hand, too."""
    url = f'{emulators.assemblyai}/v3/ws?sample_rate=16000&keyterms_prompt=["call+me","gr%C3%B6%C3%9Fe"]'
    with connect(url, additional_headers={"Authorization": "key"}) as socket:
        account = emulators.session(json.loads(socket.recv())["id"])
    assert account["effective"]["keyterms"] == ["call me", "größe"]


def test_a10_both_names_of_the_short_silence_work_and_the_new_one_wins(emulators):
    """Whichever order they come in."""
    old, new = {"min_end_of_turn_silence_when_confident": 160}, {"min_turn_silence": 200}
    cases = [old, new, {**old, **new}, {**new, **old}]
    silences = [parameters(emulators, **case)["effective"]["min_turn_silence_ms"] for case in cases]
    assert silences == [160, 200, 200, 200]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (None, (400, 1280, 0.4, 0.4)),
        ("universal-streaming-english", (400, 1280, 0.4, 0.4)),
        ("universal-streaming-multilingual", (400, 1280, 0.4, 0.4)),
        ("u3-rt-pro", (100, 1000, 0.4, 0.3)),
        ("u3-rt-pro-beta-1", (100, 1000, 0.4, 0.3)),
        ("u3-pro", (100, 1000, 0.4, 0.3)),
        ("universal-3-5-pro", (100, 1000, 0.4, 0.3)),
        ("universal-3-6", (100, 1000, 0.4, 0.3)),
        ("universal-3-6-pro", (100, 1000, 0.4, 0.3)),
    ],
)
def test_a11_defaults_of_each_model_are_shown(emulators, model, expected):
    """The ledger shows what is in force: both silences, the threshold, the voice activity threshold."""
    effective = parameters(emulators, speech_model=model)["effective"]
    names = ("min_turn_silence_ms", "max_turn_silence_ms", "confidence_threshold", "vad_threshold")
    assert expected == tuple(effective[name] for name in names)


def test_a11_a_mode_has_the_silences_of_its_switch():
    """As defaults, which a client's own values go before; U3 models only, and without the switch those of `balanced`."""
    names = ("mode", "min_turn_silence_ms", "max_turn_silence_ms")
    modes = ("min_latency", "balanced", "max_accuracy")
    switches = {"min_latency_silences_ms": (80, 700), "max_accuracy_silences_ms": (300, 2000)}
    for given, silences in ((switches, [(80, 700), (100, 1000), (300, 2000)]), ({}, [(100, 1000)] * 3)):
        with loopback(**given) as emulators:
            found = [parameters(emulators, speech_model="u3-rt-pro", mode=mode)["effective"] for mode in modes]
            own = parameters(emulators, speech_model="u3-rt-pro", mode="min_latency", max_turn_silence=900)["effective"]
        expected = [(mode, *pair) for mode, pair in zip(modes, silences, strict=True)]
        assert [tuple(effective[name] for name in names) for effective in found] == expected
        assert (own["min_turn_silence_ms"], own["max_turn_silence_ms"]) == (silences[0][0], 900)


@pytest.mark.parametrize("query", [{"mode": "fast", "speech_model": "u3-rt-pro"}, {"mode": "balanced"}])
def test_a11_an_impossible_mode_is_refused(emulators, query):
    """Another word, or any with another family."""
    code, reason, close = error_of(emulators, **query)
    assert (code, close, "mode" in reason) == (3006, (3006, reason), True)


def test_a12_a_hundred_keyterms_at_most(emulators):
    """One more is an error; a term of more than 50 characters is dropped without a word."""
    most = json.dumps([f"term {number}" for number in range(100)])
    assert len(parameters(emulators, keyterms_prompt=most)["effective"]["keyterms"]) == 100
    code, reason, close = error_of(emulators, keyterms_prompt=json.dumps(["term"] * 101))
    assert (code, close) == (3006, (3006, reason))
    assert "101" in reason
    dropped = parameters(emulators, keyterms_prompt=json.dumps(["x" * 50, "y" * 51]))
    assert dropped["effective"]["keyterms"] == ["x" * 50]


@pytest.mark.parametrize("rate", [None, 0, -16000, "fast", "", 16000.5])
def test_a13_an_invalid_sample_rate_is_refused(emulators, rate):
    """Missing, zero, negative, no number: 3006 that names the parameter."""
    code, reason, close = error_of(emulators, sample_rate=rate)
    assert (code, close) == (3006, (3006, reason))
    assert "sample_rate" in reason


@pytest.mark.parametrize("encoding", ["opus", "ogg_opus", "aac"])
def test_a13_compressed_audio_is_refused_in_clear_words(emulators, encoding):
    """The service takes it, without a sample rate even; the emulator says that it doesn't, and what it takes."""
    code, reason, _ = error_of(emulators, encoding=encoding, sample_rate=None)
    expected = f"Invalid Message: this emulator can't decode encoding {encoding}; use pcm_mulaw or pcm_s16le"
    assert (code, reason) == (3006, expected)


@FLAVOURS
def test_a13_the_code_of_an_invalid_parameter_is_a_switch(flavour):
    """The SDK gets it as one error."""
    with loopback(invalid_parameter_code=4000) as emulators:
        events, _ = sdk(flavour, emulators, sample_rate=0)
        assert [event.code for event in events] == [4000]


@FLAVOURS
def test_a14_begin_is_the_first_frame_and_comes_once(emulators, flavour):
    """Within 100 ms of the upgrade by the server's own stamps; of three, for what else the machine does only adds to it."""
    took_ms = []
    for _ in range(3):
        events, _ = sdk(flavour, emulators, session_heartbeat=True)
        assert [event.type for event in events if event.type != "Heartbeat"] == ["Begin", "Termination"]
        assert events[0].type == "Begin"
        account = emulators.settled(events[0].id)
        assert account["messages"][0]["type"] == "Begin"
        took_ms.append((account["messages"][0]["sent_ns"] - account["opened_ns"]) / 1e6)
    assert 0 <= min(took_ms) < 100


@FLAVOURS
def test_a14_begin_can_be_late(flavour):
    """With `begin_delay_s` it stays first, and comes after the second that the TypeScript client waits; Python doesn't mind."""
    with loopback(begin_delay_s=1.1) as emulators:
        events, _ = sdk(flavour, emulators)
        assert [event.type for event in events] == ["Begin", "Termination"]
        account = emulators.settled(events[0].id)
        assert account["messages"][0]["sent_ns"] - account["opened_ns"] > 1.1e9 - 1e6


def test_a15_begin_tells_a_uuid_and_when_the_session_expires(emulators):
    """Three hours from now in whole Unix seconds, or what the token allows."""
    allowed = token(emulators, expires_in_seconds=60, max_session_duration_seconds=90)
    for query, limit_s in (({}, 10800), ({"key": "", "token": allowed}, 90)):
        before_s = time()
        with plain(emulators, **query) as client:
            begin = client.next()
        assert str(UUID(begin["id"])) == begin["id"]
        assert isinstance(begin["expires_at"], int)
        assert before_s - 1 <= begin["expires_at"] - limit_s <= time() + 1


@pytest.mark.parametrize(
    ("code", "reason"),
    [(1008, "Unauthorized Connection: Too many concurrent sessions"), (3009, "Too many concurrent sessions")],
)
def test_a48_new_sessions_are_limited_per_minute(code, reason):
    """The session too many gets the documented text with the code of the switch; a minute later there is room again."""
    clock = TestClock()
    with loopback(clock=clock, new_sessions_per_minute=2, excess_code=code) as emulators:
        told = []
        for seconds in (0, 30, 0, 30):
            clock.advance(seconds)
            with plain(emulators) as client:
                told.append(client.next()["type"])
                if told[-1] == "Error":
                    assert client.rest().close == (code, reason)
        assert told == ["Begin", "Begin", "Error", "Begin"]


@FLAVOURS
def test_a48_the_sdk_is_told_once(flavour):
    """As an error with the code, and no retry."""
    with loopback(new_sessions_per_minute=1, excess_code=3009) as emulators:
        sdk(flavour, emulators)
        events, _ = sdk(flavour, emulators)
        assert [event.code for event in events] == [3009]


@FLAVOURS
def test_a57_a_stalled_upgrade_is_dialled_three_times(flavour, monkeypatch):
    """By default a second each, half a second apart; the ledger counts the attempts of what is one session."""
    defaults = RealTimeTranscriberOptions(api_key="key")
    assert (defaults.connect_timeout, defaults.max_connection_retries, defaults.connection_retry_delay) == (1.0, 2, 0.5)
    # The third dial is answered at once: on a busy machine that may be after more than a second.
    limits_s = iter((1.0, 1.0, patient.LIMIT_S))
    monkeypatch.setattr(
        RealTimeTranscriberOptions, "connect_timeout", property(lambda _: next(limits_s)), raising=False
    )
    scenario = "[[session]]\nopen = {delay_s = 30, times = 2}"
    with loopback(scenario) as emulators:
        begun_s = monotonic()
        events, _ = sdk(flavour, emulators)
        assert monotonic() - begun_s >= 3.0
        assert [event.type for event in events] == ["Begin", "Termination"]
        assert [account["attempts"] for account in emulators.ledger()] == [3]


@pytest.mark.parametrize("offered", [True, False])
@FLAVOURS
def test_a58_compression_is_negotiated_or_declined(flavour, offered):
    """Every Python client offers permessage-deflate; the session is the same either way."""
    with loopback(options={"compress": offered}) as emulators:
        events, socket = sdk(flavour, emulators)
        assert [event.type for event in events] == ["Begin", "Termination"]
        assert offered == bool(socket.protocol.extensions)


def test_a58_a_client_may_not_offer_compression():
    """Then there is none."""
    with loopback(options={"compress": True}) as emulators, plain(emulators, compression=None) as client:
        assert not client.socket.protocol.extensions
        assert [message["type"] for message in client.terminate().messages] == ["Begin", "Termination"]

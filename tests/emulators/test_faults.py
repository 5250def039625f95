"""Faults as clients meet them: from the scenario and from the control endpoint, with either service."""

import json
import threading
from contextlib import suppress

import patient
import pytest
from gladia_clients import SDK_WARNINGS, sdk_client
from patient import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from harness.emulators import embedded

pytestmark = SDK_WARNINGS

CHUNK = bytes(3200)
SPEECH = """
[[session]]
[[session.segment]]
text = "One two three four."
start_s = 0.2
end_s = 0.8
[[session.segment]]
text = "Five six."
start_s = 1.2
end_s = 1.6
"""
FIRST_SESSIONS = """
[[session]]
match = {provider = "assemblyai", ordinal = 1}
open = {status = 503}
fault = [{at_s = 0.3, kind = "drop"}]
[[session]]
match = {provider = "assemblyai", ordinal = 2}
fault = [{at_s = 0.2, kind = "close", code = 3005, reason = "Session Cancelled: An error occurred"}]
[[session]]
match = {provider = "gladia", ordinal = 1}
open = {status = 429, times = 2, retry_after_s = 3}
"""
PROVIDERS = ("assemblyai", "gladia")
KEY = {"Authorization": "key", "x-gladia-key": "key"}


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """Both services, for all that order their faults."""
    yield from _emulators(tmp_path_factory.mktemp("faults"), SPEECH)


@pytest.fixture
def faulty(running):
    """The same, without an order that an earlier test has left."""
    yield running
    running.cancel()


@pytest.fixture
def fresh(tmp_path):
    """Their first sessions suffer by the scenario."""
    yield from _emulators(tmp_path, FIRST_SESSIONS + SPEECH)


def _emulators(folder, scenario):
    path = folder / "faults.toml"
    path.write_text(f"seed = 7\n{scenario}", encoding="utf-8")
    with embedded.start("script", path) as emulators:
        yield emulators


def url_of(emulators, provider):
    """Where to connect: Gladia has created a session by then."""
    if provider == "assemblyai":
        return f"{emulators.assemblyai}/v3/ws?sample_rate=16000&language_detection=true"
    wishes = {"messages_config": {"receive_partial_transcripts": True}}
    return patient.post(f"{emulators.gladia}/v2/live", json=wishes, headers=KEY).json()["url"]


def send_two_at_once(client):
    """Two chunks that the server reads together."""
    frame = Frame(Opcode.BINARY, CHUNK).serialize(mask=True)
    client.socket.sendall(frame + frame)


def session(emulators, provider, *faults, turns=0):
    """All texts of a session of 2 s of audio under these faults, and its account; it stops when it was told so much."""
    order = emulators.order(match={"provider": provider}, fault=list(faults)) if faults else None
    with connect(url_of(emulators, provider), additional_headers=KEY, max_size=None, ping_interval=None) as client:
        for _ in range(20):
            client.send(CHUNK)
        texts = []
        while sum(message["type"] in {"Turn", "transcript"} for message in messages(texts)) < turns:
            texts.append(client.recv(patient.LIMIT_S))
        client.send('{"type": "Terminate"}' if provider == "assemblyai" else '{"type": "stop_recording"}')
        texts += client
    if order:
        emulators.cancel(order)
    return texts, emulators.session(emulators.ledger()[-1]["session_id"])


def messages(texts):
    """Those that are JSON."""
    found = []
    for text in texts:
        with suppress(json.JSONDecodeError):
            found.append(json.loads(text))
    return found


def finals(texts):
    """What was said, as final texts."""
    return [
        message.get("transcript") or message["data"]["utterance"]["text"].strip()
        for message in messages(texts)
        if message["type"] in {"Turn", "transcript"}
        and (message.get("end_of_turn") or message.get("data", {}).get("is_final"))
    ]


PLAIN = {"assemblyai": ["one two three four", "five six"], "gladia": ["One two three four.", "Five six."]}


def closed_by(client):
    """Send audio until the socket closes; the close code received, None without one."""
    try:
        for _ in range(1000):
            client.send(CHUNK)
            with suppress(TimeoutError):
                client.recv(0.01)
    except ConnectionClosed as closed:
        return closed.rcvd and closed.rcvd.code
    return "still open"


def test_a56_assemblyai_refuses_then_drops_then_closes(fresh):
    """The first attempt meets 503, the session after it a reset, the next one a close with its code and reason."""
    url = url_of(fresh, "assemblyai")
    with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=KEY):
        pass
    codes = []
    for _ in range(2):
        with connect(url, additional_headers=KEY) as client:
            assert json.loads(client.recv())["type"] == "Begin"
            codes.append(closed_by(client))
    assert (refused.value.response.status_code, codes) == (503, [None, 3005])


def test_g59_gladia_is_over_its_rate_twice(fresh):
    """The third POST succeeds; the refused are told when to come back."""
    post = lambda: patient.post(f"{fresh.gladia}/v2/live", json={}, headers=KEY)  # noqa: E731
    answers = [post() for _ in range(3)]
    assert [(answer.status_code, answer.headers.get("Retry-After")) for answer in answers] == [
        (429, "3"),
        (429, "3"),
        (201, None),
    ]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_without_faults_everything_arrives(faulty, provider):
    """The ground against which faults are seen."""
    texts, account = session(faulty, provider)
    assert (PLAIN[provider], {}) == (finals(texts), account["faults"])
    assert len(account["messages"]) == len(texts)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_a_frame_comes_twice(faulty, provider):
    """Byte for byte, one after the other; the ledger marks both."""
    texts, account = session(faulty, provider, {"kind": "duplicate", "on": "final", "times": 1})
    first, second = PLAIN[provider]
    assert finals(texts) == [first, first, second]
    assert [entry["faults"] for entry in account["messages"] if "faults" in entry] == [["duplicate"]] * 2


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_a_frame_is_malformed(faulty, provider):
    """Half of the JSON, or a text of one's own, in place of each final."""
    half, _ = session(faulty, provider, {"kind": "malformed", "on": "final", "times": 1})
    own, _ = session(faulty, provider, {"kind": "malformed", "on": "final", "text": "<html>"})
    assert (finals(half), len(half) - len(messages(half))) == (PLAIN[provider][1:], 1)
    assert (finals(own), own.count("<html>")) == ([], 2)


@pytest.mark.parametrize(("provider", "field"), [("assemblyai", "words"), ("gladia", "utterance.language")])
def test_a56_g59_a_field_is_missing(faulty, provider, field):
    """Wherever it is in the message, and nothing else is."""
    texts, _ = session(faulty, provider, {"kind": "missing", "field": field, "on": "final"})
    name = field.rpartition(".")[2]
    shown = [m.get("data", {}).get("utterance", m) for m in messages(texts) if m["type"] in {"Turn", "transcript"}]
    assert [name in each for each in shown] == [True, True, True, False, True, False]


def test_a56_an_integer_has_a_fraction(faulty):
    """As the Python SDK dies of."""
    texts, _ = session(faulty, "assemblyai", {"kind": "fraction", "field": "audio_duration_seconds"})
    assert messages(texts)[-1]["audio_duration_seconds"] == 2.4


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_a_frame_is_oversize(faulty, provider):
    """Larger than the client's library accepts by default."""
    texts, _ = session(faulty, provider, {"kind": "oversize", "on": "final", "times": 1, "size_bytes": 1_100_000})
    assert [len(text) > 1_048_576 for text in texts].count(True) == 1
    assert finals(texts) == PLAIN[provider]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_a_type_is_unknown(faulty, provider):
    """The rest of the message is as it was."""
    texts, _ = session(faulty, provider, {"kind": "unknown_type", "on": "final"})
    kind = {"assemblyai": "UnknownTurn", "gladia": "Unknowntranscript"}[provider]
    assert [m["type"] for m in messages(texts)].count(kind) == 2


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_frames_change_places(faulty, provider):
    """A final is overtaken by the message after it, and nothing gets lost."""
    texts, account = session(faulty, provider, {"kind": "reorder", "on": "final", "times": 1})
    undisturbed, _ = session(faulty, provider)
    kinds, straight = [m["type"] for m in messages(texts)], [m["type"] for m in messages(undisturbed)]
    assert (finals(texts), sorted(kinds)) == (PLAIN[provider], sorted(straight))
    assert [entry.get("faults") for entry in account["messages"]].count(["reorder"]) == 1
    overtaken = next(index for index, entry in enumerate(account["messages"]) if "faults" in entry)
    assert "faults" not in account["messages"][overtaken - 1]


def test_g59_acknowledgements_get_lost_and_come_late(faulty):
    """Only they; the ledger knows the lost ones too, and the late ones let everything else pass."""
    lost, account = session(faulty, "gladia", {"kind": "lose", "on": "ack", "probability": 0.5})
    count = sum(entry["sent_ns"] is None for entry in account["messages"])
    assert 0 < count < 21
    assert (account["faults"], finals(lost)) == ({"lose": count}, PLAIN["gladia"])
    late, account = session(faulty, "gladia", {"kind": "delay", "on": "ack", "delay_ms": 300})
    sent = [entry["sent_ns"] for entry in account["messages"] if entry["type"] == "audio_chunk"]
    took = [sent_ns - frame["received_ns"] for sent_ns, frame in zip(sent, account["frames"], strict=True)]
    assert min(took) >= 300e6 - 1e6
    order = [message["type"] for message in messages(late)]
    overtaken = order[: len(order) - order[::-1].index("transcript")]  # by the final that the 16th chunk ends
    assert (overtaken.count("audio_chunk") < 16, finals(late)) == (True, PLAIN["gladia"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_messages_come_late(faulty, provider):
    """By a fixed time, by a random one in order, or by as much as a slow line takes: told by the ledger's send times."""
    plain, account = session(faulty, provider, {"kind": "delay", "delay_ms": 150})
    assert account["messages"][0]["sent_ns"] - account["opened_ns"] >= 150e6 - 1e6
    jittery, _ = session(faulty, provider, {"kind": "jitter", "jitter_ms": 20})
    assert finals(jittery) == finals(plain) == PLAIN[provider]
    slow, account = session(faulty, provider, {"kind": "throttle", "bytes_per_s": 40_000})
    sent = [entry["sent_ns"] for entry in account["messages"]]
    # From the opening, not from the first message: a busy machine may send that one late, and the rest right behind it.
    assert (sent[-1] - account["opened_ns"]) / 1e9 >= sum(map(len, slow)) / 40_000 * 0.99


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_nothing_is_sent_for_a_while(faulty, provider):
    """A stall begins at its audio time and holds back everything, in order."""
    texts, account = session(faulty, provider, {"kind": "stall", "at_s": 0.1, "for_s": 0.2})
    sent = [entry["sent_ns"] for entry in account["messages"]]
    assert max(after - before for before, after in zip([account["opened_ns"], *sent], sent, strict=False)) >= 150e6
    assert finals(texts) == PLAIN[provider]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a56_g59_nothing_is_read_for_a_while(faulty, provider):
    """A deaf server takes what was sent when it hears again, and what it had read of it already."""
    order = faulty.order(match={"provider": provider}, fault=[{"kind": "deaf", "for_s": 0.3}])
    with connect(url_of(faulty, provider), additional_headers=KEY) as client:
        send_two_at_once(client)
        assert client.ping().wait(60)
    faulty.cancel(order)
    first, second = faulty.session(faulty.ledger()[-1]["session_id"])["frames"]
    assert second["received_ns"] - first["received_ns"] >= 250e6


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("fault", [{"kind": "drop"}, {"kind": "close", "code": 4400}], ids=["drop", "close"])
def test_a56_g59_what_comes_behind_a_broken_connection_is_not_heeded(faulty, provider, fault):
    """Though it was read together with what came before."""
    order = faulty.order(match={"provider": provider}, fault=[fault])
    with connect(url_of(faulty, provider), additional_headers=KEY) as client:
        send_two_at_once(client)
        with pytest.raises(ConnectionClosed):
            all(client.recv(patient.LIMIT_S) for _ in range(100))  # what was said before
    faulty.cancel(order)
    assert 1 == len(faulty.session(faulty.ledger()[-1]["session_id"])["frames"])


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_final_is_cut_short(faulty, provider):
    """Its last words are missing, everywhere."""
    texts, _ = session(faulty, provider, {"kind": "truncate", "keep": 0.5, "at_s": 1.0})
    assert finals(texts) == [PLAIN[provider][0], PLAIN[provider][1].split()[0]]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_finals_come_after_the_stop(faulty, provider):
    """From a final on, nothing is told until the client has stopped, and then everything before the goodbye."""
    texts, account = session(faulty, provider, {"kind": "late", "delay_ms": 100}, turns=3)
    assert finals(texts) == PLAIN[provider]
    stopped_ns = account["commands"][-1]["received_ns"]
    kind = {"assemblyai": "Turn", "gladia": "transcript"}[provider]
    told = [entry["sent_ns"] for entry in account["messages"] if entry["type"] == kind]
    assert [sent_ns - stopped_ns >= 90e6 for sent_ns in told] == [False, False, False, True, True, True]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_words_come_out_of_silence(faulty, provider):
    """Between what was said, with ids and turns of their own."""
    texts, account = session(faulty, provider, {"kind": "hallucinate", "text": "Thank you.", "at_s": 0.4, "for_s": 0.3})
    first, second = PLAIN[provider]
    invented = {"assemblyai": "thank you", "gladia": "Thank you."}[provider]
    assert finals(texts) == [first, invented, second]
    assert (
        list(dict.fromkeys(entry["key"] for entry in account["messages"] if entry["key"]))
        == {
            "assemblyai": ["0", "1", "2"],
            "gladia": ["00-00000000", "00-00000001", "00-00000002"],
        }[provider]
    )


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_language_switches(faulty, provider):
    """From an audio time on, another one is claimed."""
    texts, _ = session(faulty, provider, {"kind": "language", "language": "de", "at_s": 1.0})
    claimed = [
        message.get("language_code") or message["data"]["utterance"]["language"]
        for message in messages(texts)
        if message.get("end_of_turn") or (message["type"] == "transcript" and message["data"]["is_final"])
    ]
    assert claimed == ["en", "de"]


def test_a56_the_same_seed_has_the_same_faults(tmp_path):
    """Two emulators, the same scenario with dice in it, the same bytes."""
    path = tmp_path / "dice.toml"
    dice = '[[session.fault]]\nkind = "{}"\nprobability = 0.5\n{}\n'
    speech = SPEECH + dice.format("duplicate", "") + dice.format("lose", "") + dice.format("missing", 'field = "words"')
    path.write_text(f"seed = 7\n{speech}")
    runs = []
    for _ in range(2):
        with embedded.start("script", path) as emulators:
            spoken, heard = session(emulators, "assemblyai")
            texts, told = session(emulators, "gladia")
        # What is lost enters the account at once, what is sent when it has left: their mutual order is the writer's.
        turns = sorted((entry["key"], entry["crc32"]) for entry in heard["messages"] if entry["key"])
        turns.append([text for text in spoken if '"Turn"' in text])
        told_types = [(message["type"], message.get("data")) for message in messages(texts)]
        runs.append((turns, heard["faults"], told_types, told["faults"]))
    assert runs[0] == runs[1]
    assert {"duplicate", "lose", "missing"} == set(runs[0][3])


def test_a56_an_upgrade_is_refused_or_slow(faulty):
    """HTTP 401, 429 and 503, and a handshake that takes its time; attempts until success are one session."""
    url = url_of(faulty, "assemblyai")
    statuses = []
    orders = [faulty.order(open={"status": status}) for status in (401, 429)]
    orders.append(faulty.order(match={"provider": "assemblyai"}, upgrade={"status": 503}))
    for _ in range(3):
        with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=KEY):
            pass
        statuses.append(refused.value.response.status_code)
    orders.append(faulty.order(open={"delay_s": 30}))
    with pytest.raises(TimeoutError), connect(url, additional_headers=KEY, open_timeout=1):
        pass
    with connect(url, additional_headers=KEY) as client:
        account = faulty.session(json.loads(client.recv())["id"])
    for order in orders:
        faulty.cancel(order)
    assert (statuses, account["attempts"]) == ([401, 429, 503], 5)


def test_a56_assemblyai_lets_a_client_in_and_out_again(faulty):
    """As often as it was ordered, with the code and the reason; none of it is a session."""
    before = len(faulty.ledger())
    faulty.order(match={"provider": "assemblyai"}, upgrade={"close_code": 3005, "reason": "Try later", "times": 1})
    with connect(url_of(faulty, "assemblyai"), additional_headers=KEY) as client:
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(patient.LIMIT_S)
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (3005, "Try later")
    assert (finals(session(faulty, "assemblyai")[0]), len(faulty.ledger())) == (PLAIN["assemblyai"], before + 1)


def test_g59_the_answer_to_the_post_is_broken(faulty):
    """A field is missing, or it is no JSON at all."""
    post = lambda: patient.post(f"{faulty.gladia}/v2/live", json={}, headers=KEY)  # noqa: E731
    orders = [faulty.order(open={"omit": ["created_at"]}), faulty.order(open={"body": "<html>"})]
    incomplete, broken, whole = post(), post(), post()
    for order in orders:
        faulty.cancel(order)
    assert [sorted(incomplete.json()), broken.text, sorted(whole.json())] == [
        ["id", "url"],
        "<html>",
        ["created_at", "id", "url"],
    ]


def test_g50_accept_then_close_ends_before_the_sdk_exhausts_the_host(faulty):
    """The SDK redials at once, for ever; the emulator ends it after 64 times by a code that no SDK comes back from."""
    order = faulty.order(match={"provider": "gladia"}, upgrade={"close_code": 1011, "times": 10_000})
    ends, done = [], threading.Event()
    running = sdk_client(faulty).live_v2().start_session({"sample_rate": 16000})
    running.on("error", lambda _: None)
    running.on("ended", lambda end: (ends.append(end.code), done.set()))
    assert done.wait(60)
    account = faulty.session(faulty.ledger()[-1]["session_id"])
    faulty.cancel(order)
    assert (ends, account["notes"].count("accepted and closed with 1011")) == ([4429], 64)


def test_an_order_reaches_open_sessions_at_once_and_ends_when_it_is_withdrawn(faulty):
    """By its id only the session that is meant; a withdrawn order does nothing any more."""
    urls = [url_of(faulty, "gladia") for _ in range(2)]
    spared, meant = (entry["session_id"] for entry in faulty.ledger()[-2:])
    with connect(urls[0]) as first, connect(urls[1]) as second:
        faulty.order(session_id=meant, fault=[{"kind": "close", "code": 4499}])
        with pytest.raises(ConnectionClosed) as closed:
            second.recv(patient.LIMIT_S)
        order = faulty.order(session_id=spared, fault=[{"kind": "lose"}])
        first.send(CHUNK)
        faulty.cancel(order)
        first.send(CHUNK)
        assert json.loads(first.recv(patient.LIMIT_S))["data"]["byte_range"][1] in {3200, 6400}
    faulty.cancel()
    assert (closed.value.rcvd.code, patient.get(f"{faulty.gladia}/control/faults").json()) == (4499, [])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("{", "JSON"),
        ("[]", "table"),
        ('{"fault": [{"kind": "dorp"}]}', "dorp"),
        ('{"fault": [{"kind": "delay"}]}', "delay_ms"),
        ('{"open": {"statis": 1}}', "statis"),
    ],
)
def test_a_wrong_order_is_refused(faulty, body, said):
    """With what is wrong about it."""
    answer = patient.post(f"{faulty.gladia}/control/faults", content=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_only_programs_on_this_machine_give_orders(faulty):
    """Not a web page in a browser here, and not under somebody else's name; both ports take orders."""
    post = lambda headers: patient.post(f"{faulty.gladia}/control/faults", json={}, headers=headers).status_code  # noqa: E731
    assert [post({"Origin": "https://example.org"}), post({"Host": "example.org"})] == [403, 403]
    assert (patient.get(f"{faulty.gladia}/control/faults", headers={"Host": "localhost"}).json()) == []
    other = faulty.assemblyai.replace("ws:", "http:") + "/control/faults"
    made = patient.post(other, json={})
    shown = [entry["id"] for entry in patient.get(f"{faulty.gladia}/control/faults").json()]
    assert (shown, patient.delete(f"{other}/{made.json()['id']}").status_code) == ([made.json()["id"]], 204)
    assert patient.delete(f"{other}/nothing").status_code == 404


@pytest.mark.parametrize("path", ["/ledger", "/metrics"])
def test_only_programs_on_this_machine_see_what_was_sent(faulty, path):
    """A page whose name comes to mean this machine would else read parameters and addresses of callbacks."""
    read = lambda headers: patient.get(f"{faulty.gladia}{path}", headers=headers).status_code  # noqa: E731
    assert [read({}), read({"Host": "example.org"}), read({"Origin": "https://example.org"})] == [200, 403, 403]


def test_the_switches_in_force_can_be_seen(faulty):
    """All of both services."""
    shown = patient.get(f"{faulty.gladia}/control/options").json()
    assert (shown["assemblyai"]["strict_tail"], shown["gladia"]["ack_every"]) == (True, 1)

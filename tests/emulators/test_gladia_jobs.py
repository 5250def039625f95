"""Statements G51-G58: what remains of a session of Gladia's emulator, and what is told to others about it."""

import io
import json
import wave
from contextlib import contextmanager

import patient
import pytest
from gladia_clients import (
    CHUNK,
    EVERYTHING,
    KEY,
    SDK_WARNINGS,
    STOP,
    TWO_UTTERANCES,
    break_off,
    close_code,
    create,
    get,
    of_type,
    play,
    play_async,
    replies,
    sdk_client,
    talk,
)
from gladiaio_sdk.v2.live.generated_types import create_live_v2_callback_message_from_dict
from loopback import loopback, receiver
from patient import connect
from websockets.exceptions import InvalidStatus

pytestmark = SDK_WARNINGS


@contextmanager
def sdk(gladia):
    """The SDK's client of jobs."""
    client = sdk_client(gladia).live_v2()
    yield client
    client._http_client.close()


def test_g51_a_session_is_queued_then_processing_then_done(gladia):
    """With every required field at each step; unknown ids give 404 JSON."""
    session = create(gladia, {"custom_metadata": {"call": "7"}})
    with sdk(gladia) as client:
        statuses = [client.get(session["id"]).status]
        with connect(session["url"]) as socket:
            socket.send(CHUNK * 20)
            assert replies(socket, 1)[0]["type"] == "audio_chunk"
            running = client.get(session["id"])
            statuses.append(running.status)
            socket.send(STOP)
            assert close_code(socket) == 1000
        gladia.settled(session["id"])
        done = client.get(session["id"])
    assert [*statuses, done.status] == ["queued", "processing", "done"]
    assert (running.completed_at, running.result, running.file) == (None, None, None)
    assert (done.id, done.kind, done.version, done.custom_metadata) == (session["id"], "live", 2, {"call": "7"})
    assert done.completed_at >= done.created_at
    assert (done.file.audio_duration, done.file.number_of_channels) == (2.0, 1)
    assert done.request_params.sample_rate == 16000
    assert done.result.transcription.full_transcript == "Call me back. Thank you!"
    assert [json.loads(text)["type"] for text in done.result.messages][-1] == "post_final_transcript"
    raw = get(gladia, f"/{session['id']}").json()
    assert {"id", "request_id", "version", "status", "created_at", "completed_at", "kind", "file"} <= set(raw)
    unknown = get(gladia, "/00000000-0000-0000-0000-000000000000")
    assert (unknown.status_code, "message" in unknown.json()) == (404, True)


def test_g51_a_session_that_failed_is_an_error():
    """With a completion date and no result."""
    with loopback(TWO_UTTERANCES + "[gladia]\nlongest_session_s = 0.1") as short:
        session = create(short)
        with connect(session["url"]) as socket:
            assert close_code(socket) == 4413
        short.settled(session["id"])
        failed = get(short, f"/{session['id']}").json()
    assert (failed["status"], failed["result"], failed["error_code"]) == ("error", None, 500)
    assert failed["completed_at"] is not None


@pytest.mark.parametrize(
    ("body", "width"),
    [({}, 2), ({"channels": 2, "sample_rate": 44100}, 2), ({"bit_depth": 24}, 3), ({"bit_depth": 8}, 1)],
)
def test_g52_the_file_is_what_was_received(gladia, body, width):
    """A WAV file, sample for sample."""
    session = create(gladia, body)
    talk(session["url"], *[CHUNK[:2400]] * 3)
    with sdk(gladia) as client, wave.open(io.BytesIO(client.get_file(session["id"]))) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (body.get("channels", 1), width)
        assert file.getframerate() == body.get("sample_rate", 16000)
        assert file.readframes(10**6) == CHUNK[:2400] * 3


def test_g52_companded_files_say_so(gladia):
    """A-law and mu-law have their own format tags."""
    tags = {}
    for encoding in ("wav/alaw", "wav/ulaw"):
        session = create(gladia, {"encoding": encoding, "bit_depth": 8, "sample_rate": 8000})
        talk(session["url"], CHUNK)
        file = get(gladia, f"/{session['id']}/file").content
        tags[encoding] = (file[:4], int.from_bytes(file[20:22], "little"), file[44:])
    assert tags == {"wav/alaw": (b"RIFF", 6, CHUNK), "wav/ulaw": (b"RIFF", 7, CHUNK)}


def test_g52_old_recordings_give_way():
    """Memory is bounded: the oldest file is gone, the newest is there."""
    with loopback(TWO_UTTERANCES + "[gladia]\nkeep_audio_bytes = 5000") as forgetful:
        sessions = [create(forgetful) for _ in range(2)]
        for session in sessions:
            talk(session["url"], CHUNK)
        answers = [get(forgetful, f"/{session['id']}/file") for session in sessions]
        files = [get(forgetful, f"/{session['id']}").json()["file"] is not None for session in sessions]
    assert ([answer.status_code for answer in answers], files) == ([404, 200], [False, True])


def test_the_oldest_session_is_forgotten_when_there_are_too_many():
    """It has no page and no socket any more; the newer one goes on."""
    with loopback(TWO_UTTERANCES, options={"keep_sessions": 1}) as small:
        oldest, newest = create(small), create(small)
        assert [404, 200] == [get(small, f"/{session['id']}").status_code for session in (oldest, newest)]
        with pytest.raises(InvalidStatus), connect(oldest["url"]):
            pass
        assert len(of_type(talk(newest["url"], *[CHUNK] * 20), "transcript")) == 2


def test_g53_a_session_is_deleted_once_it_is_over(gladia):
    """202 then, 404 when unknown, 403 while it runs."""
    session = create(gladia)
    delete = lambda: patient.delete(f"{gladia.gladia}/v2/live/{session['id']}", headers=KEY)  # noqa: E731 - one expression
    assert (delete().status_code, "message" in delete().json()) == (403, True)
    talk(session["url"], CHUNK)
    gladia.settled(session["id"])
    with sdk(gladia) as client:
        assert client.delete(session["id"]) is True
    assert delete().status_code == 404
    assert [get(gladia, f"/{session['id']}{path}").status_code for path in ("", "/file")] == [404, 404]
    assert session["id"] not in {item["id"] for item in get(gladia, "", limit=1000).json()["items"]}


@pytest.fixture(scope="module")
def five():
    """Five sessions, the middle one done, and their ids from the newest to the oldest."""
    with loopback(TWO_UTTERANCES) as running:
        sessions = [create(running, {"custom_metadata": {"number": number}}) for number in range(5)]
        talk(sessions[2]["url"], CHUNK)
        running.settled(sessions[2]["id"])
        yield running, [session["id"] for session in reversed(sessions)]


def test_g54_the_list_has_pages_and_links(five):
    """The SDK follows `next` to the end, each session once."""
    gladia, ids = five
    with sdk(gladia) as client:
        pages = [client.list({"limit": 2})]
        while pages[-1].next:
            pages.append(client.list({"url": pages[-1].next}))
    assert [[item.id for item in page.items] for page in pages] == [ids[:2], ids[2:4], ids[4:]]
    assert {page.first for page in pages} == {pages[0].current}
    assert patient.get(pages[1].current, headers=KEY).json()["items"][0]["id"] == ids[2]
    assert [item["id"] for item in get(gladia, "", offset=3).json()["items"]] == ids[3:]


def test_g54_the_list_has_filters(five):
    """By status, several of them, by date, and by custom metadata; links keep the filters."""
    gladia, ids = five
    found = lambda **filters: [item["id"] for item in get(gladia, "", **filters).json()["items"]]  # noqa: E731 - one expression
    assert found(status="done") == [ids[2]]
    assert found(status=["done", "queued"]) == ids
    assert found(**{"custom_metadata[number]": "4"}) == [ids[0]]
    today = get(gladia, "").json()["items"][0]["created_at"][:10]
    assert (found(date=today), found(after_date=today), found(before_date=today)) == (ids, ids, [])
    page = get(gladia, "", status="queued", limit=1).json()
    assert [item["id"] for item in patient.get(page["next"], headers=KEY).json()["items"]] == [ids[1]]


@pytest.mark.parametrize("filters", [{"limit": 0}, {"limit": "x"}, {"offset": -1}, {"status": "lost"}, {"date": "now"}])
def test_g54_impossible_filters_are_validation_errors(five, filters):
    """Named by the field."""
    answer = get(five[0], "", **filters)
    assert (answer.status_code, answer.json()["validation_errors"][0].split()[0]) == (422, next(iter(filters)))


def called_back(gladia, last, config, **body):
    """The callbacks of the scripted session, until the event `last`, and its messages."""
    with receiver() as (url, received):
        body = {"callback": True, "callback_config": {"url": url, **config}, **body}
        session = create(gladia, body)
        messages = talk(session["url"], *[CHUNK] * 20)
        calls = []
        while not calls or calls[-1]["event"] != last:
            calls.append(received.get(timeout=60).body)
    return session, messages, calls


def test_g55_callbacks_tell_the_enabled_kinds_only(gladia):
    """By default finals, add-ons, post-processing and lifecycle; the payload is the message of the socket."""
    session, messages, calls = called_back(gladia, "live.end_session", {})
    assert [call["event"] for call in calls] == [
        "live.start_session",
        "live.start_recording",
        "live.transcript",
        "live.transcript",
        "live.end_recording",
        "live.post_transcript",
        "live.post_final_transcript",
        "live.end_session",
    ]
    assert {call["id"] for call in calls} == {session["id"]}
    on_socket = of_type(messages, "transcript", "post_transcript", "post_final_transcript")
    assert [call["payload"] for call in calls if call["payload"]["type"] in {m["type"] for m in on_socket}] == on_socket
    assert [create_live_v2_callback_message_from_dict(call).event for call in calls] == [
        call["event"] for call in calls
    ]


def test_g55_callbacks_and_socket_have_their_own_wishes(gladia):
    """What one refuses, the other may get."""
    wishes = {"receive_final_transcripts": False, "receive_post_processing_events": False}
    config = {
        "receive_partial_transcripts": True,
        "receive_final_transcripts": False,
        "receive_speech_events": True,
        "receive_acknowledgments": True,
        "receive_lifecycle_events": False,
    }
    _, messages, calls = called_back(gladia, "live.post_final_transcript", config, messages_config=wishes)
    events = [call["event"] for call in calls]
    assert {event for event in events if event != "live.audio_chunk"} == {
        "live.transcript",
        "live.speech_start",
        "live.speech_end",
        "live.stop_recording",
        "live.post_transcript",
        "live.post_final_transcript",
    }
    assert events.count("live.audio_chunk") == 20
    assert {call["payload"]["data"]["is_final"] for call in calls if call["event"] == "live.transcript"} == {False}
    assert of_type(messages, "transcript", "post_transcript", "post_final_transcript") == []


def test_g55_without_callback_nobody_is_called(gladia):
    """A configuration alone does nothing; neither does it leave this machine; a wrong URL is a validation error."""
    with receiver() as (url, received):
        session = create(gladia, {"callback_config": {"url": url}})
        talk(session["url"], CHUNK)
        gladia.settled(session["id"])
        assert received.empty()
    away = create(gladia, {"callback": True, "callback_config": {"url": "https://hooks.invalid/x"}})
    talk(away["url"], CHUNK)
    assert gladia.settled(away["id"])["notes"] == [
        "nothing is sent to hooks.invalid: it is not this machine, and callback_hosts is loopback"
    ]
    wrong = patient.post(
        f"{gladia.gladia}/v2/live", json={"callback": True, "callback_config": {"url": "ftp://x"}}, headers=KEY
    )
    assert [text.split()[0] for text in wrong.json()["validation_errors"]] == ["callback_config.url"]


def test_g55_a_receiver_that_fails_changes_nothing(gladia):
    """It is noted, and the session goes on."""
    with receiver(500) as (url, received):
        session = create(gladia, {"callback": True, "callback_config": {"url": url}})
        messages = talk(session["url"], *[CHUNK] * 20)
        for _ in range(8):
            received.get(timeout=60)
    assert len(of_type(messages, "transcript")) == 2
    assert gladia.settled(session["id"])["notes"][0] == "callback live.start_session failed: HTTP 500"


@pytest.mark.parametrize(
    ("switches", "code", "why"),
    [
        ("idle_timeout_s = 0.2", 4408, "idle for too long"),
        ("idle_timeout_s = 0.2\nidle_code = 4490", 4490, "idle for too long"),
        ("longest_session_s = 0.2", 4413, "open for too long"),
        ("longest_session_s = 0.2\nlongest_session_code = 4491", 4491, "open for too long"),
    ],
)
def test_g56_idle_and_long_sessions_are_closed_if_wished(switches, code, why):
    """With a configurable code, at which no SDK comes back."""
    with loopback(f"{TWO_UTTERANCES}[gladia]\n{switches}") as strict:
        ended = [client(strict, chunks=3, stop=False) for client in (play, play_async)]
        accounts = [strict.settled(entry["session_id"]) for entry in strict.ledger()]
    assert [(played.ends, played.names.count("connected")) for played in ended] == [([code], 1)] * 2
    assert [(account["ended"], account["close_code"]) for account in accounts] == [(why, code)] * 2
    lasted_s = [(account["closed_ns"] - account["opened_ns"]) / 1e9 for account in accounts]
    assert all(0.2 <= seconds < patient.LIMIT_S for seconds in lasted_s)


def test_g56_a_session_grows_old_between_two_sockets_too():
    """It is over, and nobody need be told."""
    with loopback(f"{TWO_UTTERANCES}[gladia]\nlongest_session_s = 3") as strict:  # not before the client breaks off
        session = create(strict)
        with connect(session["url"]) as client:
            client.send(CHUNK)
            client.recv(patient.LIMIT_S)
            break_off(client)
        account = strict.settled(session["id"])
    assert ("open for too long", 4413) == (account["ended"], account["close_code"])


def test_g56_both_are_off_by_default():
    """The service's own limits are not known."""
    with loopback(TWO_UTTERANCES) as running:
        options = patient.get(f"{running.gladia}/control/options").json()["gladia"]
    assert (options["idle_timeout_s"], options["longest_session_s"]) == (None, None)


def test_g57_the_same_seed_gives_the_same_messages():
    """Byte for byte but `created_at`, ids included; another seed gives other ids."""

    def told(scenario):
        with loopback(scenario) as running:
            session = create(running, {"messages_config": EVERYTHING})
            messages = talk(session["url"], *[CHUNK] * 20)
            return session["id"], [json.dumps({**message, "created_at": ""}) for message in messages]

    assert told(TWO_UTTERANCES) == told(TWO_UTTERANCES)
    assert told(TWO_UTTERANCES)[0] != told(TWO_UTTERANCES.replace("seed = 7", "seed = 8"))[0]


def test_g58_latencies_are_configurable_and_true_send_times_are_known():
    """Partials and finals have their own delay after the audio instant; the ledger has each send time, as has the message."""
    delays = "[[session]]\npartial_delay_ms = 100\nfinal_delay_ms = 250"
    with loopback(TWO_UTTERANCES.replace("[[session]]", delays), options={"stamp": True}) as late:
        played = play(late, {"messages_config": {**EVERYTHING, "receive_acknowledgments": True}}, chunks=8)
        account = late.settled(played.messages[-1].session_id)
    assert [message._sent_ns for message in played.messages if message.type != "start_session"] == pytest.approx(
        [message["sent_ns"] for message in account["messages"]], abs=1e9
    )
    arrived_ns = account["frames"][7]["received_ns"]  # its end is the utterance's; noted just after the delay began
    finals = [m._sent_ns for m in played.of("transcript") if m.data.is_final]
    partials = [m._sent_ns for m in played.of("transcript") if not m.data.is_final]
    assert 0.24 <= (finals[0] - arrived_ns) / 1e9 < patient.LIMIT_S
    assert partials[0] < finals[0]

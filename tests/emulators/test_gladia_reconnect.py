"""Statements G45-G50: what happens when sockets of Gladia's emulator break, and who comes back."""

import json
from contextlib import suppress

import patient
import pytest
from gladia_clients import (
    BOTH,
    CHUNK,
    SDK_WARNINGS,
    STOP,
    TWO_UTTERANCES,
    break_off,
    close_code,
    create,
    of_type,
    replies,
    talk,
)
from loopback import loopback, sent_away
from patient import connect
from websockets.exceptions import ConnectionClosed

pytestmark = SDK_WARNINGS
STOPPING = (1000, 1001, 4400, 4403, 4408, 4499)
RETRIED = (1002, 1003, 1008, 1011, 1012, 1013, 3000, 3999, 4000, 4399, 4500, 4999)


def faulty(fault, more=""):
    """The scripted session with a fault."""
    return f"{TWO_UTTERANCES}[[session.fault]]\n{fault}\n{more}"


def acks(client, count):
    """The next acks' byte ranges."""
    found = []
    while len(found) < count:
        found += [m["data"]["byte_range"] for m in of_type(replies(client, 1), "audio_chunk")]
    return found


@BOTH
def test_g45_a_dropped_connection_is_resumed(sdk):
    """The SDK dials the same URL: one session, one time axis, every word once, the audio as it was."""
    with loopback(faulty('kind = "drop"\nat_s = 0.5')) as dropping:
        played = sdk(dropping, sockets=2, lockstep=True)
        account = dropping.settled(played.messages[-1].session_id)
    assert len({message.session_id for message in played.messages}) == 1
    assert [m.data.utterance.text for m in played.of("transcript")] == [" Call me back.", " Thank you!"]
    assert [m.data.utterance.end for m in played.of("transcript")] == [0.8, 1.4]
    assert (played.names.count("connected"), account["connections"], played.ends) == (2, 2, [1000])
    assert account["audio_bytes"] == 20 * len(CHUNK)
    ranges = [m.data.byte_range for m in played.of("audio_chunk")]
    assert [first for first, _ in ranges] == [0, *(last for _, last in ranges[:-1])]


def test_g45_a_raw_client_resumes_too(gladia):
    """Byte and time ranges go on where the acks ended."""
    session = create(gladia)
    first = connect(session["url"], legacy=True)
    first.send(CHUNK)
    assert acks(first, 1) == [[0, 3200]]
    break_off(first)
    messages = talk(session["url"], *[CHUNK] * 19)
    again = of_type(messages, "audio_chunk")[0]["data"]
    assert again == {"byte_range": [3200, 6400], "time_range": [0.1, 0.2]}
    assert [m["data"]["utterance"]["end"] for m in of_type(messages, "transcript")] == [0.8, 1.4]


def test_g46_what_was_not_acknowledged_is_discarded():
    """With an ack for every third frame two frames are lost with the socket, and heard when they come again."""
    with loopback(TWO_UTTERANCES + "[gladia]\nack_every = 3") as coalescing:
        session = create(coalescing)
        first = connect(session["url"], legacy=True)
        for _ in range(5):
            first.send(CHUNK)
        assert acks(first, 1) == [[0, 9600]]
        break_off(first)
        messages = talk(session["url"], *[CHUNK] * 17)
        account = coalescing.settled(session["id"])
    assert of_type(messages, "audio_chunk")[0]["data"]["byte_range"] == [9600, 19200]
    assert account["audio_bytes"] == 20 * len(CHUNK)
    assert of_type(messages, "stop_recording")[0]["data"]["recording_duration"] == 2.0


def test_g46_audio_whose_ack_was_lost_is_not_heard_twice():
    """Stalled acks die with the connection: the same ranges are acknowledged again, the same words are not said again."""
    lossy = faulty('kind = "stall"\nat_s = 0.9\nfor_s = 2\n[[session.fault]]\nkind = "drop"\nat_s = 1.2')
    with loopback(lossy) as dropping:
        session = create(dropping)
        first = connect(session["url"], legacy=True)
        for _ in range(12):
            first.send(CHUNK)
        heard = _until_gone(first)
        end = max([m["data"]["byte_range"][1] for m in of_type(heard, "audio_chunk")], default=0)
        messages = talk(session["url"], bytes(64000 - end))
        account = dropping.settled(session["id"])
    assert of_type(messages, "audio_chunk")[0]["data"]["byte_range"] == [end, 64000]
    assert end <= 9 * len(CHUNK)
    assert account["audio_bytes"] == 64000
    finals = [m["data"]["utterance"]["text"] for m in of_type(heard + messages, "transcript")]
    assert finals == [" Call me back.", " Thank you!"]


def _until_gone(client):
    """All messages until the connection breaks."""
    messages = []
    with suppress(ConnectionClosed):
        while True:
            messages.append(json.loads(client.recv(patient.LIMIT_S)))
    return messages


def test_g47_a_second_socket_replaces_the_first(gladia):
    """By default: the first is closed with 1001, the session goes on."""
    session = create(gladia)
    with connect(session["url"]) as first:
        first.send(CHUNK)
        assert acks(first, 1) == [[0, 3200]]
        with connect(session["url"]) as second:
            assert close_code(first) == 1001
            second.send(CHUNK)
            assert acks(second, 1) == [[3200, 6400]]
            second.send(STOP)
            assert close_code(second) == 1000
    assert gladia.settled(session["id"])["ended"] == "stopped"


def test_g47_or_is_refused_by_switch():
    """With 4409, and the first goes on."""
    with loopback(TWO_UTTERANCES + '[gladia]\nsecond_socket = "refuse"') as refusing:
        session = create(refusing)
        with connect(session["url"]) as first:
            first.send(CHUNK)
            assert acks(first, 1) == [[0, 3200]]
            with connect(session["url"]) as second:
                assert close_code(second) == 4409
            first.send(STOP)
            assert close_code(first) == 1000


@BOTH
def test_g48_an_ended_session_closes_with_4403_and_no_sdk_redials(gladia, sdk):
    """The handshake succeeds first."""
    session = create(gladia)
    talk(session["url"], CHUNK)
    played = sdk(gladia, chunks=0, stop=False, url=session["url"])
    assert (played.names.count("connected"), played.ends) == (1, [4403])
    assert gladia.session(session["id"])["notes"] == ["dialled after its end"]


def closing_with(code):
    """Each session is closed once, after a second of audio, with this code."""
    return loopback(faulty(f"at_s = 1.0\nkind = 'close'\ncode = {code}"))


@BOTH
@pytest.mark.parametrize("code", STOPPING)
def test_g49_some_codes_stop_the_sdks(code, sdk):
    """1000, 1001 and 4400 to 4499: the session is over for both sides."""
    with closing_with(code) as closing:
        session = create(closing)
        played = sdk(closing, chunks=20, stop=False, url=session["url"])
        account = closing.settled(session["id"])
    assert (played.ends, played.names.count("connected"), account["connections"]) == ([code], 1, 1)
    assert account["close_code"] == code


@BOTH
@pytest.mark.parametrize("code", RETRIED)
def test_g49_other_codes_make_them_reconnect(code, sdk):
    """1002 to 4399 and 4500 upwards: they come back and finish."""
    with closing_with(code) as closing:
        played = sdk(closing, chunks=20, sockets=2, url=create(closing)["url"])
    assert (played.names.count("connected"), played.ends) == (2, [1000])


def test_g49_the_server_hangs_up_only_when_the_client_has_answered():
    """So that whoever is still sending isn't met by a reset, and learns the code; the ledger has it too."""
    with loopback(faulty("kind = 'close'\ncode = 4400")) as closing:
        session = create(closing)
        messages, code = sent_away(session["url"], CHUNK)
        assert ([m["type"] for m in messages], code) == (["audio_chunk"], 4400)
        assert closing.settled(session["id"])["close_code"] == 4400


@BOTH
def test_g50_a_loop_of_accept_then_close_is_capped(sdk):
    """The SDK redials at once and for ever, one deeper into its stack each time; a terminal code ends that."""
    endless = TWO_UTTERANCES.replace("[[session]]", "[[session]]\nupgrade = {close_code = 1011, times = 1000000}")
    with loopback(endless) as looping:
        session = create(looping)
        played = sdk(looping, chunks=0, stop=False, url=session["url"])
        notes = looping.session(session["id"])["notes"]
    assert played.ends == [4429]
    assert 10 < len(notes) < 200

"""Statements G15-G24: what Gladia's emulator does with the audio and the text that a client sends."""

import base64
import io
import json
import wave
import zlib
from contextlib import suppress

import pytest
from gladia_clients import CHUNK, STOP, TWO_UTTERANCES, close_code, create, get, of_type, replies, talk
from loopback import loopback
from patient import connect
from websockets.exceptions import ConnectionClosed


def as_text(audio):
    """The text form of an audio message."""
    return json.dumps({"type": "audio_chunk", "data": {"chunk": base64.b64encode(audio).decode()}})


def bodies(messages):
    """What is the same in every session that hears the same."""
    return [{name: value for name, value in m.items() if name not in {"session_id", "created_at"}} for m in messages]


def ranges(messages):
    return [m["data"]["byte_range"] for m in of_type(messages, "audio_chunk")]


def wav_file(audio):
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 16000, 0, "NONE", ""))
        writer.writeframes(audio)
    return file.getvalue()


def test_g15_binary_and_base64_audio_are_the_same(gladia):
    """Identical acks and transcripts, also if the two forms are mixed."""
    forms = [CHUNK] * 20, [as_text(CHUNK)] * 20, [CHUNK, as_text(CHUNK)] * 10
    binary, text, mixed = (bodies(talk(create(gladia)["url"], *frames)) for frames in forms)
    assert binary == text == mixed
    assert len(of_type(binary, "transcript")) == 2


def test_g16_an_empty_chunk_is_acknowledged_and_keeps_the_session_alive():
    """With an empty range; the idle timeout ends the session only when no more of them come."""
    heard = 0
    with loopback(TWO_UTTERANCES + "[gladia]\nidle_timeout_s = 1.5") as idling:
        session = create(idling)
        with connect(session["url"]) as client:
            with suppress(ConnectionClosed):  # whoever is too busy to send is idle
                for _ in range(12):
                    client.send(as_text(b""))
                    assert replies(client, 1)[0]["data"] == {"byte_range": [0, 0], "time_range": [0.0, 0.0]}
                    heard += 1
                    with pytest.raises(TimeoutError):
                        client.recv(0.1)
            assert close_code(client) == 4408
        account = idling.settled(session["id"])
    assert account["closed_ns"] - account["commands"][heard - 1]["received_ns"] >= 1.5e9 - 1e6


NONSENSE = ["{", "[]", "[" * 100_000, '{"type": "dance"}', '{"type": "audio_chunk", "data": {"chunk": "***"}}']


def test_g17_nonsense_is_refused_and_survived(gladia):
    """`error` messages, and the session goes on."""
    messages = talk(create(gladia)["url"], *NONSENSE, CHUNK)
    assert [m["type"] for m in messages[: len(NONSENSE) + 1]] == ["error"] * len(NONSENSE) + ["audio_chunk"]


def test_g17_nonsense_is_not_acknowledged_by_switch():
    """The other documented reaction, and the harshest."""
    with loopback(TWO_UTTERANCES + '[gladia]\nmalformed = "nack"') as refusing:
        messages = talk(create(refusing)["url"], *NONSENSE, CHUNK)
    assert [m.get("acknowledged") for m in messages[:6]] == [False] * 5 + [True]
    with loopback(TWO_UTTERANCES + '[gladia]\nmalformed = "close"') as closing:
        session = create(closing)
        with connect(session["url"]) as client:
            client.send("{")
            assert close_code(client) == 4400
        assert closing.settled(session["id"])["ended"] == "malformed message: Invalid JSON"


@pytest.mark.parametrize("step", [100_000, 3200, 10, 1])
def test_g18_a_wav_header_takes_no_time(gladia, step):
    """However the file is cut, its header is acknowledged but neither heard nor counted as audio."""
    audio = CHUNK[:320]
    file = wav_file(audio)
    session = create(gladia)
    messages = talk(session["url"], *(file[start : start + step] for start in range(0, len(file), step)))
    assert of_type(messages, "audio_chunk")[-1]["data"]["byte_range"][1] == len(file)
    assert of_type(messages, "audio_chunk")[-1]["data"]["time_range"][1] == 0.01
    assert of_type(messages, "stop_recording")[0]["data"]["recording_duration"] == 0.01
    assert gladia.settled(session["id"])["audio_bytes"] == len(audio)


@pytest.mark.parametrize(
    ("body", "bytes_per_s"),
    [
        ({}, 32000),
        ({"channels": 2, "sample_rate": 8000}, 32000),
        ({"encoding": "wav/ulaw", "bit_depth": 8, "sample_rate": 8000}, 8000),
        ({"bit_depth": 24, "sample_rate": 48000, "channels": 3}, 432_000),
    ],
)
def test_g19_ranges_are_cumulative_and_count_decoded_audio(gladia, body, bytes_per_s):
    """Contiguous bytes, and seconds by rate, channels and bytes per sample."""
    sizes = [1200, 2400, 24]
    frames = [as_text(bytes(size)) for size in sizes]
    acks = of_type(talk(create(gladia, body)["url"], *frames), "audio_chunk")
    assert ranges(acks) == [[0, 1200], [1200, 3600], [3600, 3624]]
    expected = [[first / bytes_per_s, last / bytes_per_s] for first, last in ranges(acks)]
    assert [ack["data"]["time_range"] for ack in acks] == [pytest.approx(each, abs=1e-6) for each in expected]


def test_g20_there_is_one_ack_for_each_frame_or_for_every_nth(gladia):
    """In order; with coalescing one range spans n frames, and the stop acknowledges the rest."""
    assert ranges(talk(create(gladia)["url"], *[CHUNK] * 4)) == [[3200 * n, 3200 * (n + 1)] for n in range(4)]
    with loopback(TWO_UTTERANCES + "[gladia]\nack_every = 3") as coalescing:
        messages = talk(create(coalescing)["url"], *[CHUNK] * 4)
    assert ranges(messages) == [[0, 9600], [9600, 12800]]
    assert [m["type"] for m in messages if "acknowledged" in m] == ["audio_chunk", "audio_chunk", "stop_recording"]


def test_g21_acks_can_be_switched_off(gladia):
    """A raw client that doesn't wish for any gets none, and is heard."""
    messages = talk(create(gladia, {"messages_config": {"receive_acknowledgments": False}})["url"], *[CHUNK] * 20)
    assert [m for m in messages if "acknowledged" in m] == []
    assert len(of_type(messages, "transcript")) == 2


def test_g22_a_frame_above_one_mebibyte_is_closed_with_1009(gladia):
    """Frames of 512 KiB and of exactly 1 MiB pass."""
    session = create(gladia)
    with connect(session["url"]) as client:
        client.send(bytes(512 << 10))
        client.send(bytes(1 << 20))
        acks = [m for m in replies(client, 8) if m["type"] == "audio_chunk"]
        assert ranges(acks) == [[0, 512 << 10], [512 << 10, 1536 << 10]]
    # The server refuses the frame at its header. While the rest is still on its way, the system may reset the connection
    # before the client has read the close frame: then, and only then, another session tries again.
    codes = []
    while not any(codes) and len(codes) < 10:
        with connect(create(gladia)["url"]) as client:
            with suppress(ConnectionClosed):
                client.send(bytes((1 << 20) + 1))
            codes.append(close_code(client))
    assert codes[-1] == 1009


@pytest.mark.parametrize("speed", [None, 8.0])
def test_g23_a_burst_is_processed_at_a_speed(speed):
    """Audio time is the same at any speed; what isn't processed at the stop is told, and waited for."""
    switch = f"[gladia]\ncatch_up_speed = {speed}" if speed else ""
    with loopback(TWO_UTTERANCES + switch) as bursting:
        session = create(bursting)
        messages = talk(session["url"], CHUNK * 20)
        account = bursting.settled(session["id"])
    assert [m["data"]["utterance"]["end"] for m in of_type(messages, "transcript")] == [0.8, 1.4]
    stopped = of_type(messages, "stop_recording")[0]["data"]
    assert stopped["recording_duration"] == 2.0
    if speed:
        # By the ledger: what is late on a busy machine, a message or the stop, only leaves more time to process.
        (frame,), (stop,) = account["frames"], account["commands"]
        since_s = lambda instant_ns: (instant_ns - frame["received_ns"]) / 1e9  # noqa: E731 - one expression
        sent_s = [since_s(m["sent_ns"]) for m in account["messages"] if m["type"] == "transcript"]
        assert sent_s[0] >= 0.9 * 0.7 / speed  # the utterance's last 100 ms pass at once
        assert sent_s[1] >= 0.9 * 1.3 / speed
        assert 2.0 >= stopped["recording_left_to_process"] >= 2.0 - speed * since_s(stop["received_ns"]) - 0.2
    else:
        assert stopped["recording_left_to_process"] == 0.0


def test_g24_duplicates_and_reordering_can_be_seen_in_the_ledger(gladia):
    """Each frame's content hash is there, in the order of arrival."""
    one, two = CHUNK, bytes(reversed(CHUNK))
    session = create(gladia)
    talk(session["url"], one, two, two, as_text(one))
    frames = gladia.settled(session["id"])["frames"]
    assert [frame["crc32"] for frame in frames] == [zlib.crc32(each) for each in (one, two, two, one)]
    received = [frame["received_ns"] for frame in frames]
    assert sorted(received) == received


def test_g24_hashes_are_those_of_the_frames_also_with_spanning_acks():
    """An ack of several frames doesn't make one of them."""
    with loopback(TWO_UTTERANCES + "[gladia]\nack_every = 3") as coalescing:
        session = create(coalescing)
        talk(session["url"], b"ab", b"cd", STOP, stop=False)
        frames = coalescing.settled(session["id"])["frames"]
        assert get(coalescing, f"/{session['id']}").json()["status"] == "done"
    assert [frame["crc32"] for frame in frames] == [zlib.crc32(b"ab"), zlib.crc32(b"cd")]

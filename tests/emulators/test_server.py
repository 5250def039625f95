"""Both emulators over real sockets, driven by the official SDKs and by raw clients."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack
from time import monotonic, sleep

import httpx
import patient
import pytest
from assemblyai.streaming.v3 import RealTimeEvents, RealTimeParameters, RealTimeTranscriber, RealTimeTranscriberOptions
from gladia_clients import CHUNK, KEY, SDK_WARNINGS, create, sdk_client
from loopback import loopback
from patient import connect

from harness.cli import run
from harness.emulators import connection, server
from harness.emulators.ledger import Ledger

pytestmark = SDK_WARNINGS

CHUNKS = 20


def paced(send):
    """Send the chunks at real time, as the harness would."""
    start = monotonic()
    for index in range(CHUNKS):
        sleep(max(0.0, start + (index + 1) * 0.1 - monotonic()))
        send(CHUNK)


def assemblyai_session(emulators, **parameters):
    """All events of a session of the scripted audio through the SDK."""
    events = []
    options = RealTimeTranscriberOptions(
        api_host=emulators.assemblyai, api_key="key", connect_timeout=60, terminate_timeout=30
    )
    client = RealTimeTranscriber(options)
    for kind in RealTimeEvents:
        client.on(kind, lambda _, event: events.append(event))
    client.connect(RealTimeParameters(sample_rate=16000, **parameters))
    paced(client.stream)
    client.disconnect(terminate=True)
    return events


def gladia_session(emulators, **config):
    """All messages and the end of a session of the scripted audio through the SDK."""
    messages, ends, done = [], [], threading.Event()
    client = sdk_client(emulators)
    session = client.live_v2().start_session(
        {"sample_rate": 16000, "encoding": "wav/pcm", "bit_depth": 16, "channels": 1, **config}
    )
    session.on("message", messages.append)
    session.on("error", messages.append)
    session.on("ended", lambda end: (ends.append(end), done.set()))
    assert session.wait_until_ready(60)
    paced(session.send_audio)
    session.stop_recording()
    assert done.wait(60)
    return messages, ends


def test_assemblyai_sdk_hears_the_script(emulators):
    """Begin, growing turns, two finals a turn, Termination; the ledger knows the audio by its hash."""
    events = assemblyai_session(emulators, speech_model="universal-streaming-english", format_turns=True)
    finals = [(event.turn_order, event.transcript) for event in events if event.type == "Turn" and event.end_of_turn]
    assert [events[0].type, events[-1].type] == ["Begin", "Termination"]
    assert finals == [(0, "call me back"), (0, "Call me back."), (1, "thank you"), (1, "Thank you!")]
    assert events[-1].audio_duration_seconds == 2 <= events[-1].session_duration_seconds
    account = emulators.session(events[0].id)
    assert hashlib.sha256(CHUNK * CHUNKS).hexdigest() == account["audio_sha256"]
    assert (account["ended"], account["close_code"]) == ("terminated", 1000)
    assert len(events) == len(account["messages"])
    assert account["parameters"] == {
        "sample_rate": "16000",
        "speech_model": "universal-streaming-english",
        "format_turns": "True",
    }


def test_gladia_sdk_hears_the_script(emulators):
    """Speech events, partials, finals with a leading space, the end in its order, close 1000."""
    wishes = {"receive_partial_transcripts": True, "receive_lifecycle_events": True, "receive_acknowledgments": False}
    messages, ends = gladia_session(emulators, messages_config=wishes)
    transcripts = [(m.data.id, m.data.is_final, m.data.utterance.text) for m in messages if m.type == "transcript"]
    assert transcripts == [
        ("00-00000000", False, "Call"),
        ("00-00000000", False, "Call me"),
        ("00-00000000", True, " Call me back."),
        ("00-00000001", False, "Thank"),
        ("00-00000001", True, " Thank you!"),
    ]
    openings = {"start_session", "start_recording"}  # they may come before a listener can be attached
    assert next(m.type for m in messages if m.type not in openings) == "speech_start"
    assert [m.type for m in messages[-4:]] == [
        "end_recording",
        "post_transcript",
        "post_final_transcript",
        "end_session",
    ]
    assert [end.code for end in ends] == [1000]
    result = patient.get(f"{emulators.gladia}/v2/live/{messages[0].session_id}", headers=KEY).json()
    assert (
        result["status"],
        result["result"]["metadata"]["billing_time"],
        result["result"]["transcription"]["full_transcript"],
    ) == ("done", 2.0, "Call me back. Thank you!")
    account = emulators.session(messages[0].session_id)
    assert (hashlib.sha256(CHUNK * CHUNKS).hexdigest(), 2.0) == (account["audio_sha256"], account["billed_s"])


def test_other_paths_are_404_and_no_upgrade_is_no_hang(emulators):
    """Both ports answer what they don't know at once."""
    base = emulators.assemblyai.replace("ws://", "http://")
    assert [
        patient.get(url).status_code for url in (f"{base}/v2/ws", f"{base}/v3/ws", f"{emulators.gladia}/v2/other")
    ] == [404, 426, 404]
    assert patient.get(f"{emulators.gladia}/ledger/nobody").json() == {"error": "no such session in the ledger"}


def test_metrics_count_sessions(emulators):
    """Both ports serve them, with the fields that tell whether the emulators kept up."""
    metrics = emulators.metrics()
    assert {"sessions", "decode_queue_ms", "behind_ms", "lag_ms", "stale_partials", "loop_lag_ms", "rss_mb"} <= set(
        metrics
    )
    assert (
        metrics["sessions"].keys()
        == patient.get(emulators.assemblyai.replace("ws", "http") + "/metrics").json()["sessions"].keys()
    )


def test_stopping_is_a_goodbye_that_clients_can_answer(monkeypatch):
    """By the account of each session, 1001 was said and heard; without the client's answer it would be 1006."""
    ledgers = []
    monkeypatch.setattr(connection, "_GOODBYE_S", patient.LIMIT_S)
    monkeypatch.setattr(server, "Ledger", lambda keep: ledgers.append(Ledger(keep)) or ledgers[-1])
    with ExitStack() as clients:
        with loopback() as emulators:
            for url in (f"{emulators.assemblyai}/v3/ws?sample_rate=16000", create(emulators)["url"]):
                client = clients.enter_context(connect(url, additional_headers={"Authorization": "key"}))
                client.send(CHUNK)
                client.recv(patient.LIMIT_S)
        assert [account["close_code"] for account in ledgers[0].summaries()] == [1001, 1001]


def own_address() -> str:
    """This machine's address in some network, by the route that a packet would take; none is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            pytest.skip("this machine is in no network")
        return probe.getsockname()[0]


def test_other_machines_are_let_in_only_when_asked_for():
    """Then the services answer at that address; what was said there and the control endpoint still don't, whatever name is used."""
    address = own_address()
    with loopback() as emulators, pytest.raises(httpx.ConnectError):
        patient.get(emulators.gladia.replace("127.0.0.1", address))
    with loopback(options={"bind": "0.0.0.0"}) as emulators:
        elsewhere = emulators.gladia.replace("127.0.0.1", address)
        made = patient.post(f"{elsewhere}/v2/live", json={}, headers={"X-Gladia-Key": "key"})
        forged = {"Host": "127.0.0.1"}
        seen = [
            patient.get(f"{elsewhere}{path}", headers=headers).status_code
            for path in ("/ledger", "/metrics", "/control/faults")
            for headers in ({}, forged)
        ]
        assert (201, [403] * 6) == (made.status_code, seen)
        assert patient.get(f"{emulators.gladia}/ledger").status_code == 200


def started(*options: str) -> tuple[dict, str]:
    """The line of JSON of `harness emulate`, and all that it wrote to standard error until it was told to stop."""
    command = [sys.executable, "-m", "harness", "emulate", "--engine", "script", "--scenario", os.devnull, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        line = running.stdout.readline()
        running.terminate()
        _, said = running.communicate(timeout=patient.LIMIT_S)
    assert running.returncode == 0, said
    return json.loads(line), said


def test_it_says_that_other_machines_can_reach_it():
    """Not a word on loopback; where others are let in, the line has an address that this machine reaches."""
    assert started()[1] == started("--bind", "::1")[1] == ""
    line, said = started("--bind", "0.0.0.0")
    assert line["assemblyai"].startswith("ws://127.0.0.1:")
    assert said.startswith("harness: other machines can reach the emulators (--bind 0.0.0.0).")


def test_a_script_without_a_scenario_is_refused(capsys):
    """With the option that is missing."""
    assert run(["emulate", "--engine", "script"]) == 2
    assert "add --scenario FILE" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--bind", "office"), "--bind is 'office', which is no IP address."),
        (("--bind", "198.51.100.1"), "--bind: the emulator can't listen on 198.51.100.1:0"),
        (("--bind", "0.0.0.0", "--tls"), "--tls vouches for names of this machine's own loopback"),
    ],
)
def test_an_address_that_cannot_be_bound_is_refused(options, said, capsys):
    """By its name, and what can be done."""
    assert run(["emulate", "--engine", "script", "--scenario", os.devnull, *options]) == 2
    assert said in capsys.readouterr().err

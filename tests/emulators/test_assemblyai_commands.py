"""What AssemblyAI's clients send: audio and commands, good and bad. Checklist A33-A36, A38-A43."""

import pytest
from assemblyai.streaming.v3 import RealTimeSessionParameters
from assemblyai_clients import CHUNK, chunks, closed, command, errors, plain, said, sdk
from assemblyai_material import FLAVOURS, SDK_WARNINGS
from loopback import loopback, pause, spoken

pytestmark = SDK_WARNINGS


def test_a33_force_endpoint_ends_the_open_turn_at_once(scripted):
    """Its final comes with no audio in between, and doesn't come again; by the server's own stamps within a tick of 100 ms.

    That of three, for what else the machine does only adds to it.
    """
    took_ms = []
    for _ in range(3):
        with plain(scripted) as client:
            client.audio(CHUNK * 10)
            client.command("ForceEndpoint")
            assert client.until("Turn", end_of_turn=True)["transcript"] == "call me back"
            client.audio(CHUNK * 10)
            client.terminate()
        assert client.finals == ["call me back"]
        account = scripted.settled(client.id)
        (forced_ns,) = (entry["received_ns"] for entry in account["commands"] if entry["type"] == "ForceEndpoint")
        turns = [entry["sent_ns"] for entry in account["messages"] if entry["type"] == "Turn"]
        took_ms.append((turns[-1] - forced_ns) / 1e6)
    assert 0 <= min(took_ms) < 100


@FLAVOURS
def test_a33_the_sdk_forces_an_endpoint(scripted, flavour):
    """By its own call, between audio and audio."""
    pieces = [*[CHUNK] * 10, lambda client: client.force_endpoint(), *[CHUNK] * 10]
    events, _ = sdk(flavour, scripted, pieces)
    assert [event.transcript for event in events if event.type == "Turn" and event.end_of_turn] == ["call me back"]


@pytest.mark.parametrize("query", [{}, {"speech_model": "u3-rt-pro"}])
def test_a33_force_endpoint_without_a_turn_says_nothing(scripted, query):
    """Before any speech and between two turns."""
    with plain(scripted, **query) as client:
        client.command("ForceEndpoint")
        client.audio(CHUNK * 20)
        client.until("Turn", end_of_turn=True)
        client.command("ForceEndpoint")
        client.terminate()
    assert client.finals == ["Call me back." if query else "call me back"]
    assert [message["type"] for message in client.messages][-2:] == ["Turn", "Termination"]


def test_a33_the_recogniser_is_forced_too(tones):
    """What was said so far becomes the turn."""
    with plain(tones) as client:
        client.audio(spoken("yes", "please"))
        client.command("ForceEndpoint")
        client.until("Turn", end_of_turn=True)
        client.audio(spoken("no!"))
        client.terminate()
    assert client.finals == ["yes please", "no"]


def turns_after_update(emulators, **update):
    """How many turns a word, an update, a pause of half a second and another word make."""
    with plain(emulators, min_turn_silence=1000) as client:
        client.audio(spoken("yes."))
        client.command("UpdateConfiguration", **update)
        client.audio(pause(512) + spoken("no!"))
        client.terminate()
    return len(client.finals)


def test_a34_an_update_applies_to_later_audio(tones):
    """A pause after it counts by the new rules; one before it stays as it was judged."""
    assert turns_after_update(tones) == 1
    assert turns_after_update(tones, min_turn_silence=400) == 2
    with plain(tones, min_turn_silence=1000) as client:
        client.audio(spoken("yes.") + pause(512) + spoken("please"))
        client.command("UpdateConfiguration", min_turn_silence=400)
        client.audio(spoken("no!"))
        client.terminate()
    assert client.finals == ["yes please no"]


@FLAVOURS
def test_a34_the_sdk_updates_what_it_names_only(scripted, flavour):
    """Absent fields keep their value, and an empty list clears."""
    changes = RealTimeSessionParameters(max_turn_silence=2000, keyterms_prompt=[])
    pieces = [CHUNK, lambda client: client.set_params(changes)]
    events, _ = sdk(flavour, scripted, pieces, keyterms_prompt=["a"], min_turn_silence=200)
    effective = scripted.settled(events[0].id)["effective"]
    assert (effective["min_turn_silence_ms"], effective["max_turn_silence_ms"], effective["keyterms"]) == (
        200,
        2000,
        [],
    )


def test_a34_a_second_list_replaces_the_first(scripted):
    """All terms, not one more; and a list comes as JSON, not as text."""
    with plain(scripted, keyterms_prompt='["a", "b"]') as client:
        client.command("UpdateConfiguration", keyterms_prompt=["c"])
        client.terminate()
    assert scripted.settled(client.id)["effective"]["keyterms"] == ["c"]
    refused = closed(scripted, command("UpdateConfiguration", keyterms_prompt='["c"]'))
    assert [code for code, _ in errors(refused)] == [3006]


def test_a35_an_unknown_field_is_recorded(scripted):
    """What can't be changed within a session is recorded and changes nothing."""
    with plain(scripted) as client:
        client.command("UpdateConfiguration", surprise=[1], sample_rate=8000)
        client.audio(CHUNK * 10)
        client.terminate()
    account = scripted.settled(client.id)
    assert (account["parameters"]["surprise"], account["parameters"]["sample_rate"]) == ([1], 8000)
    assert account["effective"]["sample_rate_hz"] == 16000
    assert client.close[0] == 1000


def test_a35_an_unknown_field_is_refused_by_switch():
    """3006 that names it; known ones still pass."""
    with loopback(unknown_update="reject") as emulators:
        with plain(emulators) as client:
            client.command("UpdateConfiguration", max_turn_silence=2000)
            assert client.terminate().close[0] == 1000
        ((code, reason),) = errors(closed(emulators, command("UpdateConfiguration", surprise=1)))
        assert (code, "surprise" in reason) == (3006, True)


@FLAVOURS
def test_a36_the_sdk_keeps_alive(scripted, flavour):
    """By its own call, and the session goes on."""
    events, _ = sdk(flavour, scripted, [CHUNK, lambda client: client.keep_alive(), CHUNK])
    assert [event.type for event in events] == ["Begin", "Termination"]
    assert "KeepAlive" in [entry["type"] for entry in scripted.settled(events[0].id)["commands"]]


@pytest.mark.parametrize(
    ("encoding", "rate", "size", "duration"),
    [
        ("pcm_s16le", 16000, 49 * 32, "49 ms"),
        ("pcm_s16le", 16000, 50 * 32, None),
        ("pcm_s16le", 16000, 1000 * 32, None),
        ("pcm_s16le", 16000, 1001 * 32, "1001 ms"),
        ("pcm_s16le", 8000, 49 * 16, "49 ms"),
        ("pcm_s16le", 8000, 50 * 16, None),
        ("pcm_s16le", 48000, 1001 * 96, "1001 ms"),
        ("pcm_mulaw", 8000, 49 * 8, "49 ms"),
        ("pcm_mulaw", 8000, 50 * 8, None),
        ("pcm_mulaw", 8000, 1000 * 8, None),
        ("pcm_mulaw", 8000, 1001 * 8, "1001 ms"),
    ],
)
def test_a38_audio_messages_last_50_to_1000_ms(scripted, encoding, rate, size, duration):
    """By sample rate and encoding; else 3007 with the duration in the reason."""
    client = closed(scripted, bytes(size), command("Terminate"), encoding=encoding, sample_rate=rate)
    if duration is None:
        assert (errors(client), client.close[0]) == ([], 1000)
    else:
        reason = f"Input duration violation: {duration}. Expected between 50 and 1000 ms"
        assert (errors(client), client.close) == ([(3007, reason)], (3007, reason))


@FLAVOURS
def test_a38_the_sdk_is_told_that_a_chunk_is_too_short(scripted, flavour):
    """One error event with the code."""
    events, _ = sdk(flavour, scripted, [CHUNK[:320]])
    assert [getattr(event, "code", event.__class__.__name__) for event in events] == ["BeginEvent", 3007]


def test_a39_a_short_tail_passes_by_switch():
    """If `Terminate` follows; not in the middle, and not without the switch."""
    tail, end = bytes(320), command("Terminate")
    with loopback(strict_tail=False) as emulators:
        assert closed(emulators, CHUNK, tail, end).close[0] == 1000
        assert closed(emulators, CHUNK, tail, CHUNK, end).close[0] == 3007
    with loopback() as emulators:
        assert closed(emulators, CHUNK, tail, end).close[0] == 3007


@pytest.mark.parametrize("tolerance_s", [1.0, 10.0])
def test_a40_audio_far_ahead_of_the_clock_is_refused(clock, tolerance_s):
    """In the chunk that exceeds the tolerance, with both durations in the reason."""
    with loopback(clock=clock, rate_tolerance_s=tolerance_s) as emulators:
        within = int(tolerance_s * 10)
        assert closed(emulators, *[CHUNK] * within, command("Terminate")).close[0] == 1000
        client = closed(emulators, *[CHUNK] * (within + 1))
    reason = f"Audio Transmission Rate Exceeded: Received {tolerance_s + 0.1:.2f} sec. audio in 0.00 sec"
    assert (errors(client), client.close) == ([(3007, reason)], (3007, reason))


def test_a40_real_time_is_never_too_fast(clock):
    """A minute at 1x with jitter of 100 ms passes a tolerance of 200 ms."""
    with loopback(clock=clock, rate_tolerance_s=0.2) as emulators, plain(emulators) as client:
        client.next()
        late_s = 0.0
        for index in range(600):
            jitter_s = (index * 37 % 101) / 1000
            clock.advance(0.1 + jitter_s - late_s)
            late_s = jitter_s
            client.socket.send(CHUNK)
            client.socket.ping().wait(60)
        assert client.terminate().close[0] == 1000


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Invalid JSON: "),
        ("{", "Invalid JSON: {"),
        ("hello", "Invalid JSON: hello"),
        ("[" * 100_000, "Invalid JSON: " + "[" * 80),
        ("9" * 5000, "Invalid JSON: " + "9" * 80),
        ("[]", "Invalid Message: expected a JSON object"),
        ("7", "Invalid Message: expected a JSON object"),
        ("null", "Invalid Message: expected a JSON object"),
        ("{}", "Invalid Message Type: None"),
        ('{"type": "Hello"}', "Invalid Message Type: Hello"),
        ('{"type": "terminate_session"}', "Invalid Message Type: terminate_session"),
        ('{"type": ["Terminate"]}', "Invalid Message Type: a list"),
        ('{"type": "\\ud800"}', "Invalid Message Type: \\ud800"),
    ],
)
def test_a41_messages_that_make_no_sense_end_the_session(scripted, text, reason):
    """Each kind of nonsense has its reason, and none of them harms the server."""
    client = closed(scripted, text)
    assert errors(client) == [(3006, reason)]
    assert client.close == (3006, reason)


def test_a42_terminate_flushes_what_was_said(scripted):
    """The open turn's final, then `Termination`, then 1000, and nothing else."""
    client = said(scripted, CHUNK * 12)
    assert [message["type"] for message in client.messages][-2:] == ["Turn", "Termination"]
    assert client.finals == ["call me back"]
    assert client.close[0] == 1000
    account = scripted.settled(client.id)
    assert (account["ended"], account["close_code"]) == ("terminated", 1000)
    assert len(client.messages) == len(account["messages"])


@FLAVOURS
def test_a42_the_sdk_gets_the_last_turn(tones, flavour):
    """Of the recogniser, too."""
    events, _ = sdk(flavour, tones, chunks(spoken("yes", "please")), format_turns=True)
    assert [event.type for event in events][-3:] == ["Turn", "Turn", "Termination"]
    assert (events[-3].transcript, events[-2].turn_is_formatted) == ("yes please", True)


def test_a43_audio_before_terminate_counts_and_audio_after_it_doesnt(scripted):
    """In `Termination` and in the ledger; a message that would be refused is ignored then."""
    with plain(scripted) as client:
        client.audio(CHUNK * 30)
        client.send(command("Terminate"), CHUNK, b"too short")
        client.rest()
    assert client.messages[-1]["audio_duration_seconds"] == 3
    assert (client.close[0], scripted.settled(client.id)["audio_bytes"]) == (1000, 30 * len(CHUNK))

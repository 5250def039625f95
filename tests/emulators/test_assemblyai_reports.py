"""What an AssemblyAI session tells beside its turns, and when: heartbeats, silence, speakers, delays. Checklist A50, A51, A53, A55."""

from itertools import pairwise

import pytest
from assemblyai.streaming.v3 import RealTimeSessionParameters
from assemblyai_clients import CHUNK, chunks, plain, received, said, sdk
from assemblyai_material import DIALOGUE, FLAVOURS, SCRIPTED, SDK_WARNINGS, THREE_TURNS
from loopback import loopback, pause, spoken

from harness.emulators.recognition import Final, Hypothesis
from harness.emulators.scenario import load_scenario
from harness.emulators.script import plan

pytestmark = SDK_WARNINGS


@FLAVOURS
def test_a50_heartbeats_come_if_wanted(flavour):
    """Their counters never fall, and they know the audio; without the parameter there are none."""
    with loopback(DIALOGUE, heartbeat_s=0.05) as emulators:
        complete = [received("Heartbeat", 3), received("Heartbeat", total_audio_received_ms=2000)]
        wanted, _ = sdk(flavour, emulators, [*[CHUNK] * 20, *complete], session_heartbeat=True)
        unwanted, _ = sdk(flavour, emulators, [*[CHUNK] * 20, received("Turn", 3)])
    beats = [event for event in wanted if event.type == "Heartbeat"]
    for name in ("total_audio_received_ms", "total_duration_ms"):
        values = [getattr(beat, name) for beat in beats]
        assert sorted(values) == values
    assert beats[-1].total_audio_received_ms == 2000
    told = beats[-1].total_audio_received_ms / beats[-1].total_duration_ms
    assert beats[-1].realtime_factor == pytest.approx(told, rel=0.02)  # 50 ms at the least, rounded
    assert max(beat.max_speech_probability for beat in beats) == 1
    assert "Heartbeat" not in {event.type for event in unwanted}


def test_a50_no_heartbeats_without_the_parameter(clock):
    """A session beside one that has them, for as many of them as it takes to be sure that its time had come."""
    with (
        loopback(clock=clock) as emulators,
        plain(emulators, session_heartbeat=True) as other,
        plain(emulators) as client,
    ):
        client.next()
        for _ in range(4):
            clock.advance(1)
            other.until("Heartbeat")
        assert [message["type"] for message in client.terminate().messages] == ["Begin", "Termination"]


def test_a50_heartbeats_have_their_period(clock):
    """One for each second of the session's clock, by default."""
    with loopback(clock=clock) as emulators, plain(emulators, session_heartbeat=True) as client:
        client.next()
        for second in range(1, 4):
            clock.advance(1)
            assert client.until("Heartbeat")["total_duration_ms"] == second * 1000
        assert [message["type"] for message in client.terminate().messages[1:]] == ["Heartbeat"] * 3 + ["Termination"]


def test_a50_heartbeats_are_toggled_within_a_session():
    """On and off again by `UpdateConfiguration`."""
    with loopback(DIALOGUE, heartbeat_s=0.05) as emulators, plain(emulators) as client:
        client.command("UpdateConfiguration", session_heartbeat=True)
        client.until("Heartbeat")
        client.command("UpdateConfiguration", session_heartbeat=False)
        client.socket.ping().wait(60)
        client.audio(CHUNK * 10)  # partials, some ticks later
        client.command("ForceEndpoint")
        client.until("Turn", end_of_turn=True)
        client.terminate()
        kinds = [entry["type"] for entry in emulators.settled(client.id)["messages"]]
    assert "Heartbeat" not in kinds[kinds.index("Turn") :]


def ranges(client):
    return [(message["start_ms"], message["end_ms"]) for message in client.messages if message["type"] == "Silence"]


def test_a51_silence_is_told_every_second_outside_speech(scripted):
    """Ranges of one silence touch, those around speech leave it out, and none is empty."""
    client = said(scripted, CHUNK * 75, speech_model="u3-rt-pro", acknowledge_silence=True)
    assert ranges(client) == [(0, 500), (1700, 2700), (2700, 3000), (4000, 5000), (5000, 6000), (6000, 7000)]


def test_a51_the_recognisers_silence_is_told_too(tones):
    """In step with the audio it listened to."""
    with plain(tones, speech_model="u3-rt-pro", acknowledge_silence=True) as client:
        for part in (pause(3000), spoken("yes."), pause(3000)):
            for chunk in chunks(part):
                client.socket.send(chunk)
                client.socket.ping().wait(60)
        client.terminate()
    told = ranges(client)
    assert all(0 <= start < end for start, end in told)
    assert all(end == start for (_, end), (start, _) in pairwise(told[:3]))
    assert (told[0][0], told[2][1]) == (0, pytest.approx(3000, abs=100))
    assert told[3][0] == pytest.approx(3320, abs=64)


@pytest.mark.parametrize(
    "query",
    [
        {"speech_model": "universal-streaming-english", "acknowledge_silence": True},
        {"speech_model": "universal-streaming-multilingual", "acknowledge_silence": True},
        {"speech_model": "u3-rt-pro"},
        {"speech_model": "u3-rt-pro", "acknowledge_silence": False},
    ],
)
def test_a51_other_sessions_hear_nothing_of_silence(scripted, query):
    """Other models, and whoever didn't ask."""
    assert ranges(said(scripted, CHUNK * 75, **query)) == []


@FLAVOURS
def test_a51_the_sdk_is_told_of_silence(scripted, flavour):
    """As an event, and it may ask for it within the session."""
    ask = RealTimeSessionParameters(acknowledge_silence=True)
    pieces = [lambda client: client.set_params(ask), *[CHUNK] * 60]
    events, _ = sdk(flavour, scripted, pieces, speech_model="u3-rt-pro")
    silences = [(event.start_ms, event.end_ms) for event in events if event.type == "Silence"]
    assert silences == [(0, 500), (1700, 2700), (2700, 3000), (4000, 5000)]


SPEAKERS = THREE_TURNS.replace("end_s = 6.1", 'end_s = 6.1\nspeaker = "B"').replace(
    "end_s = 8.0", 'end_s = 8.0\nspeaker = "B"'
)


@FLAVOURS
def test_a53_speakers_are_labelled_and_short_turns_later(flavour):
    """A turn under a second is UNKNOWN until a revision, which is about earlier turns only and keeps their words."""
    with loopback(SPEAKERS) as emulators:
        events, _ = sdk(flavour, emulators, chunks(SCRIPTED), speech_model="u3-rt-pro", speaker_labels=True)
    ends = [event for event in events if event.type == "Turn" and event.end_of_turn]
    assert [end.speaker_label for end in ends] == ["A", "UNKNOWN", "B"]
    assert [{word.speaker for word in end.words} for end in ends] == [{"A"}, {"UNKNOWN"}, {"B"}]
    assert [event.type for event in events][-2:] == ["SpeakerRevision", "Termination"]
    (revision,) = events[-2].revisions
    assert (revision.turn_order, revision.speaker_label) == (1, "B")
    plainly = [(word.text, word.start, word.end) for word in ends[1].words]
    assert plainly == [(word.text, word.start, word.end) for word in revision.words]
    assert {"B"} == {word.speaker for word in revision.words}


def test_a53_revisions_come_at_their_interval_and_refer_back():
    """At the least every two minutes of audio, each of turns that have ended; without labels there are none."""
    segments = "".join(
        f'[[session.segment]]\ntext = "Yes."\nstart_s = {start}\nend_s = {start + 0.5}\n'
        for start in (1, 100, 130, 239.8)
    )
    second, options = CHUNK * 10, {"speech_model": "u3-rt-pro", "speaker_labels_revision_interval_ms": 1}
    with loopback(f"seed = 7\n[[session]]\n{segments}", rate_tolerance_s=None) as emulators:
        labelled, not_labelled = (
            said_in_seconds(emulators, second, 245, speaker_labels=labels, **options) for labels in (True, False)
        )
    assert [message for message in not_labelled.messages if message["type"] == "SpeakerRevision"] == []
    revised, ended = [], set()
    for message in labelled.messages:
        if message["type"] == "Turn" and message["end_of_turn"]:
            ended.add(message["turn_order"])
        if message["type"] == "SpeakerRevision":
            revised.append([revision["turn_order"] for revision in message["revisions"]])
            assert set(revised[-1]) <= ended
    assert revised == [[0, 1], [2], [3]]


def said_in_seconds(emulators, second, count, **query):
    """A long session in messages of a second, the largest there are."""
    with plain(emulators, **query) as client:
        for _ in range(count):
            client.socket.send(second)
        return client.terminate()


def test_a53_the_last_revision_may_come_before_the_last_turns():
    """Its place is a switch: then a turn that was still open at `Terminate` is never revised by it."""
    with (
        loopback(SPEAKERS, speaker_revision="before_last_turns") as emulators,
        plain(emulators, speaker_labels=True) as client,
    ):
        client.audio(CHUNK * 67)
        client.until("Turn", turn_order=1, end_of_turn=True)
        client.terminate()
    assert [message["type"] for message in client.messages][-3:] == ["SpeakerRevision", "Turn", "Termination"]


LATE = DIALOGUE.replace("[[session]]", "[[session]]\npartial_delay_ms = 40\nfinal_delay_ms = 80\njitter_ms = 60")


def test_a55_messages_are_as_late_as_the_scenario_says(tmp_path):
    """By the log's true send times: never before audio instant + delay + seeded jitter, and soon after."""
    path = tmp_path / "late.toml"
    path.write_text(LATE, encoding="utf-8")
    cues = plan(load_scenario(path).session[0], "7/assemblyai/1")
    expected = [(cue.at_ms, cue.delay_ms) for cue in cues if isinstance(cue.event, (Hypothesis, Final))]
    with loopback(LATE) as emulators:
        with plain(emulators) as client:
            client.audio(CHUNK * 50)
            for _ in range(2):
                client.until("Turn", end_of_turn=True)
            client.terminate()
        account = emulators.settled(client.id)
    arrivals = {index: frame["received_ns"] for index, frame in enumerate(account["frames"])}
    sent = [entry["sent_ns"] for entry in account["messages"] if entry["type"] == "Turn"]
    dues = []
    for at_ms, delay_ms in expected:
        frame = -(-int(at_ms) // 100) - 1  # the frame that contains the instant, which ends up to 100 ms after it
        dues.append(arrivals[frame] + (delay_ms - ((frame + 1) * 100 - at_ms)) * 1e6)
    late_ms = [(sent_ns - due_ns) / 1e6 for sent_ns, due_ns in zip(sent, dues, strict=True)]
    assert min(late_ms) > -1
    assert sorted(late_ms)[len(late_ms) // 2] < 10_000

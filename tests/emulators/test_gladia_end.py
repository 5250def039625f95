"""Statements G38-G44: how a session of Gladia's emulator ends."""

import pytest
from gladia_clients import (
    BOTH,
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
    replies,
    talk,
)
from loopback import loopback
from patient import connect

pytestmark = SDK_WARNINGS
LATE_FINALS = TWO_UTTERANCES.replace("[[session]]", "[[session]]\nfinal_delay_ms = 900")
ALL = {**EVERYTHING, "receive_acknowledgments": True}
ENDING = [
    "stop_recording",
    "speech_end",
    "transcript",
    "end_recording",
    "post_transcript",
    "post_summarization",
    "post_final_transcript",
    "end_session",
]


@pytest.fixture(scope="module")
def late():
    """Finals come long after the stop."""
    with loopback(LATE_FINALS) as running:
        yield running


@BOTH
def test_g38_the_stop_is_acknowledged_with_durations(gladia, sdk):
    """What was recorded, and what is left to process."""
    (ack,) = sdk(gladia, chunks=13).of("stop_recording")
    assert (ack.acknowledged, ack.data.recording_duration, ack.data.recording_left_to_process) == (True, 1.3, 0.0)


def test_g39_audio_after_the_stop_is_refused(gladia):
    """Not acknowledged, not transcribed, not recorded; a second stop is refused too."""
    session = create(gladia)
    messages = talk(session["url"], *[CHUNK] * 9, STOP, *[CHUNK] * 11, STOP, stop=False)
    acks = [(m["type"], m["acknowledged"]) for m in messages if "acknowledged" in m]
    assert acks[:10] == [*[("audio_chunk", True)] * 9, ("stop_recording", True)]
    assert set(acks[10:]) <= {("audio_chunk", False), ("stop_recording", False)}
    assert [m["data"]["utterance"]["text"] for m in of_type(messages, "transcript")] == [" Call me back."]
    assert gladia.settled(session["id"])["audio_bytes"] == 9 * len(CHUNK)


@BOTH
def test_g40_the_end_has_its_order_and_closes_with_1000(late, sdk):
    """Ack, what is left of the utterance that it cuts off, end_recording, post messages, end_session, `ended` 1000."""
    played = sdk(late, {"messages_config": ALL, "post_processing": {"summarization": True}}, chunks=7)
    kinds = [m.type for m in played.messages]
    stop = kinds.index("stop_recording")
    assert [kind for index, kind in enumerate(kinds[stop:]) if kind not in kinds[stop : stop + index]] == ENDING
    assert played.names[-2:] == ["ending", "ended"]
    assert played.ends == [1000]


def test_g40_end_recording_can_follow_the_stop_directly():
    """Its place is unconfirmed, and a switch."""
    with loopback(LATE_FINALS + '[gladia]\nend_recording = "at_stop"') as other:
        messages = talk(create(other, {"messages_config": EVERYTHING})["url"], *[CHUNK] * 12)
    kinds = [m["type"] for m in messages]
    assert kinds[kinds.index("stop_recording") + 1] == "end_recording"
    assert kinds.count("end_recording") == 1


@BOTH
def test_g41_all_finals_come_before_post_transcript(late, sdk):
    """Of everything that was received, even of an utterance that the stop cut off."""
    played = sdk(late, chunks=12)
    kinds = [m.type for m in played.messages]
    finals = [m.data.utterance.text for m in played.of("transcript")]
    assert finals == [" Call me back.", " Thank you!"]
    assert "transcript" not in kinds[kinds.index("post_transcript") :]
    assert played.of("post_transcript")[0].data.full_transcript == "Call me back. Thank you!"


@BOTH
def test_g42_without_post_processing_events_the_close_follows_directly(gladia, sdk):
    """No `post_*` message is sent."""
    wishes = {"receive_post_processing_events": False}
    played = sdk(gladia, {"messages_config": wishes, "post_processing": {"summarization": True}})
    assert [m.type for m in played.messages if m.type.startswith("post_")] == []
    assert (played.messages[-1].type, played.ends) == ("transcript", [1000])


@BOTH
@pytest.mark.parametrize("channels", [1, 2])
def test_g43_every_channel_is_billed(gladia, sdk, channels):
    """`billing_time` is audio time times channels, and so is the ledger's account."""
    played = sdk(gladia, {"channels": channels})
    (post,) = played.of("post_final_transcript")
    metadata = post.data.metadata
    assert (metadata.audio_duration, metadata.number_of_distinct_channels) == (2.0 / channels, channels)
    assert (metadata.billing_time, gladia.settled(post.session_id)["billed_s"]) == (2.0, 2.0)


@BOTH
def test_g44_a_huge_final_makes_the_client_close_and_come_back(sdk):
    """The SDK can't receive more than 1 MiB: it closes with 1009, dials again and finds the session ended."""
    with loopback(TWO_UTTERANCES + "[gladia]\nhuge_final_bytes = 1048576") as huge:
        played = sdk(huge)
        account = huge.settled(played.messages[-1].session_id)
        result = get(huge, f"/{account['session_id']}").json()["result"]
    assert (played.of("post_final_transcript"), played.ends) == ([], [4403])
    assert played.names.count("connected") == 2
    assert (account["close_code"], account["notes"]) == (1009, ["dialled after its end"])
    assert result["transcription"]["full_transcript"] == "Call me back. Thank you!"


def test_g44_a_client_without_a_limit_receives_it():
    """All of it, and the close 1000."""
    with loopback(TWO_UTTERANCES + "[gladia]\nhuge_final_bytes = 1048576") as huge:
        session = create(huge)
        final = of_type(talk(session["url"], CHUNK), "post_final_transcript")[0]
        assert huge.settled(session["id"])["close_code"] == 1000
    assert len(final["data"]["padding"]) == 1 << 20


def test_a_session_that_was_stopped_ends_though_its_client_is_cut_off():
    """Before it was told the rest, which can be fetched."""
    with loopback(TWO_UTTERANCES.replace("[[session]]", "[[session]]\nfinal_delay_ms = 2000")) as running:
        session = create(running)
        with connect(session["url"]) as client:
            for frame in (*[CHUNK] * 20, STOP):
                client.send(frame)
            while of_type(replies(client, 1), "stop_recording") == []:
                pass
            break_off(client)
        assert running.settled(session["id"])["ended"] == "stopped"
        result = get(running, f"/{session['id']}").json()
    assert (result["status"], result["result"]["transcription"]["full_transcript"]) == (
        "done",
        "Call me back. Thank you!",
    )


def test_a_client_that_leaves_is_not_waited_for(gladia):
    """A close with 1000 ends the session; what was sent is billed."""
    session = create(gladia)
    with connect(session["url"], additional_headers=KEY) as client:
        client.send(CHUNK)
    account = gladia.settled(session["id"])
    assert (account["ended"], account["billed_s"]) == ("left by the client", 0.1)
    with connect(session["url"]) as client:
        assert close_code(client) == 4403

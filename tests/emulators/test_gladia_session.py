import base64
import io
import json
import re
import wave

import pytest
from gladia_clients import EVERYTHING, WRONG
from hypothesis import given
from hypothesis import strategies as st
from strategies import JSON

from harness.emulators.connection import Close, Send
from harness.emulators.gladia_parameters import parse_body
from harness.emulators.gladia_session import Feed, Finish, GladiaSession
from harness.emulators.options import GladiaOptions
from harness.emulators.recognition import Final, Hypothesis, SpeechEnd, SpeechStart, TimedWord

CHUNK = bytes(range(200)) * 16  # 100 ms at 16 kHz
WORDS = (TimedWord("Hello", 100, 400, 0.9), TimedWord("there.", 400, 900, 0.7))


def session(options=None, connect=True, **body):
    parameters, errors = parse_body(body)
    assert errors == []
    current = GladiaSession("sid", parameters, options or GladiaOptions(), lambda: "2026-01-01T00:00:00.000Z")
    if connect:
        current.connected()
    return current


def messages(outputs):
    return [output.message for output in outputs if isinstance(output, Send)]


def types(outputs):
    return [message["type"] for message in messages(outputs)]


def test_an_ack_counts_bytes_and_seconds_of_the_whole_session():
    """Ranges are contiguous and cumulative, and the audio is heard when it is acknowledged."""
    current = session()
    first, second = current.audio(CHUNK), current.audio(CHUNK)
    assert messages(first)[0]["data"] == {"byte_range": [0, 3200], "time_range": [0.0, 0.1]}
    assert messages(second)[0]["data"] == {"byte_range": [3200, 6400], "time_range": [0.1, 0.2]}
    assert (Feed(CHUNK), Feed(CHUNK)) == (first[1], second[1])


def test_every_message_says_what_and_whose_and_when():
    """The three fields of every message."""
    message = messages(session().audio(CHUNK))[0]
    assert (message["type"], message["session_id"], message["created_at"]) == (
        "audio_chunk",
        "sid",
        "2026-01-01T00:00:00.000Z",
    )
    assert (message["acknowledged"], message["error"]) == (True, None)


def test_base64_and_binary_audio_are_the_same():
    """The text form gives the same acknowledgement and the same audio."""
    chunk = json.dumps({"type": "audio_chunk", "data": {"chunk": base64.b64encode(CHUNK).decode()}})
    assert session().audio(CHUNK) == session().text(chunk)


@pytest.mark.parametrize("text", ["{", "[]", '{"type": "dance"}'])
def test_nonsense_is_answered_and_survived(text):
    """An error message, and the session goes on."""
    current = session()
    assert types(current.text(text)) == ["error"]
    assert types(current.audio(CHUNK)) == ["audio_chunk"]


def test_invalid_base64_is_not_acknowledged():
    """The chunk is refused and nothing is heard."""
    outputs = session(GladiaOptions(malformed="nack")).text('{"type": "audio_chunk", "data": {"chunk": "***"}}')
    assert [message["acknowledged"] for message in messages(outputs)] == [False]
    assert [output for output in outputs if isinstance(output, Feed)] == []


def test_a_wav_header_is_no_audio():
    """Its bytes are acknowledged, but take no time and are not heard."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, 16000, 0, "NONE", ""))
        writer.writeframes(CHUNK)
    ack, feed = session().audio(file.getvalue())
    assert ack.message["data"] == {"byte_range": [0, 3244], "time_range": [0.0, 0.1]}
    assert Feed(CHUNK) == feed


def test_acks_can_span_several_messages_and_unacknowledged_audio_is_discarded_on_resume():
    """With an ack every 3 messages, two pending ones are forgotten when the client comes back and sends them again."""
    current = session(GladiaOptions(ack_every=3))
    assert current.audio(b"lost") + current.audio(b"lost") == []
    current.connected()
    outputs = [output for data in (b"aa", b"bb", b"cc") for output in current.audio(data)]
    assert [message["data"]["byte_range"] for message in messages(outputs)] == [[0, 6]]
    assert [output for output in outputs if isinstance(output, Feed)] == [Feed(b"aa"), Feed(b"bb"), Feed(b"cc")]


def test_acks_can_be_switched_off():
    """A raw client that doesn't want them gets none, and is heard."""
    assert [Feed(CHUNK)] == session(messages_config={"receive_acknowledgments": False}).audio(CHUNK)


def test_an_utterance_is_told_as_the_service_tells_it():
    """Seconds, a shared id, a leading space in the final, every field present."""
    current = session(messages_config=EVERYTHING, language_config={"languages": ["en"]})
    outputs = [
        *current.recognised(SpeechStart(0, 11, 96, 200)),
        *current.recognised(Hypothesis(0, 11, WORDS[:1], 500)),
        *current.recognised(SpeechEnd(0, 11, 900, 1400)),
        *current.recognised(Final(0, 11, WORDS, 96, 900, "silence", 1400)),
    ]
    assert types(outputs) == ["speech_start", "transcript", "speech_end", "transcript"]
    start, partial, end, final = (message["data"] for message in messages(outputs))
    assert (start, end) == ({"time": 0.096, "channel": 0}, {"time": 0.9, "channel": 0})
    assert (partial["id"], partial["is_final"], partial["utterance"]["text"]) == ("00-00000011", False, "Hello")
    assert final == {
        "id": "00-00000011",
        "is_final": True,
        "utterance": {
            "start": 0.1,
            "end": 0.9,
            "confidence": 0.8,
            "channel": 0,
            "words": [
                {"word": " Hello", "start": 0.1, "end": 0.4, "confidence": 0.9},
                {"word": " there.", "start": 0.4, "end": 0.9, "confidence": 0.7},
            ],
            "text": " Hello there.",
            "language": "en",
        },
    }


def test_messages_config_decides_what_is_sent():
    """Partials are off by default, finals and speech events can be switched off."""
    quiet = {"receive_final_transcripts": False, "receive_speech_events": False}
    for current, expected in ((session(), ["speech_start", "transcript"]), (session(messages_config=quiet), [])):
        outputs = [
            *current.recognised(SpeechStart(0, 0, 96, 200)),
            *current.recognised(Hypothesis(0, 0, WORDS, 500)),
            *current.recognised(Final(0, 0, WORDS, 96, 900, "silence", 1400)),
        ]
        assert expected == types(outputs)


def test_the_end_has_its_order():
    """Ack of the stop, remaining finals, end_recording, post messages, end_session, close 1000."""
    current = session(messages_config=EVERYTHING, post_processing={"summarization": True})
    current.audio(CHUNK)
    stop = current.text('{"type": "stop_recording"}')
    last = current.recognised(Final(0, 0, WORDS, 96, 900, "flush", 1400))
    end = current.finished()
    assert types(stop + last) == ["stop_recording", "transcript"]
    assert [Finish()] == [output for output in stop if isinstance(output, Finish)]
    assert types(end) == [
        "end_recording",
        "post_transcript",
        "post_summarization",
        "post_final_transcript",
        "end_session",
    ]
    assert Close(1000) == end[-1]
    assert messages(end)[0]["data"] == {"recording_duration": 0.1}


def test_without_post_processing_events_the_close_follows_directly():
    """Nothing is sent that wasn't wanted."""
    assert [Close(1000)] == session(messages_config={"receive_post_processing_events": False}).finished()


def test_audio_after_the_stop_is_refused():
    """Not acknowledged and not heard; a second stop is refused too."""
    current = session()
    current.text('{"type": "stop_recording"}')
    refused = current.audio(CHUNK) + current.text('{"type": "stop_recording"}')
    assert [message["acknowledged"] for message in messages(refused)] == [False, False]
    assert [output for output in refused if not isinstance(output, Send)] == []


def test_a_session_that_was_given_up_says_nothing_more():
    """Whatever the engine still understands."""
    current = session(messages_config=EVERYTHING)
    current.give_up("idle for too long", 4408, "")
    assert [] == current.recognised(Final(0, 0, WORDS, 96, 900, "flush", 1400)) + current.finished()


def test_billing_counts_every_channel():
    """Two channels of the same second are two seconds."""
    current = session(channels=2)
    current.audio(bytes(64000))
    assert tuple(current.result()["metadata"][key] for key in ("audio_duration", "billing_time")) == (1.0, 2.0)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        *WRONG,
        ({"messages_config": []}, "messages_config"),
        ({"messages_config": {"receive_errors": "no"}}, "messages_config.receive_errors"),
        ([], "body"),
    ],
)
def test_impossible_requests_are_refused_by_field(body, field):
    """Each validation error begins with the field's name."""
    parameters, errors = parse_body(body)
    assert (None, [field]) == (parameters, [error.split(" ")[0] for error in errors])


def test_an_empty_request_means_every_default():
    """The documented defaults, unknown fields accepted beside them."""
    parameters, _ = parse_body({"future": 1})
    assert (
        parameters.encoding,
        parameters.bit_depth,
        parameters.sample_rate_hz,
        parameters.channels,
        parameters.endpointing_s,
        parameters.longest_utterance_s,
        parameters.languages,
    ) == ("wav/pcm", 16, 16000, 1, 0.05, 5.0, ())
    assert (
        parameters.rules.min_silence_ms,
        parameters.rules.max_silence_ms,
        parameters.rules.max_segment_ms,
        parameters.rules.vad_threshold,
        parameters.rules.partials,
    ) == (50.0, 50.0, 5000.0, 0.5, False)


BODY_FIELDS = [
    "encoding",
    "bit_depth",
    "sample_rate",
    "channels",
    "model",
    "endpointing",
    "maximum_duration_without_endpointing",
    "language_config",
    "pre_processing",
    "realtime_processing",
    "post_processing",
    "messages_config",
    "callback",
    "callback_config",
]
INNER = st.dictionaries(
    st.sampled_from(
        ["languages", "code_switching", "speech_threshold", "summarization_config", "url", "receive_errors"]
    ),
    JSON,
)


@given(JSON | st.dictionaries(st.sampled_from(BODY_FIELDS), JSON | INNER))
def test_any_request_is_accepted_or_refused_by_field(body):
    """Nothing fails; what is accepted can be used."""
    parameters, errors = parse_body(body)
    assert (parameters is None) == bool(errors)
    assert [error for error in errors if not re.match(r"[\w.]+ must ", error)] == []
    if parameters:
        assert parameters.wire_format.duration_ms(48000) > 0
        assert parameters.rules.min_silence_ms >= 10


@given(st.lists(st.text(max_size=20) | JSON.map(json.dumps) | st.binary(max_size=40), max_size=10))
def test_any_messages_are_answered_and_survived(frames):
    """Acks stay contiguous, and the stop still ends the session."""
    current = session(GladiaOptions(ack_every=2))
    outputs = [
        output for frame in frames for output in (current.audio if isinstance(frame, bytes) else current.text)(frame)
    ]
    outputs += current.text('{"type": "stop_recording"}') + current.finished()
    assert Close(1000) == outputs[-1]
    ends = [m["data"]["byte_range"] for m in messages(outputs) if m["type"] == "audio_chunk"]
    assert [first for first, _ in ends] == [0, *(last for _, last in ends)][: len(ends)]
    assert sum(len(frame) for frame in frames if isinstance(frame, bytes)) == (ends[-1][1] if ends else 0)

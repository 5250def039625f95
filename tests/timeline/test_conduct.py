import json
from collections import Counter

from builders import frame, timeline, transcript, turn

from harness.timeline.conduct import note
from harness.timeline.fold import fold


def ways(session, aspect):
    """How an aspect was shown, with counts."""
    return {way: count for (own, way), count in session.conduct.items() if own == aspect}


def test_the_two_services_go_about_their_messages_in_their_own_ways():
    """From raw frames: what opens and ends a session, finals of a segment, spaces, times, and what a partial's text holds."""
    partial = json.loads(turn(1.0, "book a", words=[("book", 0, 90, True), ("a", 100, 190, False)]).raw)
    a = fold(
        timeline(
            [
                frame(-0.2, {"type": "Begin", "id": "x", "expires_at": 1}),
                frame(1.0, partial | {"transcript": "book"}),
                turn(2.0, "book a flight", final=True),
                turn(2.1, "Book a flight.", final=True, formatted=True),
                frame(6.2, {"type": "Termination", "audio_duration_seconds": 6, "session_duration_seconds": 7}),
            ]
        )
    )
    b = fold(
        timeline(
            [
                frame(0.4, {"type": "speech_start", "data": {"time": 0.3, "channel": 0}}),
                transcript(1.0, "Book a"),
                transcript(2.0, "Book a flight.", final=True),
                frame(6.1, {"type": "end_session"}),
            ],
            provider="gladia",
        )
    )
    aspects = ("ready", "goodbye", "finals of a segment", "space around texts", "text of partials", "form of partials",
               "voice activity", "after the stop", "close code", "word times", "language tag")  # fmt: skip

    assert {aspect: ways(a, aspect) for aspect in aspects} == {
        "ready": {"the message Begin": 1},
        "goodbye": {"the message Termination": 1},
        "finals of a segment": {"unformatted, then formatted": 1},
        "space around texts": {"none": 3},
        "text of partials": {"words declared final only": 1},
        "form of partials": {"plain words": 1},
        "voice activity": {"none": 1},
        "after the stop": {"no text": 1},
        "close code": {"1000": 1},
        "word times": {"in order": 2},
        "language tag": {"none": 3},
    }
    assert {aspect: ways(b, aspect) for aspect in aspects} == {
        "ready": {"the client says so": 1},
        "goodbye": {"the message end_session": 1},
        "finals of a segment": {"one, formatted": 1},
        "space around texts": {"none": 1, "a space in front": 1},
        "text of partials": {"all words so far": 1},
        "form of partials": {"capitals or punctuation": 1},
        "voice activity": {"starts only": 1},
        "after the stop": {"no text": 1},
        "close code": {"1000": 1},
        "word times": {"in order": 1},
        "language tag": {"en": 2},
    }


def test_fields_are_counted_by_their_form():
    """Milliseconds as integers and seconds as decimals are told apart, however deep they stand; so are flags and empty texts."""
    a = fold(timeline([turn(1.0, "hi"), turn(2.0, "hi", final=True)]))
    b = fold(timeline([transcript(1.0, "hi", start_s=0.5)], provider="gladia"))

    assert {"integer": 2} == ways(a, "field Turn.words[].start")
    assert {"decimal": 1} == ways(b, "field transcript.data.utterance.words[].start")
    assert ({"false": 1, "true": 1}, {"empty text": 2}) == (
        ways(a, "field Turn.end_of_turn"),
        ways(a, "field Turn.utterance"),
    )


def test_a_segment_that_begins_while_another_is_open_is_told():
    """Two utterances at once mix in a handler with one buffer; one after the other do not."""
    frames = [transcript(1.0, "one", key="a"), transcript(1.5, "two", key="b", start_s=2.0),
              transcript(2.0, "one", key="a", final=True), transcript(2.5, "two", key="b", final=True, start_s=2.0),
              transcript(3.0, "three", key="c", final=True, start_s=4.0)]  # fmt: skip
    session = fold(timeline(frames, provider="gladia"))

    assert {"begins while another is open": 1, "begins when the last is final": 1} == ways(session, "order of segments")


def test_word_times_that_lack_order_or_lie_beyond_the_audio_are_told():
    """Of each final: missing, out of order, overlapping; and past the end of what was sent."""
    spans = {"some missing": (0, None), "out of order": (500, 600), "overlapping": (250, 400)}
    for expected, (start_ms, end_ms) in spans.items():
        message = json.loads(turn(2.0, "a b", final=True, words=[("a", 200, 300, True), ("b", 100, 7000, True)]).raw)
        message["words"][0 if expected == "out of order" else 1] |= {"start": start_ms, "end": end_ms}
        session = fold(timeline([frame(2.0, message)]))
        assert ({expected: 1}) == ways(session, "word times")

    assert {"beyond its end": 1} == ways(
        fold(timeline([turn(2.0, "a", final=True, words=[("a", 0, 7000, True)])])), "words within the audio"
    )


def test_endless_names_do_not_fill_the_memory():
    """A service that invents types of messages is counted up to a limit; what is known already still counts."""
    conduct = Counter()
    for number in range(10_000):
        note(conduct, "message", f"type {number}")
    note(conduct, "message", "type 0")

    assert (True, 2) == (len(conduct) < 1000, conduct["message", "type 0"])

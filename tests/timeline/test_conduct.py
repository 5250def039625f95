import json
from collections import Counter

import pytest
from builders import frame, timeline, transcript, turn

from harness.timeline.conduct import note, note_language, note_message, note_text
from harness.timeline.events import Connected, Timeline
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


def shown(frames, provider="assemblyai", **changes):
    """The conduct of a session, without counts."""
    session = fold(timeline(frames, provider=provider, **changes))
    return {aspect: way for aspect, way in session.conduct if not aspect.startswith("field ")}


@pytest.mark.parametrize(
    ("frames", "changes", "aspect", "expected"),
    [
        ([], {}, "goodbye", "none"),
        ([frame(6.1, {"type": "closed"})], {"provider": "command"}, "goodbye", "a message"),
        ([], {"close_code": None}, "close code", "none"),
        ([turn(1.0, "a")], {"finish": False}, "after the stop", "no stop command was sent"),
        ([turn(6.1, "a")], {}, "after the stop", "partials only"),
        ([turn(6.1, "a"), turn(6.2, "a", final=True)], {}, "after the stop", "finals"),
        ([turn(6.1, "a", final=True)], {}, "after the stop", "finals"),
        ([turn(6.002, "a", final=True)], {}, "after the stop", "no text"),
        ([turn(1.0, "a")], {}, "finals of a segment", "none"),
        ([turn(1.0, "a", final=True)], {}, "finals of a segment", "one, unformatted"),
        (
            [turn(1.0, "a", final=True, formatted=True), turn(1.1, "a", final=True)],
            {},
            "finals of a segment",
            "the same form more than once",
        ),
        ([turn(1.0, "", final=True)], {}, "empty texts", "an empty final"),
        ([turn(1.0, "")], {}, "empty texts", "an empty partial"),
        ([turn(1.0, "a")], {}, "empty texts", "with text"),
        ([turn(1.0, "a b", final=True)], {}, "form of finals", "plain words"),
        ([turn(1.0, "a, b", final=True)], {}, "form of finals", "capitals or punctuation"),
        ([turn(1.0, "A b", final=True)], {}, "form of finals", "capitals or punctuation"),
    ],
)
def test_each_aspect_is_told_in_its_words(frames, changes, aspect, expected):
    """As the comparison of contracts reads them."""
    assert expected == shown(frames, **changes)[aspect]


def test_how_a_session_became_ready_is_told():
    """Never, by a POST before its socket, or by what the client says."""
    bare = timeline([])
    for opened, expected in (
        ((), "never"),
        ((Connected(-5, 20.0, 10.0),), "a POST, then the open socket"),
        ((Connected(-5, None, 10.0),), "the client says so"),
    ):
        assert {expected: 1} == ways(fold(Timeline(bare.header, opened)), "ready")


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        (["speech_end"], "ends only"),
        (["speech_start"] * 2, "starts only"),
        (["speech_start", "speech_end"], "starts and ends"),
    ],
)
def test_voice_activity_is_told_by_its_kinds(kinds, expected):
    """However often either came."""
    frames = [frame(1.0, {"type": kind, "data": {"time": 0.5}}) for kind in kinds]

    assert expected == shown(frames, "gladia")["voice activity"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([("a", 0, 100, True), ("b", 100, 200, True)], "in order"),
        ([("a", 0, 101, True), ("b", 100, 200, True)], "overlapping"),
        ([("a", 5, 5, True)], "in order"),
        ([("a", 6, 5, True)], "out of order"),
        ([("a", 100, 100, True), ("b", 100, 100, True)], "in order"),
        ([("a", 200, 300, True), ("b", 199, 300, True)], "out of order"),
        ([("a", None, 100, True)], "some missing"),
        ([("a", 0, 100, True), ("b", None, None, True)], "some missing"),
    ],
)
def test_times_of_words_touch_without_overlapping(words, expected):
    """One may begin as the one before it ends."""
    text = " ".join(word for word, *_ in words)

    assert {expected: 1} == ways(fold(timeline([turn(2.0, text, final=True, words=words)])), "word times")


def test_a_words_end_may_be_that_of_the_audio():
    """6 seconds were sent; of partials and of words without an end nothing is said."""
    for end_ms, expected in ((6000, "within"), (6001, "beyond its end")):
        frames = [
            turn(1.0, "a", words=[("a", 0, 9999, False)]),
            turn(2.0, "a", final=True, words=[("a", 0, end_ms, True)]),
        ]
        assert {expected: 1} == ways(fold(timeline(frames)), "words within the audio")
    assert {} == ways(
        fold(timeline([turn(2.0, "a", final=True, words=[("a", 0, None, True)])])), "words within the audio"
    )


def test_a_segment_begins_when_all_before_it_are_final_at_that_instant():
    """The instant itself is late enough; an older one still open is open for all that follow it."""
    a = [transcript(1.0, "one", key="a"), transcript(2.0, "one", key="a", final=True)]
    cases = (
        ([*a, transcript(2.0, "two", key="b", start_s=2.0)], {"begins when the last is final": 1}),
        ([*a, transcript(1.999, "two", key="b", start_s=2.0)], {"begins while another is open": 1}),
        (
            [
                transcript(1.0, "one", key="a"),
                transcript(1.5, "two", key="b", final=True, start_s=2.0),
                transcript(2.0, "three", key="c", start_s=3.0),
                transcript(3.0, "one", key="a", final=True),
            ],
            {"begins while another is open": 2},
        ),
    )
    for frames, expected in cases:
        assert expected == ways(fold(timeline(frames, provider="gladia")), "order of segments")


def test_spaces_and_words_of_a_raw_text_are_told():
    """On which side; of a partial, whether its text holds as many words as its list."""
    conduct = Counter()
    for text in ("a", " a", "a ", " a ", "  ", ""):
        note_text(conduct, text, [], is_partial=True)
    assert {"none": 1, "a space in front": 1, "a space behind": 1, "a space in front and behind": 1} == {
        way: count for (_, way), count in conduct.items()
    }
    conduct.clear()
    for text, words, is_partial in (
        ("a b", [1, 2], True),
        ("a b c", [1], True),
        ("a", [1, 2], True),
        ("a", [1, 2], False),
        ("a", {}, True),
    ):
        note_text(conduct, text, words, is_partial=is_partial)
    assert (2, 1) == tuple(
        conduct["text of partials", way] for way in ("all words so far", "words declared final only")
    )
    assert 5 == conduct["space around texts", "none"]


def test_what_a_service_names_is_cut_to_what_can_be_told():
    """Types and language tags at 80 characters, fields at five levels and the first forty of an object."""
    conduct = Counter()
    note_language(conduct, "l" * 100)
    note_language(conduct, None)
    nested = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}
    wide = {f"k{number:02}": number for number in range(50)}
    note_message(conduct, "t" * 100, {"type": "t", "nested": nested, "wide": wide, "list": [{"x": 1}, {"y": 1}]})
    note_message(conduct, "bare")

    told = {aspect.removeprefix(f"field {'t' * 80}."): way for aspect, way in conduct if aspect.startswith("field ")}
    assert {"l" * 80: 1, "none": 1} == {
        way: count for (aspect, way), count in conduct.items() if aspect == "language tag"
    }
    assert {"t" * 80: 1, "bare": 1} == {way: count for (aspect, way), count in conduct.items() if aspect == "message"}
    assert {"object", "integer"} == set(told.values())
    assert ("nested.a.b.c.d", "integer", 40) == (
        next(path for path, form in told.items() if form == "object"),
        told["list[].x"],
        sum(path.startswith("wide.") for path in told),
    )
    assert not {"type", "list[].y", "wide.k40"} & told.keys()


def test_values_are_told_by_their_forms():
    """Numbers, texts, flags, lists, nothing; an empty list is a list."""
    conduct = Counter()
    fields = {
        "i": 1,
        "d": 1.0,
        "t": "a",
        "e": "",
        "y": True,
        "n": False,
        "l": [1],
        "m": [],
        "z": None,
        "o": {"type": 1},
    }
    note_message(conduct, "x", fields)

    assert {
        "i": "integer", "d": "decimal", "t": "text", "e": "empty text", "y": "true", "n": "false", "l": "list", "m": "list",
        "z": "null", "o.type": "integer",
    } == {aspect.removeprefix("field x."): way for aspect, way in conduct if aspect != "message"}  # fmt: skip


def test_four_hundred_ways_are_told_apart():
    """Whatever comes then is left out, unless it is known."""
    conduct = Counter()
    for number in range(500):
        note(conduct, "message", f"type {number}", 2)

    assert (400, 2, 0) == (len(conduct), conduct["message", "type 399"], conduct["message", "type 400"])


def test_acknowledgements_are_counted_without_their_fields():
    """They are many, and nobody relies on what is in them."""
    acks = [frame(at, {"type": "audio_chunk", "acknowledged": True, "data": {}}) for at in (1.0, 2.0)]
    session = fold(timeline(acks, provider="gladia"))

    assert {"audio_chunk": 2} == ways(session, "message")
    assert not [aspect for aspect, _ in session.conduct if aspect.startswith("field ")]

import json
from dataclasses import replace

import pytest
from builders import frame, ns, timeline, transcript, turn
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import RunError
from harness.timeline.events import Connected, ErrorRaised, Frame, Timeline
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession, Word

LATER = [("b", 500, 590, True)]


def kinds(session: FoldedSession) -> list[str]:
    """Kinds of violations in order."""
    return [breach.kind for breach in session.violations]


def shapes(session: FoldedSession) -> list[tuple[str, str, list[str]]]:
    """Key, closing and texts of each segment."""
    return [(one.key, one.closed_by, [update.text for update in one.updates]) for one in session.segments]


def test_unformatted_and_formatted_final_are_one_segment():
    """The two finals of a formatted AssemblyAI turn share a key, and formatting is no mutation (8.2)."""
    session = fold(
        timeline(
            [
                turn(3.10, "hi my name is sonny", final=True),
                turn(3.24, "Hi, my name is Sonny.", final=True, formatted=True),
            ]
        )
    )
    assert shapes(session) == [("0", "natural", ["hi my name is sonny", "Hi, my name is Sonny."])]
    assert [update.kind for update in session.segments[0].updates] == ["final_unformatted", "final_formatted"]
    assert kinds(session) == []


def test_partial_text_comes_from_words_not_from_the_transcript():
    """A partial shows its unfinished word although `transcript` holds finished words only."""
    message = json.loads(turn(1.0, "book a", words=[("book", 0, 90, True), ("a", 100, 190, False)]).raw)
    session = fold(timeline([frame(1.0, message | {"transcript": "book"})]))
    assert session.segments[0].updates[0].text == "book a"


def test_final_without_transcript_falls_back_to_its_words():
    """A final whose `transcript` is empty takes its text from its words."""
    message = json.loads(turn(1.0, "book it", final=True).raw)
    session = fold(timeline([frame(1.0, message | {"transcript": ""})]))
    assert session.segments[0].updates[0].text == "book it"


def test_gladia_seconds_become_milliseconds_and_spaces_go():
    """A Gladia final is trimmed, its times are rounded to milliseconds, its words take the message's finality."""
    session = fold(timeline([transcript(2.0, "hi there", final=True, start_s=0.4, end_s=1.0)], provider="gladia"))
    (segment,) = session.segments
    assert (segment.updates[0].text, segment.start_ms, segment.end_ms) == ("hi there", 400, 1000)
    expected = (Word("hi", 400, 700, 0.9, is_final=True), Word("there", 700, 1000, 0.9, is_final=True))
    assert expected == segment.updates[0].words


def test_gladia_segments_are_ordered_by_start_not_by_arrival():
    """An utterance that starts earlier comes first although its final arrives later."""
    frames = [
        transcript(3.0, "second", key="b", final=True, start_s=2.0),
        transcript(3.1, "first", key="a", final=True, start_s=1.0),
    ]
    assert [segment.key for segment in fold(timeline(frames, provider="gladia")).segments] == ["0/a", "0/b"]


def test_first_final_after_the_stop_command_is_a_flush():
    """What the stop command squeezes out is marked, because it measures the harness and not the service."""
    session = fold(timeline([turn(6.2, "late", final=True, formatted=True)], duration_s=6.0))
    assert session.segments[0].closed_by == "flush"


@pytest.mark.parametrize(
    ("length_s", "params", "expected"),
    [(4.75, {}, "forced"), (4.74, {}, "natural"), (4.9, {"maximum_duration_without_endpointing": 30}, "natural")],
)
def test_utterance_as_long_as_the_cap_was_forced(length_s: float, params: dict, expected: str):
    """A Gladia utterance within 0.25 s of the configured cap (5 s by default) was cut by it."""
    frames = [transcript(5.5, "on and on", final=True, start_s=0.0, end_s=length_s)]
    assert expected == fold(timeline(frames, provider="gladia", params=params)).segments[0].closed_by


def test_turn_without_final_stays_open_at_the_end():
    """The last partial of a session that never got its final is an open tail, no violation."""
    session = fold(timeline([turn(1.0, "hello"), turn(1.5, "hello world")]))
    assert shapes(session) == [("0", "open", ["hello", "hello world"])]
    assert kinds(session) == []


def test_partials_continue_under_another_key():
    """Partials whose span the final of another, partial-less key covers belong to that final."""
    frames = [
        transcript(1.0, "hi there", key="a", start_s=0.4, end_s=1.0),
        transcript(2.0, "hi there friend", key="b", final=True, start_s=0.4, end_s=1.4),
    ]
    session = fold(timeline(frames, provider="gladia"))
    assert shapes(session) == [("0/b", "natural", ["hi there", "hi there friend"])]
    assert kinds(session) == ["rekeyed_segment"]


def test_partials_nobody_finalised_vanish():
    """Partials followed by a later final elsewhere are gone for the user, and counted."""
    frames = [
        transcript(1.0, "hi there", key="a", start_s=0.4, end_s=1.0),
        transcript(3.0, "bye", key="b", final=True, start_s=2.0, end_s=2.4),
    ]
    session = fold(timeline(frames, provider="gladia"))
    assert [segment.closed_by for segment in session.segments] == ["vanished", "natural"]
    assert kinds(session) == ["vanished_segment"]


def test_turn_order_must_grow_by_one_after_an_end():
    """A skipped order and a turn that never ended are both seen when the next turn begins."""
    session = fold(timeline([turn(1.0, "a", order=0), turn(2.0, "b", order=2, final=True, words=LATER)]))
    assert {breach.kind: breach.key for breach in session.violations} == {
        "turn_order_gap": "2",
        "missing_end_of_turn": "0",
        "vanished_segment": "0",
    }


def test_second_final_with_other_words_is_a_mutation():
    """A repeated final is counted; with other words it changed what was already final."""
    frames = [
        turn(1.0, "Book it.", final=True, formatted=True),
        turn(1.2, "book it!", final=True, formatted=True),
        turn(1.4, "Cook it.", final=True, formatted=True),
    ]
    assert kinds(fold(timeline(frames))) == ["duplicate_final", "duplicate_final", "post_final_mutation"]


def test_word_declared_final_must_not_change():
    """A final word that reads differently in a later partial is a mutation, a growing last word is none."""
    frames = [
        turn(1.0, "", words=[("book", 0, 90, True), ("a", 100, 190, False)]),
        turn(1.2, "", words=[("book", 0, 90, True), ("an", 100, 190, True)]),
        turn(1.4, "", words=[("book", 0, 90, True), ("a", 100, 190, True), ("table", 200, 290, False)]),
    ]
    session = fold(timeline(frames))
    assert kinds(session) == ["post_final_mutation"]
    assert [ns(1.4)] == [breach.t_ns for breach in session.violations]


def test_formatting_is_no_mutation():
    """A formatted final may write declared words in another way; only unformatted updates must repeat them."""
    frames = [
        turn(1.0, "five dollars", final=True),
        turn(1.2, "$5.", final=True, formatted=True, words=[("$5.", 0, 190, True)]),
    ]
    assert kinds(fold(timeline(frames))) == []


def test_contract_of_texts_words_and_times():
    """An empty final, words that are not the text's, and impossible word times are each counted."""
    wrong_words = json.loads(turn(1.2, "one two", final=True, order=1).raw) | {"transcript": "one three"}
    frames = [
        turn(1.0, "", final=True),
        frame(1.2, wrong_words),
        turn(1.4, "back", final=True, order=2, words=[("back", 300, 200, True)]),
    ]
    assert kinds(fold(timeline(frames))) == ["empty_final", "text_words_mismatch", "bad_word_time"]


def test_final_after_the_goodbye_is_a_violation():
    """Nothing may follow `Termination`; its arrival is kept as the clean end."""
    termination = frame(6.1, {"type": "Termination", "audio_duration_seconds": 6, "session_duration_seconds": 6})
    session = fold(timeline([termination, turn(6.2, "late", final=True, formatted=True)]))
    assert kinds(session) == ["final_after_close"]
    assert ns(6.1) == session.ended_ns


@pytest.mark.parametrize("provider", ["assemblyai", "gladia"])
@pytest.mark.parametrize(
    "raw",
    [
        '{"type": "Turn", "turn_order": -1}',
        "",
        "{",
        "[]",
        "7",
        "null",
        '{"type": 5}',
        '{"type": "New"}',
        '{"type": "Turn"}',
        '{"type": "transcript"}',
    ],
)
def test_unreadable_frame_is_an_unknown_event(provider: str, raw: str):
    """A frame that is no known message is counted and costs nothing else."""
    session = fold(timeline([frame(1.0, raw)], provider=provider))
    assert kinds(session) == ["unknown_event"]
    assert session.segments == ()


@pytest.mark.parametrize(
    ("provider", "message"),
    [
        ("assemblyai", {"type": "Begin", "id": "x", "expires_at": 1}),
        ("assemblyai", {"type": "Heartbeat"}),
        ("gladia", {"type": "audio_chunk", "acknowledged": True, "error": None, "data": {}}),
        ("gladia", {"type": "post_final_transcript", "data": {"transcription": {"full_transcript": "x"}}}),
    ],
)
def test_messages_without_text_are_silent(provider: str, message: dict):
    """Known messages that carry no live text make neither segments nor violations nor errors."""
    session = fold(timeline([frame(1.0, message)], provider=provider))
    assert (session.segments, session.violations, session.errors) == ((), (), ())


def test_errors_of_the_service_are_kept_with_those_of_the_client():
    """Error messages on the wire, refused audio and errors raised by the SDK all end up in `errors`."""
    refused = {"type": "audio_chunk", "acknowledged": False, "error": {"message": "too late"}, "data": None}
    recorded = timeline([frame(1.0, refused), frame(2.0, {"type": "error", "message": "boom"})], provider="gladia")
    session = fold(Timeline(recorded.header, (*recorded.events, ErrorRaised(ns(3), "timeout", "no end"))))
    assert session.errors == (("timeout", "no end"), ("audio_chunk refused", "too late"), ("error", "boom"))


def test_speech_events_are_kept_in_milliseconds():
    """Voice activity is kept with the provider's own time in milliseconds."""
    assemblyai = fold(timeline([frame(1.0, {"type": "SpeechStarted", "timestamp": 640})]))
    gladia = fold(timeline([frame(1.0, {"type": "speech_end", "data": {"time": 0.64}})], provider="gladia"))
    assert [(event.kind, event.audio_ms) for event in (*assemblyai.speech_events, *gladia.speech_events)] == [
        ("speech_start", 640),
        ("speech_end", 640.0),
    ]


def test_instants_of_the_session_are_taken_from_its_events():
    """Dial, ready, stop, close and both stamps of every chunk come out as recorded; a second `connected` is a reconnect."""
    recorded = timeline([frame(1.0, {"type": "Begin"}, handler_s=1.004)], duration_s=0.2)
    session = fold(Timeline(recorded.header, (*recorded.events, Connected(ns(0.15)))))
    assert (ns(-0.5), ns(-0.2)) == (session.connect_started_ns, session.ready_ns)
    assert ((ns(0.1), ns(0.2)), (ns(0.102), ns(0.202))) == (session.due_ns, session.sent_ns)
    assert (ns(0.202), ns(1.1), 1000) == (session.finish_ns, session.closed_ns, session.close_code)
    assert (session.reconnects, session.sdk_overhead_ms) == (1, (4.0,))


def test_unknown_provider_is_refused():
    """Frames of a provider nobody can read are an error, not an empty session."""
    recorded = timeline([])
    with pytest.raises(RunError, match="'other'"):
        fold(Timeline(replace(recorded.header, provider="other"), recorded.events))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = [
    "turn_order",
    "end_of_turn",
    "turn_is_formatted",
    "transcript",
    "words",
    "data",
    "id",
    "is_final",
    "utterance",
    "text",
    "start",
    "end",
    "channel",
    "error",
    "acknowledged",
    "time",
    "timestamp",
    "message",
    "error_code",
    "word_is_final",
    "word",
    "id",
    "start_ms",
    "end_ms",
    "formatted",
]
TYPES = [
    "Turn",
    "Error",
    "SpeechStarted",
    "Termination",
    "transcript",
    "error",
    "speech_start",
    "audio_chunk",
    "end_session",
    "partial",
    "final",
    "endpoint",
    "closed",
]
DEEP = st.recursive(JSON, lambda inner: st.dictionaries(st.sampled_from(FIELDS), inner, max_size=6), max_leaves=20)
MESSAGES = st.builds(
    lambda kind, body: json.dumps({"type": kind} | body),
    st.sampled_from(TYPES) | JSON,
    st.dictionaries(st.sampled_from(FIELDS), DEEP, max_size=8),
)


@given(st.sampled_from(["assemblyai", "command", "gladia"]), st.lists(st.text() | MESSAGES, max_size=8))
def test_no_frame_makes_folding_raise(provider: str, raws: list[str]):
    """Whatever arrives, folding yields a session whose text can be written to a file."""
    frames = [Frame(ns(index), ns(index), None, raw) for index, raw in enumerate(raws)]
    session = fold(timeline(frames, provider=provider))
    for segment in session.segments:
        for update in segment.updates:
            update.text.encode()


@pytest.mark.parametrize("raw", ["[" * 100_000, '{"a":' * 100_000, "9" * 5000, '{"type": "Turn", "turn_order": 1e999}'])
def test_hostile_json_does_not_raise(raw: str):
    """Deep nesting, endless integers and infinities are unreadable frames like any other."""
    assert kinds(fold(timeline([frame(1.0, raw)]))) == ["unknown_event"]


def test_lone_surrogates_are_replaced():
    """A lone surrogate, legal in JSON and illegal in UTF-8, does not survive into texts."""
    session = fold(timeline([frame(1.0, '{"type":"Turn","turn_order":0,"end_of_turn":true,"transcript":"a\\ud800"}')]))
    assert session.segments[0].updates[0].text == "a\N{REPLACEMENT CHARACTER}"

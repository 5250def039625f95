import json
from dataclasses import replace

import pytest
from builders import frame, ns, timeline, transcript, turn
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import RunError
from harness.timeline.events import Closed, Connected, ConnectStarted, ErrorRaised, FinishSent, Frame, Timeline
from harness.timeline.fold import fold
from harness.timeline.segments import FoldedSession

LATER = [("b", 500, 590, True)]


def kinds(session: FoldedSession) -> list[str]:
    """Kinds of violations in order."""
    return [breach.kind for breach in session.violations]


def shapes(session: FoldedSession) -> list[tuple[str, str, list[str]]]:
    """Key, closing and texts of each segment."""
    return [(one.key, one.closed_by, [update.text for update in one.updates]) for one in session.segments]


def test_first_final_after_the_stop_command_is_a_flush():
    """What the stop command squeezes out is marked, because it measures the harness and not the service."""
    session = fold(timeline([turn(6.2, "late", final=True, formatted=True)], duration_s=6.0))
    assert session.segments[0].closed_by == "flush"


def test_turn_without_final_stays_open_at_the_end():
    """The last partial of a session that never got its final is an open tail, no violation."""
    session = fold(timeline([turn(1.0, "hello"), turn(1.5, "hello world")]))
    assert shapes(session) == [("0", "open", ["hello", "hello world"])]
    assert kinds(session) == []


def test_what_stays_open_behind_a_final_has_not_vanished():
    """Only a later segment's final says that this one's will not come."""
    session = fold(timeline([turn(1.0, "a", final=True), turn(2.0, "b", order=1, words=LATER)]))
    assert [("0", "natural"), ("1", "open")] == [(key, closed_by) for key, closed_by, _ in shapes(session)]
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


@pytest.mark.parametrize(
    ("begins_s", "expected"), [(0.7, "rekeyed_segment"), (0.701, "vanished_segment"), (1.0, "vanished_segment")]
)
def test_a_final_takes_over_partials_of_which_it_covers_half(begins_s: float, expected: str):
    """Half of 0.6 seconds, by the words' own times; to touch is no overlap."""
    frames = [
        transcript(1.0, "hi there", key="a", start_s=0.4, end_s=1.0),
        transcript(2.0, "friend", key="b", final=True, start_s=begins_s, end_s=1.9),
    ]
    assert [expected] == kinds(fold(timeline(frames, provider="gladia")))


def test_of_several_finals_the_one_that_covers_most_takes_over():
    """Of equals the first. Messages of the joined segment stand in the order of their arrival."""
    partial = transcript(1.5, "a b c", key="p", start_s=0.0, end_s=1.0)
    half, most = (
        transcript(1.2 if key == "most" else 2.0, key, key=key, final=True, start_s=0.0, end_s=end_s)
        for key, end_s in (("half", 0.5), ("most", 0.8))
    )
    equal = transcript(2.5, "equal", key="equal", final=True, start_s=0.2, end_s=1.0)
    session = fold(timeline([partial, half, most, equal], provider="gladia"))
    assert {"0/most": ["most", "a b c"], "0/half": ["half"], "0/equal": ["equal"]} == {
        key: texts for key, _, texts in shapes(session)
    }
    [breach] = session.violations
    assert ("rekeyed_segment", "0/p", ns(1.5), "continued as 0/most") == (
        breach.kind,
        breach.key,
        breach.t_ns,
        breach.detail,
    )


def test_partials_without_times_are_taken_over_by_none():
    """Nor are those of no length: what they would belong to is a guess."""
    final = transcript(2.0, "hi there", key="b", final=True, start_s=0.5, end_s=1.0)
    for times in ({"start": None, "end": None, "words": []}, {"start": 0.5, "end": 0.5, "words": []}):
        message = json.loads(transcript(1.0, "hi", key="a").raw)
        message["data"]["utterance"] |= times
        assert kinds(fold(timeline([frame(1.0, message), final], provider="gladia"))) == ["vanished_segment"]


def test_a_final_at_the_instant_of_the_stop_command_is_the_services_own():
    """Only what comes later was squeezed out; without a stop nothing was."""
    at_stop, later = (turn(6.002 + late_s, "late", final=True, formatted=True) for late_s in (0.0, 1e-9))
    assert ["natural", "flush"] == [fold(timeline([each])).segments[0].closed_by for each in (at_stop, later)]
    assert "natural" == fold(timeline([later], finish=False)).segments[0].closed_by


def test_a_segment_lies_where_its_last_final_says():
    """Not where partials or an earlier final had it; without a final, where the last partial says."""
    frames = [
        transcript(1.0, "one", start_s=0.1, end_s=0.9),
        transcript(2.0, "one", final=True, start_s=0.2, end_s=1.0),
        transcript(3.0, "one", final=True, start_s=0.3, end_s=1.1),
        transcript(4.0, "two", start_s=0.4, end_s=1.2),
        transcript(5.0, "open", key="z", start_s=2.0, end_s=2.5),
        transcript(5.5, "open end", key="z", start_s=2.1, end_s=2.9),
    ]
    session = fold(timeline(frames, provider="gladia"))
    assert [(300, 1100), (2100, 2900)] == [(segment.start_ms, segment.end_ms) for segment in session.segments]


def test_what_vanished_is_quoted():
    """Its last text, up to 200 characters, at the instant at which it was shown last; a later partial alone loses nothing."""
    frames = [turn(1.0, "short"), turn(1.5, "x" * 300), turn(3.0, "bye", order=1, final=True, words=LATER)]
    [breach] = [breach for breach in fold(timeline(frames)).violations if breach.kind == "vanished_segment"]
    assert ("0", ns(1.5), "x" * 200) == (breach.key, breach.t_ns, breach.detail)
    assert ["open", "open"] == [
        one.closed_by for one in fold(timeline([*frames[:2], turn(3.0, "b", order=1)])).segments
    ]


def test_breaches_stand_in_the_order_of_their_instants():
    """Whoever noticed them: the reader, the segment's own updates or their order."""
    frames = [
        turn(1.0, "a", order=1, final=True, words=[("a", 900, 990, True)]),
        turn(2.0, "", order=2, final=True),
        frame(1.5, "no JSON"),
    ]
    assert [
        ("turn_order_gap", "first is 1"),
        ("unknown_event", "the frame is no JSON object"),
        ("empty_final", ""),
    ] == [(breach.kind, breach.detail) for breach in fold(timeline(frames)).violations]


@pytest.mark.parametrize(
    ("ended_s", "close_code", "finish", "lost"),
    [(6.05, None, True, False), (6.05, None, False, True), (None, None, True, True), (None, 1000, True, False)],
)
def test_a_socket_that_goes_behind_stop_and_goodbye_was_not_lost(ended_s, close_code, finish, lost):
    """Without a close frame, the service's last word says that it was done."""
    frames = [] if ended_s is None else [frame(ended_s, {"type": "Termination"})]
    session = fold(timeline([*frames, turn(1.0, "hi", final=True)], close_code=close_code, finish=finish))
    assert lost == (session.dropped_ns is not None)


def test_a_session_without_events_has_no_instants():
    """Nothing was dialled, sent, stopped or closed; a frame that no handler saw has no overhead."""
    bare = timeline([])
    session = fold(Timeline(bare.header, (Frame(5, 5, None, '{"type": "Begin"}'),)))
    assert (None,) * 7 == (
        session.connect_started_ns, session.ready_ns, session.finish_ns, session.closed_ns, session.close_code,
        session.http_post_ms, session.ws_open_ms,
    )  # fmt: skip
    assert ((), (), ()) == (session.sent_ns, session.due_ns, session.sdk_overhead_ms)


def test_the_first_opening_and_the_last_closing_count():
    """Of a session that lost its socket once and came back."""
    bare = timeline([])
    events = (
        ConnectStarted(-9), Connected(-8, 1.5, 2.5), ConnectStarted(-7), Closed(10, 1006, "lost"), Connected(20, None, 3.5),
        FinishSent(30), FinishSent(35), Closed(40, 1000, ""),
    )  # fmt: skip
    session = fold(Timeline(bare.header, events))
    assert (-9, -8, 1.5, 2.5, 1, 10, 30, 40, 1000) == (
        session.connect_started_ns, session.ready_ns, session.http_post_ms, session.ws_open_ms, session.reconnects,
        session.dropped_ns, session.finish_ns, session.closed_ns, session.close_code,
    )  # fmt: skip


def test_what_a_service_says_of_an_error_is_kept_or_else_its_message():
    """A code beside the word; of a message without words, its first 200 characters."""
    wordless = {"type": "error", "detail": "x" * 300}
    a = fold(
        timeline([frame(1.0, {"type": "Error", "error_code": 3007, "error": "fast"}), frame(2.0, {"type": "Error"})])
    )
    for provider in ("gladia", "command"):
        [(kind, text)] = fold(timeline([frame(1.0, wordless)], provider=provider)).errors
        assert ("error", json.dumps(wordless)[:200]) == (kind, text)
    assert (("Error 3007", "fast"), ("Error", "")) == a.errors


def test_unknown_types_are_named():
    """Up to 80 characters of them."""
    for provider in ("assemblyai", "gladia", "command"):
        session = fold(timeline([frame(1.0, {"type": "N" * 100}), frame(2.0, {})], provider=provider))
        assert [f"unknown type {'N' * 80}", "unknown type None"] == [breach.detail for breach in session.violations]


def test_what_a_text_lacks_is_named():
    """By its reader."""
    cases = [
        ("assemblyai", {"type": "Turn"}, "a Turn without a turn_order"),
        ("gladia", {"type": "transcript", "data": {"id": 1}}, "a transcript without an id or an utterance"),
        ("gladia", {"type": "transcript", "data": {"utterance": {}}}, "a transcript without an id or an utterance"),
        ("command", {"type": "partial", "id": 1}, "a partial without an id or a text"),
        ("command", {"type": "final", "text": "a"}, "a final without an id or a text"),
    ]
    for provider, message, detail in cases:
        assert [detail] == [
            breach.detail for breach in fold(timeline([frame(1.0, message)], provider=provider)).violations
        ]


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

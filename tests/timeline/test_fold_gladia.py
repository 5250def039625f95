"""Gladia's messages, folded."""

import json

import pytest
from builders import frame, ns, timeline, transcript

from harness.timeline.fold import fold
from harness.timeline.segments import Word


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


@pytest.mark.parametrize(
    ("length_s", "params", "expected"),
    [(4.75, {}, "forced"), (4.74, {}, "natural"), (4.9, {"maximum_duration_without_endpointing": 30}, "natural")],
)
def test_utterance_as_long_as_the_cap_was_forced(length_s: float, params: dict, expected: str):
    """A Gladia utterance within 0.25 s of the configured cap (5 s by default) was cut by it."""
    frames = [transcript(5.5, "on and on", final=True, start_s=0.0, end_s=length_s)]
    assert expected == fold(timeline(frames, provider="gladia", params=params)).segments[0].closed_by


def test_acknowledgements_say_how_far_the_audio_came():
    """Whole numbers of bytes; one that does not say is none, and is no breach."""
    spans = [[0, 3200], [3200, 6400.0], [6400], [0, -1], "0-5", None]
    frames = [
        frame(float(at), {"type": "audio_chunk", "acknowledged": True, "data": {"byte_range": span}})
        for at, span in enumerate(spans)
    ]
    session = fold(timeline(frames, provider="gladia"))
    assert (((0, 3200), (ns(1.0), 6400)), ()) == (session.acks, session.violations)


def test_an_utterance_lies_between_its_words_unless_it_says_otherwise():
    """Of each end on its own; the start is its place among segments, and channels have segments of their own."""
    times = [({}, (400, 1000)), ({"start": 0.3}, (300, 1000)), ({"end": 1.2}, (400, 1200))]
    for own, expected in times:
        message = json.loads(transcript(2.0, "hi there", key="a", final=True, start_s=0.4, end_s=1.0, channel=1).raw)
        utterance = message["data"]["utterance"]
        del utterance["start"], utterance["end"]
        utterance |= own
        [segment] = fold(timeline([frame(2.0, message)], provider="gladia")).segments
        assert ("1/a", expected) == (segment.key, (segment.start_ms, segment.end_ms))


def test_a_channels_messages_are_its_own():
    """Those of the session are everybody's; the channel stands in the utterance, or else in the data."""
    frames = [
        transcript(1.0, "left", key="a", final=True, channel=0),
        transcript(1.0, "right", key="a", final=True, channel=1),
        frame(1.5, {"type": "speech_end", "data": {"time": 1.0, "channel": 0}}),
        frame(1.6, {"type": "speech_start", "data": {"time": 1.0, "channel": 1}}),
        frame(2.0, {"type": "end_session"}),
    ]
    session = fold(timeline(frames, provider="gladia", channel=1))
    assert ([("1/a", "right")], ["speech_start"], ns(2.0)) == (
        [(one.key, one.updates[0].text) for one in session.segments], [event.kind for event in session.speech_events], session.ended_ns,
    )  # fmt: skip
    both = fold(timeline(frames, provider="gladia"))
    assert ["0/a", "1/a"] == [segment.key for segment in both.segments]


def test_a_segment_without_a_place_stays_behind_the_one_that_came_before_it():
    """One that arrives first stands in front."""
    placeless = []
    for at_s, key in ((0.5, "x"), (2.5, "y")):
        message = json.loads(transcript(at_s, key, key=key, final=True).raw)
        del message["data"]["utterance"]["start"], message["data"]["utterance"]["words"]
        placeless.append(frame(at_s, message))
    frames = [
        placeless[0],
        transcript(2.0, "b", key="b", final=True, start_s=2.0),
        placeless[1],
        transcript(3.0, "a", key="a", final=True, start_s=1.0),
        transcript(4.0, "c", key="c", final=True, start_s=3.0),
    ]
    session = fold(timeline(frames, provider="gladia"))
    assert ["0/x", "0/a", "0/b", "0/y", "0/c"] == [segment.key for segment in session.segments]

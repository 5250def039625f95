"""Access to JSON that nobody vouches for."""

import json
import math

import pytest

from harness.timeline.events import Frame
from harness.timeline.messages import (
    Reading,
    as_index,
    as_ms,
    as_number,
    as_text,
    as_words,
    decode_object,
    word_span,
)
from harness.timeline.segments import Violation, Word


@pytest.mark.parametrize(
    ("value", "number", "index"),
    [
        (0, 0.0, 0),
        (7.0, 7.0, 7),
        (7.5, 7.5, None),
        (-1, -1.0, None),
        (True, None, None),
        (False, None, None),
        ("5", None, None),
        (None, None, None),
        (math.nan, None, None),
        (math.inf, None, None),
        (-math.inf, None, None),
        (10**400, None, None),  # JSON can write it, a float can't hold it
    ],
)
def test_only_finite_numbers_are_numbers_and_whole_ones_from_zero_on_indices(value, number, index):
    """Whatever else stands in their place is nothing, true and false included."""
    assert (number, index) == (as_number(value), as_index(value))


@pytest.mark.parametrize(
    ("value", "unit_ms", "expected"),
    [
        (640, 1, 640),
        (0.64, 1000, 640),
        (1.2346, 1000, 1235),
        (-0.25, 1000, -250),
        (10**9, 1, 10**9),
        (-(10**9), 1, -(10**9)),
        (10**9 + 1, 1, None),
        (-(10**9) - 1, 1, None),
        (10**6, 1000, 10**9),
        (10**6 + 1, 1000, None),
        ("1", 1, None),
    ],
)
def test_times_are_whole_milliseconds_of_at_most_eleven_days(value, unit_ms, expected):
    """What is longer is damage."""
    assert expected == as_ms(value, unit_ms=unit_ms)


def test_words_without_a_text_are_left_out():
    """As is what is no word; what is damaged in one costs that alone."""
    listed = [
        {"text": " one ", "start": 0.1, "end": 0.2, "confidence": 0.5, "word_is_final": True},
        {"text": "two", "start": "soon", "confidence": "high", "word_is_final": 1},
        {"text": "  ", "start": 1},
        {"word": "three"},
        "four",
        None,
    ]
    expected = (Word("one", 100, 200, 0.5, is_final=True), Word("two", None, None, None, is_final=False))

    assert expected == as_words(listed, text_key="text", unit_ms=1000, is_final=None)
    assert ((), ()) == tuple(
        as_words(each, text_key="text", unit_ms=1, is_final=True) for each in (None, {"text": "a"})
    )


def test_words_take_what_holds_of_all_of_them():
    """A message may say of itself that it is final, and name times in its own way."""
    listed = [{"word": "one", "begin": 5, "finish": 7, "word_is_final": True}]

    assert [Word("one", 5, 7, None, is_final=final) for final in (True, False)] == [
        word
        for final in (True, False)
        for word in as_words(listed, text_key="word", unit_ms=1, is_final=final, time_keys=("begin", "finish"))
    ]


def word(start_ms, end_ms):
    return Word("a", start_ms, end_ms, None, is_final=True)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((word(200, 300), word(100, None), word(None, 250)), (100, 300)),
        ((word(0, 0),), (0, 0)),
        ((word(None, 250),), None),
        ((word(100, None),), None),
        ((), None),
    ],
)
def test_a_span_is_that_of_the_words_that_have_times(words, expected):
    """From the first start to the last end, wherever they stand."""
    assert expected == word_span(words)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [('{"a": 1}', {"a": 1}), ("{}", {}), ("[1]", None), ("7", None), ("", None), ("{", None), ("[" * 100_000, None)],
)
def test_a_frame_holds_an_object_or_nothing(raw, expected):
    """No JSON, no object, and what is nested too deep are one and the same."""
    assert expected == decode_object(raw)


def test_texts_can_be_written_to_a_file():
    """A lone surrogate is replaced, a pair is the character it stands for, and what is no text is empty."""
    texts = json.loads('["a\\ud800b\\udfff", "\\ud83d\\ude00", 7, null, ["a"]]')

    assert ["a\ufffdb\ufffd", "\U0001f600", "", "", ""] == [as_text(text) for text in texts]


def test_a_frame_that_is_rejected_is_a_breach_at_its_arrival():
    """It belongs to no segment."""
    reading = Reading()
    reading.reject(Frame(5, 6, 7, "?"), "no JSON")

    assert [Violation("unknown_event", "", 6, "no JSON")] == reading.violations

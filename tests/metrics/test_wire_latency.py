from dataclasses import replace

import pytest
from builders import frame, timeline

from harness.metrics.wire_latency import MOST_FOR_SLOPE, ack_lags_ms, backlog_slope_ms_per_s
from harness.timeline.fold import fold


def ack(at_s: float, first: int, end: int):
    """Gladia has audio up to a byte."""
    return frame(at_s, {"type": "audio_chunk", "acknowledged": True, "data": {"byte_range": [first, end]}})


def test_a_chunk_waits_for_the_acknowledgement_that_reaches_its_end():
    """Chunks of 3200 bytes leave at 102, 202, 302 ms; the first acknowledgement covers half of the second chunk."""
    session = fold(timeline([ack(0.15, 0, 4800), ack(0.25, 4800, 9600)], provider="gladia", duration_s=0.4))
    assert [48.0, 48.0, -52.0] == ack_lags_ms(session)
    assert [] == ack_lags_ms(replace(session, reconnects=1))
    assert [] == ack_lags_ms(replace(session, acks=()))


def test_acknowledgements_out_of_order_take_nothing_back():
    """The first reaches the end of two chunks; the second, of the first chunk again, says nothing new."""
    acks = [ack(0.15, 0, 6400), ack(0.25, 0, 3200), ack(0.35, 6400, 9600)]
    assert [48.0, -52.0, 48.0] == ack_lags_ms(fold(timeline(acks, provider="gladia", duration_s=0.3)))


def test_an_acknowledgement_without_a_range_is_none():
    """It says nothing about bytes."""
    frames = [
        frame(0.15, {"type": "audio_chunk", "acknowledged": True, "data": data}) for data in (None, {"byte_range": [3]})
    ]
    assert () == fold(timeline(frames, provider="gladia")).acks


def test_a_backlog_is_the_median_slope():
    """Words come 7 ms later with each second; one late word moves nothing."""
    ends_s = [float(second) for second in range(1, 31)]
    emissions_ms = [300 + 7 * end_s for end_s in ends_s]
    emissions_ms[3] += 5000
    assert 7.0 == pytest.approx(backlog_slope_ms_per_s(ends_s, emissions_ms, 31.0))


@pytest.mark.parametrize(("words", "duration_s"), [(9, 60.0), (30, 29.9)])
def test_too_little_has_no_slope(words: int, duration_s: float):
    """Under ten words, or under 30 s."""
    ends_s = [float(word) for word in range(words)]
    assert backlog_slope_ms_per_s(ends_s, ends_s, duration_s) is None


def test_ten_words_in_thirty_seconds_are_enough():
    """Words that all end at once have no slope even so."""
    ends_s = [float(word) for word in range(10)]
    assert (1.0, None) == (
        backlog_slope_ms_per_s(ends_s, ends_s, 30.0),
        backlog_slope_ms_per_s([1.0] * 10, ends_s, 30.0),
    )


def test_a_long_session_is_thinned():
    """The slope of an hour takes no more pairs than that of some minutes."""
    ends_s = [0.3 * word for word in range(6 * MOST_FOR_SLOPE + 1)]
    assert -2.0 == pytest.approx(backlog_slope_ms_per_s(ends_s, [-2 * end_s for end_s in ends_s], 3600.0))

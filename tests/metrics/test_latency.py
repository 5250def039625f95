import math

import pytest
from builders import clip, timeline, transcript, turn, utterance
from examples import analysed, flight_clip, hasty
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from harness.metrics.rows import BesideOther, Standing, session_row, turn_rows, utterance_rows
from harness.metrics.shown import prefix_length, shown_tokens
from harness.metrics.word_latency import WordTiming, word_timings

INF = math.inf
HI_THERE = clip([utterance("hi there", 0.4, 1.0, words=[("hi", 0.4, 0.6), ("there", 0.7, 1.0)])])
FINAL = turn(1.60, "hi there", final=True, formatted=True)


def partial(at_s: float, text: str):
    """A partial all of whose words may still change."""
    return turn(at_s, text, words=[(word, 0, 0, False) for word in text.split()])


def revised():
    """The updates of worked example 8.12."""
    updates = [(0.10, "you"), (0.82, "hi"), (1.15, "high there"), (1.30, "hi there")]
    return timeline([*(partial(*update) for update in updates), FINAL])


def test_token_before_the_speech_is_a_false_start():
    """A partial shown before the word can have been spoken is a false start, not a fast partial (8.12)."""
    (row,) = utterance_rows(analysed(HI_THERE, revised()))
    assert (row.false_start, row.first_partial_ms, row.first_text_ms) == (True, 420.0, 420.0)


def test_word_timings_of_a_revised_word():
    """Emission counts to the first right showing, stabilisation to the last wrong one (8.12)."""
    analysis = analysed(HI_THERE, revised())
    timings = word_timings(analysis.reference, analysis.hypothesis, analysis.coverage)
    # Both ends are those of a chunk, and chunks leave 2 ms late.
    assert [WordTiming(0, 220.0, 480.0, 1000.0, 218.0), WordTiming(1, 150.0, 0.0, 600.0, 148.0)] == [
        *timings.timed.values()
    ]


def test_word_declared_final_in_a_partial_counts_there():
    """A word-cadence model declares words final before the turn ends."""
    words = [("hi", 0, 0, True), ("there", 0, 0, False)]
    analysis = analysed(HI_THERE, timeline([turn(1.2, "", words=words), FINAL]))
    timings = word_timings(analysis.reference, analysis.hypothesis, analysis.coverage)
    assert [timing.final_ms for timing in timings.timed.values()] == [600.0, 600.0]


def test_words_first_shown_after_the_stop_have_no_timing():
    """What only the flush shows says nothing about the service at work."""
    analysis = analysed(HI_THERE, timeline([partial(1.2, "hi"), turn(6.3, "hi there", final=True, formatted=True)]))
    timings = word_timings(analysis.reference, analysis.hypothesis, analysis.coverage)
    assert ([0], 1) == ([*timings.timed], timings.after_stop)


def test_final_ms_of_a_revised_turn():
    """The final counts from the end of the turn's last word (8.12)."""
    (row,) = turn_rows(analysed(HI_THERE, revised()), is_compared=True)
    assert row.final_ms == 600.0


def test_missing_partials_stay_in_the_population():
    """Without a partial that shows the utterance the first partial is infinite, the first text is the final (8.13)."""
    (row,) = utterance_rows(analysed(HI_THERE, timeline([partial(0.10, "you"), FINAL])))
    assert (row.first_partial_ms, row.first_text_ms) == (INF, 1200.0)


SONNY = clip([utterance("Hi my name is Sonny", 0.5, 2.60)])
UNFORMATTED = turn(3.10, "hi my name is sonny", final=True)
FORMATTED = turn(3.24, "Hi, my name is Sonny.", final=True, formatted=True)


def test_double_final_is_one_text_with_two_instants():
    """The product waits for the formatted final; the endpoint is the first of the two (8.2)."""
    analysis = analysed(SONNY, timeline([UNFORMATTED, FORMATTED]))
    (row,) = turn_rows(analysis, is_compared=True)
    assert (row.final_unformatted_ms, row.final_formatted_ms, row.final_ms, row.endpoint_ms) == (500, 640, 640, 500)
    assert analysis.accuracy is not None
    assert (analysis.accuracy.counts.hits, analysis.accuracy.counts.errors) == (5, 0)


def test_product_that_consumes_the_first_final():
    """With `consume = first` the unformatted final is what counts, text and time."""
    analysis = analysed(SONNY, timeline([UNFORMATTED, FORMATTED]), consume="first")
    (row,) = turn_rows(analysis, is_compared=True)
    assert (row.final_ms, analysis.hypothesis.segments[0].text) == (500.0, "hi my name is sonny")


def test_formatted_final_that_never_comes():
    """A formatted final that was asked for and missing is an infinite latency and a counted miss, but its text is not lost."""
    analysis = analysed(SONNY, timeline([UNFORMATTED]))
    (row,) = turn_rows(analysis, is_compared=True)
    assert (row.final_ms, row.endpoint_ms) == (INF, 500.0)
    assert (analysis.hypothesis.segments[0].text, analysis.hypothesis.segments[0].is_formatted_missing) == (
        "hi my name is sonny",
        True,
    )


def test_session_that_did_not_ask_for_formatting_is_consumed_as_it_comes():
    """Where formatting was never asked for, its absence is no miss."""
    analysis = analysed(SONNY, timeline([UNFORMATTED], params={"format_turns": "False"}))
    (row,) = turn_rows(analysis, is_compared=True)
    assert (row.final_ms, row.final_formatted_ms) == (500.0, None)


def test_final_after_the_stop_command_is_no_final():
    """A final squeezed out by the stop command is infinite for the user, also if only its formatted form is late."""
    late = turn(6.3, "Hi, my name is Sonny.", final=True, formatted=True)
    (row,) = turn_rows(analysed(SONNY, timeline([UNFORMATTED, late])), is_compared=True)
    assert (row.final_ms, row.endpoint_ms) == (INF, 500.0)


def test_final_of_a_merged_turn_counts_where_its_last_word_is():
    """The turn's final is that of the segment holding its last covered word (8.14)."""
    rows = turn_rows(analysed(flight_clip(), hasty()), is_compared=True)
    assert [row.final_ms for row in rows] == [2150.0, 350.0]


def test_utterance_nobody_heard_is_infinite():
    """An utterance without any covered word keeps its place in the population."""
    two = clip([utterance("hi there", 0.4, 1.0), utterance("good bye", 2.0, 3.0)])
    rows = utterance_rows(analysed(two, timeline([FINAL])))
    assert [row.first_text_ms for row in rows] == [1200.0, INF]


def test_negative_latency_is_kept():
    """A word guessed up to 250 ms before its onset counts with its sign."""
    analysis = analysed(HI_THERE, timeline([partial(0.15, "hi"), FINAL]))
    (row,) = utterance_rows(analysis)
    assert (row.first_partial_ms, row.false_start) == (-250.0, False)
    timings = word_timings(analysis.reference, analysis.hypothesis, analysis.coverage)
    assert [-450.0, 600.0] == [timing.emission_ms for timing in timings.timed.values()]


def test_speech_known_from_a_vad_only_is_matched_by_time():
    """Without a text an update belongs to the span it falls into, from 250 ms before its onset on."""
    spans = clip([utterance(None, 1.0, 2.0), utterance(None, 3.0, 4.0)])
    frames = [
        transcript(1.5, "a", key="a", start_s=1.0),
        transcript(2.4, "a b", key="a", final=True, start_s=1.0, end_s=2.0),
        transcript(4.5, "c", key="b", final=True, start_s=3.0, end_s=4.0),
    ]
    analysis = analysed(spans, timeline(frames, provider="gladia"))
    utterances, turns = utterance_rows(analysis), turn_rows(analysis, is_compared=True)
    assert [(row.first_partial_ms, row.first_text_ms) for row in utterances] == [(500.0, 500.0), (INF, 1500.0)]
    assert [(row.final_ms, row.endpoint_ms, row.end_class) for row in turns] == [(400, 400, None), (500, 500, None)]
    assert [0, 0] == [row.early_cuts for row in turns]


def test_text_250_ms_before_an_onset_belongs_to_what_begins_there():
    """And not to the span before it as well."""
    spans = clip([utterance(None, 1.0, 2.0), utterance(None, 3.0, 4.0)])
    frames = [
        transcript(2.75, "a", key="a", start_s=2.5),
        transcript(4.5, "a b", key="a", final=True, start_s=2.5, end_s=4.0),
    ]
    analysis = analysed(spans, timeline(frames, provider="gladia"))
    assert [INF, -250.0] == [row.first_partial_ms for row in utterance_rows(analysis)]
    assert [INF, 500.0] == [row.final_ms for row in turn_rows(analysis, is_compared=True)]


def test_reference_without_times_has_no_latency():
    """Text that nobody placed on the audio clock has words but neither latencies nor timed end classes."""
    untimed = clip([utterance("hi there", 0.0, 6.0)], time_source="none")
    analysis = analysed(untimed, timeline([FINAL]))
    (one,), (end,) = utterance_rows(analysis), turn_rows(analysis, is_compared=True)
    assert (one.first_partial_ms, one.first_text_ms, one.errors) == (None, None, 0)
    assert (end.final_ms, end.endpoint_ms, end.end_class) == (None, None, None)


@pytest.mark.parametrize(
    ("update", "final", "expected"),
    [("y", "ht", 1), ("", "ht", 0), ("abc", "abcd", 3), ("xbc", "abcd", 3), ("abx", "abcd", 3), ("cd", "abcd", 2)],
)
def test_prefix_an_update_stands_for(update: str, final: str, expected: int):
    """The prefix is the nearest by edit distance, then the nearest in length."""
    assert prefix_length(update, final) == expected


@given(st.text("abcd", max_size=8), st.text("abcd", max_size=8))
def test_prefix_is_the_best_of_all(update: str, final: str):
    """Leaving out prefixes shorter than the common one loses no optimum."""
    best = min(
        range(len(final) + 1),
        key=lambda length: (Levenshtein.distance(update, final[:length]), abs(length - len(update)), length),
    )
    assert prefix_length(update, final) == best
    assert all(shown.final_token < best for shown in shown_tokens(update, final))


def test_first_text_from_audio_start_is_infinite_for_a_silent_provider():
    """A session with speech and no text at all never showed anything."""
    standing = Standing(None, None, is_compared=True)
    row = session_row(analysed(HI_THERE, timeline([])), standing, "include", BesideOther())
    assert row.first_text_from_audio_start_ms == INF

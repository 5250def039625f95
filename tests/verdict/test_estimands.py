import math
from dataclasses import replace

import pytest
import synthetic

from harness.errors import InvalidRunError
from harness.metrics.scores import BoundaryScore, WordTimingScore
from harness.verdict.estimands import (
    RATIO,
    CountRow,
    SampleRow,
    by_call,
    own_samples,
    paired_samples,
    pool,
    second_opinion_rows,
    secondary_word_rows,
)
from harness.verdict.latencies import LATENCY
from harness.verdict.population import Population

INF = math.inf


def totals(name, *sessions, **tables):
    population = Population.of(synthetic.scores(sessions, **tables))
    counts = pool(RATIO[name].rows(population), common=RATIO[name].common)
    return [
        float(part.sum())
        for part in (counts.baseline_events, counts.baseline_trials, counts.candidate_events, counts.candidate_trials)
    ]


def test_invalid_pair_is_dropped_on_both_sides():
    """A fault of the harness on one side drops the whole pair."""
    population = Population.of(
        synthetic.scores(
            [
                synthetic.session("a", "baseline"),
                synthetic.session("b", "baseline"),
                synthetic.session("a", "candidate", valid=False),
                synthetic.session("b", "candidate"),
            ],
            turns=[synthetic.turn(clip, side) for clip in ("a", "b") for side in synthetic.SIDES],
        )
    )

    assert [("b", 1)] == [pair.key for pair in population.sessions]
    assert ["b"] == [pair.baseline.clip_id for pair in population.turns]


def test_lone_session_is_no_pair():
    """A session without its counterpart is compared with nothing."""
    assert () == Population.of(synthetic.scores([synthetic.session("a", "baseline")])).sessions


def test_passes_pool_within_the_call():
    """Passes of a clip and clips of a call are one call."""
    rows = [CountRow("a", "x", 1, 10, 2, 10), CountRow("b", "x", 3, 20, 4, 20), CountRow("c", "y", 0, 5, 0, 5)]

    counts = pool(rows)

    assert ("x", "y") == counts.calls
    assert ([4, 0], [30, 5], [6, 0]) == tuple(
        part.tolist() for part in (counts.baseline_events, counts.baseline_trials, counts.candidate_events)
    )


def test_calls_without_trials_are_dropped():
    """A call without trials is no evidence."""
    assert ("y",) == pool([CountRow("a", "x", 0, 0, 0, 0), CountRow("b", "y", 0, 1, 0, 1)]).calls


def test_unequal_reference():
    """Sides that disagree on the reference are refused, for no honest difference exists."""
    with pytest.raises(InvalidRunError, match=r"clip 'a'.*scored on 10 and 11"):
        pool([CountRow("a", "x", 0, 10, 0, 11)])


def test_non_speech_is_out_of_wer():
    """Clips without reference words count insertions per minute, and nothing in WER."""
    sessions = [
        synthetic.session("a", side, reference_words=0, non_speech_insertions=n, duration_s=30.0)
        for side, n in zip(synthetic.SIDES, (1, 4), strict=True)
    ]

    assert [0, 0, 0, 0] == totals("wer", *sessions)
    assert [1, 0.5, 4, 0.5] == totals("non_speech_insertions_per_min", *sessions)


def test_failed_session():
    """A failed session counts in WER as delivered and in the failure rate, and leaves stability and endpointing."""
    sessions = [
        synthetic.session("a", "baseline", errors=5, early_cut_turns=1),
        synthetic.session("a", "candidate", errors=100, succeeded=False),
    ]

    assert [5, 100, 100, 100] == totals("wer", *sessions)
    assert [0, 1, 1, 1] == totals("session_failure_rate", *sessions)
    assert [0, 0, 0, 0] == totals("false_cutoff_rate", *sessions)
    assert [0, 0, 0, 0] == totals("normalized_erasure", *sessions)


def test_end_classes():
    """Every turn has one end class, counted where both sides have one."""
    turns = [
        synthetic.turn("a", "baseline", 0, end_class="ok"),
        synthetic.turn("a", "baseline", 1, end_class="ok"),
        synthetic.turn("a", "candidate", 0, end_class="merged"),
        synthetic.turn("a", "candidate", 1, end_class=None),
    ]
    sessions = [synthetic.session("a", side) for side in synthetic.SIDES]

    assert [1, 1, 0, 1] == totals("endpoint_recall", *sessions, turns=turns)
    assert [0, 1, 1, 1] == totals("merge_rate", *sessions, turns=turns)


def test_partials_per_second_of_speech():
    """Partials are counted per second of reference speech."""
    sessions = [synthetic.session("a", side, partials=12) for side in synthetic.SIDES]
    utterances = [synthetic.utterance("a", side, i) for side in synthetic.SIDES for i in range(2)]

    assert [12, 6, 12, 6] == totals("partials_per_s", *sessions, utterances=utterances)


def test_paired_latencies():
    """Infinite values stay in, values that one side lacks are counted and left out."""
    sessions = [synthetic.session("a", side) for side in synthetic.SIDES]
    values = {"baseline": (100.0, 200.0, None, None), "candidate": (INF, 250.0, 300.0, None)}
    turns = [synthetic.turn("a", side, i, final_ms=v) for side in values for i, v in enumerate(values[side])]

    rows, unpaired = paired_samples(LATENCY["final_ms"], Population.of(synthetic.scores(sessions, turns=turns)))

    assert [(100.0, INF), (200.0, 250.0)] == [(row.baseline_ms, row.candidate_ms) for row in rows]
    assert 1 == unpaired


def test_second_opinion():
    """Where the secondary normaliser does not know the language, the second opinion is the primary's."""
    other = synthetic.session(errors=3).words
    sessions = [
        *(synthetic.session("en", side, errors=1, words_secondary=other) for side in synthetic.SIDES),
        *(synthetic.session("xx", side, errors=1, words_secondary=None) for side in synthetic.SIDES),
    ]
    population = Population.of(synthetic.scores(sessions))

    assert [3.0, 1.0] == [row.candidate_events for row in second_opinion_rows(population)]
    assert [3.0] == [row.candidate_events for row in secondary_word_rows(population)]


def test_each_sides_own_values_stay():
    """Nan where the other has none; what neither has is counted on both sides and no row."""
    sessions = [synthetic.session("a", side) for side in synthetic.SIDES]
    values = {"baseline": (100.0, None, None, INF), "candidate": (None, 250.0, None, 300.0)}
    turns = [
        synthetic.turn("a", side, i, final_unformatted_ms=v) for side in values for i, v in enumerate(values[side])
    ]
    rows, excluded = own_samples(
        LATENCY["final_unformatted_ms"], Population.of(synthetic.scores(sessions, turns=turns))
    )

    assert ["(100.0, nan)", "(nan, 250.0)", "(inf, 300.0)"] == [
        str((row.baseline_ms, row.candidate_ms)) for row in rows
    ]
    assert (2, 2) == excluded


def test_samples_stand_by_their_calls():
    """In the order of the calls' names, and within one as they came."""
    rows = [SampleRow("c", call, float(i), float(-i)) for i, call in enumerate(("y", "x", "y", "x"))]
    found = by_call(rows)

    assert (("x", "y"), [0, 0, 1, 1], [1, 3, 0, 2], [-1, -3, 0, -2]) == (
        found.calls, found.call_index.tolist(), found.baseline.tolist(), found.candidate.tolist(),
    )  # fmt: skip


def test_a_side_alone_may_have_trials():
    """A call in which only the candidate said anything stays, where sides have denominators of their own."""
    rows = [CountRow("a", "x", 0, 0, 1, 2), CountRow("b", "y", 1, 2, 0, 0), CountRow("c", "z", 0, 0, 0, 0)]

    assert ("x", "y") == pool(rows, common=False).calls


def test_speech_is_that_of_the_same_pass():
    """A pair without speech, or that failed on a side, has no partials per second."""
    sessions = [
        synthetic.session(clip, side, partials=12, pass_number=number, succeeded=(clip, side) != ("b", "candidate"))
        for clip, number in (("a", 1), ("a", 2), ("b", 1), ("c", 1))
        for side in synthetic.SIDES
    ]
    utterances = [
        synthetic.utterance(clip, side, pass_number=number, end_s=float(number))
        for clip, number in (("a", 1), ("a", 2), ("b", 1))
        for side in synthetic.SIDES
    ]

    assert [24, 3, 24, 3] == totals("partials_per_s", *sessions, utterances=utterances)


def test_values_that_never_came_are_missing():
    """Of those that either side could have; an utterance that one side can't judge counts on neither."""
    sessions = [synthetic.session("a", side) for side in synthetic.SIDES]
    shown = {"baseline": (100.0, INF, None), "candidate": (INF, INF, 100.0)}
    utterances = [
        synthetic.utterance("a", side, i, first_partial_ms=ms, first_text_ms=ms)
        for side in shown
        for i, ms in enumerate(shown[side])
    ]

    assert [1, 2, 2, 2] == totals("no_partial_rate", *sessions, utterances=utterances)
    assert [1, 2, 2, 2] == totals("no_text_rate", *sessions, utterances=utterances)


def test_an_endpoint_by_time_is_a_hit_or_none():
    """An endpoint that never came is an infinite delay."""
    sessions = [synthetic.session("a", side) for side in synthetic.SIDES]
    came = {"baseline": (100.0, INF, None), "candidate": (INF, 90.0, 1.0)}
    turns = [synthetic.turn("a", side, i, endpoint_by_time_ms=ms) for side in came for i, ms in enumerate(came[side])]

    assert [1, 2, 1, 2] == totals("endpoint_recall_by_time", *sessions, turns=turns)


def test_a_clip_without_reference_has_no_insertions():
    """It may have speech that nobody wrote down."""
    sessions = [
        synthetic.session("a", side, reference_words=0, has_reference=False, non_speech_insertions=1)
        for side in synthetic.SIDES
    ]

    assert [0, 0, 0, 0] == totals("non_speech_insertions_per_min", *sessions)


def test_a_further_pass_counts_by_its_own_pair():
    """What is paired belongs to a clip in a pass; rows of a pair that was spoilt are gone, wherever they stand."""
    sessions = [
        synthetic.session(
            "a", side, pass_number=number, valid=number == 2, send_stamp="wire" if side == "baseline" else "handoff"
        )
        for number in (1, 2)
        for side in synthetic.SIDES
    ]
    boundaries = [
        BoundaryScore("a", number, "matched", 1, 1, None, None, 0.0, "equal", 5) for number in (1, 2)
    ]  # fmt: skip
    turns = [synthetic.turn("a", side, pass_number=number) for number in (1, 2) for side in synthetic.SIDES]
    utterances = [synthetic.utterance("a", side, pass_number=number) for number in (1, 2) for side in synthetic.SIDES]
    words = [WordTimingScore("a", "a", number, 0, 0, 0, "hi", 0.1, 0.5, *[100.0] * 8) for number in (1, 2)]
    population = Population.of(
        replace(synthetic.scores(sessions, utterances, turns, boundaries), word_timings=tuple(words))
    )

    assert [("a", 2)] == [pair.key for pair in population.sessions]
    assert ([2], [2], [2], [2]) == (
        [pair.baseline.pass_number for pair in population.utterances],
        [pair.candidate.pass_number for pair in population.turns],
        [row.pass_number for row in population.boundaries],
        [row.pass_number for row in population.words],
    )
    assert not population.has_one_send_stamp
    [part] = population.by_pair().values()
    joined = Population.joined([part, part])
    assert (2, 2, 2, ()) == (len(joined.sessions), len(joined.utterances), len(joined.turns), joined.boundaries)

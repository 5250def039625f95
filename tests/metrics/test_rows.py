"""Whole rows of one small pair, every column worked out by hand."""

import math
from dataclasses import replace

import pytest
from builders import clip, frame, timeline, transcript, turn, utterance
from examples import flight_clip, hasty, patient

from harness.metrics.score import ClipScores, ScoreSettings, score_clip
from harness.metrics.scores import BoundaryScore, SegmentScore, SessionScore, TurnScore, UtteranceScore, WordScore
from harness.metrics.word_counts import WordCounts
from harness.timeline.fold import fold

PLAIN = ScoreSettings(use_secondary=False)
OF = clip(
    [utterance("good bye now", 0.5, 2.0), utterance("see you", 3.0, 3.6)],
    call_id="call",
    tags=("noise=loud",),
    language="en-GB",
    speaker="ann",
    channel=1,
)


@pytest.fixture
def scores() -> ClipScores:
    """The baseline took a word back, added one and left a tail open; the candidate delivered what was said at once."""
    frames = [
        turn(1.0, "good"),
        turn(1.3, "good dog"),
        turn(2.4, "good bye now", final=True),
        turn(2.5, "good bye now.", final=True, formatted=True),
        turn(2.8, "huh", order=1, final=True, formatted=True, words=[("huh", 2500, 2700, True)]),
        turn(3.9, "see you", order=2, words=[("see", 3000, 3200, False), ("you", 3300, 3600, False)]),
    ]
    at_once = [transcript(4.5, "good bye now see you", key="a", final=True, start_s=0.5, end_s=3.6)]
    sides = {
        "baseline": fold(timeline(frames, loop_lag_ms={"p99": 3.0, "max": 7.0})),
        "candidate": fold(timeline(at_once, provider="gladia", side="candidate", send_stamp="handoff")),
    }
    return score_clip(OF, sides, 1, ScoreSettings())


def test_a_session(scores: ClipScores):
    """`good bye` is one word to the second normaliser; every chunk left 2 ms late, every frame was handled after 1 ms."""
    said = WordCounts(hits=5, insertions=1)
    expected = SessionScore(
        clip_id="clip", call_id="call", side="baseline", provider="assemblyai", pass_number=1,
        tags=("noise=loud",), language="en-GB", speaker="ann", duration_s=6.0,
        valid=True, invalid_reason=None, succeeded=True, failure_reason=None, has_reference=True,
        words=said, words_secondary=WordCounts(hits=4, insertions=1), non_speech_insertions=0, open_tail_words=2,
        turns=2, early_cut_turns=0, segments=3, spurious_segments=1, partials=3, erased_tokens=1, final_tokens=6,
        post_final_mutations=0, formatted_missing=0,
        session_init_ms=300.0, http_post_ms=None, ws_open_ms=None, flush_ms=None, close_ms=100.0,
        first_text_from_audio_start_ms=1000.0, lateness_p50_ms=2.0, lateness_p99_ms=2.0, lateness_max_ms=2.0,
        sdk_overhead_p50_ms=1.0, sdk_overhead_p99_ms=1.0, reconnects=0, audio_sha256="0" * 64,
        text="good bye now. huh see you",
        words_raw=WordCounts(hits=4, substitutions=1, insertions=1), words_plain=said, words_excl_suspect=said,
        characters=WordCounts(hits=20, insertions=4), compound_errors=1, time_constrained_errors=1,
        punctuation=WordCounts(insertions=1), changed_words=1, longer_words=6, channel=1, turns_derived=True,
        words_other_tail=WordCounts(hits=3, substitutions=1, deletions=1),  # "huh" in the place of "see"
        words_partial=WordCounts(hits=3, substitutions=1, deletions=1),  # "good dog see you"
        unstable_tokens=1, grid_erased_tokens=1, raw_final_tokens=6, raw_erased_tokens=1, raw_unstable_tokens=1,
        shown_segments=3, unstable_segments=1, no_partial_segments=2, common_tokens=5, spurious_boundaries=1,
        loop_lag_p99_ms=3.0, loop_lag_max_ms=7.0,
    )  # fmt: skip
    assert expected == scores.sessions[0]
    assert ["wire", "handoff"] == [row.send_stamp for row in scores.sessions]


def test_segments(scores: ClipScores):
    """Unformatted at 2.4 s and formatted 100 ms later; words out of nothing; and a tail that ends nothing."""
    common = {"clip_id": "clip", "side": "baseline", "pass_number": 1}
    expected = [
        SegmentScore(
            **common, segment=0, key="0", closed_by="natural", first_update_ms=1000.0, endpoint_at_ms=2400.0,
            consumed_at_ms=2500.0, start_ms=0, end_ms=290, partials=2, tokens=3, erased_tokens=1, role="boundary",
            text="good bye now.", unstable_tokens=1, grid_erased_tokens=1, raw_final_tokens=3, raw_erased_tokens=1,
            raw_unstable_tokens=1, formatting_delay_ms=100.0,
        ),
        SegmentScore(
            **common, segment=1, key="1", closed_by="natural", first_update_ms=2800.0, endpoint_at_ms=2800.0,
            consumed_at_ms=2800.0, start_ms=2500, end_ms=2700, partials=0, tokens=1, erased_tokens=0, role="spurious",
            text="huh", raw_final_tokens=1,
        ),
        SegmentScore(
            **common, segment=2, key="2", closed_by="open", first_update_ms=3900.0, endpoint_at_ms=None,
            consumed_at_ms=None, start_ms=3000, end_ms=3600, partials=1, tokens=2, erased_tokens=0, role="inside",
            text="see you", raw_final_tokens=2,
        ),
    ]  # fmt: skip
    assert expected == [row for row in scores.segments if row.side == "baseline"]


def test_utterances_and_turns(scores: ClipScores):
    """First texts at 1.0 and 3.9 s, the final at 2.5 s; nothing ends the second turn. `_prov_ms` leaves out that chunks left 2 ms late."""
    common = {"clip_id": "clip", "call_id": "call", "side": "baseline", "pass_number": 1}
    utterances = [
        UtteranceScore(
            **common, utterance=0, turn=0, start_s=0.5, end_s=2.0, time_source="segments", text="good bye now",
            reference_words=3, errors=1, first_partial_ms=500.0, first_text_ms=500.0, false_start=False,
            first_partial_prov_ms=498.0, first_text_prov_ms=498.0,
        ),
        UtteranceScore(
            **common, utterance=1, turn=1, start_s=3.0, end_s=3.6, time_source="segments", text="see you",
            reference_words=2, errors=0, first_partial_ms=900.0, first_text_ms=900.0, false_start=False,
            first_partial_prov_ms=898.0, first_text_prov_ms=898.0,
        ),
    ]  # fmt: skip
    turns = [
        TurnScore(
            **common, turn=0, end_s=2.0, final_ms=500.0, endpoint_ms=400.0, end_class="ok", early_cuts=0,
            final_prov_ms=498.0, final_unformatted_ms=400.0, final_formatted_ms=500.0, endpoint_by_time_ms=400.0,
        ),
        TurnScore(
            **common, turn=1, end_s=3.6, final_ms=math.inf, endpoint_ms=math.inf, end_class="flush", early_cuts=0,
            final_prov_ms=math.inf, final_unformatted_ms=math.inf, final_formatted_ms=math.inf,
            endpoint_by_time_ms=math.inf,
        ),
    ]  # fmt: skip
    assert utterances == [row for row in scores.utterances if row.side == "baseline"]
    assert turns == [row for row in scores.turns if row.side == "baseline"]


def test_words(scores: ClipScores):
    """The added word counts for the utterance before it, and has no place in the reference."""
    steps = [
        WordScore("clip", "baseline", 1, 3, "insert", None, "huh", 0, 1, None, None, category="other"),
        WordScore("clip", "baseline", 1, 4, "equal", "see", "see", 1, 2, None, None),
    ]
    assert steps == list(scores.words[3:5])


def test_end_classes_that_take_no_times():
    """Where nobody placed the text on the audio clock, it still says what was merged, forced, flushed or never heard."""
    of = clip([utterance(text, 0.0, 6.0) for text in ("one", "two", "three four", "five", "six")], time_source="none")
    frames = [
        transcript(1.5, "one two", key="a", final=True, start_s=0.5, end_s=1.5),
        transcript(6.0, "three four", key="b", final=True, start_s=1.5, end_s=5.5),
        transcript(6.3, "six", key="c", final=True, start_s=5.6, end_s=6.0),
    ]
    side = fold(timeline(frames, provider="gladia", params={"maximum_duration_without_endpointing": 4}))
    rows = score_clip(of, {"baseline": side, "candidate": side}, 1, PLAIN).turns[:5]
    assert ["merged", None, "forced", "missing", "flush"] == [row.end_class for row in rows]
    assert {(None, None, 0)} == {(row.final_ms, row.endpoint_ms, row.early_cuts) for row in rows}


def test_where_an_utterances_times_come_from():
    """From its words if it has any, though others have; else from what the clip says."""
    spoken = [utterance("hi", 0.4, 0.6, words=[("hi", 0.4, 0.6)]), utterance("there", 1.0, 1.5)]
    detected = clip([utterance(None, 0.4, 1.5)])
    side = fold(timeline([turn(2.0, "hi there", final=True, formatted=True)]))
    for of, sources in ((clip(spoken), ["words", "segments"]), (detected, ["vad"])):
        scores = score_clip(of, {"baseline": side, "candidate": side}, 1, PLAIN)
        assert sources * 2 == [row.time_source for row in scores.utterances]


def test_boundaries():
    """A and B one word apart, B 300 ms later; in the flight example each has one where the other has none (8.14, 8.16)."""
    of = clip([utterance("one two three four", 0.5, 2.5)])
    a = [
        turn(at_s, text, order=i, final=True, formatted=True)
        for i, (at_s, text) in enumerate([(1.0, "one two"), (3.0, "three four")])
    ]
    b = [
        turn(at_s, text, order=i, final=True, formatted=True)
        for i, (at_s, text) in enumerate([(1.3, "one two three"), (3.2, "four")])
    ]
    sides = {"baseline": fold(timeline(a)), "candidate": fold(timeline(b, side="candidate"))}
    matched = BoundaryScore("clip", 1, "matched", 2, 3, 1000.0, 1300.0, 300.0, "late", 4)
    assert (matched,) == score_clip(of, sides, 1, PLAIN).boundaries
    alone = score_clip(flight_clip(), {"baseline": patient(), "candidate": hasty()}, 1, PLAIN).boundaries
    assert (
        BoundaryScore("clip", 1, "split", None, 4, None, 1950.0, None, None, 9),
        BoundaryScore("clip", 1, "merge", 6, None, 3350.0, None, None, None, 9),
    ) == alone


PAUSES = (
    "holds", "holds_fired", "time_holds", "time_holds_fired", "time_hold_turns", "time_hold_turns_fired", "forced_cuts",
)  # fmt: skip
TIMED = ("timed_reference_words", "timed_right_words", "words_after_stop", "spurious_boundaries", "common_tokens")


def columns(row: SessionScore, names: tuple[str, ...]) -> tuple:
    """Some columns of a row."""
    return tuple(getattr(row, name) for name in names)


def test_pauses_and_timed_words_of_the_flight_example():
    """One pause in the first turn: the candidate's endpoint fell on it, by text and by time (8.14)."""
    a, b = score_clip(flight_clip(), {"baseline": patient(), "candidate": hasty()}, 1, PLAIN).sessions
    assert ((1, 0, 1, 0, 1, 0, 0), (1, 1, 1, 1, 1, 1, 0)) == (columns(a, PAUSES), columns(b, PAUSES))
    assert [(9, 9, 0, 0, 9)] * 2 == [columns(row, TIMED) for row in (a, b)]


def test_beside_a_failed_session_the_pauses_alone_are_told():
    """They say what the corpus has; of both sessions nothing else is compared. Words and acknowledgements stand alone."""
    dead = fold(timeline([frame(1.0, {"type": "error", "message": "boom"})], provider="gladia", side="candidate"))
    a, b = score_clip(flight_clip(), {"baseline": patient(), "candidate": dead}, 1, PLAIN).sessions
    assert [(0, 0, 0, 0, 1, 0, 0)] * 2 == [columns(row, PAUSES) for row in (a, b)]
    assert ((9, 9, 0), (9, 0, 0)) == (columns(a, TIMED[:3]), columns(b, TIMED[:3]))


def test_a_cut_at_the_longest_segment_is_forced():
    """A segment as long as the service lets one be ends within the first turn: no early cut, and the pause is not fired on."""
    frames = [
        transcript(1.95, "i need a flight", key="a", final=True, start_s=0.5, end_s=1.6),
        transcript(5.05, "to boston leaving on friday", key="b", final=True, start_s=2.1, end_s=2.9),
    ]
    params = {"maximum_duration_without_endpointing": 1.2}
    side = fold(timeline(frames, provider="gladia", params=params))
    row = score_clip(flight_clip(), {"baseline": side, "candidate": side}, 1, PLAIN).sessions[0]
    assert (1, 0, 0, 1) == (row.forced_cuts, row.early_cut_turns, row.holds_fired, row.holds)


def test_acknowledgements_and_words_of_the_flush():
    """Two of three chunks were acknowledged after 48 ms, one before it was sent; one of two words came after the stop."""
    acks = [
        frame(at_s, {"type": "audio_chunk", "acknowledged": True, "data": {"byte_range": [first, end]}})
        for at_s, first, end in ((0.15, 0, 4800), (0.25, 4800, 9600))
    ]
    of = clip([utterance("hi there", 0.1, 0.4, words=[("hi", 0.1, 0.2), ("there", 0.3, 0.4)])], duration_s=0.4)
    frames = [transcript(0.38, "hi", key="a"), transcript(0.6, "hi there", key="a", final=True), *acks]
    side = fold(timeline(frames, provider="gladia", duration_s=0.4))
    row = score_clip(of, {"baseline": side, "candidate": side}, 1, PLAIN).sessions[0]
    assert (48.0, 48.0) == (row.ack_lag_p50_ms, row.ack_lag_p95_ms)
    assert (2, 2, 1) == columns(row, TIMED[:3])
    assert (198.0, None) == (row.flush_ms, row.backlog_slope_ms_per_s)


def test_parts_of_the_dial():
    """The POST and the opening of the socket, where the recorder told them apart."""
    dialled = replace(hasty(), http_post_ms=120.0, ws_open_ms=80.0)
    a, b = score_clip(flight_clip(), {"baseline": patient(), "candidate": dialled}, 1, PLAIN).sessions
    assert [(None, None), (120.0, 80.0)] == [(row.http_post_ms, row.ws_open_ms) for row in (a, b)]

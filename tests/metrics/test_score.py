import math
from dataclasses import replace

import pytest
from builders import clip, frame, ns, timeline, transcript, turn, utterance
from examples import flight_clip, hasty, patient

from harness.corpus.model import Entity
from harness.metrics.score import ScoreSettings, score_clip, score_run
from harness.metrics.word_counts import WordCounts
from harness.timeline.fold import fold

PLAIN = ScoreSettings(use_secondary=False)
PAIR = {"baseline": patient(), "candidate": hasty()}


def flight():
    """Scores of the flight example."""
    return score_clip(flight_clip(), PAIR, 1, ScoreSettings())


def one_sided(of, frames, **changes):
    """The baseline's row of a clip on which both sides delivered the same frames."""
    side_a = fold(timeline(frames, **changes))
    side_b = fold(timeline(frames, side="candidate", **changes))
    return score_clip(of, {"baseline": side_a, "candidate": side_b}, 1, PLAIN)


def test_both_normalisers_agree_on_a_clean_pair():
    """Both sides delivered every word; either normaliser counts nine hits."""
    expected = [(WordCounts(hits=9), WordCounts(hits=9))] * 2
    assert [(row.words, row.words_secondary) for row in flight().sessions] == expected


def test_every_row_says_whose_it_is():
    """Clip, call, side and pass, in every table; the baseline's rows first, and numbered from 0 on each side."""
    of = replace(flight_clip(), clip_id="c", call_id="k", entities=(Entity(0, 16, 24, "place"),))
    said = [transcript(at_s, "i need a flight to boston", key="a", final=True, start_s=0.5) for at_s in (3.0, 3.2)]
    said.append(transcript(5.05, "leaving on friday", key="b", final=True, start_s=3.8))
    sides = {side: fold(timeline(said, provider="gladia")) for side in ("candidate", "baseline")}
    scores = score_clip(of, sides, 2, replace(PLAIN, keywords=("flight",)))
    each = {"sessions": 1, "utterances": 2, "turns": 2, "segments": 2, "words": 9, "entities": 1, "keywords": 1}
    for name, count in (each | {"findings": 1}).items():
        expected = [("c", side, 2) for side in ("baseline", "candidate") for _ in range(count)]
        assert expected == [(row.clip_id, row.side, row.pass_number) for row in getattr(scores, name)], name
    for name, count in {"boundaries": 1, "word_timings": 9}.items():
        assert [("c", 2)] * count == [(row.clip_id, row.pass_number) for row in getattr(scores, name)], name
    for name in ("sessions", "utterances", "turns", "entities", "keywords", "word_timings"):
        assert {"k"} == {row.call_id for row in getattr(scores, name)}, name
    numbered = {
        "utterances": "utterance",
        "turns": "turn",
        "segments": "segment",
        "words": "position",
        "entities": "entity",
    }
    for name, column in numbered.items():
        assert [*range(each[name])] * 2 == [getattr(row, column) for row in getattr(scores, name)], name


def test_cut_offs_are_counted_per_turn():
    """Of two turns the candidate cut one off, the baseline none (worked example 8.14)."""
    assert [(row.side, row.turns, row.early_cut_turns) for row in flight().sessions] == [
        ("baseline", 2, 0),
        ("candidate", 2, 1),
    ]


def test_roles_and_boundaries_of_the_flight_example():
    """The candidate's first segment is an early cut; against the baseline that is a split and a merge."""
    scores = flight()
    assert [row.role for row in scores.segments] == ["boundary", "boundary", "early_cut", "boundary"]
    assert [(row.kind, row.common_tokens) for row in scores.boundaries] == [("split", 9), ("merge", 9)]


def test_steps_carry_segments_and_word_times():
    """A step knows its segment, its utterance and the time of its reference word."""
    steps = [row for row in flight().words if row.side == "candidate"]
    assert [
        (row.reference, row.segment, row.utterance, row.reference_start_s, row.reference_end_s) for row in steps[3:7]
    ] == [
        ("flight", 0, 0, 1.0, 1.6),
        ("to", 1, 0, 2.1, 2.3),
        ("boston", 1, 0, 2.3, 2.9),
        ("leaving", 1, 1, 3.8, 4.2),
    ]


def test_failed_session_delivers_deletions_and_leaves_the_turns():
    """Missing text is deleted words as delivered; a dead session has no cut-offs, and neither has its partner."""
    dead = fold(timeline([frame(1.0, {"type": "error", "message": "boom"})], provider="gladia", side="candidate"))
    scores = score_clip(flight_clip(), {"baseline": patient(), "candidate": dead}, 1, PLAIN)
    a, b = scores.sessions
    assert (b.succeeded, b.failure_reason, b.valid, b.words) == (False, "error: boom", True, WordCounts(deletions=9))
    assert (a.succeeded, a.turns, b.turns, a.final_tokens) == (True, 0, 0, 0)
    assert [row.final_ms for row in scores.turns] == [450.0, 500.0, math.inf, math.inf]
    assert {row.end_class for row in scores.turns} == {None}


def test_invalid_pair_keeps_its_story_and_leaves_the_populations():
    """A fault of the harness marks both sides; segments and words are kept, utterances and turns are not."""
    slow = fold(timeline([], duration_s=6.0, lateness_s=0.2, provider="gladia", side="candidate"))
    scores = score_clip(flight_clip(), {"baseline": patient(), "candidate": slow}, 1, PLAIN)
    assert [row.valid for row in scores.sessions] == [False, False]
    assert (scores.utterances, scores.turns, scores.boundaries) == ((), (), ())
    assert (len(scores.segments), len(scores.words)) == (2, 18)


def test_missing_side_invalidates_the_pair():
    """A side that was never recorded leaves one invalid row."""
    scores = score_clip(flight_clip(), {"baseline": patient(), "candidate": None}, 1, PLAIN)
    assert [(row.side, row.invalid_reason) for row in scores.sessions] == [
        ("baseline", "candidate: no session was recorded")
    ]


def test_a_side_that_was_left_out_is_no_fault():
    """A run of one side has its sessions, utterances and turns, and nothing that takes two."""
    settings = replace(PLAIN, sides=("baseline",))
    scores = score_clip(flight_clip(), {"baseline": patient(), "candidate": None}, 1, settings)
    both = score_clip(flight_clip(), {"baseline": patient(), "candidate": hasty()}, 1, PLAIN)
    alone = [row for row in both.turns if row.side == "baseline"]
    assert [True] == [row.valid for row in scores.sessions]
    assert (alone, ()) == (list(scores.turns), scores.boundaries)


def test_words_in_silence_are_insertions_outside_the_error_rate():
    """In a clip without speech delivered words are counted apart (worked example 8.4)."""
    scores = one_sided(clip([]), [turn(2.0, "thank you", final=True, formatted=True)])
    row = scores.sessions[0]
    assert (row.words, row.non_speech_insertions, row.spurious_segments) == (WordCounts(), 2, 1)
    assert (row.succeeded, row.first_text_from_audio_start_ms) == (True, None)
    assert [(step.op, step.utterance) for step in scores.words[:2]] == [("insert", -1), ("insert", -1)]


def test_unintelligible_span_is_no_error():
    """What was heard in a span nobody understood is neither right nor wrong (8.24)."""
    of = clip([utterance("we met [unintelligible] yesterday", 0.5, 2.0)])
    scores = one_sided(of, [turn(2.5, "We met Bob Smith yesterday.", final=True, formatted=True)])
    assert scores.sessions[0].words == WordCounts(hits=3)


@pytest.mark.parametrize(
    ("tail_policy", "expected", "text"),
    [("include", WordCounts(hits=2), "good bye"), ("drop", WordCounts(deletions=2), "")],
)
def test_tail_left_open(tail_policy: str, expected: WordCounts, text: str):
    """Text that never became final counts as delivered, or does not, as the project decides."""
    of = clip([utterance("good bye", 0.5, 2.0)])
    sessions = {"baseline": fold(timeline([turn(2.0, "good bye")])), "candidate": fold(timeline([], side="candidate"))}
    row = score_clip(of, sessions, 1, replace(PLAIN, tail_policy=tail_policy)).sessions[0]
    assert (row.words, row.text, row.open_tail_words) == (expected, text, 2)


def test_errors_of_utterances_sum_to_the_session():
    """What the utterances' rows say adds up to the session's row."""
    of = clip([utterance("one cat", 0.5, 1.0), utterance("two dogs bark", 2.0, 3.0)])
    scores = one_sided(of, [turn(3.5, "a one bat two frogs bark now", final=True, formatted=True)])
    rows = [row for row in scores.utterances if row.side == "baseline"]
    assert [(row.errors, row.reference_words) for row in rows] == [(2, 2), (2, 3)]
    assert sum(row.errors for row in rows) == scores.sessions[0].words.errors


def test_reference_free_clip_is_compared_with_itself_only():
    """Without a reference there are no word counts; boundaries are placed in the baseline's own words."""
    scores = score_clip(clip([utterance(None, 0.5, 4.7)]), PAIR, 1, ScoreSettings())
    assert [(row.has_reference, row.words, row.turns) for row in scores.sessions] == [(False, WordCounts(), 0)] * 2
    assert scores.words == ()
    assert [row.kind for row in scores.boundaries] == ["split", "merge"]
    assert {row.role for row in scores.segments} == {"boundary"}


def test_unsupported_language_has_no_second_opinion():
    """A language the secondary normaliser has no rules for gives None, not zero."""
    of = clip([utterance("hola", 0.5, 1.0)], language="ja-JP")
    assert score_clip(of, PAIR, 1, ScoreSettings()).sessions[0].words_secondary is None


def test_runs_stamped_in_the_handler_use_it_on_both_sides():
    """If one side has no wire tap, both sides count from the handler, and the run says so."""
    slow = [turn(3.35, "i need a flight to boston leaving on friday", final=True, formatted=True)]
    slow[0] = replace(slow[0], handler_ns=ns(3.40))
    a = fold(timeline(slow))
    b = fold(timeline(slow, side="candidate", recv_stamp="handler"))
    scores = score_clip(flight_clip(), {"baseline": a, "candidate": b}, 1, PLAIN)
    assert scores.recv_stamp == "handler"
    assert [row.endpoint_at_ms for row in scores.segments] == [3400.0, 3400.0]


def test_second_final_of_the_same_text_counts_once():
    """Consuming the formatted final keeps one text (8.2)."""
    of = clip([utterance("Hi my name is Sonny", 0.5, 2.6)])
    frames = [
        turn(3.10, "hi my name is sonny", final=True),
        turn(3.24, "Hi, my name is Sonny.", final=True, formatted=True),
    ]
    row = one_sided(of, frames).sessions[0]
    assert (row.words, row.text, row.segments) == (WordCounts(hits=5), "Hi, my name is Sonny.", 1)


def test_mutations_and_missing_forms_are_counted_per_session():
    """Breaches that gate a migration stand in the session's row."""
    frames = [
        turn(2.0, "hi", final=True, formatted=True),
        turn(2.2, "ho", final=True, formatted=True),
        turn(3.0, "there", order=1, final=True),
    ]
    row = one_sided(clip([utterance("hi there", 0.5, 1.5)]), frames).sessions[0]
    assert (row.post_final_mutations, row.formatted_missing) == (1, 1)
    assert row.text == "ho there"


def test_erasure_of_the_session():
    """Tokens taken back and final tokens add over the session's segments (8.11)."""
    frames = [
        transcript(1.0, "the", key="a"),
        transcript(1.2, "the cat", key="a"),
        transcript(1.4, "a cat", key="a"),
        transcript(1.6, "a cat sat", key="a", final=True),
    ]
    row = one_sided(clip([utterance("a cat sat", 0.5, 1.5)]), frames, provider="gladia").sessions[0]
    assert (row.erased_tokens, row.final_tokens, row.partials) == (2, 3, 3)


def test_text_that_vanished_is_not_delivered():
    """Nobody finalised what was shown first, and a later final says something else: the session's text is that final's."""
    frames = [
        transcript(1.0, "lost words", key="a", start_s=0.5, end_s=0.9),
        transcript(2.5, "Good bye.", key="b", final=True, start_s=1.5, end_s=2.0),
    ]
    scores = one_sided(clip([utterance("good bye", 1.5, 2.0)]), frames, provider="gladia")
    assert ("Good bye.", WordCounts(hits=2)) == (scores.sessions[0].text, scores.sessions[0].words)
    assert [("vanished", "", 0, 2), ("natural", "Good bye.", 2, 0)] == [
        (row.closed_by, row.text, row.tokens, row.erased_tokens) for row in scores.segments[:2]
    ]


def test_times_around_the_stop():
    """Flush and close count from the stop command, the start from the dial."""
    frames = [turn(2.0, "hi", final=True, formatted=True), turn(6.3, "there", order=1, final=True, formatted=True)]
    row = one_sided(clip([utterance("hi there", 0.5, 1.5)]), frames, lateness_s=0.0).sessions[0]
    assert (row.session_init_ms, row.flush_ms, row.close_ms) == (300.0, 300.0, 400.0)
    assert row.first_text_from_audio_start_ms == 2000.0


def test_what_is_pooled_over_the_run():
    """Sixty chunks, two turns and two messages a session, and two clips; what neither side has has no row for both."""
    scores = score_run([(replace(flight_clip(), clip_id=name), PAIR, 1) for name in ("a", "b")], PLAIN)
    messages = [(row.side, row.way, row.count, row.clip_id) for row in scores.conduct if row.aspect == "message"]
    assert [("baseline", "Turn", 4, "a"), ("candidate", "transcript", 4, "a")] == messages
    assert [
        ("send_lateness_ms", "baseline", 120, 2.0), ("send_lateness_ms", "candidate", 120, 2.0),
        ("send_lateness_ms", "both", 240, 2.0),
        ("sdk_overhead_ms", "baseline", 4, 1.0), ("sdk_overhead_ms", "candidate", 4, 1.0),
        ("sdk_overhead_ms", "both", 8, 1.0),
        ("ack_lag_ms", "baseline", 0, None), ("ack_lag_ms", "candidate", 0, None),
        ("formatting_delay_ms", "baseline", 0, None), ("formatting_delay_ms", "candidate", 0, None),
    ] == [(row.metric, row.side, row.n, row.p95_ms) for row in scores.pooled]  # fmt: skip
    at_once = [row for row in scores.holds if row.hold_ms == 0]
    assert [("baseline", 4, 0, 4), ("candidate", 4, 2, 2)] == [
        (row.side, row.turns, row.early_cut_turns, row.ok_turns) for row in at_once
    ]


def test_run_is_ordered_whatever_the_order_of_work():
    """Tables are sorted by clip, side and pass, so that results do not depend on scheduling."""
    items = [
        (replace(flight_clip(), clip_id=clip_id), PAIR, pass_number) for clip_id in ("b", "a") for pass_number in (2, 1)
    ]
    scores = score_run(items, PLAIN)
    expected = [(clip_id, side, number) for clip_id in "ab" for side in ("baseline", "candidate") for number in (1, 2)]
    assert [(row.clip_id, row.side, row.pass_number) for row in scores.sessions] == expected
    assert score_run(reversed(items), PLAIN) == scores
    assert (scores.recv_stamp, scores.secondary_norm_id) == ("wire", None)

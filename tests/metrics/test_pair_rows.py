"""What both sides of a pair, and a whole run, say together: worked examples through `score_run`, and invariants of any pair."""

import math
from dataclasses import replace

import pytest
from builders import clip, timeline, transcript, turn, utterance
from examples import flight_clip, hasty, patient
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.metrics.score import ScoreSettings, score_run
from harness.metrics.scores import Scores
from harness.timeline.fold import fold
from harness.verdict.rules import GateSettings
from harness.verdict.summary import summarise

PLAIN = ScoreSettings(use_secondary=False)
FAST = GateSettings(resamples=999)


def summary(scores: Scores) -> dict:
    """`summary.json` of scores."""
    planned = {side: sum(row.side == side for row in scores.sessions) for side in ("baseline", "candidate")}
    return summarise(scores, FAST, run_id="r", endpoint="emulated", planned=planned)


def pair(of, baseline, candidate):
    """Scores of one clip."""
    return score_run([(of, {"baseline": baseline, "candidate": candidate}, 1)], PLAIN)


def metric(document, name, key="value"):
    """One value of both sides."""
    return tuple(document["metrics"][name][side][key] for side in ("baseline", "candidate"))


def test_the_flight_example_in_the_summary():
    """Cut-offs by turn, by hold and by time; the sweep and its matched point (8.14, 8.15)."""
    document = summary(pair(flight_clip(), patient(), hasty()))
    assert (0.0, 0.5) == metric(document, "false_cutoff_rate")
    assert (0.0, 1.0) == metric(document, "false_cutoff_per_hold")
    assert (0.0, 1.0) == metric(document, "false_cutoff_per_hold_by_time")
    assert (0.0, 1.0) == metric(document, "false_cutoff_rate_by_time")
    assert (1, 1) == metric(document, "false_cutoff_rate_by_time", "turns_with_pauses")
    assert (1.0, 0.5) == metric(document, "endpoint_recall_by_time")
    sweep = document["hold_sweep"]
    curve = {point["hold_ms"]: point for point in sweep["candidate"]["points"]}
    assert [(0.5, 1), (0.0, 0)] == [(curve[h]["false_cutoff_rate"], curve[h]["early_cut_turns"]) for h in (100, 200)]
    assert 200 == sweep["matched_operating_point"]["hold_ms"]
    assert 0 == sweep["baseline"]["fewest_cutoffs"]["p50_at_most_600_ms"]["hold_ms"]
    assert sweep["baseline"]["fewest_cutoffs"]["p50_at_most_300_ms"] is None
    assert 0 == sweep["baseline"]["least_delay"]["cutoffs_at_most_0.05"]["hold_ms"]
    block = document["metrics"]["boundaries"]
    assert (9, 1, 1, 11.1111, 11.1111, 0.0) == tuple(
        block[key] for key in ("common_tokens", "split", "merge", "split_per_100", "merge_per_100", "f1")
    )


def test_a_turn_is_cut_early_once():
    """Two of three pauses of a turn fired on are one cut turn by times; a turn without a pause is no trial. No text needed."""
    spans_s = [(0.5, 1.0), (1.5, 2.0), (2.5, 3.0), (3.5, 4.0)]
    turns = [utterance(None, *span_s, turn_id="t") for span_s in spans_s]
    of = clip([*turns, utterance(None, 4.5, 5.0, turn_id="u")], text=None, time_source="vad")

    def answers(*instants_s):
        return fold(timeline([turn(at_s, "x", order=i, final=True) for i, at_s in enumerate(instants_s)]))

    document = summary(pair(of, answers(4.2, 5.2), answers(1.2, 2.2, 4.2, 5.2)))
    assert [(0, 1), (1, 1)] == [
        metric(document, "false_cutoff_rate_by_time", key) for key in ("cut_turns", "turns_with_pauses")
    ]
    assert (0.0, 0.666667) == metric(document, "false_cutoff_per_hold_by_time")


def test_the_double_final_in_the_summary():
    """Both forms, the delay between them, and the endpoint; Gladia has one form only (8.2)."""
    of = clip([utterance("Hi my name is Sonny", 0.5, 2.6)])
    a = timeline(
        [turn(3.10, "hi my name is sonny", final=True), turn(3.24, "Hi, my name is Sonny.", final=True, formatted=True)]
    )
    b = timeline([transcript(3.0, "Hi, my name is Sonny.", final=True)], provider="gladia", side="candidate")
    document = summary(pair(of, fold(a), fold(b)))
    assert (500.0, None) == metric(document, "final_unformatted_ms", "p50")
    assert (640.0, 400.0) == metric(document, "final_formatted_ms", "p50")
    assert (640.0, 400.0) == metric(document, "final_ms", "p50")
    assert (60.0 + 80.0, None) == metric(document, "formatting_delay_ms", "p50")
    assert (500.0, 400.0) == metric(document, "endpoint_ms", "p50")


def test_a_form_that_did_not_come_once_is_missing():
    """The side has formatted finals, so the one that never came is infinite; an unformatted form Gladia has nowhere."""
    of = clip([utterance("hi", 0.4, 0.6), utterance("there", 1.7, 2.0)])
    a = [turn(1.0, "Hi.", final=True, formatted=True), turn(2.5, "there", order=1, final=True)]
    b = [transcript(2.6, "hi there", final=True)]
    scores = pair(of, fold(timeline(a)), fold(timeline(b, provider="gladia", side="candidate")))
    found = [(row.final_unformatted_ms, row.final_formatted_ms) for row in scores.turns if row.side == "baseline"]
    assert [(math.inf, 400.0), (500.0, math.inf)] == found
    assert {None} == {row.final_unformatted_ms for row in scores.turns if row.side == "candidate"}


def test_a_form_that_a_side_has_nowhere_is_not_available():
    """Not infinite: nobody asked for formatted finals, and of two turns the second has none of any form."""
    of = clip([utterance("hi", 0.4, 0.6), utterance("there", 1.7, 2.0)])
    plain = [fold(timeline([turn(1.0, "hi", final=True)], side=side, params={})) for side in ("baseline", "candidate")]
    rows = pair(of, *plain).turns
    assert [(400.0, None), (math.inf, None)] * 2 == [(row.final_unformatted_ms, row.final_formatted_ms) for row in rows]


HI_THERE = clip([utterance("hi there", 0.40, 1.00, words=[("hi", 0.40, 0.60), ("there", 0.70, 1.00)])])
REVISED = [(0.10, "you"), (0.82, "hi"), (1.15, "high there"), (1.30, "hi there"), (1.60, "hi there")]


def revised(side="baseline"):
    """The updates of worked example 8.12."""
    last = len(REVISED) - 1
    frames = [transcript(at_s, text, key="a", final=index == last) for index, (at_s, text) in enumerate(REVISED)]
    return fold(timeline(frames, provider="gladia", side=side))


def test_word_latencies_in_tables_and_summary():
    """Emission, stabilisation and final of the words right on both sides, from audio and from sending (8.12)."""
    final = timeline([transcript(1.60, "hi where", key="a", final=True)], provider="gladia", side="candidate")
    scores = pair(HI_THERE, revised(), fold(final))
    (row,) = scores.word_timings
    assert ("hi", 220.0, 480.0, 1000.0, 1000.0, 0.0, 1000.0) == (
        row.reference, row.baseline_emission_ms, row.baseline_stabilisation_ms, row.baseline_final_ms,
        row.candidate_emission_ms, row.candidate_stabilisation_ms, row.candidate_final_ms,
    )  # fmt: skip
    document = summary(scores)
    assert {"value": 0.5, "words": 1, "reference_words": 2} == document["metrics"]["word_emission_ms"]["coverage"]
    assert (220.0, 1000.0) == metric(document, "word_emission_ms", "p50")
    assert (218.0, 998.0) == metric(document, "word_emission_prov_ms", "p50")
    assert (1, 0) == metric(document, "false_start_count")
    assert (420.0, "inf") == metric(document, "first_partial_ms", "p50")


def test_words_shown_by_the_flush_alone_are_counted_apart():
    """The stream stops at 6.002 s: one of two right words had been shown before."""
    a = timeline([transcript(1.2, "hi", key="a"), transcript(6.3, "hi there", key="a", final=True)], provider="gladia")
    document = summary(pair(HI_THERE, fold(a), revised("candidate")))
    assert (0.5, 0.0) == metric(document, "words_after_stop_rate")
    assert 1 == document["metrics"]["word_emission_ms"]["baseline"]["n"]


def test_sides_stamped_differently_are_not_compared_from_sending():
    """One side's sending is stamped where the SDK took the audio: the values stand, the difference does not."""
    b = revised("candidate")
    b = replace(b, header=replace(b.header, send_stamp="handoff"))
    block = summary(pair(HI_THERE, revised(), b))["metrics"]
    assert 418.0 - 1.0 <= block["first_partial_prov_ms"]["baseline"]["p50"] <= 420.0
    assert block["first_partial_prov_ms"]["difference"]["p50"]["value"] is None
    assert "stamped" in block["first_partial_prov_ms"]["difference"]["p50"]["reason"]
    assert 0.0 == block["first_partial_ms"]["difference"]["p50"]["value"]


def test_stability_in_the_summary():
    """Erasure, unstable words and segments, overhead, on a grid and of raw tokens (8.11)."""
    texts = [(1.0, "the"), (1.25, "the cat"), (1.45, "a cat"), (1.65, "a cat sat")]
    frames = [transcript(at_s, text, key="a", final=text == "a cat sat") for at_s, text in texts]
    plain = [
        transcript(1.0, "a", key="a"),
        transcript(1.2, "a cat", key="a"),
        transcript(1.6, "A cat sat.", key="a", final=True),
    ]
    of = clip([utterance("a cat sat", 0.5, 1.5)])
    sides = [fold(timeline(f, provider="gladia", side=s)) for f, s in ((frames, "baseline"), (plain, "candidate"))]
    scores = pair(of, *sides)
    assert [(3, 2, 1, 2, 3, 2, 1), (3, 0, 0, 0, 3, 2, 1)] == [
        (
            row.tokens, row.erased_tokens, row.unstable_tokens, row.grid_erased_tokens,
            row.raw_final_tokens, row.raw_erased_tokens, row.raw_unstable_tokens,
        )
        for row in scores.segments
    ]  # fmt: skip
    document = summary(scores)
    assert (0.666667, 0.0) == metric(document, "normalized_erasure")
    assert (0.333333, 0.0) == metric(document, "unstable_word_ratio")
    assert (1.0, 0.0) == metric(document, "unstable_segment_ratio")
    assert (0.571429, 0.0) == metric(document, "edit_overhead")
    assert (0.666667, 0.0) == metric(document, "normalized_erasure_grid")
    assert (0.666667, 0.666667) == metric(document, "normalized_erasure_raw")
    assert (0.333333, 0.333333) == metric(document, "partial_wer")  # each last partial lacks "sat"
    assert (0, 0) == metric(document, "no_partial_segments")


def test_what_a_provider_breaks_is_a_finding():
    """A row a breach, counted by side and kind, with zeros for what was kept."""
    frames = [turn(2.0, "hi", final=True, formatted=True), turn(2.2, "ho", final=True, formatted=True)]
    of = clip([utterance("hi", 0.5, 1.5)])
    scores = pair(of, fold(timeline(frames)), fold(timeline(frames[:1], side="candidate")))
    assert [("duplicate_final", "0", 2200.0), ("post_final_mutation", "0", 2200.0)] == [
        (row.kind, row.key, row.at_ms) for row in scores.findings
    ]
    assert [2, 0] == [row.contract_violations for row in scores.segments]
    document = summary(scores)
    counts = document["contract_violations"]["baseline"]["counts"]
    assert {"duplicate_final": 1, "post_final_mutation": 1} == {kind: n for kind, n in counts.items() if n}
    assert 11 == len(counts)
    assert (2, 0) == metric(document, "contract_violation_count")


def test_the_tail_left_open_is_scored_both_ways():
    """Two words never became final: right if included, deleted if dropped; and the words are counted."""
    of = clip([utterance("good bye", 0.5, 2.0)])
    open_tail = timeline([turn(1.9, "good bye")])
    document = summary(pair(of, fold(open_tail), fold(timeline([], side="candidate"))))
    assert (0.0, 1.0) == metric(document, "wer")
    assert (1.0, 1.0) == metric(document, "wer_other_tail")
    assert (2, 0) == metric(document, "open_tail_word_count")


def test_a_grid_does_not_see_what_was_there_for_a_moment():
    """A word that stood from 1.25 to 1.35 s falls between the looks at 1.2 and 1.4 s."""
    texts = [(1.0, "a"), (1.25, "a bat"), (1.35, "a cat"), (1.65, "a cat")]
    frames = [transcript(at_s, text, key="a", final=at_s == 1.65) for at_s, text in texts]
    side = [fold(timeline(frames, provider="gladia", side=name)) for name in ("baseline", "candidate")]
    row = pair(clip([utterance("a cat", 0.5, 1.5)]), *side).segments[0]
    assert (1, 0) == (row.erased_tokens, row.grid_erased_tokens)
    frames = [*frames[:2], transcript(1.35, "a cat", key="a", final=True)]  # nor just before the final
    side = [fold(timeline(frames, provider="gladia", side=name)) for name in ("baseline", "candidate")]
    row = pair(clip([utterance("a cat", 0.5, 1.5)]), *side).segments[0]
    assert (1, 0) == (row.erased_tokens, row.grid_erased_tokens)


WORDS = ("one", "two", "three", "four")
UPDATES = st.lists(
    st.tuples(st.integers(0, 7000), st.lists(st.sampled_from([*WORDS, "five"]), max_size=5), st.booleans()), max_size=8
)


def session(updates, side):
    """Any updates at all of two segments, in the order of time."""
    frames = [
        transcript(
            at_ms / 1000, " ".join(words), key=f"{'ab'[at_ms > 2500]}", final=is_final, start_s=float(at_ms > 2500)
        )
        for at_ms, words, is_final in sorted(updates, key=lambda update: update[0])
    ]
    return fold(timeline(frames, provider="gladia", side=side))


def spoken():
    """Two turns of two words with a pause in the first."""
    spans = [(0.5, 0.8), (1.2, 1.5), (3.0, 3.3), (3.4, 3.8)]
    words = [(word, *span) for word, span in zip(WORDS, spans, strict=True)]
    return clip([utterance("one two", 0.5, 1.5, words=words[:2]), utterance("three four", 3.0, 3.8, words=words[2:])])


@settings(max_examples=60, deadline=None)
@given(UPDATES, UPDATES)
def test_whatever_arrives_the_orderings_and_sums_hold(baseline, candidate):
    """First text is no later than first partial, unstable no more than erased, and every part sums to its whole."""
    scores = pair(spoken(), session(baseline, "baseline"), session(candidate, "candidate"))
    for row in scores.utterances:
        assert row.first_text_ms <= row.first_partial_ms
        if row.first_partial_prov_ms not in {None, math.inf}:
            assert row.first_partial_prov_ms <= row.first_partial_ms  # the chunk leaves after the audio in it happened
    for row in scores.turns:
        assert (
            row.endpoint_ms is None or row.final_ms is None or row.end_class != "ok" or row.endpoint_ms <= row.final_ms
        )
        assert (row.end_class in {"missing", "merged", "flush", None}) == (row.endpoint_ms in {None, math.inf})
    for row in scores.segments:
        assert 0 <= row.unstable_tokens <= row.erased_tokens
        assert row.raw_unstable_tokens <= row.raw_erased_tokens
        if row.first_update_ms is not None and row.endpoint_at_ms is not None:
            assert row.first_update_ms <= row.endpoint_at_ms
    for row in scores.word_timings:
        for side in ("baseline", "candidate"):
            final_ms = getattr(row, f"{side}_final_ms")
            assert getattr(row, f"{side}_stabilisation_ms") >= 0
            assert final_ms is None or final_ms >= getattr(row, f"{side}_emission_ms")
    for one in scores.sessions:
        own = [row for row in scores.segments if row.side == one.side]
        if any(other.turns for other in scores.sessions):
            assert sum(row.erased_tokens for row in own) == one.erased_tokens
            assert sum(row.tokens for row in own if row.closed_by != "vanished") == one.final_tokens
        assert sum(row.side == one.side for row in scores.findings) == one.contract_violations
        assert len(scores.word_timings) <= one.timed_right_words - one.words_after_stop <= one.timed_reference_words
        assert one.holds_fired <= one.holds
    by_hold = [row for row in scores.holds if row.hold_ms == 0]
    assert [row.early_cut_turns for row in by_hold] == [row.early_cut_turns for row in scores.sessions if by_hold]


@pytest.mark.parametrize(("kind", "expected"), [("quiet", "noise=quiet"), ("loud", "noise=loud")])
def test_noise_is_a_class(kind: str, expected: str):
    """A numeric tag of the signal-to-noise ratio names its class."""
    of = replace(flight_clip(), tags=(f"snr={5 if kind == 'loud' else 30}",), channel=1)
    slices = summary(pair(of, patient(), hasty()))["slices"]
    assert {expected, "channel=1", "duration=under-10s", "lang=en"} <= set(slices)
    assert (1, 1, 2, True) == tuple(slices[expected][key] for key in ("pairs", "calls", "utterances", "underpowered"))

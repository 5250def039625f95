import math

import pytest
from builders import clip, ns, timeline, transcript, turn, utterance
from examples import analysed, flight_clip, hasty, patient

from harness.metrics.boundaries import (
    Boundary,
    BoundarySummary,
    Segmentation,
    compare,
    segmentation_of,
    summarise,
    token_positions,
)
from harness.metrics.endpoint_times import hold_window_s, match_by_time, turn_window_s, turns_with_holds
from harness.metrics.endpointing import Ending, holds, holds_fired_on, roles, turn_ends
from harness.metrics.hold_sweep import fewest_cutoffs, held, least_delay, matched_operating_point, sweep, tally
from harness.metrics.hypothesis import TokenCoder, hypothesis_of
from harness.metrics.reference import reference_of
from harness.metrics.scores import HoldScore

INF = math.inf


def ends_of(session):
    """Class, delay and cuts of the two turns of the flight example."""
    analysis = analysed(flight_clip(), session)
    reference = analysis.reference
    return [
        (end.end_class, end.endpoint_ms, end.early_cuts)
        for end in turn_ends(analysis.endings, reference.turn_of, reference.turn_ends_s)
    ]


def test_patient_provider_ends_both_turns():
    """One segment a turn: both ends are ok (worked example 8.14, A)."""
    assert ends_of(patient()) == [("ok", 450.0, 0), ("ok", 500.0, 0)]


def test_hasty_provider_cuts_and_merges():
    """A cut at a pause is counted against the turn, and its real end is merged (8.14, B)."""
    assert ends_of(hasty()) == [("merged", INF, 1), ("ok", 350.0, 0)]


def test_cut_falls_on_the_hold():
    """The pause after `flight` is the only hold, and the cut fires on it (8.14)."""
    analysis = analysed(flight_clip(), hasty())
    reference = analysis.reference
    found = holds(reference.times_s, reference.turn_of)
    assert (found, holds_fired_on(analysis.endings, reference.turn_of, found)) == ([3], [3])


def test_the_same_by_times():
    """By times alone B fires on the hold and misses the first turn (8.14, 6.2)."""
    assert (turn_window_s(2.90, 3.80), hold_window_s(1.60, 2.10)) == ((2.65, 3.80), (1.35, 2.10))
    match = match_by_time([1.95, 5.05], [(2.90, 3.80), (4.70, None)], [(1.60, 2.10)])
    assert (match.claimed_s, match.fired) == ((None, 5.05), (True,))


@pytest.mark.parametrize(
    ("at_s", "closed_by", "expected"),
    [
        (2.0, "natural", ("ok", 0.0)),
        (1.75, "natural", ("ok", -250.0)),
        (1.74, "natural", ("early", -260.0)),
        (5.0, "natural", ("ok", 3000.0)),
        (5.01, "natural", ("late", 3010.0)),
        (2.5, "forced", ("forced", 500.0)),
        (2.5, "flush", ("flush", INF)),
        (None, "open", ("flush", INF)),
    ],
)
def test_end_classes_by_delay(at_s: float | None, closed_by: str, expected: tuple[str, float]):
    """A turn's end is early below -250 ms and late above 3 s; a flush is no endpoint."""
    ending = Ending((0, 1), None if at_s is None else ns(at_s), closed_by)
    (end,) = turn_ends([ending], [0, 0], [2.0])
    assert (end.end_class, end.endpoint_ms) == expected


def test_roles_of_segments():
    """A forced cut is no early cut, a segment of unspoken words is spurious, an empty one is nothing."""
    endings = [
        Ending((0,), 1, "forced"),
        Ending((), 2, "natural"),
        Ending((), 3, "natural", has_tokens=False),
        Ending((1,), 4, "natural"),
        Ending((2,), None, "open"),
    ]
    assert roles(endings, [0, 0, 0]) == ["forced_cut", "spurious", "inside", "early_cut", "inside"]
    assert turn_ends(endings, [0, 0, 0], [1.0])[0].early_cuts == 1


def test_turn_nobody_covered_is_missing():
    """A turn without a covered word is missing; one without words is in no population."""
    ends = turn_ends([Ending((0,), ns(1), "natural")], [0, 1], [1.0, 2.0, 3.0])
    assert [end.end_class for end in ends] == ["ok", "missing", None]


def swept(session):
    """Delays and cut-offs of the flight example by waiting time."""
    analysis = analysed(flight_clip(), session)
    reference = analysis.reference
    found = {}
    for hold_ms in (0, 100, 200, 400, 500):
        ends = turn_ends(held(analysis.endings, reference, hold_ms), reference.turn_of, reference.turn_ends_s)
        found[hold_ms] = (sum(end.early_cuts > 0 for end in ends), [end.endpoint_ms for end in ends])
    return found


def test_hasty_provider_with_a_longer_wait():
    """At 200 ms speech resumes before the cut would be believed (8.15, B)."""
    found = swept(hasty())
    assert (found[100], found[200]) == ((1, [INF, 450.0]), (0, [INF, 550.0]))


def test_patient_provider_with_a_longer_wait():
    """Waiting adds delay until the next turn begins within it and the two merge (8.15, A)."""
    found = swept(patient())
    assert (found[400], found[500]) == ((0, [850.0, 900.0]), (0, [INF, 1000.0]))


def test_speech_resuming_at_the_last_instant_joins():
    """An onset exactly at the end of the wait suppresses the endpoint: 3.35 + 0.45 s is the next turn's onset."""
    analysis = analysed(flight_clip(), patient())
    assert [len(held(analysis.endings, analysis.reference, hold_ms)) for hold_ms in (449, 450)] == [2, 1]


def test_matched_operating_point():
    """The candidate needs to wait 200 ms to cut off no more than the baseline does (8.15)."""
    curves = []
    for session in (patient(), hasty()):
        analysis = analysed(flight_clip(), session)
        curves.append(sweep("baseline", [tally(analysis.endings, analysis.reference)]))
    assert [point.false_cutoff_rate for point in curves[1][:3]] == [0.5, 0.5, 0.0]
    point = matched_operating_point(*curves)
    assert point is not None
    assert point.hold_ms == 200


def waits(*points: tuple[int, int, float | None], turns: int = 20) -> list[HoldScore]:
    """A curve of `(waiting time, turns cut off, median delay)`."""
    return [HoldScore("candidate", hold_ms, turns, cut, turns - cut, p50_ms, p50_ms) for hold_ms, cut, p50_ms in points]


CURVE = waits((0, 2, 200.0), (100, 1, 300.0), (200, 1, 400.0), (300, 0, 600.0), (400, 0, 600.0))


@pytest.mark.parametrize(("limit_ms", "hold_ms"), [(199, None), (200, 0), (300, 100), (599, 100), (600, 300)])
def test_fewest_cut_offs_within_a_delay(limit_ms: float, hold_ms: int | None):
    """The median may be as long as the limit; of waits that cut off as few turns, the shortest."""
    found = fewest_cutoffs(CURVE, limit_ms)
    assert hold_ms == (found and found.hold_ms)


@pytest.mark.parametrize(("limit", "hold_ms"), [(0.10, 0), (0.09, 100), (0.05, 100), (0.04, 300), (0.0, 300)])
def test_least_delay_within_a_rate_of_cut_offs(limit: float, hold_ms: int):
    """The rate may be as high as the limit; of waits as fast, the shortest."""
    found = least_delay(CURVE, limit)
    assert hold_ms == (found and found.hold_ms)


def test_no_operating_point_without_turns_or_where_no_wait_suffices():
    """Without turns there is no rate; a candidate that cuts off more at every wait matches the baseline nowhere."""
    nothing = waits((0, 0, None), (100, 0, None), turns=0)
    assert (None, None) == (fewest_cutoffs(nothing, 600), least_delay(nothing, 0.10))
    assert [None] * 3 == [
        matched_operating_point(*pair) for pair in ((nothing, CURVE), (CURVE, nothing), (CURVE[3:], CURVE[:3]))
    ]
    assert 100 == matched_operating_point(CURVE[1:], CURVE).hold_ms


def test_turns_that_times_alone_can_say_to_be_cut():
    """Of two turns one has a pause; where nobody placed the text on the audio clock, none can be."""
    spans = [
        utterance("one", 0.5, 1.0, turn_id="t"),
        utterance("two", 1.5, 2.0, turn_id="t"),
        utterance("three", 3.0, 3.5),
    ]
    assert [1, 0] == [
        turns_with_holds(reference_of(clip(spans, time_source=source))) for source in ("segments", "none")
    ]


def ends(*positions: int, deleted: frozenset[int] = frozenset()) -> Segmentation:
    """A segmentation with these ends, all at the same instant."""
    return Segmentation(tuple(Boundary(position, 0) for position in positions), deleted)


def test_boundaries_one_word_apart_match():
    """Exact pairs first, then those one word apart; what is left on B's side is a split (8.16)."""
    pairs = compare(ends(4, 8, 12), ends(4, 7, 10, 12), 12)
    assert [
        (pair.kind, pair.baseline and pair.baseline.position, pair.candidate and pair.candidate.position)
        for pair in pairs
    ] == [("matched", 4, 4), ("matched", 8, 7), ("split", None, 10)]
    summary = summarise(pairs, 12)
    assert (summary.precision, summary.recall, summary.f1) == (2 / 3, 1.0, 0.8)
    assert (round(summary.splits_per_100 or 0, 2), summary.similarity) == (8.33, 0.5)


@pytest.mark.parametrize(
    ("a", "b", "words", "expected"),
    [
        ((2, 5), (5,), 11, (["merge", "matched"], 2 / 3, 0.5)),
        ((6,), (4,), 9, (["split", "merge"], 0.0, 0.0)),
        ((4,), (4, 5), 11, (["matched", "split"], 2 / 3, 0.5)),
        ((4, 5), (4,), 11, (["matched", "merge"], 2 / 3, 0.5)),
        ((), (), 5, ([], None, 1.0)),
    ],
)
def test_boundaries_of_one_side_only(a: tuple, b: tuple, words: int, expected: tuple):
    """Unmatched boundaries are merges on A's side and splits on B's; kinds, F1 and similarity (8.16)."""
    pairs = compare(ends(*a), ends(*b), words)
    summary = summarise(pairs, words)
    assert expected == ([pair.kind for pair in pairs], summary.f1, summary.similarity)
    rates = [100 * [pair.kind for pair in pairs].count(kind) / words for kind in ("split", "merge")]
    assert rates == [summary.splits_per_100, summary.merges_per_100]


def test_without_common_words_nothing_is_a_rate():
    """There is nothing to count boundaries per hundred of, and nothing that they disagree about."""
    assert BoundarySummary(None, None, None, None, None, similarity=1.0) == summarise([], 0)


def test_positions_count_common_words():
    """An inserted token consumes no common word, a replaced one does; the last boundary is none (8.16)."""
    coder = TokenCoder()
    common = coder.encode("abcdef")
    positions, _ = token_positions(common, coder.encode("acxdef"))
    assert [positions[token] for token in (1, 4, 5)] == [2, 5, 6]
    session = [
        turn(1 + index, " ".join(text), order=index, final=True) for index, text in enumerate(["ac", "xde", "f"])
    ]
    view = hypothesis_of(analysed(clip([]), timeline(session)).session, "formatted", coder)
    placed = segmentation_of(common, view)
    assert [end.position for end in placed.ends] == [2, 5, 6]
    assert [end.position for end in placed.interior(6)] == [2, 5]


def test_text_left_open_ends_nothing():
    """Its last word stands before the last common one, and is no boundary for all that."""
    coder = TokenCoder()
    session = timeline(
        [turn(1.0, "a b", final=True, formatted=True), turn(2.0, "c", order=1, words=[("c", 1500, 1900, False)])]
    )
    placed = segmentation_of(
        coder.encode("abcd"), hypothesis_of(analysed(clip([]), session).session, "formatted", coder)
    )
    assert (Boundary(2, ns(1.0), "natural"), Boundary(3, None, "open")) == placed.ends
    assert ([Boundary(2, ns(1.0), "natural")], 0) == (placed.interior(4), placed.extras(4))


def test_a_second_end_at_a_word_is_spurious_and_ends_at_the_edges_are_no_boundaries():
    """Three ends after the third of five words are one boundary and two too many; before the first word none counts."""
    placed = ends(0, 0, 3, 3, 3, 5, 5)
    assert ([Boundary(3, 0)], 2) == (placed.interior(5), placed.extras(5))


def test_segment_without_any_word_is_missing_not_merged():
    """A baseline segment of which the candidate has no word is missing; that is no merge as well."""
    pairs = compare(ends(3, 6, 9), ends(3, 9, deleted=frozenset({3, 4, 5})), 9)
    assert [pair.kind for pair in pairs] == ["matched", "missing"]


def test_forced_boundaries_are_neither_split_nor_merge():
    """What a cap cut is reported as forced."""
    forced = Segmentation((Boundary(2, 0, "forced"), Boundary(5, 0)), frozenset())
    assert [pair.kind for pair in compare(ends(5), forced, 5)] == ["forced"]


def test_offsets_of_matched_boundaries():
    """A matched boundary more than 250 ms before the baseline's is early, after it late."""
    baseline = Segmentation(tuple(Boundary(position, ns(1)) for position in (1, 2, 3)), frozenset())
    instants = ((1, 0.74), (2, 1.25), (3, 1.26))
    candidate = Segmentation(tuple(Boundary(position, ns(at_s)) for position, at_s in instants), frozenset())
    pairs = compare(baseline, candidate, 4)
    assert [(pair.offset_ms, pair.offset_class) for pair in pairs] == [(-260, "early"), (250, "equal"), (260, "late")]


def test_split_utterances_are_seen_in_the_flight_example():
    """In reference words A ends at 6, B at 4: one merge, one split (8.16)."""
    coder = TokenCoder()
    a = analysed(flight_clip(), patient())
    common = coder.encode(a.reference.tokens)
    views = [hypothesis_of(session, "formatted", coder) for session in (patient(), hasty())]
    pairs = compare(segmentation_of(common, views[0]), segmentation_of(common, views[1]), len(common))
    assert [(pair.kind, pair.candidate and pair.candidate.position) for pair in pairs] == [
        ("split", 4),
        ("merge", None),
    ]


def test_spurious_segment_has_tokens_and_no_words():
    """Text where nothing was said is spurious and cuts nobody off."""
    of = clip([utterance("hello", 3.0, 3.5)])
    frames = [
        transcript(1.0, "huh what", key="a", final=True, start_s=0.0),
        transcript(4.0, "hello", key="b", final=True, start_s=3.0),
    ]
    assert analysed(of, timeline(frames, provider="gladia")).roles == ("spurious", "boundary")

import math
from dataclasses import replace

import numpy as np
import pytest
import synthetic
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.metrics.word_counts import WordCounts
from harness.verdict.bootstrap import quantile_differences
from harness.verdict.estimands import CountRow, SampleRow, by_call
from harness.verdict.evaluate import evaluate, evaluate_counts, evaluate_samples
from harness.verdict.population import Population
from harness.verdict.rules import RULES, GateSettings

RULE = {rule.name: rule for rule in RULES}
SETTINGS = GateSettings(resamples=999)


W = [100, 120, 80, 150, 90, 110, 130, 100, 95, 105, 140, 85, 115, 100, 125, 90, 110, 135, 80, 140]
E_A = [8, 11, 5, 13, 7, 9, 12, 8, 9, 8, 14, 6, 10, 9, 11, 6, 8, 12, 7, 13]
E_B = [9, 10, 6, 13, 7, 10, 11, 8, 9, 9, 14, 7, 9, 9, 12, 6, 8, 13, 6, 14]
MORE = [5, 2, 4, 4, 6, 4, 6, 5, 2, 3, 4, 3, 4, 3, 4, 2, 3, 5, 3, 4]


def calls_of(errors, calls=20):
    """The worked example of non-inferiority, or its first calls, with these errors of the candidate."""
    rows = list(zip(W, E_A, errors, strict=True))[:calls]
    return tuple(CountRow(f"{i:03}", f"{i:03}", a, w, b, w) for i, (w, a, b) in enumerate(rows))


@pytest.mark.parametrize(
    ("rule", "margin", "outcome"),
    [
        ("wer_abs", 0.010, "pass"),
        ("wer_abs", 0.005, "pass"),
        ("wer_rel", 0.10, "pass"),
        ("wer_rel", 0.05, "inconclusive"),
    ],
)
def test_the_worked_example_is_judged_as_it_says(rule, margin, outcome):
    """Words of 20 calls, 8.45 % and 8.64 % wrong: no tag of being better or worse at any margin."""
    found = evaluate_counts(RULE[rule], calls_of(E_B), GateSettings(resamples=999, margins={rule: margin}))

    assert (outcome, 20, 0.084545, 0.086364) == (
        found.outcome,
        found.calls,
        round(found.baseline, 6),
        round(found.candidate, 6),
    )
    assert not {"better", "worse_but_acceptable"} & set(found.tags)


def test_the_worked_example_fails_and_is_too_short():
    """With 76 errors more than the baseline it fails; its first 19 calls alone decide nothing."""
    worse = [a + more for a, more in zip(E_A, MORE, strict=True)]
    failed, short = (evaluate_counts(RULE["wer_abs"], calls_of(*case), SETTINGS) for case in ((worse,), (E_B, 19)))

    assert ("fail", "inconclusive", "few_clusters") == (failed.outcome, short.outcome, short.reason)


def test_the_worked_example_has_the_figures_of_the_worked_example():
    """Scores, bounds and t; 4 errors more in 2200 words, 0.40 points resolved, and 4 calls that would decide."""
    found = evaluate_counts(RULE["wer_abs"], calls_of(E_B), SETTINGS)
    told = dict(found.statistics)

    assert "one-sided t on per-call margin scores" == told.pop("test")
    assert {
        "score_mean": -0.9, "score_low": -1.20925, "score_high": -0.59075, "t": -5.0322, "p": 0.00004, "differing_calls": 12,
    } == pytest.approx(told, abs=1e-5, rel=1e-5)  # fmt: skip
    assert (4 / 2200, 0.00404, 4, False, None) == (
        pytest.approx(found.value), pytest.approx(found.mde, abs=1e-5), found.needed, found.needed_at_least, found.reason,
    )  # fmt: skip
    assert (pytest.approx(-0.0009, abs=3e-4), pytest.approx(0.0042, abs=3e-4)) == (found.low, found.high)
    assert [("000", 8, 9), ("002", 5, 6)] == [(one.clip_id, one.baseline, one.candidate) for one in found.worst[:2]]


def test_a_relative_difference_is_one_of_the_baselines_errors():
    """4 of 186; what can be told is a share of them, too, and the interval reaches as far."""
    found = evaluate_counts(RULE["wer_rel"], calls_of(E_B), SETTINGS)

    assert (4 / 186, 2.4865 * 0.84361 / math.sqrt(20) / 9.3) == (
        pytest.approx(found.value),
        pytest.approx(found.mde, abs=1e-5),
    )
    assert (pytest.approx(-0.0009 * 2200 / 186, abs=4e-3), pytest.approx(0.0042 * 2200 / 186, abs=4e-3)) == (
        found.low,
        found.high,
    )
    assert ("inconclusive", "no_baseline_events", None) == tuple(
        getattr(evaluate_counts(RULE["wer_rel"], cuts(20, 0), SETTINGS), name)
        for name in ("outcome", "reason", "value")
    )


@pytest.mark.parametrize(("planned", "needed"), [(0.0, 4), (0.005, 14), (-0.01, 1), (0.01, None)])
def test_calls_are_asked_for_by_what_is_planned(planned, needed):
    """Half the margin takes four times as many; to miss it takes for ever."""
    settings = GateSettings(resamples=999, planned_differences={"wer_abs": planned})

    assert needed == evaluate_counts(RULE["wer_abs"], calls_of(E_B), settings).needed


def test_at_a_look_the_bound_of_that_look_holds():
    """0.55 % at the second, of Student's t with 19 degrees of freedom."""
    found = evaluate_counts(RULE["wer_abs"], calls_of(E_B), replace(SETTINGS, look=2))
    critical = stats.t.ppf(1 - 0.005544, 19)

    assert (critical, -0.9 + critical * 0.79984 / math.sqrt(20)) == pytest.approx(
        (found.statistics["critical_t"], found.statistics["score_high"]), abs=1e-4
    )
    assert "critical_t" not in evaluate_counts(RULE["wer_abs"], calls_of(E_B, 1), replace(SETTINGS, look=2)).statistics


def test_few_events_are_counted_and_bounded():
    """Four calls with any are rare, five are not."""
    rare, not_rare = (evaluate_counts(RULE["false_cutoff"], cuts(30, events), SETTINGS) for events in (4, 5))

    told = dict(rare.statistics)
    assert 0.0 == told.pop("correlation")
    assert {"test": "one-sided exact bounds of clustered trials", "trials": 300, "baseline": 0, "candidate": 4} == told
    assert (0.0, 4 / 300, 4 / 300, ("rare",)) == (rare.baseline, rare.candidate, rare.value, rare.tags)
    assert rare.low < rare.value < 0.02 < rare.high
    assert ("inconclusive", "margin_inside_interval") == (rare.outcome, rare.reason)
    assert rare.needed > 30
    assert ("rare" in not_rare.tags, "exact_high" in not_rare.statistics) == (False, True)
    planned = GateSettings(resamples=999, planned_differences={"false_cutoff": 0.015})
    assert rare.needed < (evaluate_counts(RULE["false_cutoff"], cuts(30, 4), planned).needed or math.inf)


def test_erasure_is_a_difference_of_ratios():
    """Each side over its own words; the margin is passed, failed or undecided by its bounds."""
    rows = tuple(CountRow(f"{i:03}", f"{i:03}", 10.0 + i % 3, 100.0 + i, 11.0 + i % 2, 110.0 + i) for i in range(30))
    found = evaluate_counts(RULE["erasure"], rows, SETTINGS)

    assert (pytest.approx(330 / 3435), pytest.approx(345 / 3735)) == (found.baseline, found.candidate)
    assert (found.candidate - found.baseline, "pass", ()) == (pytest.approx(found.value), found.outcome, found.tags[1:])
    assert found.low < found.value < found.high < 0.1
    assert {"test": "t bounds of the linearised difference of ratios"} == found.statistics
    assert 0 < found.mde < 0.01
    outcomes = [
        evaluate_counts(RULE["erasure"], rows, GateSettings(resamples=999, margins={"erasure": margin}))
        for margin in (0.0, 0.0001)
    ]
    assert [("pass", None)] * 2 == [(one.outcome, one.reason) for one in outcomes]
    doubled = tuple(replace(row, candidate_events=2 * row.candidate_events) for row in rows)
    worse = evaluate_counts(RULE["erasure"], doubled, GateSettings(resamples=999, margins={"erasure": 0.05}))
    assert ("fail", ()) == (worse.outcome, worse.tags)
    acceptable = evaluate_counts(RULE["erasure"], doubled, SETTINGS)
    assert ("pass", ("worse_but_acceptable",)) == (acceptable.outcome, acceptable.tags)


def test_a_ratio_that_only_one_side_has_is_none():
    """Without words of one side there is no difference."""
    rows = tuple(CountRow(f"{i:03}", f"{i:03}", 1.0, 10.0, 0.0, 0.0) for i in range(30))

    found = evaluate_counts(RULE["erasure"], rows, SETTINGS)
    assert ("inconclusive", "no_value", None) == (found.outcome, found.reason, found.value)


@pytest.mark.parametrize(
    ("calls", "failed", "expected"),
    [
        (30, 0, ("inconclusive", "untestable", 598, True, False)),
        (10, 0, ("inconclusive", "untestable", 598, True, True)),
        (30, 20, ("fail", None, None, False, False)),
        (19, 15, ("inconclusive", "untestable", None, False, True)),
    ],
)
def test_a_rule_that_so_few_sessions_cannot_pass_only_fails(calls, failed, expected):
    """Then it says how many flawless ones show half a percentage point."""
    rows = tuple(CountRow(f"{i:03}", f"{i:03}", 0.0, 1.0, float(i < failed), 1.0) for i in range(calls))
    found = evaluate_counts(RULE["success"], rows, SETTINGS)
    outcome, reason, needed, at_least, few = expected

    assert (outcome, reason) == (found.outcome, found.reason)
    assert few == ("few_clusters" in found.tags)
    if needed is not None:
        assert (needed, at_least) == (found.needed, found.needed_at_least)


def test_with_four_calls_nothing_is_derived_from_their_spread():
    """With five an interval is shown, and nothing is decided."""
    four, five = (evaluate_counts(RULE["wer_abs"], calls_of(E_B, calls), SETTINGS) for calls in (4, 5))

    assert (None, None, None, "too few calls for an interval", ()) == (
        four.low, four.high, four.mde, four.interval_reason, four.tags,
    )  # fmt: skip
    assert {"test", "score_mean", "t", "p", "differing_calls"} == set(four.statistics)
    assert (20, True) == (four.needed, four.needed_at_least)
    assert None not in (five.low, five.high, five.mde)
    assert ("few_clusters", None) == (five.reason, five.interval_reason)
    assert {"score_low", "score_high"} < set(five.statistics)


def test_calls_that_differ_much_ask_for_more_than_the_minimum():
    """Below twenty calls the larger of both numbers is told, and whether it is an estimate."""
    wild = tuple(CountRow(f"{i:03}", f"{i:03}", 10.0, 100.0, 10.0 + (-1) ** i * 5, 100.0) for i in range(18))
    found = evaluate_counts(RULE["wer_abs"], wild, SETTINGS)

    assert ("few_clusters", 164, False) == (found.reason, found.needed, found.needed_at_least)


def cuts(calls, of_candidate, turns=10):
    """Calls of ten turns, of which so many have one that the candidate cuts early."""
    return tuple(CountRow(f"{i:03}", f"{i:03}", 0.0, turns, float(i < of_candidate), turns) for i in range(calls))


@pytest.mark.parametrize(("events", "outcome"), [(11, "pass"), (12, "inconclusive")])
def test_few_events_pass_only_if_exact_bounds_agree(events, outcome):
    """Twelve cuts in 1000 turns pass the t test of 2 pp, whose scores are skewed, but may be 2.1 %."""
    found = evaluate_counts(RULE["false_cutoff"], cuts(100, events), SETTINGS)

    assert found.statistics["score_high"] < 0
    assert (outcome, outcome == "pass") == (found.outcome, found.statistics["exact_high"] < 0.02)


def test_a_run_needs_what_the_wider_of_both_bounds_needs():
    """Thirteen cuts in a hundred calls: the t test alone would do with 18 calls."""
    found = evaluate_counts(RULE["false_cutoff"], cuts(100, 13), SETTINGS)

    assert 30 < found.needed < 50


def test_words_are_never_asked_for_exact_bounds():
    """More than one error a word is possible."""
    assert "exact_high" not in evaluate_counts(RULE["wer_abs"], cuts(40, 6), SETTINGS).statistics


def is_sound(found):
    """No number that is none; the bounds in order, around a value that is from the same arithmetic."""
    numbers = [
        found.baseline,
        found.candidate,
        found.value,
        found.low,
        found.high,
        found.mde,
        *found.statistics.values(),
    ]
    assert not [each for each in numbers if isinstance(each, float) and math.isnan(each)]
    assert found.low is None or found.low <= found.high
    return ("fail", "inconclusive", "pass").index(found.outcome)


SHARE = st.sampled_from([0.0, 0.01, 0.1, 1.0])
KIND = st.tuples(st.sampled_from([0, 1, 2, 30, 400, 10**7]), SHARE, SHARE, SHARE)


@st.composite
def counted(draw):
    """Calls of any size, from none at all to ten million trials, with few, many or all of them events; and what is worse."""
    kinds = draw(st.lists(KIND, min_size=1, max_size=4)) * draw(st.sampled_from([1, 10, 30]))
    rows = [
        CountRow(f"{i:03}", f"{i:03}", round(a * size), size, round(b * size), size)
        for i, (size, a, b, _) in enumerate(kinds)
    ]
    worse = [
        replace(row, candidate_events=min(size, row.candidate_events + math.ceil(more * size)))
        for row, (size, _, _, more) in zip(rows, kinds, strict=True)
    ]
    return tuple(rows), tuple(worse)


@settings(max_examples=60, deadline=None)
@given(
    counted(),
    st.sampled_from(["wer_abs", "wer_rel", "success", "false_cutoff"]),
    st.sampled_from([0.0, 1e-9, 0.02, 1.0]),
)
def test_worse_never_turns_a_fail_into_a_pass_nor_does_a_wider_margin_a_pass_into_a_fail(both, name, margin):
    """Whatever the sizes: 0, 1 or ten million trials, all of them events, margins of 0 and 1."""
    (rows, worse), rule = both, RULE[name]
    at, wider = (GateSettings(resamples=999, margins={name: each}) for each in (margin, 2 * margin + 0.001))
    found, then, with_room = (
        is_sound(evaluate_counts(rule, *case)) for case in ((rows, at), (worse, at), (rows, wider))
    )

    assert not (found == 0 and then == 2), "a worse candidate passes"
    assert with_room >= found, "a wider margin is harder to keep"


ODD = st.sampled_from([math.inf, -100.0, 0.0, 1e12])


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(200, 1200), min_size=1, max_size=6),
    st.sampled_from([-400.0, -200.0, 0.0, 200.0, 400.0]),
    st.lists(ODD, max_size=4),
    st.sampled_from([0.0, 150.0]),
    st.sampled_from([1, 10, 25]),
)
@example(
    [400.0, 500.0, 600.0, 700.0, 800.0, 900.0], -200.0, [], 150.0, 25
)  # passes; fails if the margin's sign were turned
@example([400.0, 500.0, 600.0, 700.0, 800.0, 900.0], 200.0, [], 150.0, 25)  # fails
def test_slower_never_turns_a_fail_into_a_pass(values, shift, odd, margin, calls):
    """Nor is anything but a number said where values are missing (infinite), negative or out of all bounds."""
    pairs = [(value, value + shift) for value in values * 8] + [(value, value) for value in odd]
    rows = tuple(SampleRow(f"{call}", f"{call}", a, b) for call in range(calls) for a, b in pairs)
    slower = tuple(replace(row, candidate_ms=row.candidate_ms + abs(shift)) for row in rows)
    at, wider = (GateSettings(resamples=999, margins={"final_p95": each}) for each in (margin, 2 * margin + 1))
    found, then, with_room = (
        is_sound(evaluate_samples(RULE["final_p95"], *case)) for case in ((rows, at), (slower, at), (rows, wider))
    )

    assert not (found == 0 and then == 2)
    assert with_room >= found


def latencies(calls, each, *, slower=0.0, lost=0):
    """Calls of so many values from 500 ms on; of the last `lost` calls none of the candidate's came."""
    return tuple(
        SampleRow(f"{call:03}", f"{call:03}", 500.0 + 3 * i + call, math.inf if call >= calls - lost else 500.0 + 3 * i + call + slower)
        for call in range(calls)
        for i in range(each)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (latencies(20, 5), ("pass", None, 1, False)),
        (latencies(25, 3), ("inconclusive", "few_samples", 34, True)),  # 100 values at three a call
        (latencies(25, 3, slower=900), ("inconclusive", "few_samples", 34, True)),
        (latencies(20, 5, slower=900), ("fail", None, None, False)),
        (latencies(19, 6), ("inconclusive", "few_clusters", 20, True)),
        (latencies(4, 30), ("inconclusive", "few_clusters", 20, True)),
        (latencies(20, 5, lost=10), ("inconclusive", "missing_values", None, False)),
    ],
)
def test_a_quantile_takes_values_and_calls_enough(rows, expected):
    """And says how many calls of the kind bring them."""
    found = evaluate_samples(RULE["final_p50"], rows, SETTINGS)

    assert expected[:2] == (found.outcome, found.reason)
    if expected[2] is not None:
        assert expected[2:] == (found.needed, found.needed_at_least)


def test_a_quantile_is_told_with_what_it_rests_on():
    """Both sides' own, their difference, and how many values never came."""
    found = evaluate_samples(RULE["final_p50"], latencies(20, 5, slower=50, lost=1), SETTINGS)

    assert (515.5, 565.5, 50.0) == (found.baseline, found.candidate, found.value)
    assert {
        "test": "expanded percentile cluster bootstrap",
        "n": 100,
        "baseline_missing": 0,
        "candidate_missing": 5,
    } == (found.statistics)
    assert (20, "pass", ("worse_but_acceptable",)) == (found.calls, found.outcome, found.tags)
    assert [("019", 519.0, math.inf), ("000", 500.0, 550.0)] == [
        (one.clip_id, one.baseline, one.candidate) for one in found.worst[:2]
    ]
    with pytest.raises(ValueError, match="final_p50 is a quantile rule without a quantile"):
        evaluate_samples(replace(RULE["final_p50"], quantile=None), latencies(1, 1), SETTINGS)


def sessions(calls=30, **of_candidate):
    """Equal sides, but for some fields of the candidate."""
    return Population.of(
        synthetic.scores(
            synthetic.session(f"{i:03}", side, errors=5 + i % 3, **(of_candidate if side == "candidate" else {}))
            for i in range(calls)
            for side in synthetic.SIDES
        )
    )


@pytest.mark.parametrize(
    ("calls", "each", "margin", "expected"),
    [
        (30, 0, 0, ("pass", None, 0)),
        (30, 1, 30, ("pass", None, 30)),
        (30, 1, 29, ("fail", None, 30)),
        (19, 0, 0, ("inconclusive", "few_clusters", 0)),
        (19, 1, 0, ("fail", None, 19)),
    ],
)
def test_changed_finals_are_counted_against_the_margin(calls, each, margin, expected):
    """More than it are too many however few the calls; as many are not."""
    settings = GateSettings(resamples=999, margins={"post_final_mutation": margin})
    found = evaluate(RULE["post_final_mutation"], sessions(calls, post_final_mutations=each), settings)

    assert expected == (found.outcome, found.reason, found.value)
    assert (calls, 0, found.value, {"test": "exact count"}) == (
        found.calls, found.baseline, found.candidate, found.statistics,
    )  # fmt: skip
    assert (5 if each else 0) == len(found.worst)


def test_sessions_that_failed_change_no_finals():
    """A pair counts if both came through; without any there is nothing to count."""
    found = evaluate(RULE["post_final_mutation"], sessions(post_final_mutations=1, succeeded=False), SETTINGS)

    assert ("inconclusive", "no_value") == (found.outcome, found.reason)


def test_the_second_opinion_is_told_beside_the_first():
    """What the same rule says under the other normaliser, and where that knows a part of the languages only."""
    words = WordCounts(hits=80, substitutions=20)
    rows = [
        replace(row, words_secondary=(None if row.clip_id < "003" else words if row.side == "candidate" else row.words))
        for pair in sessions().sessions
        for row in (pair.baseline, pair.candidate)
    ]
    found = evaluate(RULE["wer_abs"], Population.of(synthetic.scores(rows)), SETTINGS)
    plain = [row.words if row.words_secondary is None else row.words_secondary for row in rows]
    other = evaluate(
        RULE["wer_abs"],
        Population.of(
            synthetic.scores(replace(row, words=w, words_secondary=w) for row, w in zip(rows, plain, strict=True))
        ),
        SETTINGS,
    )

    assert ("inconclusive", "normaliser_dependent", 0.0) == (found.outcome, found.reason, found.value)
    assert ("secondary_partial" in found.tags, False) == (True, found.needed_at_least)
    assert ("fail", other.value, other.low, other.high, other.statistics["score_mean"], other.statistics["t"]) == tuple(
        found.statistics[f"secondary_{name}"] for name in ("verdict", "value", "low", "high", "score_mean", "t")
    )
    assert max(1, other.needed) == found.needed


def test_a_rule_without_words_has_no_second_opinion():
    """Nor is it said that the second normaliser lacks the language."""
    silent = Population.of(
        synthetic.scores(synthetic.session("a", side, reference_words=0) for side in synthetic.SIDES)
    )
    found = evaluate(RULE["wer_abs"], silent, SETTINGS)

    assert ("no_value", (), {}) == (found.reason, found.tags, found.statistics)


def test_equal_sides_are_neither_better_nor_acceptable():
    """With bounds of exactly no difference."""
    rows = tuple(CountRow(f"{i:03}", f"{i:03}", 5.0, 100.0, 5.0, 100.0) for i in range(20))

    assert ("pass", ()) == tuple(
        getattr(evaluate_counts(RULE["wer_abs"], rows, SETTINGS), name) for name in ("outcome", "tags")
    )


def test_calls_for_a_quantile_are_those_of_its_own_spread_tail_and_power():
    """The bound's reach at that many calls, and 1.1 times 0.8416 for a bound that itself varies; the plan takes from the margin."""
    rng = np.random.default_rng(6)
    rows = tuple(SampleRow(f"{i % 40:02}", f"{i % 40:02}", *rng.normal(500, 90, 2)) for i in range(400))
    [difference] = quantile_differences(by_call(rows), [0.5], seed=SETTINGS.seed, resamples=999)
    for planned, distance in ((0.0, 20.0), (10.0, 10.0)):
        changes = {"margins": {"final_p50": 20.0}, "planned_differences": {"final_p50": planned}}
        found = evaluate_samples(RULE["final_p50"], rows, GateSettings(resamples=999, **changes))

        def takes(calls: int, distance: float = distance) -> float:
            return 40 * ((difference.tail.at(calls).reach + 1.1 * 0.8416) * difference.sd / distance) ** 2

        assert (difference.tail.reach + 1.1 * 0.8416) * difference.sd == pytest.approx(found.mde)
        assert (True, False) == (found.needed >= takes(found.needed), found.needed - 1 >= takes(found.needed - 1))

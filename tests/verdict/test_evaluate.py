import math
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.verdict.estimands import CountRow, SampleRow
from harness.verdict.evaluate import evaluate_counts, evaluate_samples
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

"""Which variant is best."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sweeps.choice import Standing, lucky_passes, pareto_front, ranked

FIGURES = st.sampled_from([None, math.inf, 0.0, 0.1, 150.0, 200.0, 290.0, 310.0])
WORDS = st.sampled_from(["pass", "fail", "inconclusive", "invalid"])
STANDINGS = st.lists(st.tuples(WORDS, FIGURES, FIGURES, FIGURES), max_size=6).map(
    lambda rows: [Standing(f"v{place}", *row) for place, row in enumerate(rows)]
)


def standing(name: str, final_p95_ms: float, cutoff_rate: float = 0.0, wer: float = 0.1, verdict: str = "pass"):
    return Standing(name, verdict, final_p95_ms, cutoff_rate, wer)


def told(each: Standing) -> tuple:
    """What may not depend on chance; a figure that does not exist counts as the worst."""
    return each.verdict, [math.inf if figure is None else figure for figure in each.figures]


def names(standings: list[Standing], tie_ms: float = 100.0) -> list[str]:
    return [each.name for each in ranked(standings, tie_ms)]


def test_the_fastest_of_those_that_pass_is_best():
    """However fast others are that are undecided, failed or were not measured."""
    others = [standing(word, 10.0, verdict=word) for word in ("fail", "invalid", "inconclusive")]

    assert ["fast", "slow", "inconclusive"] == names([*others, standing("slow", 900.0), standing("fast", 500.0)])


def test_equally_fast_ones_are_told_apart_by_early_cuts_and_then_by_words():
    """Less than a chunk apart is equally fast, a chunk apart is not."""
    close = [standing("cuts", 500.0, 0.02), standing("words", 520.0, 0.01, 0.2), standing("best", 599.9, 0.01, 0.1)]

    assert ["best", "words", "cuts", "late"] == names([*close, standing("late", 600.0)])
    assert ["cuts", "words", "best"] == names(close, tie_ms=10.0)


def test_of_undecided_ones_those_within_the_margins_as_measured_come_first():
    """Nothing is proven of either; of one that passes, an approved difference counts for nothing."""
    fast = Standing("fast", "inconclusive", 100.0, 0.3, 0.1, ("Early cuts", "Word error rate"))
    cuts = Standing("cuts", "inconclusive", 200.0, 0.3, 0.1, ("Early cuts",))
    slow = standing("slow", 900.0, verdict="inconclusive")

    assert ["pass", "slow", "cuts", "fast"] == names([fast, cuts, slow, standing("pass", 999.0)])


def test_what_never_came_is_slower_than_anything():
    """Of two such, early cuts decide."""
    never = [standing("cuts", math.inf, 0.1), standing("none", math.inf, 0.0)]

    assert ["slow", "none", "cuts"] == names([*never, standing("slow", 9000.0)])


def test_the_front_is_what_nothing_beats():
    """Of equal ones both stay; failing the gate is no reason to leave, not being measured is."""
    standings = [
        standing("fast", 100.0, 0.5, verdict="fail"),
        standing("slow", 900.0, 0.0),
        standing("beaten", 950.0, 0.0),
        standing("same", 900.0, 0.0),
        standing("words", 990.0, 0.4, 0.05),
        standing("invalid", 1.0, 0.0, 0.0, verdict="invalid"),
        Standing("unknown", "pass", None, 0.0, 0.0),
    ]

    assert ["fast", "slow", "same", "words"] == pareto_front(standings)


@given(STANDINGS, st.randoms(use_true_random=False))
def test_no_order_of_asking_changes_the_answer(standings: list[Standing], chance: random.Random):
    """Everyone who can be chosen is ranked once, passes first; the best figures come out the same."""
    shuffled = chance.sample(standings, len(standings))
    found, again = ranked(standings, 100.0), ranked(shuffled, 100.0)

    assert [each.verdict for each in found] == sorted((each.verdict for each in found), reverse=True)
    assert {each.name for each in found} == {
        each.name for each in standings if each.verdict in {"pass", "inconclusive"}
    }
    assert [told(each) for each in found] == [told(each) for each in again]
    assert set(pareto_front(standings)) == set(pareto_front(shuffled))


def test_more_candidates_are_more_chances_of_luck():
    """Three at 5 %: 14 %."""
    assert 0.05 == pytest.approx(lucky_passes(1))
    assert 1 - 0.95**3 == pytest.approx(lucky_passes(3))

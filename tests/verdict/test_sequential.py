"""Four looks at a run on its way, which together are wrong no more often than one."""

import math

import numpy as np
import pytest

from harness.verdict.sequential import (
    LOOKS,
    LookTest,
    confidence,
    critical_t,
    decision,
    planned_looks,
    stopping_chances,
)


def at(t, calls=60, rule="wer_abs"):
    return LookTest(rule, calls, t)


def test_looks_fall_at_quarters_of_the_planned_calls():
    """Parts of a call are rounded up, and fewer than 80 calls are refused."""
    assert (30, 60, 90, 120) == planned_looks(120)
    assert (21, 41, 61, 81) == planned_looks(81)
    with pytest.raises(ValueError, match="need 80 planned calls, not 79"):
        planned_looks(79)


@pytest.mark.parametrize(
    ("planned", "bounds"),
    [(120, [4.298, 2.623, 2.046, 1.735]), (80, [4.644, 2.667, 2.060, 1.742])],
)
def test_bounds_are_those_of_student_t(planned, bounds):
    """The nominal p of a look, with the calls there are by then; published to a unit of the third decimal."""
    looks = enumerate(planned_looks(planned), start=1)

    assert bounds == [pytest.approx(critical_t(look, calls), abs=0.001) for look, calls in looks]


def test_a_rule_continues_at_the_first_look_and_passes_at_the_second():
    """Of 120 calls, t = -3.9 after 30, then -3.0 after 60."""
    assert "continue" == decision(1, [at(-3.9, calls=30)])
    assert "pass" == decision(2, [at(-3.0, calls=60)])


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        ([at(-3.0), at(-2.7)], "pass"),
        ([at(-3.0), at(-2.5)], "continue"),
        ([at(-3.0), at(2.7)], "fail"),
        ([at(-math.inf), at(-3.0)], "pass"),
        ([at(0.0)], "continue"),
        ([], "continue"),
        ([at(-9.0), at(-9.0, calls=19)], "continue"),
        ([at(9.0, calls=19)], "continue"),
        ([at(-9.0, calls=0)], "continue"),
    ],
)
def test_every_rule_has_to_pass_and_any_may_fail(tests, expected):
    """With fewer than 20 calls a rule neither fails the run nor lets it pass."""
    assert expected == decision(2, tests)


def test_the_looks_together_spend_five_percent():
    """The probability that a candidate just at its margin ever passes, by drawing the path from look to look."""
    steps = np.random.default_rng(1).standard_normal((400_000, LOOKS))
    z = np.cumsum(steps, axis=1) / np.sqrt(np.arange(1, LOOKS + 1))
    bounds = [critical_t(look, 10**9) for look in range(1, LOOKS + 1)]

    assert 0.05 == pytest.approx((z < -np.array(bounds)).any(axis=1).mean(), abs=0.0015)
    for drift in (0.0, -2.5):
        drawn = z + drift * np.sqrt(np.arange(1, LOOKS + 1) / LOOKS)
        crossed = (np.abs(drawn) > bounds)[:, :-1]
        first = np.argmax(crossed, axis=1)[crossed.any(axis=1)]
        expected = np.bincount(first, minlength=LOOKS - 1) / len(drawn)
        assert list(expected) == [pytest.approx(chance, abs=0.002) for chance in stopping_chances(drift)]


def test_without_looks_bounds_are_those_of_95_percent():
    """With them, those of the look."""
    assert (0.95, 1 - 0.0000886, 1 - 0.042698) == (confidence(None), confidence(1), confidence(4))


@pytest.mark.parametrize(("t", "expected"), [(2.6, "continue"), (2.7, "fail"), (-2.7, "pass"), (-2.6, "continue")])
def test_a_bound_has_to_be_exceeded_by_twenty_calls(t, expected):
    """Here 2.789 of Student's t with 19 degrees of freedom; with 60 calls it is 2.623."""
    assert "continue" == decision(2, [at(t, calls=20)])
    assert expected == decision(2, [at(t, calls=60)])

import math

import pytest

from harness.verdict.samples import calls_for_estimate, calls_for_ratio, detectable, fewest


@pytest.mark.parametrize(
    ("sd", "margin", "calls"), [(9.3, 0.01, 190), (9.3, 0.005, 758), (9.3, 0.02, 48), (5.0, 0.01, 55)]
)
def test_calls_for_ratio(sd, margin, calls):
    """Worked examples of sample size with 168 words a call."""
    assert calls == calls_for_ratio(sd, 168, margin)


@pytest.mark.parametrize("planned", [0.01, 0.02])
def test_hopeless_plan(planned):
    """No number of calls shows that a margin is kept by a candidate planned to miss it."""
    assert calls_for_ratio(9.3, 168, 0.01, planned) is None


def test_unknown_spread():
    """An unknown spread gives no number, not a wrong one."""
    assert (None, None, None) == (
        calls_for_ratio(math.nan, 168, 0.01),
        calls_for_estimate(20, math.nan, 100),
        detectable(math.nan),
    )


def test_estimate_agrees_with_ratio():
    """Both forms of the formula give the same number of calls."""
    sd, trials, calls = 9.3, 168, 40

    assert calls_for_ratio(sd, trials, 0.01) == calls_for_estimate(calls, sd / math.sqrt(calls) / trials, 0.01)


@pytest.mark.parametrize("least", [1, 2, 3, 7, 1000, 2**29])
def test_the_least_number_that_suffices_is_found(least):
    """By doubling and halving."""
    assert least == fewest(lambda number: number >= least)


def test_a_thousand_million_calls_are_no_number():
    """Nobody has them."""
    assert fewest(lambda number: number > 10**9) is None


@pytest.mark.parametrize(("planned", "expected"), [(0.0, 1.5), (0.01, 3.0)])
def test_the_effect_that_can_be_told_is_a_multiple_of_the_error(planned, expected):
    """As many as the bound and the power ask for, over the trials; without trials there is none."""
    assert expected == detectable(2.0, 10.0, reach=5.0, power=2.5 + 750 * planned)
    assert (None, 2.4865) == (detectable(1.0, 0.0), pytest.approx(detectable(1.0)))


def test_a_bound_further_out_takes_more_calls():
    """In the square of both together: (5 + 1)^2 times 100 over 9."""
    assert 400 == calls_for_estimate(100, 1.0, 4.0, 1.0, reach=lambda _: 5.0, power=1.0)
    assert 1 == calls_for_estimate(100, 0.0, 4.0)

import math

import pytest

from harness.verdict.samples import calls_for_estimate, calls_for_ratio, detectable


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

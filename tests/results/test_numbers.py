"""Figures that explain themselves."""

import copy
import math
import operator
import pickle

import pytest

from harness.errors import MissingValueError
from harness.results.comparison import Comparison
from harness.results.numbers import Missing, Number, number, shown

OF = Comparison("wer", "ratio", "run r (emulated)", {"baseline": 0.25, "candidate": 0.5, "difference": 0.25})


def test_a_number_is_a_float_that_knows_what_it_is_of():
    """It compares, computes and travels like any other; what is computed is plain."""
    value = number(0.25, OF)
    assert (0.25, "0.25", True, float) == (value, repr(value), value <= 0.3, type(value + 1))
    for other in (copy.deepcopy(value), pickle.loads(pickle.dumps(value))):
        assert (value, Number, OF) == (other, type(other), other.of)
    assert (math.inf, -math.inf) == (number("inf", OF), number("-inf", OF))


@pytest.mark.parametrize(
    "use",
    [
        lambda value: value <= 1, lambda value: 1 >= value, lambda value: value == 0, lambda value: value != 0, bool, float, int, abs,
        lambda value: value - 1, lambda value: 1 - value, lambda value: 2 * value, lambda value: value / 2, round, operator.neg,
        lambda value: f"{value:.2f}", [1.0].index, lambda value: value == pytest.approx(1), lambda value: max(1, value),
    ],
)  # fmt: skip
def test_what_does_not_exist_says_so_however_it_is_used(use):
    """An assertion about nothing must neither pass nor fail."""
    with pytest.raises(
        MissingValueError, match=r"wer low has no value: too few calls.*isinstance\(value, harness.Missing\)"
    ):
        use(Missing("wer low", "too few calls"))


def test_figures_are_shown_with_their_units():
    """To as many digits as the files hold."""
    assert ["0.0796325", "+12 ms", "-inf ms", "0.29 per s", "none", "-0.1"] == [
        shown(0.0796325, "ratio"), shown(12.0, "ms", signed=True), shown("-inf", "ms"), shown(0.29, "per_s"), shown(None, "ms"),
        shown(-0.1, "relative", signed=True),
    ]  # fmt: skip

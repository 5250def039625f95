import math

import pytest

from harness.verdict.json_numbers import count_number, latency_number, ratio_number


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1 / 3, 0.333333), (123456789.0, 123457000.0), (0.0, 0.0), (7, 7), (None, None), (math.inf, "inf")],
)
def test_ratio_number(value, expected):
    """Ratios carry six significant digits, infinities are words, what does not exist stays null."""
    assert expected == ratio_number(value)


@pytest.mark.parametrize(
    ("value", "expected"), [(123.456, 123.5), (-0.01, 0.0), (None, None), (math.inf, "inf"), (-math.inf, "-inf")]
)
def test_latency_number(value, expected):
    """Latencies carry a tenth of a millisecond."""
    assert expected == latency_number(value)


@pytest.mark.parametrize("number", [ratio_number, latency_number])
def test_zero_has_no_sign(number):
    """No file ever says -0.0."""
    assert "0.0" == str(number(-0.0))


@pytest.mark.parametrize("number", [ratio_number, latency_number])
def test_nan_is_refused(number):
    """A nan is a bug of the caller, never a value in a file."""
    with pytest.raises(ValueError, match="nan"):
        number(math.nan)


def test_count_number():
    """A count is whole; a duration may not be."""
    assert [3, 0.5] == [count_number(3.0), count_number(0.5)]


@pytest.mark.parametrize(("value", "expected"), [(0.01666666, 0.0166667), (12345678.0, 12345678), (0.5, 0.5), (2, 2)])
def test_a_duration_has_six_digits_and_a_count_all_of_them(value, expected):
    """Whole numbers are not cut."""
    assert (expected, type(expected)) == (count_number(value), type(count_number(value)))


def test_infinities_are_words_with_their_sign():
    """Of either kind of number."""
    assert ["inf", "-inf"] * 2 == [
        number(value) for number in (ratio_number, latency_number) for value in (math.inf, -math.inf)
    ]

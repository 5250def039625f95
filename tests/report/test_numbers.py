"""Numbers in words."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.numbers import MINUS, NBSP, number, show, show_difference, show_interval


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.0816, "percent", f"8.2{NBSP}%"),
        (640.4, "ms", f"640{NBSP}ms"),
        (3.14, "ms", f"3.1{NBSP}ms"),
        (12_345, "ms", f"12.3{NBSP}s"),
        (-120, "ms", f"{MINUS}120{NBSP}ms"),
        (0.117, "ratio", "0.12"),
        (1234, "count", "1,234"),
        (2.5, "per_hour", f"2.50{NBSP}/h"),
        ("inf", "ms", "never"),
        (math.inf, "ms", "never"),
        (None, "ms", "n/a"),
    ],
)
def test_values_carry_their_unit(value, kind, expected):
    """A value is written with its unit and no more digits than it bears; infinity and nothing are words."""
    assert expected == show(value, kind)


def test_what_does_not_exist_says_why():
    """A missing value shows the reason that the summary gives."""
    assert show(None, "percent", reason="no mentions") == "n/a: no mentions"


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.004, "percent", f"+0.4{NBSP}pp"),
        (0.26, "relative", f"+26.0{NBSP}%"),
        (-30.2, "ms", f"{MINUS}30{NBSP}ms"),
        (0.0001, "percent", f"0.0{NBSP}pp"),
        ("-inf", "ms", f"{MINUS}∞"),
    ],
)
def test_differences_carry_a_sign(value, kind, expected):
    """Differences are signed, rates differ by percentage points, and what rounds to zero has no sign."""
    assert expected == show_difference(value, kind)


def test_an_interval_names_its_unit_once():
    """Both ends share one unit unless one of them is infinite."""
    assert show_interval(-0.002, 0.011, "percent") == f"{MINUS}0.2 to +1.1{NBSP}pp"
    assert show_interval(-5, math.inf, "ms") == f"{MINUS}5{NBSP}ms to +∞"


@given(st.one_of(st.none(), st.floats(), st.integers(), st.text(), st.booleans(), st.lists(st.integers())))
def test_anything_can_be_shown(value):
    """Whatever stands in a JSON file becomes a number or nothing, and then text, without an error."""
    amount = number(value)

    assert amount is None or not math.isnan(amount)
    assert show(value, "ms") != ""

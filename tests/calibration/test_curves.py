import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.calibration.curves import curve, place_ms, place_percentile


def test_tails_have_room():
    """90, 99 and 99.9 % are equally far apart; 0 and 99.99 % are the ends."""
    places = [place_percentile(percent) for percent in (0.0, 90.0, 99.0, 99.9, 99.99)]

    assert [0.0, 25.0, 50.0, 75.0, 100.0] == places


def test_decades_are_equally_high():
    """And what is off the axis lies at its end."""
    heights = [place_ms(value) for value in (0.1, 1.0, 10.0, 100.0)]
    steps = {round(low - high, 1) for low, high in pairwise(heights)}

    assert len(steps) == 1
    assert (100.0, 0.0) == (place_ms(0.0), place_ms(1e6))


def test_nothing_has_no_curve():
    """But its number is told."""
    assert ("", 0) == (curve("gladia", []).path, curve("gladia", []).n)


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=3000))
def test_a_curve_never_turns_back(values: list[float]):
    """To the right and upwards only; it ends with the largest value."""
    points = [tuple(map(float, pair)) for pair in re.findall(r"([\d.]+) ([\d.]+)", curve("gladia", values).path)]

    assert sorted(x for x, _ in points) == [x for x, _ in points]
    assert sorted((y for _, y in points), reverse=True) == [y for _, y in points]
    assert place_ms(max(values)) == points[-1][1]

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.verdict.holm import holm


def test_worked_example():
    """Rejections and adjusted p values, in the order given."""
    results = holm([0.01, 0.04, 0.03, 0.005])

    assert [True, False, False, True] == [rejected for rejected, _ in results]
    assert [0.03, 0.06, 0.06, 0.02] == pytest.approx([adjusted for _, adjusted in results])


def test_stops_at_the_first_failure():
    """A later p value below its own threshold is not rejected after a failure."""
    assert [True, False, False, False] == [rejected for rejected, _ in holm([0.012, 0.02, 0.03, 0.2])]


@given(st.lists(st.floats(0, 1), max_size=20))
def test_rejected_means_adjusted_is_small(p_values):
    """Rejecting by threshold and by adjusted p value are the same."""
    results = holm(p_values)

    assert all(rejected == (adjusted <= 0.05) or abs(adjusted - 0.05) < 1e-12 for rejected, adjusted in results)

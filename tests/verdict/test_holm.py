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


def test_a_p_value_on_its_threshold_is_rejected():
    """Of two, 2.5 % and then 5 %; at another level it is another threshold, and nothing adjusted exceeds 1."""
    assert [(True, 0.05), (True, 0.05)] == holm([0.025, 0.05])
    assert [(False, 0.05), (False, 0.05)] == holm([0.025, 0.05], 0.01)
    assert [(False, 1.0), (False, 1.0)] == holm([0.9, 0.8])
    assert [] == holm([])

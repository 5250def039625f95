from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.quantiles import quantile
from harness.metrics.spread import Spread

VALUES = st.lists(st.integers(-5_000_000, 5_000_000).map(lambda us: us / 1000), max_size=60)


@given(VALUES, VALUES, st.sampled_from([0.0, 0.5, 0.95, 0.99, 1.0]))
def test_quantiles_are_those_of_all_values(one: list[float], other: list[float], q: float):
    """Two spreads added have the quantiles, the size and the largest value of both lists in one."""
    spread = Spread(one)
    spread.add(Spread(other))
    expected = quantile([*one, *other], q)
    (found,) = spread.quantiles_ms(q)
    assert len(one) + len(other) == len(spread)
    assert max([*one, *other], default=None) == spread.max_ms()
    if expected is None:
        assert found is None
    else:
        assert abs(expected - found) < 1e-6

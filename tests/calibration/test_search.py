from hypothesis import given
from hypothesis import strategies as st

from harness.calibration.search import Limit, find_limit


def test_doubles_then_bisects():
    """A machine that carries 11: 16 is too many, and so are 12 and 12 only."""
    tried = []

    def holds(pairs: int) -> bool:
        tried.append(pairs)
        return pairs <= 11

    assert Limit(11, 12) == find_limit(holds)
    assert [1, 2, 4, 8, 16, 16, 12, 12, 10, 11] == tried


def test_one_busy_moment_is_no_limit():
    """Every number is asked once more before it counts as too many."""
    answers = iter([False, True, False, True, True])

    assert Limit(4, None) == find_limit(lambda _: next(answers), most=4)


def test_a_machine_may_carry_nothing():
    """Then there is nothing between nothing and one."""
    assert Limit(0, 1) == find_limit(lambda _: False)


@given(st.integers(0, 300))
def test_the_limit_found_holds_and_is_near_the_true_one(carries: int):
    """What is too many is at most an eighth above what holds, or one more."""
    found = find_limit(lambda pairs: pairs <= carries, most=256)

    assert found.pairs <= carries
    if found.too_many is None:
        assert found.pairs == 256
    else:
        assert carries < found.too_many <= found.pairs + max(1, found.pairs // 8)

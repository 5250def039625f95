import synthetic

from harness.verdict.validity import invalid_reason


def scores_with_invalid(count):
    rows = [synthetic.session(f"c{i}", side) for i in range(20) for side in synthetic.SIDES]
    spoilt = [
        synthetic.session(f"c{i}", "baseline", valid=False, invalid_reason="p99 lateness 31 ms") for i in range(count)
    ]
    return synthetic.scores([*spoilt, *rows[2 * count :]])


def test_within_the_limit():
    """One pair in twenty may be spoilt by the harness."""
    assert invalid_reason(scores_with_invalid(1), planned_pairs=20) is None


def test_beyond_the_limit():
    """More than 5 % spoilt pairs make the run invalid, and the reason says why they were spoilt."""
    assert "2 of 20 planned pairs are invalid, more than 5% (p99 lateness 31 ms)" == invalid_reason(
        scores_with_invalid(2), planned_pairs=20
    )

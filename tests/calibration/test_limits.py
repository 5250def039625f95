import pytest
from calibrations import document

from harness.calibration.limits import broken_limits


def test_a_calibration_within_the_limits_breaks_none():
    """Nothing late, nothing invalid, every count exact."""
    assert [] == broken_limits(document())


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"lateness_ms": {"p99": 10.5}}, "p99 of lateness_ms is 10.5 ms, limit 10 ms"),
        ({"wire_error_ms": {"p99": 11.0}}, "p99 of wire_error_ms is 11 ms, limit 10 ms"),
        ({"invalid_sessions": 2}, "2 of 4 sessions are invalid"),
        ({"rerun_pairs": 1}, "1 of 2 pairs had to be run again"),
        (
            {"bias": {"wer": {"difference": 0.1, "measured": 0.2, "injected": 0.1}}},
            "wer is 0.2, injected was 0.1",
        ),
    ],
)
def test_each_limit_is_named_when_it_is_broken(change: dict, complaint: str):
    """With the value and what is allowed."""
    assert [complaint] == broken_limits(document(**change))


def test_without_a_valid_pair_nothing_is_said_of_counts():
    """There is nothing to compare, and one sentence says so."""
    nothing = {"difference": None, "measured": None, "injected": None}

    assert [
        "4 of 4 sessions are invalid",
        "no pair is valid, so nothing that is counted could be checked",
    ] == broken_limits(document(invalid_sessions=4, bias={"wer": nothing, "session_failure_rate": nothing}))

"""The facts under the verdict."""

from harness.report.facts import checks, side_facts


def _recording(**recorded) -> str:
    run = {"sessions": {"planned": {"baseline": 30, "candidate": 30}, "recorded": recorded}}
    return next(check.value for check in checks(run, {}) if check.label == "Recording")


def test_pairs_that_were_run_again_are_told():
    """A rerun is no fault, but no secret either."""
    assert _recording(baseline=30, candidate=30, reruns=4) == "60 of 60 sessions, 4 pairs run again"
    assert _recording(baseline=30, candidate=30, reruns=1) == "60 of 60 sessions, 1 pair run again"
    assert _recording(baseline=30, candidate=29, reruns=0) == "59 of 60 sessions"


def test_sessions_are_accounted_for_in_full():
    """Failures and what the harness spoilt are told apart, in the words of every other view."""
    counts = {"planned": 30, "completed": 21, "failed": 0, "invalid": 9, "not_recorded": 0}

    found = side_facts({}, {"sessions": {"baseline": counts}}, "baseline")

    assert found.sessions == "21 of 30 completed, 0 failed, 9 spoilt by the harness"

"""The facts under the verdict."""

from harness.report.facts import checks, compared, side_facts


def _recording(**recorded) -> str:
    run = {"sessions": {"planned": {"baseline": 30, "candidate": 30}, "recorded": recorded}}
    return next(check.value for check in checks(run, {}) if check.label == "Recording")


def test_pairs_that_were_run_again_are_told():
    """A rerun is no fault, but no secret either."""
    assert _recording(baseline=30, candidate=30, reruns=4) == "60 of 60 sessions, 4 pairs run again"
    assert _recording(baseline=30, candidate=30, reruns=1) == "60 of 60 sessions, 1 pair run again"
    assert _recording(baseline=30, candidate=29, reruns=0) == "59 of 60 sessions"


def test_an_emulator_that_does_not_tell_is_not_checked():
    """It may have fallen behind; one that did stands out all the same."""

    def told(*queue_ms: float) -> tuple[str, str]:
        fared = [{"decode_queue_ms": {"p99": ms}, "loop_lag_ms": {"p99": 1}} for ms in queue_ms]
        run = {"endpoint": "emulated", "emulators": fared, "emulators_unchecked": ["ws://localhost:1"]}
        [check] = [check for check in checks(run, {}) if check.label == "Emulator's recogniser"]
        return check.value, check.health

    silent = ("not checked: no word of it from ws://localhost:1", "unknown")
    assert [silent, silent, ("fell behind real time", "bad")] == [told(), told(1), told(1, 9999)]


def test_sessions_are_accounted_for_in_full():
    """Failures and what the harness spoilt are told apart, in the words of every other view."""
    counts = {"planned": 30, "completed": 21, "failed": 0, "invalid": 9, "not_recorded": 0}

    found = side_facts({}, {"sessions": {"baseline": counts}}, "baseline")

    assert found.sessions == "21 of 30 completed, 0 failed, 9 spoilt by the harness"


def test_what_the_engine_had_to_do_is_told():
    """Lost processes and refusals for a quota stand beside the reruns."""
    run = {
        "sessions": {
            "planned": {"baseline": 3, "candidate": 3},
            "recorded": {"baseline": 3, "candidate": 3, "reruns": 0},
        },
        "accounting": {"lost": 1, "throttled": {"gladia": 2, "assemblyai": 1}},
    }

    [value] = [check.value for check in checks(run, {}) if check.label == "Recording"]
    assert value == (
        "6 of 6 sessions, 1 pair lost with a process and played again, assemblyai had no room 1 time, gladia had no room 2 times"
    )


def test_a_baseline_of_another_hour_is_said_to_be_that():
    """A reader must know that the two sides did not meet the same network."""
    run = {"provenance": {"baseline_run": {"run_id": "monday", "created_at": "2026-01-05T09:00:00+00:00"}}}

    assert dict(compared(run, {}))["Baseline"] == (
        "from run monday, recorded 2026-01-05 09:00:00 UTC, not at the same time as the candidate"
    )
    run["provenance"]["baseline_run"]["interleaved"] = True
    assert dict(compared(run, {}))["Baseline"] == "that of sweep monday, played clip by clip among its candidates"
    assert "Baseline" not in dict(compared({}, {}))


def test_it_is_said_who_stamped_the_arrivals():
    """The kernel, the kernel with exceptions, or only the process; an old run says nothing."""

    def told(**stamps: int) -> list[str]:
        run = {"accounting": {"stamps": stamps}}
        return [check.value for check in checks(run, {}) if check.label == "Arrival times"]

    assert told(kernel=1200) == ["by the kernel, 1,200 messages"]
    assert told(kernel=1197, process=3) == ["by the kernel but for 3 of 1,200 messages"]
    assert told(process=1200) == ["by the recording process, 1,200 messages"]
    assert told() == []


def test_the_cost_is_that_of_the_plan_at_list_price():
    """Emulators charge nothing, so that run says what it would have cost; a price that is not known is not made up."""
    cost = {
        "baseline": {"billed_minutes": 7.12, "usd_per_hour": 0.15, "as_of": "2026-03", "usd": 0.0178, "charged": False},
        "candidate": {"billed_minutes": 7.0, "usd_per_hour": None, "as_of": None, "usd": None, "charged": False},
    }
    run = {"cost": cost, "config": {"baseline": {"provider": "assemblyai"}, "candidate": {"provider": "gladia"}}}
    live = {**run, "cost": {side: {**one, "charged": True} for side, one in cost.items()}}
    said = "AssemblyAI $0.02, 7.1 min at $0.15/h as of 2026-03; Gladia 7 min at no list price known"

    assert (said, said) == (dict(compared(run, {}))["Cost if it were live"], dict(compared(live, {}))["Cost"])
    assert "Cost" not in dict(compared({}, {}))

"""What to do next, where that hangs on how the run was recorded and on what its services said."""

import pytest
import synthetic
from test_failed_sides import failed

from harness.verdict.judge import judge, verdict_json
from harness.verdict.results import InvalidReason, Origin, Service, SpoiltPair
from harness.verdict.rules import GateSettings

SETTINGS = GateSettings(resamples=999)
TYPED = ("harness", "compare", "--live", "--corpus", "calls", "--pairs", "4", "--run-id", "r7")
LIVE = {
    "baseline": Service("assemblyai", "streaming.assemblyai.com", ("ASSEMBLYAI_API_KEY",)),
    "candidate": Service("gladia", "https://api.gladia.io", ("GLADIA_API_KEY",)),
}


def document(scores, *reasons, pairs=4, command=TYPED, services=LIVE, plays_again=False):
    return verdict_json(
        judge(
            scores,
            SETTINGS,
            run_valid=not reasons,
            invalid_reason="odd" if reasons else None,
            invalid_reasons=reasons,
            emulated=False,
            run_id="r7",
            origin=Origin(command, pairs, plays_again=plays_again, services=services),
        )
    )


def refused(reason="gladia_http_401: no such key | G-1 | 401 | POST /v2/live", side="candidate"):
    """Three pairs of which a side failed for a reason."""
    other = next(name for name in synthetic.SIDES if name != side)
    return synthetic.scores(
        row for n in range(3) for row in (synthetic.session(f"c{n}", other), failed(f"c{n}", side, reason))
    )


def test_a_refused_key_is_told_first_and_more_recordings_are_not_advised():
    """What failed leads the explanation, with its count; the next step is the key's, then the command as it was given."""
    found = document(refused())

    assert found["explanation"].startswith(
        "candidate: 3 of 3 sessions failed: HTTP 401 from POST https://api.gladia.io/v2/live (no such key). Not enough"
    )
    assert (
        "Check GLADIA_API_KEY: gladia takes another key, or your account may not do this. Then record again: "
        "`harness compare --live --corpus calls --pairs 4` (a new run)."
    ) == found["next_step"]
    assert [("candidate", 3, 3, True, "key")] == [
        (each["side"], each["failed"], each["sessions"], each["mostly"], each["causes"][0]["check"])
        for each in found["failed_sides"]
    ]


@pytest.mark.parametrize(
    ("reason", "services", "step"),
    [
        ("assemblyai_error: Connection refused", LIVE, "Check that streaming.assemblyai.com is the right address and"),
        ("assemblyai_402: pay", LIVE, "Check the account at assemblyai: its credit and its quotas (limits.assemblyai"),
        ("assemblyai_503: later", LIVE, "Wait until assemblyai is well again. Then record again:"),
        ("assemblyai_400: odd", LIVE, "Check baseline.host and baseline.params: assemblyai refuses what it is"),
        ("closed abnormally", LIVE, "Look at a failed session of the baseline in the report: its raw frames have"),
        ("x_401: no", {}, "Check the API key of the baseline's service. Then"),
        (
            "x_401: no",
            {"baseline": Service("assemblyai", "ws://127.0.0.1:9", ())},
            "Check which keys ws://127.0.0.1:9 takes: a service on this machine is sent a made-up one, and never yours.",
        ),
    ],
)
def test_what_to_check_follows_from_what_the_service_said(reason, services, step):
    """Of either side."""
    assert document(refused(reason, "baseline"), services=services)["next_step"].startswith(step)


def test_a_few_failures_are_a_warning_and_no_step():
    """They count against the service, and the rules say the rest."""
    rows = [synthetic.session(f"c{n}", side) for n in range(3) for side in synthetic.SIDES]
    found = document(synthetic.scores([*rows[:-1], failed("c2", reason="closed abnormally")]), services={})

    assert ["candidate: 1 of 3 sessions failed: closed abnormally"] == [
        each["explanation"] for each in found["failed_sides"]
    ]
    assert found["explanation"].startswith("Not enough evidence")
    assert "Add recordings" in found["next_step"]


def test_several_reasons_are_counted():
    """Three of them, and how many there are besides."""
    rows = [failed(f"c{n}", reason=reason) for n, reason in enumerate(["a b", "a b", "c d", "e f", "g h"])]

    assert ["candidate: 5 of 5 sessions failed: a b (2), c d (1), e f (1), and 1 more reason"] == [
        each["explanation"] for each in document(synthetic.scores(rows), services={})["failed_sides"]
    ]


def spoilt(finding):
    return InvalidReason("spoilt_pairs", "spoilt!", (SpoiltPair("c0", 1, None, (finding,)),))


@pytest.mark.parametrize(
    ("reason", "pairs", "step"),
    [
        (spoilt("late"), 4, "`harness compare --live --corpus calls --pairs 1` (a new run), while the machine does nothing"),
        (spoilt("late"), 1, "`harness compare --live --corpus calls --pairs 4` (a new run), while the machine does nothing else, or"),
        (spoilt("x: the local network"), 4, "`harness compare --live --corpus calls --pairs 4` (a new run), once the network"),
        (InvalidReason("incomplete", ""), 4, "`harness compare --live --corpus calls --pairs 4 --resume --run-id r7`"),
        (InvalidReason("self_test", ""), 4, "`harness compare --live --corpus calls --pairs 4 --passes 2` (a new run)"),
    ],
)  # fmt: skip
def test_a_command_to_be_given_again_is_that_of_the_run(reason, pairs, step):
    """Nothing that was asked for is dropped; one pair at a time is no advice to who plays one."""
    assert step in document(synthetic.scores(), reason, pairs=pairs)["next_step"]

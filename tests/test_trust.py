from types import SimpleNamespace

import pytest

from harness.metrics.scores import Scores
from harness.trust import assess, kept_up


def scores(baseline: int, candidate: int, **changes) -> Scores:
    rows = [
        SimpleNamespace(
            **{"side": side, "valid": True, "clip_id": f"c{number}", "pass_number": 1, "succeeded": True, **changes}
        )
        for side, count in (("baseline", baseline), ("candidate", candidate))
        for number in range(count)
    ]
    return Scores("a", None, "wire", tuple(rows), (), (), (), (), ())


def document(**changes) -> dict:
    complete = {
        "sessions": {"planned": {"baseline": 2, "candidate": 2}},
        "emulators": [],
    }
    return {**complete, **changes}


def emulators(queue_ms: float | None, lag_ms: float | None) -> dict:
    return {"decode_queue_ms": {"p99": queue_ms}, "loop_lag_ms": {"p99": lag_ms}}


def test_a_complete_run_is_trusted():
    """Nothing planned is missing, nothing was spoiled."""
    assert assess(document(), scores(2, 2)).valid is True


def test_timers_of_emulators_that_others_may_use_are_not_held_against_a_run():
    """How long its recogniser kept audio waiting is."""
    elsewhere = {"host": "ws://127.0.0.1:1"}
    fared = [emulators(1.0, 900.0), emulators(1.0, 900.0) | elsewhere, emulators(90_000.0, 1.0) | elsewhere]

    assert [False, True, False] == [assess(document(emulators=[one]), scores(2, 2)).valid for one in fared]


def test_a_run_with_missing_sessions_is_not():
    """The reason counts what is there, and its kind tells what to do."""
    found = assess(document(), scores(2, 1))

    assert found.reason == "incomplete: 1 of 2 candidate sessions are recorded"
    assert [reason.kind for reason in found.reasons] == ["incomplete"]


def test_a_run_without_one_side_is_not():
    """A key that was refused, or a host that is not there, has compared nothing; a side that was left out is none."""
    never = {"succeeded": False, "session_init_ms": None}
    found = assess(document(), scores(2, 2, **never))
    alone = assess(document(sessions={"planned": {"candidate": 2}}), scores(0, 2, **never))

    assert (False, "no session of either side ever became ready, so nothing was compared") == (
        found.valid,
        found.reason,
    )
    assert (["unreached"], "no session of the candidate ever became ready, so nothing was compared") == (
        [reason.kind for reason in alone.reasons],
        alone.reason,
    )
    assert assess(document(), scores(2, 2, **never | {"session_init_ms": 200.0})).valid


@pytest.mark.parametrize(
    ("queue_ms", "lag_ms", "expected"),
    [(1000.0, 50.0, True), (1000.1, 50.0, False), (1000.0, 50.1, False), (None, None, True)],
)
def test_emulators_keep_up_within_their_limits(queue_ms: float | None, lag_ms: float | None, expected: bool):
    """They fall behind if work waits for a processor or their loop wakes late; a script decodes nothing."""
    assert kept_up(emulators(queue_ms, lag_ms)) is expected


def test_audio_that_waited_for_the_recogniser_is_behind_too():
    """Decodes that never waited may all have come too late; runs of before it was recorded say nothing of it."""
    behind = emulators(10, 5) | {"behind_ms": {"p99": 4100.0, "now": 0.0}}

    assert [True, False] == [kept_up(emulators(10, 5) | {"behind_ms": {"p99": 2000.0}}), kept_up(behind)]
    found = assess(document(emulators=[behind]), scores(2, 2))
    assert "5 ms late or more, 1 % of the audio waited 4.1 s or longer)" in found.reason


def test_emulators_that_fell_behind_make_the_run_invalid():
    """Their latencies would be the machine's."""
    found = assess(document(emulators=[emulators(10, 5), emulators(1622.258, 5)]), scores(2, 2))

    assert found.valid is False
    assert (
        "fell behind real time (1 % of their decodings waited 1.6 s or longer for a processor, 1 % of their timers were 5 ms late"
        in found.reason
    )
    assert [reason.kind for reason in found.reasons] == ["emulators"]

import synthetic

from harness.verdict.failed_sides import failed_sides, unreached
from harness.verdict.results import Service

REFUSED = "gladia_http_401: no such key | G-1 | 401 | POST /v2/live"


def failed(clip_id, side="candidate", reason=REFUSED, **changes):
    """A session that never became ready, unless `changes` say otherwise."""
    never = {"succeeded": False, "failure_reason": reason, "session_init_ms": None}
    return synthetic.session(clip_id, side, **never | changes)


def test_failed_sessions_of_each_side_are_grouped_by_why():
    """The most frequent reason first, with the host of its service; a side without a failure is none."""
    rows = [synthetic.session("c0"), failed("c0"), failed("c1", reason="closed abnormally"), failed("c2")]
    (found,) = failed_sides(rows, {"candidate": Service("gladia", "https://api.gladia.io")})

    assert ("candidate", 3, 3, True) == (found.side, found.failed, found.sessions, found.mostly)
    assert [
        ("HTTP 401 from POST https://api.gladia.io/v2/live (no such key)", 2),
        ("closed abnormally (https://api.gladia.io)", 1),
    ] == [(cause.text, cause.sessions) for cause in found.causes]


def test_half_of_the_sessions_is_not_most_of_them():
    """What the run is about changes where more than half failed."""
    rows = [failed("c0"), synthetic.session("c1", "candidate")]

    assert [False] == [found.mostly for found in failed_sides(rows)]
    assert [True] == [found.mostly for found in failed_sides([*rows, failed("c2")])]


def test_what_the_harness_spoilt_is_no_failure_unless_nothing_was_reached():
    """A late session may have failed for that; one that never became ready was not late."""
    late = failed("c0", valid=False, session_init_ms=200.0)

    assert () == failed_sides([late])
    assert [1] == [found.failed for found in failed_sides([late, failed("c1", valid=False)])]


def test_a_side_is_unreached_if_no_session_ever_became_ready():
    """One that did is enough; so is success, of a provider that tells no readiness."""
    rows = [failed(f"c{number}") for number in range(3)]
    others = [synthetic.session("c0"), failed("c1", "baseline")]

    assert ("candidate",) == unreached([*rows, *others])
    assert () == unreached([*rows, failed("c3", session_init_ms=200.0)])
    assert () == unreached([synthetic.session("c0", session_init_ms=None)])

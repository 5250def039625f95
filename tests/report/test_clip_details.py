"""What the clip view is drawn from."""

from fabricate import fabricate
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.scores import WordScore
from harness.report.clip_details import ScoreIndex, align, clip_detail
from harness.timeline.events import SIDES


def _steps(side, ops):
    """An alignment in short: `=` right, `x` wrong, `-` missing, `+` extra; the reference is r0, r1 and so on."""
    steps, at = [], 0
    for position, mark in enumerate(ops):
        op = {"=": "equal", "x": "replace", "-": "delete", "+": "insert"}[mark]
        reference = None if op == "insert" else f"r{at}"
        at += op != "insert"
        heard = None if op == "delete" else f"h{position}"
        steps.append(WordScore("c", side, 1, position, op, reference, heard, 0, None, None, None))
    return steps


def test_both_sides_share_the_reference_columns():
    """Insertions at one place share a column; every reference word has one."""
    columns = align(_steps("baseline", "=+x"), _steps("candidate", "+=-+"))
    drawn = [(c["ref"], c["baseline"] and c["baseline"][0], c["candidate"] and c["candidate"][0]) for c in columns]

    assert drawn == [
        (None, None, "insert"),
        ("r0", "equal", "equal"),
        (None, "insert", None),
        ("r1", "replace", "delete"),
        (None, None, "insert"),
    ]


@given(st.text("=x-+", max_size=20), st.text("=x-+", max_size=20))
def test_no_step_is_lost(baseline, candidate):
    """Every step of either side stands in exactly one column, in order, even if the references differ in length."""
    steps = {"baseline": _steps("baseline", baseline), "candidate": _steps("candidate", candidate)}
    columns = align(steps["baseline"], steps["candidate"])

    for side in SIDES:
        assert [[s.op, s.hypothesis] for s in steps[side]] == [c[side] for c in columns if c[side]]


def test_a_clip_without_sessions_has_empty_sides():
    """A clip that was never recorded still has its reference."""
    inputs = fabricate(clips=1)
    clip = inputs.clips[-1]
    detail = clip_detail(clip, 1, ScoreIndex(inputs.scores), dict.fromkeys(SIDES), None)

    assert detail["sides"] == {"baseline": None, "candidate": None}


def test_updates_keep_their_arrival():
    """Instants are milliseconds from the start of audio, as stamped at the socket."""
    inputs = fabricate(clips=1, hostile=False)
    folded = {side: inputs.sessions("call-000", side, 1) for side in SIDES}
    detail = clip_detail(inputs.clips[0], 1, ScoreIndex(inputs.scores), folded, None)
    expected = [round(u.wire_ns / 1e6, 1) for segment in folded["candidate"].segments for u in segment.updates]

    assert expected == [
        update[0] for segment in detail["sides"]["candidate"]["segments"] for update in segment["updates"]
    ]

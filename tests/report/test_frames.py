"""Raw frames in the page."""

from dataclasses import replace

from fabricate import HOSTILE, fabricate

from harness.report.clip_rows import pairs, table_rows
from harness.report.frames import packed_frames
from harness.report.packing import unpack


def _rows(inputs):
    return table_rows(inputs, {(clip.clip_id, number): (0, 0) for clip, number in pairs(inputs)})


def test_frames_are_exactly_what_came_with_both_times():
    """Arrival at the socket, what the SDK took, and the text, whatever it is."""
    inputs = fabricate(clips=1, hostile=False)
    frames = unpack(packed_frames(inputs, _rows(inputs))["call-000", 1])

    assert [9000.0, None, HOSTILE] == frames["baseline"][-1]
    assert 1.0 == frames["candidate"][0][1]


def test_the_worst_regressions_are_kept_when_not_all_fit():
    """Half the budget holds the worse half, in the table's order."""
    inputs = fabricate(clips=12, hostile=False)
    rows = _rows(inputs)
    everything = packed_frames(inputs, rows)
    some = packed_frames(inputs, rows, budget_bytes=sum(map(len, everything.values())) // 2)

    assert 0 < len(some) < len(everything) == 12
    assert list(everything)[: len(some)] == list(some)


def test_without_references_those_that_differ_most_are_kept():
    """The frames are those of the clips that the table lists first."""
    inputs = fabricate(clips=12, hostile=False)
    sessions = tuple(replace(session, has_reference=False) for session in inputs.scores.sessions)
    inputs = replace(inputs, scores=replace(inputs.scores, sessions=sessions))
    rows = _rows(inputs)
    changed = {(row["id"], row["pass"]): row["differ"] for row in rows}

    found = [changed[key] for key in packed_frames(inputs, rows)]

    assert found == sorted(found, reverse=True) != [row["differ"] for row in rows]


def test_a_clip_never_recorded_has_no_frames():
    """An empty list a side, not a failure."""
    inputs = fabricate(clips=1)
    frames = unpack(packed_frames(inputs, _rows(inputs))["never-recorded", 1])

    assert {"baseline": [], "candidate": []} == frames

"""The table of clips."""

import dataclasses
import math

from fabricate import fabricate

from harness.report.clip_rows import (
    FAILURE_POINTS,
    SideScores,
    first_order,
    gather,
    pairs,
    regression_points,
    status,
    table_rows,
)


def _session(side="baseline", **changes):
    scores = fabricate(clips=1, hostile=False).scores
    found = next(session for session in scores.sessions if session.side == side)
    return dataclasses.replace(found, **changes)


def test_every_clip_has_a_row():
    """Clips that were never recorded are listed too, with nothing on either side."""
    inputs = fabricate(clips=2)
    places = {key: (0, index) for index, key in enumerate((clip.clip_id, n) for clip, n in pairs(inputs))}
    rows = {row["id"]: row for row in table_rows(inputs, places)}

    assert [clip.clip_id for clip in inputs.clips] == list(rows)
    assert tuple(rows["never-recorded"][key] for key in ("status", "baseline", "candidate")) == ("missing", None, None)


def test_a_failure_of_the_candidate_alone_outweighs_words():
    """Losing a session is worse than any number of milliseconds; losing it on both sides is no regression."""
    good = SideScores(_session(), (), ())
    lost = SideScores(dataclasses.replace(good.session, succeeded=False), (), ())

    assert (
        regression_points(good, lost),
        regression_points(lost, good),
        regression_points(lost, lost),
    ) == (FAILURE_POINTS, -FAILURE_POINTS, 0)


def test_delay_counts_by_half_seconds_up_to_a_cap():
    """500 ms more is one point, a final that never comes is four, and never on both sides is none."""
    session = _session()

    def points(a: float, b: float) -> float:
        return regression_points(SideScores(session, (), (a,)), SideScores(session, (), (b,)))

    assert (points(600, 1100), points(600, math.inf), points(math.inf, math.inf)) == (1, 4, 0)


def test_status_blames_the_right_party():
    """A harness fault comes before a provider's, and a missing session before both."""
    good, invalid, failed = _session(), _session(valid=False), _session(succeeded=False)

    assert (
        status(good, good),
        status(good, invalid),
        status(failed, good),
        status(good, None),
        status(invalid, failed),
    ) == ("ok", "invalid", "failed", "missing", "invalid")


def test_a_pair_that_counts_for_nobody_has_no_figures():
    """What the harness spoilt is found by no number: it cannot lead a list of regressions."""
    inputs = fabricate(clips=1)
    places = {key: (0, index) for index, key in enumerate((clip.clip_id, n) for clip, n in pairs(inputs))}
    row = next(row for row in table_rows(inputs, places) if row["id"] == "harness-fault")

    figures = {row[side][key] for side in ("baseline", "candidate") for key in ("e", "wer", "first", "final", "cuts")}

    assert (row["status"], row["regression"], row["differ"], figures) == ("invalid", None, None, {None})


def test_without_any_reference_the_texts_that_differ_most_come_first():
    """One session with a reference is enough for regressions to mean something."""
    scores = fabricate(clips=2, hostile=False).scores
    bare = [dataclasses.replace(session, has_reference=False) for session in scores.sessions]

    def order(*sessions):
        return first_order(dataclasses.replace(scores, sessions=sessions))

    assert ("disagreement", "regression") == (order(*bare), order(*bare[1:], scores.sessions[0]))


def test_gathering_keeps_the_sides_apart():
    """Latencies are found under their own session."""
    scores = fabricate(clips=1, hostile=False).scores
    found = gather(scores)

    expected = tuple(row.final_ms for row in scores.turns if row.side == "candidate")

    assert expected == found["call-000", "candidate", 1].final_ms

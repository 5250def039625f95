"""The course of a run as a chart."""

import dataclasses

from fabricate import fabricate

from harness.report.course import COLUMNS, Moment, course, moment
from harness.report.html import render
from harness.timeline.events import AudioFormat, Header

HEADER = Header(
    "a", "baseline", "assemblyai", 1, AudioFormat("pcm_s16le", 16000, 100, 1600, 0, 0), "2026-01-31T09:30:00+00:00"
)


def _moments(*lateness_ms: float) -> list[Moment]:
    return [
        Moment(1000.0 + 10 * place, "baseline", f"clip-{place}", "ok", late) for place, late in enumerate(lateness_ms)
    ]


def test_marks_lie_where_the_session_began_and_as_high_as_it_was_late():
    """The axis is logarithmic: 0.1 ms at the bottom, a second at the top; 20 ms is the limit of what is scored."""
    chart = course(_moments(0.1, 10.0, 1000.0), {})

    assert [100.0, 50.0, 0.0] == [mark.y for mark in chart.marks]
    assert [0, 80, COLUMNS - 1] == [int(mark.x * COLUMNS / 100) for mark in chart.marks]
    assert (42.474, "0:20 min") == (chart.limit, chart.end)


def test_of_sessions_that_began_together_the_worst_is_shown():
    """A failure outweighs lateness; the tip names all of them."""
    fine, late = _moments(1.0, 900.0)
    failed = Moment(1000.0, "baseline", "broken", "failed", 2.0)
    chart = course(
        [fine, failed, dataclasses.replace(late, at_s=1000.1), Moment(1400.0, "baseline", "end", "ok", 1.0)], {}
    )

    assert [("failed", "broken"), ("ok", "end")] == [(mark.state, mark.clip_id) for mark in chart.marks]
    assert "clip-0, broken, clip-1" in chart.marks[0].tip or "broken, clip-0, clip-1" in chart.marks[0].tip
    assert "broken failed" in chart.marks[0].tip


def test_the_sentence_says_what_to_look_for():
    """Failures by side, what the harness spoilt, and what was refused for want of room."""
    moments = [
        *_moments(1.0, 3.5),
        Moment(1000.0, "candidate", "x", "failed", 1.0),
        Moment(1001.0, "candidate", "y", "spoilt", 40.0),
    ]
    run = {"accounting": {"throttled": {"gladia": 3}}}

    assert (
        "4 sessions began within 0:10 min; lateness at most 40\N{NO-BREAK SPACE}ms (p99 of a session); "
        "1 of the candidate failed, 1 spoilt by the harness; gladia had no room 3 times."
    ) == course(moments, run).summary
    assert course(_moments(1.0), {}).summary.endswith("none failed; no rate limit was met.")


def test_a_session_without_a_time_or_a_score_is_left_out():
    """An old timeline may not say when it was."""
    (session,) = [row for row in fabricate(clips=1, hostile=False).scores.sessions if row.side == "baseline"]

    assert [None, None] == [moment(dataclasses.replace(HEADER, wall_anchor=""), session), moment(HEADER, None)]
    assert ("ok", 1769851800.0) == (moment(HEADER, session).state, moment(HEADER, session).at_s)
    assert course([], {}) is None


def test_the_page_shows_it():
    """Folded, under what can be trusted."""
    page = render(fabricate(clips=3, hostile=False), {})

    assert "Course of the run <small>6 sessions began within 0:14 min" in page

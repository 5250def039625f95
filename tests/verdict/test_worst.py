import math

from harness.verdict.estimands import CountRow, SampleRow
from harness.verdict.worst import SHOWN, worst_latencies, worst_ratios

INF = math.inf


def test_worst_ratios():
    """Clips by how many more events the candidate has, over all their rows; clips no worse are left out."""
    rows = [
        CountRow("a", "x", 1, 10, 3, 10),
        CountRow("b", "x", 5, 10, 5, 10),
        CountRow("c", "x", 0, 10, 2, 10),
        CountRow("c", "x", 0, 10, 2, 10),
    ]

    assert [("c", 0, 4), ("a", 1, 3)] == [(r.clip_id, r.baseline, r.candidate) for r in worst_ratios(rows)]


def test_worst_counts():
    """For a rule on the candidate alone, what the baseline did excuses nothing."""
    (worst,) = worst_ratios([CountRow("a", "x", 9, 10, 1, 10)], against_baseline=False)

    assert "a" == worst.clip_id


def test_worst_latencies():
    """One entry a clip, its largest slow-down; what never came is first, faster clips are left out."""
    rows = [
        SampleRow("a", "x", 500, 600),
        SampleRow("a", "x", 400, 900),
        SampleRow("b", "x", 500, 400),
        SampleRow("c", "x", 700, INF),
        SampleRow("d", "x", 300, INF),
        SampleRow("e", "x", INF, INF),
    ]

    assert [("d", 300, INF), ("c", 700, INF), ("a", 400, 900)] == [
        (r.clip_id, r.baseline, r.candidate) for r in worst_latencies(rows)
    ]


def test_few():
    """No more recordings are listed than anyone listens to."""
    assert SHOWN == len(worst_latencies([SampleRow(f"{i}", "x", 0, i) for i in range(1, 30)]))


def test_equal_recordings_stand_by_name():
    """Of two that lost as much; of two that never came, the one that the baseline had sooner; of one clip, its worst."""
    rows = [CountRow(name, "x", 0, 10, 2, 10) for name in ("b", "a")]
    late = [SampleRow(name, "x", ms, ms + 100) for name, ms in (("b", 500), ("a", 500), ("c", 400))]

    assert ["a", "b"] == [recording.clip_id for recording in worst_ratios(rows)]
    assert ["c", "a", "b"] == [recording.clip_id for recording in worst_latencies(late)]
    assert () == worst_latencies([SampleRow("a", "x", 500, 500)])
    assert () == worst_ratios([CountRow("a", "x", 1, 10, 0, 10)], against_baseline=True)

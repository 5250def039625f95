from dataclasses import replace

from synthetic import session

from harness.metrics.leaks import with_leak_counts, with_leaks
from harness.metrics.scores import SegmentScore

CHANNELS = {"r.ch0": ("r", 0), "r.ch1": ("r", 1), "s.ch0": ("s", 0)}


def segment(clip_id: str, start_ms: int | None, text: str, **changes: object) -> SegmentScore:
    """A segment of which nothing matters but where, when and what."""
    row = SegmentScore(
        clip_id, "baseline", 1, 0, "k", "natural", None, None, None, start_ms, None, 0, 0, 0, "inside", text
    )
    return replace(row, **changes)


def leaks(*rows: SegmentScore) -> list[int]:
    return [row.leaks for row in with_leaks(rows, CHANNELS)]


def test_five_words_heard_on_both_channels_leak_once():
    """The segment that starts later has the leak; six shared words hold two sequences of five."""
    said, echo = "Please call me back on Monday.", "please call me back on monday"
    assert [0, 2] == leaks(segment("r.ch0", 1000, said), segment("r.ch1", 3000, echo))
    assert [2, 0] == leaks(segment("r.ch0", 1001, said), segment("r.ch1", 1000, echo))
    assert [2, 0] == leaks(segment("r.ch1", 1000, said), segment("r.ch0", 1000, echo))


def test_only_channels_of_one_recording_close_in_time_leak():
    """Not two seconds and more apart, not of other recordings, sides or passes, not of one channel, not four words."""
    text = "one two three four five"
    first = segment("r.ch0", 1000, text)
    others = [
        segment("r.ch1", 3001, text),
        segment("s.ch0", 1000, text),
        segment("mono", 1000, text),
        segment("r.ch1", None, text),
        segment("r.ch1", 1000, text, side="candidate"),
        segment("r.ch1", 1000, text, pass_number=2),
        segment("r.ch0", 1500, text),
        segment("r.ch1", 1000, "one two three four six"),
    ]
    assert [[0, 0]] * len(others) == [leaks(first, other) for other in others]


def test_sessions_sum_the_leaks_of_their_segments():
    """A session without any has none."""
    rows = [session("r.ch1", "baseline"), session("r.ch0", "baseline")]
    text = "one two three four five"
    segments = with_leaks(
        [segment("r.ch0", 0, text), segment("r.ch1", 500, text), segment("r.ch1", 900, text)], CHANNELS
    )
    assert [2, 0] == [row.leaks for row in with_leak_counts(rows, segments)]

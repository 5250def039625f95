"""The trace of a pair, held against the documented Trace Event Format."""

import itertools
import json
from collections import defaultdict
from typing import Any

import pytest
from builders import clip, frame, timeline, transcript, turn, utterance
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.exports.trace import Range, lanes, trace
from harness.rundir import RunDir
from harness.timeline.fold import fold

SPOKEN = clip([utterance("nine lives", 0.5, 1.0, words=[("nine", 0.5, 0.7), ("lives", 0.7, 1.0)])])
# Trace Event Format (Google), per phase: what an event must have besides name and ph.
REQUIRED = {
    "M": {"pid", "tid", "args"},
    "X": {"ts", "dur", "pid", "tid"},
    "i": {"ts", "pid", "tid", "s"},
    "C": {"ts", "pid", "args"},
}


def document(**sessions) -> dict[str, Any]:
    folded = {side: fold(one) for side, one in sessions.items()}
    return json.loads("".join(trace(SPOKEN, folded, 2, "run")))


@pytest.fixture(scope="module")
def pair() -> dict[str, Any]:
    """Two segments that overlap in arrival, and a breach of contract."""
    baseline = timeline(
        [
            turn(0.9, "nine"),
            turn(1.5, "nine lives", final=True, formatted=True),
            turn(1.4, "yes", order=1),
            turn(2.0, "yes", order=1, final=True, formatted=True),
            frame(2.1, "no JSON"),
        ],
        duration_s=2.0,
    )
    candidate = timeline(
        [transcript(1.2, "nine lives", final=True)], provider="gladia", side="candidate", duration_s=2.0
    )
    return document(baseline=baseline, candidate=candidate)


def test_every_event_is_one_the_format_knows(pair: dict[str, Any]):
    """Phases have their fields, instants are not negative, counters are numbers, and every lane has a name."""
    named = {(event["pid"], event["tid"]) for event in pair["traceEvents"] if event["name"] == "thread_name"}
    for event in pair["traceEvents"]:
        assert event.keys() >= REQUIRED[event["ph"]] | {"name"}
        assert min(event.get("ts", 0), event.get("dur", 0)) >= 0
        if event["ph"] == "C":
            assert {float} == {type(value) for value in event["args"].values()}
        if event["ph"] in "Xi":
            assert (event["pid"], event["tid"]) in named


def test_ranges_of_a_lane_never_overlap(pair: dict[str, Any]):
    """Viewers would nest or drop them; here one segment begins before the one before it is final."""
    by_lane = defaultdict(list)
    for event in pair["traceEvents"]:
        if event["ph"] == "X":
            by_lane[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))

    assert [] == [
        pair for spans in by_lane.values() for pair in itertools.pairwise(sorted(spans)) if pair[0][1] > pair[1][0]
    ]
    titles = {event["args"]["name"] for event in pair["traceEvents"] if event["name"] == "thread_name"}
    assert {"segments, as they arrived", "segments, as they arrived (2)"} <= titles


def test_everything_is_on_one_axis(pair: dict[str, Any]):
    """`t0_us` plus the time in the audio or at the wire, from the first instant of the pair."""
    at = {(event["pid"], event["name"]): event["ts"] for event in reversed(pair["traceEvents"]) if "ts" in event}
    t0_us = pair["otherData"]["t0_us"]

    assert 0 == at[2, "dialling"]
    assert t0_us + 700_000 == at[1, "lives"]
    assert t0_us + 900_000 == at[2, "partial"]
    assert t0_us + 1_200_000 == at[3, "final_formatted"]
    assert t0_us + 2_100_000 == at[2, "breach: unknown_event"]
    assert (2, "run", "clip") == tuple(pair["otherData"][key] for key in ("pass", "run_id", "clip_id"))


def test_nothing_is_left_out(golden: RunDir):
    """As many messages and chunks as the recorded sessions have."""
    one = next(clip for clip in golden.read_clips() if clip.clip_id == "sonnet1")
    session = fold(golden.read_session("sonnet1", "baseline", 1))
    events = json.loads("".join(trace(one, {"baseline": session}, 1, "golden")))["traceEvents"]
    phases = [event["ph"] for event in events]

    assert sum(len(segment.updates) for segment in session.segments) + len(session.violations) == phases.count("i")
    assert len(session.sent_ns) == phases.count("C")
    assert set() == {event["pid"] for event in events} - {1, 2}


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-2, 6)), max_size=12))
@settings(max_examples=50)
def test_lanes_hold_every_range_once(spans: list[tuple[int, int]]):
    """In as few lanes as overlap at most; those that end before they begin are left out."""
    ranges = [Range(str(index), start, start + length, {}) for index, (start, length) in enumerate(spans)]
    found = lanes(ranges)

    assert sorted(one.name for one in ranges if one.end_ns >= one.start_ns) == sorted(
        one.name for lane in found for one in lane
    )
    for lane in found:
        assert all(before.end_ns <= after.start_ns for before, after in itertools.pairwise(lane))
    most = max((sum(one.start_ns <= at < one.end_ns for one in ranges) for at in range(27)), default=0)
    assert len(found) <= max(most, 1) + sum(one.start_ns == one.end_ns for one in ranges)

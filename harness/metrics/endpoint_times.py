"""Turn ends against reference times, where there is no usable text.

Claiming of endpoints as in Sesame's turnbench; turn ends and holds as LiveKit's eot-bench labels them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from harness.metrics.clock import NS_PER_S
from harness.metrics.endpointing import SHORTEST_HOLD_S, holds
from harness.metrics.hypothesis import Hypothesis
from harness.metrics.reference import Reference

_BEFORE_S = 0.25
_AFTER_S = 3.0


@dataclass(frozen=True, slots=True)
class TimeMatch:
    """What the endpoints of a session hit.

    Attributes:
        claimed_s: Per turn end, the endpoint it claimed; None: missed.
        fired: Per hold, whether an endpoint that no turn claimed fell on it.
        hold_turns: Per hold, the turn that it interrupts; empty where spans were matched that belong to none.
    """

    claimed_s: tuple[float | None, ...]
    fired: tuple[bool, ...]
    hold_turns: tuple[int, ...] = ()


def match_session(reference: Reference, hypothesis: Hypothesis) -> TimeMatch:
    """Match the endpoints that a session decided on before the stop; `claimed_s` in the order of turns.

    Endpoints are those of segments with text; what a segment says plays no part.
    """
    endpoints_s = [
        view.endpoint_ns / NS_PER_S
        for view in hypothesis.segments
        if view.final and view.endpoint_ns is not None and not hypothesis.after_stop(view.endpoint_ns)
    ]
    onsets_s = sorted(utterance.start_s for utterance in reference.utterances)
    order = sorted(range(reference.turns), key=lambda turn: reference.turn_ends_s[turn])
    ends_s = [reference.turn_ends_s[turn] for turn in order]
    following_s = [next((onset_s for onset_s in onsets_s if onset_s >= end_s), None) for end_s in ends_s]
    pauses = hold_spans_s(reference)
    spans_s = [(start_s, end_s) for start_s, end_s, _ in pauses]
    matched = match_by_time(endpoints_s, list(zip(ends_s, following_s, strict=True)), spans_s)
    claimed = dict(zip(order, matched.claimed_s, strict=True))
    return TimeMatch(
        tuple(claimed[turn] for turn in range(reference.turns)), matched.fired, tuple(turn for _, _, turn in pauses)
    )


def hold_spans_s(reference: Reference) -> list[tuple[float, float, int]]:
    """Start, end and turn of each pause of at least 100 ms inside a turn: between words or, without times, utterances."""
    times_s = reference.times_s
    if any(times_s):
        words = holds(times_s, reference.turn_of)
        pauses = [(times_s[word], times_s[word + 1], reference.turn_of[word]) for word in words]
        return [(here[1], following[0], turn) for here, following, turn in pauses if here and following]
    found: list[tuple[float, float, int]] = []
    for turn in range(reference.turns):
        spans = [u for u, own in zip(reference.utterances, reference.turn_of_utterance, strict=True) if own == turn]
        gaps = [(here.end_s, following.start_s, turn) for here, following in pairwise(spans)]
        found.extend(gap for gap in gaps if round(gap[1] - gap[0], 9) >= SHORTEST_HOLD_S)
    return sorted(found)


def turns_with_holds(reference: Reference) -> int:
    """How many turns could be cut early as far as times tell: those with a pause; 0 where times mean nothing."""
    return len({turn for _, _, turn in hold_spans_s(reference)}) if reference.timed else 0


def turn_window_s(end_s: float, next_onset_s: float | None) -> tuple[float, float]:
    """From when to when an endpoint may end a turn, in seconds."""
    latest_s = end_s + _AFTER_S
    return round(end_s - _BEFORE_S, 9), latest_s if next_onset_s is None else min(latest_s, next_onset_s)


def hold_window_s(start_s: float, end_s: float) -> tuple[float, float]:
    """From when to when an endpoint fires on a pause inside a turn, in seconds."""
    return round(start_s - _BEFORE_S, 9), end_s


def match_by_time(
    endpoints_s: Sequence[float],
    turn_ends_s: Sequence[tuple[float, float | None]],
    holds_s: Sequence[tuple[float, float]],
) -> TimeMatch:
    """Let turn ends, in time order, claim the earliest free endpoint of their window; what is left may fire on holds.

    Args:
        endpoints_s: Endpoints in seconds from T0.
        turn_ends_s: `(end, onset of the next speech on the channel or None)`, ascending.
        holds_s: `(start, end)` of the pauses inside turns.
    """
    free = sorted(endpoints_s)
    claimed = [_take(free, turn_window_s(end_s, next_onset_s)) for end_s, next_onset_s in turn_ends_s]
    fired = [_take(free, hold_window_s(start_s, end_s)) is not None for start_s, end_s in holds_s]
    return TimeMatch(tuple(claimed), tuple(fired))


def _take(free: list[float], window: tuple[float, float]) -> float | None:
    for index, endpoint in enumerate(free):
        if window[0] <= endpoint <= window[1]:
            return free.pop(index)
    return None

"""What a client would see if it waited longer before believing an endpoint, replayed from the recorded timeline.

Waiting trades false cut-offs for delay, so one provider's curve is the honest thing to compare with the other's.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from harness.metrics.clock import NS_PER_MS, position_ns
from harness.metrics.endpointing import Ending, turn_ends
from harness.metrics.quantiles import quantile_sorted
from harness.metrics.reference import Reference
from harness.metrics.scores import HoldScore
from harness.timeline.events import Side

HOLDS_MS = tuple(range(0, 1001, 100))


def held(endings: Sequence[Ending], reference: Reference, hold_ms: int) -> list[Ending]:
    """The segments' ends if each endpoint waits `hold_ms`: speech that resumes in time joins its segment to the next."""
    if hold_ms == 0:
        return list(endings)
    survivors: list[Ending] = []
    pending: Ending | None = None
    for index, ending in enumerate(endings):
        current = ending if pending is None else _joined(pending, ending)
        if index + 1 < len(endings) and _resumes(current, reference, hold_ms):
            pending = current
            continue
        pending = None
        endpoint_ns = None if current.endpoint_ns is None else current.endpoint_ns + hold_ms * NS_PER_MS
        survivors.append(replace(current, endpoint_ns=endpoint_ns))
    return survivors


@dataclass(slots=True)
class HoldTally:
    """Turns under one waiting time; tallies of sessions add up. `delays_ms` may hold `+inf`."""

    turns: int = 0
    early_cut_turns: int = 0
    ok_turns: int = 0
    delays_ms: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, other: "HoldTally") -> None:
        """Take in the turns of another session."""
        self.turns += other.turns
        self.early_cut_turns += other.early_cut_turns
        self.ok_turns += other.ok_turns
        self.delays_ms.extend(other.delays_ms)


def tally(endings: Sequence[Ending], reference: Reference) -> tuple[HoldTally, ...]:
    """A session's turns under every waiting time, in the order of `HOLDS_MS`."""
    return tuple(_tally(held(endings, reference, hold_ms), reference) for hold_ms in HOLDS_MS)


def sweep(side: Side, sessions: Iterable[Sequence[HoldTally]]) -> list[HoldScore]:
    """All waiting times over the sessions of one side, pooled."""
    totals = [HoldTally() for _ in HOLDS_MS]
    for tallies in sessions:
        add_tallies(totals, tallies)
    points = []
    for hold_ms, total in zip(HOLDS_MS, totals, strict=True):
        ordered = sorted(total.delays_ms)
        points.append(
            HoldScore(
                side=side,
                hold_ms=hold_ms,
                turns=total.turns,
                early_cut_turns=total.early_cut_turns,
                ok_turns=total.ok_turns,
                endpoint_p50_ms=quantile_sorted(ordered, 0.5),
                endpoint_p95_ms=quantile_sorted(ordered, 0.95),
            )
        )
    return points


def add_tallies(totals: Sequence[HoldTally], tallies: Sequence[HoldTally]) -> None:
    """Add a session's turns to those of others, waiting time by waiting time."""
    for total, one in zip(totals, tallies, strict=True):
        total.add(one)


def _tally(endings: Sequence[Ending], reference: Reference) -> HoldTally:
    found = turn_ends(endings, reference.turn_of, reference.turn_ends_s)
    ends = [end for end in found if end.end_class is not None]
    return HoldTally(
        turns=len(ends),
        early_cut_turns=sum(end.early_cuts > 0 for end in ends),
        ok_turns=sum(end.end_class == "ok" for end in ends),
        delays_ms=array("d", [end.endpoint_ms for end in ends if end.endpoint_ms is not None]),
    )


def fewest_cutoffs(points: Sequence[HoldScore], limit_ms: float) -> HoldScore | None:
    """The point with the lowest rate of cut-offs among those whose median delay keeps the limit; the shortest wait of several."""
    kept = [p for p in points if p.endpoint_p50_ms is not None and p.endpoint_p50_ms <= limit_ms]
    return min(kept, key=lambda point: (point.false_cutoff_rate or 0.0, point.hold_ms), default=None)


def least_delay(points: Sequence[HoldScore], limit: float) -> HoldScore | None:
    """The point with the least median delay among those whose rate of cut-offs keeps the limit."""
    kept = [p for p in points if p.false_cutoff_rate is not None and p.false_cutoff_rate <= limit]
    return min(kept, key=lambda point: (point.endpoint_p50_ms or 0.0, point.hold_ms), default=None)


def matched_operating_point(baseline: Sequence[HoldScore], candidate: Sequence[HoldScore]) -> HoldScore | None:
    """The candidate's shortest wait with no more cut-offs than the baseline as recorded; None if no wait suffices."""
    limit = baseline[0].false_cutoff_rate
    if limit is None:
        return None
    return next(
        (point for point in candidate if point.false_cutoff_rate is not None and point.false_cutoff_rate <= limit), None
    )


def _resumes(ending: Ending, reference: Reference, hold_ms: int) -> bool:
    if not ending.words or ending.endpoint_ns is None or ending.words[-1] + 1 >= len(reference.tokens):
        return False
    next_ns = position_ns(reference.onset_s(ending.words[-1] + 1))
    return next_ns <= ending.endpoint_ns + hold_ms * NS_PER_MS


def _joined(first: Ending, second: Ending) -> Ending:
    words = (*first.words, *second.words)
    return replace(first, words=words, endpoint_ns=second.endpoint_ns, closed_by=second.closed_by)

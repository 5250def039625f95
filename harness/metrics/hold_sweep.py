"""What a client would see if it waited longer before believing an endpoint, replayed from the recorded timeline.

Waiting trades false cut-offs for delay, so one provider's curve is the honest thing to compare with the other's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from harness.metrics.clock import NS_PER_MS, position_ns
from harness.metrics.endpointing import Ending, turn_ends
from harness.metrics.quantiles import quantile
from harness.metrics.reference import Reference

HOLDS_MS = tuple(range(0, 1001, 100))


@dataclass(frozen=True, slots=True)
class SweepPoint:
    """One waiting time and what it costs and buys; `endpoint_ms` quantiles may be `+inf`, None without turns."""

    hold_ms: int
    turns: int
    cut_off_turns: int
    ok_turns: int
    endpoint_p50_ms: float | None
    endpoint_p95_ms: float | None

    @property
    def false_cutoff_rate(self) -> float | None:
        """Turns cut off per turn; None without turns."""
        return self.cut_off_turns / self.turns if self.turns else None


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


def sweep(sessions: Sequence[tuple[Sequence[Ending], Reference]]) -> list[SweepPoint]:
    """All waiting times of 0 to 1000 ms over the sessions of one provider, pooled."""
    points = []
    for hold_ms in HOLDS_MS:
        ends = [
            end
            for endings, reference in sessions
            for end in turn_ends(held(endings, reference, hold_ms), reference.turn_of, reference.turn_ends_s)
            if end.end_class is not None
        ]
        delays_ms = [end.endpoint_ms for end in ends if end.endpoint_ms is not None]
        points.append(
            SweepPoint(
                hold_ms=hold_ms,
                turns=len(ends),
                cut_off_turns=sum(end.early_cuts > 0 for end in ends),
                ok_turns=sum(end.end_class == "ok" for end in ends),
                endpoint_p50_ms=quantile(delays_ms, 0.5),
                endpoint_p95_ms=quantile(delays_ms, 0.95),
            )
        )
    return points


def matched_operating_point(baseline: Sequence[SweepPoint], candidate: Sequence[SweepPoint]) -> SweepPoint | None:
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
    return replace(second, words=(*first.words, *second.words), has_tokens=first.has_tokens or second.has_tokens)

"""Segment boundaries of one provider against the other's, without any label.

Both sides' boundaries are placed in one common sequence of words, and those at most one word apart are matched greedily.
Boundary similarity after Fournier (2013), with one possible transposition distance of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.metrics.clock import NS_PER_MS
from harness.metrics.hypothesis import Hypothesis
from harness.metrics.words import align
from harness.timeline.segments import ClosedBy

OFFSET_TOLERANCE_MS = 250.0
_FARTHEST_MATCH = 1
_TRANSPOSITION_SPAN = 2  # n_t of boundary similarity

Kind = Literal["matched", "split", "merge", "missing", "forced"]
OffsetClass = Literal["early", "equal", "late"]


@dataclass(frozen=True, slots=True)
class Boundary:
    """A segment's end in common words: after how many of them, when (ns from T0), and how it was closed."""

    position: int
    at_ns: int | None = None
    closed_by: ClosedBy = "natural"


@dataclass(frozen=True, slots=True)
class BoundaryPair:
    """A boundary of both sides, or of one; see `Kind`. `offset_ms` is candidate minus baseline."""

    kind: Kind
    baseline: Boundary | None
    candidate: Boundary | None
    offset_ms: float | None = None
    offset_class: OffsetClass | None = None


@dataclass(frozen=True, slots=True)
class BoundarySummary:
    """Agreement of two segmentations; None where nothing is defined."""

    precision: float | None
    recall: float | None
    f1: float | None
    splits_per_100: float | None
    merges_per_100: float | None
    similarity: float


@dataclass(frozen=True, slots=True)
class Segmentation:
    """One side's segments in common words.

    Attributes:
        ends: Where each segment with tokens ends, in order, positions 0 and N included.
        deleted: Common words that this side lacks.
    """

    ends: tuple[Boundary, ...]
    deleted: frozenset[int]

    def interior(self, words: int) -> list[Boundary]:
        """Boundaries strictly inside, one a position: the first to get there."""
        first: dict[int, Boundary] = {}
        for end in self.ends:
            if 0 < end.position < words and end.closed_by != "open":
                first.setdefault(end.position, end)
        return [first[position] for position in sorted(first)]

    def extras(self, words: int) -> int:
        """Boundaries inside that end where an earlier one did: spurious."""
        inside = sum(0 < end.position < words and end.closed_by != "open" for end in self.ends)
        return inside - len(self.interior(words))


def segmentation_of(common: str, hypothesis: Hypothesis) -> Segmentation:
    """Place a session's segments in the common (coded) words."""
    views = [view for view in hypothesis.segments if view.final]
    positions, deleted = token_positions(common, "".join(view.final for view in views))
    ends = []
    tokens = 0
    for view in views:
        tokens += len(view.final)
        ends.append(Boundary(positions[tokens - 1], view.endpoint_ns, view.segment.closed_by))
    return Segmentation(tuple(ends), deleted)


def token_positions(common: str, tokens: str) -> tuple[list[int], frozenset[int]]:
    """Per token, the common words consumed up to and including it (an inserted one consumes none), and those deleted."""
    positions: list[int] = []
    deleted: list[int] = []
    consumed = 0
    for step in align(common, tokens):
        if step.reference is not None:
            consumed = step.reference + 1
        if step.hypothesis is not None:
            positions.append(consumed)
        elif step.reference is not None:
            deleted.append(step.reference)
    return positions, frozenset(deleted)


def compare(baseline: Segmentation, candidate: Segmentation, words: int) -> list[BoundaryPair]:
    """Match the boundaries of two sides over N = `words` common words; ordered by position, baseline first."""
    a, b = baseline.interior(words), candidate.interior(words)
    pairs = _matches(a, b)
    matched_a = [pair.baseline for pair in pairs]
    matched_b = [pair.candidate for pair in pairs]
    missing = _missing(baseline, candidate)
    for end in b:
        if end not in matched_b:
            pairs.append(BoundaryPair("forced" if end.closed_by == "forced" else "split", None, end))
    for end in a:
        if end not in matched_a and end not in missing:
            pairs.append(BoundaryPair("forced" if end.closed_by == "forced" else "merge", end, None))
    pairs.extend(BoundaryPair("missing", end, None) for end in missing if end not in matched_a)
    return sorted(pairs, key=_place)


def summarise(pairs: Sequence[BoundaryPair], words: int) -> BoundarySummary:
    """Precision and recall of the candidate's boundaries, rates per 100 common words, and boundary similarity."""
    inner = [pair for pair in pairs if pair.baseline is None or pair.baseline.position < words]
    matched = [pair for pair in inner if pair.baseline and pair.candidate]
    near = sum(
        pair.baseline.position != pair.candidate.position for pair in matched if pair.baseline and pair.candidate
    )
    alone = len(inner) - len(matched)
    found = sum(pair.candidate is not None for pair in inner)
    wanted = sum(pair.baseline is not None for pair in inner)
    weight = alone + len(matched)
    return BoundarySummary(
        precision=len(matched) / found if found else None,
        recall=len(matched) / wanted if wanted else None,
        f1=2 * len(matched) / (found + wanted) if found + wanted else None,
        splits_per_100=_per_100(pairs, "split", words),
        merges_per_100=_per_100(pairs, "merge", words),
        similarity=1 - (alone + near / _TRANSPOSITION_SPAN) / weight if weight else 1.0,
    )


def _matches(a: Sequence[Boundary], b: Sequence[Boundary]) -> list[BoundaryPair]:
    candidates = sorted(
        (abs(one.position - other.position), one.position, other.position, one_index, other_index)
        for one_index, one in enumerate(a)
        for other_index, other in enumerate(b)
        if abs(one.position - other.position) <= _FARTHEST_MATCH
    )
    taken_a: set[int] = set()
    taken_b: set[int] = set()
    pairs = []
    for *_, one_index, other_index in candidates:
        if one_index not in taken_a and other_index not in taken_b:
            taken_a.add(one_index)
            taken_b.add(other_index)
            pairs.append(_matched(a[one_index], b[other_index]))
    return pairs


def _matched(one: Boundary, other: Boundary) -> BoundaryPair:
    if one.at_ns is None or other.at_ns is None:
        return BoundaryPair("matched", one, other)
    offset_ms = (other.at_ns - one.at_ns) / NS_PER_MS
    offset_class: OffsetClass = "equal"
    if abs(offset_ms) > OFFSET_TOLERANCE_MS:
        offset_class = "early" if offset_ms < 0 else "late"
    return BoundaryPair("matched", one, other, offset_ms, offset_class)


def _missing(baseline: Segmentation, candidate: Segmentation) -> list[Boundary]:
    """Ends of the baseline's segments of which the candidate has no word at all."""
    missing = []
    start = 0
    for end in baseline.ends:
        if start < end.position and candidate.deleted.issuperset(range(start, end.position)):
            missing.append(end)
        start = end.position
    return missing


def _place(pair: BoundaryPair) -> tuple[int, int]:
    end = pair.baseline or pair.candidate
    return (end.position if end else 0, 0 if pair.baseline else 1)


def _per_100(pairs: Sequence[BoundaryPair], kind: Kind, words: int) -> float | None:
    return 100 * sum(pair.kind == kind for pair in pairs) / words if words else None

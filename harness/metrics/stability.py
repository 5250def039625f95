"""How much of what was shown is taken back before the final.

Erasure after Arivazhagan et al. (IWSLT 2020), unstable words after Shangguan et al. (Interspeech 2020), edit overhead
after Baumann et al. (2009). All work on coded token sequences; counts add, ratios come last.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

from rapidfuzz.distance import LCSseq, Prefix

from harness.metrics.clock import NS_PER_MS
from harness.metrics.hypothesis import SegmentView

GRID_NS = 200 * NS_PER_MS


@dataclass(frozen=True, slots=True)
class Stability:
    """Counts of one segment, or of many: they add. Raw ones are of L0 tokens, where case and punctuation matter.

    Attributes:
        final_tokens: Tokens of the first final (open: of the last partial; vanished: none).
        erased_tokens: Tokens taken back.
        unstable_tokens: Tokens lost, wherever they stand.
        grid_erased_tokens: Tokens taken back as seen every 200 ms, whatever the service's cadence.
        raw_final_tokens: Raw tokens of the first final.
        raw_erased_tokens: Raw tokens taken back.
        raw_unstable_tokens: Raw tokens lost.
        shown_segments: Segments that showed anything.
        unstable_segments: Segments that lost a token.
        no_partial_segments: Segments of fewer than two updates: nothing can be taken back in them.
    """

    final_tokens: int = 0
    erased_tokens: int = 0
    unstable_tokens: int = 0
    grid_erased_tokens: int = 0
    raw_final_tokens: int = 0
    raw_erased_tokens: int = 0
    raw_unstable_tokens: int = 0
    shown_segments: int = 0
    unstable_segments: int = 0
    no_partial_segments: int = 0

    def __add__(self, other: "Stability") -> "Stability":
        """Pool two."""
        return Stability(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(Stability)))


def stability_of(view: SegmentView) -> Stability:
    """The counts of one segment."""
    is_vanished = view.segment.closed_by == "vanished"
    states = states_to_final(view)
    raw = (*view.raw_states, "") if is_vanished else view.raw_states
    instants_ns: list[float] = [update.wire_ns for update in view.updates]
    unstable = unstable_tokens(states)
    return Stability(
        final_tokens=len(view.final),
        erased_tokens=erased_tokens(states),
        unstable_tokens=unstable,
        grid_erased_tokens=erased_tokens(
            on_grid(states, [*instants_ns, math.inf] if is_vanished else instants_ns, GRID_NS)
        ),
        raw_final_tokens=len(raw[-1]) if raw else 0,
        raw_erased_tokens=erased_tokens(raw),
        raw_unstable_tokens=unstable_tokens(raw),
        shown_segments=int(any(states)),
        unstable_segments=int(unstable > 0),
        no_partial_segments=int(len(states) < 2),  # noqa: PLR2004 - a change takes two
    )


def on_grid(states: Sequence[str], instants_ns: Sequence[float], step_ns: int) -> list[str]:
    """The states that a reader sees who looks at every multiple of `step_ns`, and the last state.

    A state is seen if a multiple falls between its instant and the next one's.
    """
    seen = [
        state
        for state, (at_ns, next_ns) in zip(states, pairwise(instants_ns), strict=False)
        if -(-at_ns // step_ns) * step_ns < next_ns
    ]
    return [*seen, *states[-1:]]


def states_to_final(view: SegmentView) -> tuple[str, ...]:
    """The states of a segment that count: up to its first final, and to nothing if it vanished."""
    return (*view.states, "") if view.segment.closed_by == "vanished" else view.states


def erased_tokens(states: Sequence[str]) -> int:
    """Tokens taken back: at each update, those behind the common prefix with the state before."""
    return sum(len(before) - int(Prefix.similarity(before, after)) for before, after in pairwise(states))


def unstable_tokens(states: Sequence[str]) -> int:
    """Tokens lost at each update, wherever they stand: those outside the longest common subsequence."""
    return sum(len(before) - int(LCSseq.similarity(before, after)) for before, after in pairwise(states))


def normalized_erasure(erased: int, final_tokens: int) -> float | None:
    """Tokens erased per final token; None without final tokens. Below 0.2 is conventionally low revision."""
    return erased / final_tokens if final_tokens else None


def edit_overhead(erased: int, final_tokens: int) -> float | None:
    """Share of the edits made that were unnecessary; a function of erasure, kept for readers who know it."""
    edits = final_tokens + 2 * erased
    return 2 * erased / edits if edits else None

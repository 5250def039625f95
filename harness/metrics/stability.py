"""How much of what was shown is taken back before the final.

Erasure after Arivazhagan et al. (IWSLT 2020), unstable words after Shangguan et al. (Interspeech 2020), edit overhead
after Baumann et al. (2009). All work on coded token sequences; counts add, ratios come last.
"""

from collections.abc import Sequence
from itertools import pairwise

from rapidfuzz.distance import LCSseq, Prefix

from harness.metrics.hypothesis import SegmentView


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

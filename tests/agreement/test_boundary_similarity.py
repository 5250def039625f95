"""Boundary similarity is Fournier's, as segeval computes it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oracles import oracle

from harness import pipeline
from harness.metrics.boundaries import Boundary, Segmentation, compare, summarise
from harness.rundir import RunDir

pytestmark = pytest.mark.filterwarnings("ignore::SyntaxWarning")  # segeval compares numbers by `is`

WORDS = 12
POSITIONS = st.sets(st.integers(1, WORDS - 1))


@given(POSITIONS, POSITIONS.filter(bool))
def test_similarity_is_that_of_segeval(baseline: set[int], candidate: set[int]):
    """With one possible transposition distance, for any two segmentations of the same words."""
    theirs = oracle("segeval").boundary_similarity(masses(baseline), masses(candidate), n_t=2)
    pairs = compare(segmentation(baseline), segmentation(candidate), WORDS)

    assert float(theirs) == pytest.approx(summarise(pairs, WORDS).similarity)


def test_two_without_any_boundary_are_alike_to_us():
    """There is nothing to compare, and to segeval no answer."""
    assert 1.0 == summarise(compare(segmentation(set()), segmentation(set()), WORDS), WORDS).similarity
    with pytest.raises(ValueError, match="empty"):
        oracle("segeval").boundary_similarity((WORDS,), (WORDS,), n_t=2)


def test_a_run_is_as_alike_as_segeval_says(golden: RunDir):
    """All clips laid end to end, the ends of clips being boundaries of neither side; their lengths are in the scores."""
    block = pipeline.score(golden)["metrics"]["boundaries"]
    rows = pipeline.read_scores(golden.path / "scores").boundaries
    baseline, candidate, offset = set(), set(), 0
    for clip_id in dict.fromkeys(row.clip_id for row in rows):
        mine = [row for row in rows if row.clip_id == clip_id]
        baseline |= {offset + row.baseline_position for row in mine if row.baseline_position is not None}
        candidate |= {offset + row.candidate_position for row in mine if row.candidate_position is not None}
        offset += mine[0].common_tokens + 2  # too far for a boundary of one clip to match one of the next
    theirs = oracle("segeval").boundary_similarity(masses(baseline, offset), masses(candidate, offset), n_t=2)

    assert float(theirs) == pytest.approx(block["boundary_similarity"], rel=1e-5)
    assert block["boundary_similarity"] < 1


def masses(positions: set[int], words: int = WORDS) -> tuple[int, ...]:
    return tuple(end - start for start, end in pairwise([0, *sorted(positions), words]))


def segmentation(positions: set[int]) -> Segmentation:
    return Segmentation(tuple(Boundary(position) for position in sorted(positions)), frozenset())

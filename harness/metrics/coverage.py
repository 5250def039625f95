"""Which token of which segment stands for each reference word: the link that latency and endpointing share.

One alignment of the whole session: providers segment differently, so pairing segments with utterances would invent
errors (as would any alignment by the provider's own times).
"""

from dataclasses import dataclass

from harness.metrics.hypothesis import Hypothesis
from harness.metrics.words import align


@dataclass(frozen=True, slots=True)
class Coverage:
    """Covered reference words, by segment.

    Attributes:
        by_segment: Per segment, `(token, word, is_correct)` in ascending order: the token of the segment's first final,
            the reference word it was aligned with, and whether they are equal.
        segment_of: Per reference word, the segment that covers it; None: not covered.
    """

    by_segment: tuple[tuple[tuple[int, int, bool], ...], ...]
    segment_of: tuple[int | None, ...]

    def words(self, segment: int) -> tuple[int, ...]:
        """Reference words covered by a segment, ascending."""
        return tuple(word for _, word, _ in self.by_segment[segment])


def cover(reference: str, hypothesis: Hypothesis) -> Coverage:
    """Align coded reference words with the first finals of a session."""
    places = [(segment, token) for segment, view in enumerate(hypothesis.segments) for token in range(len(view.final))]
    by_segment: list[list[tuple[int, int, bool]]] = [[] for _ in hypothesis.segments]
    segment_of: list[int | None] = [None] * len(reference)
    for step in align(reference, hypothesis.tokens):
        if step.reference is not None and step.hypothesis is not None:
            segment, token = places[step.hypothesis]
            by_segment[segment].append((token, step.reference, step.op == "equal"))
            segment_of[step.reference] = segment
    return Coverage(tuple(tuple(links) for links in by_segment), tuple(segment_of))

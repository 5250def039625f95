"""Word accuracy of one session: one alignment of all reference tokens with all delivered tokens, at layer L2.

Each reference utterance and each segment is normalised once and their tokens concatenated, because the two providers
cut the same speech differently and pairing segments with utterances would invent errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.corpus.model import Utterance
from harness.metrics.hypothesis import Hypothesis, SegmentView
from harness.metrics.normalize import UNINTELLIGIBLE, Normalizer
from harness.metrics.settings import TailPolicy
from harness.metrics.word_counts import WordCounts
from harness.metrics.words import Step, align, align_unmasked, back_project, count


@dataclass(frozen=True, slots=True)
class Accuracy:
    """An alignment and what its tokens belong to.

    Attributes:
        reference: L2 reference tokens; `UNINTELLIGIBLE` stands for a span nobody understood.
        utterance_of: Utterance of each reference token.
        hypothesis: L2 tokens delivered.
        segment_of: Segment of each delivered token.
        steps: The alignment, without the steps that unintelligible spans excuse.
        counts: All zero if there are no reference words: such a session has no word error rate.
    """

    reference: tuple[str, ...]
    utterance_of: tuple[int, ...]
    hypothesis: tuple[str, ...]
    segment_of: tuple[int, ...]
    steps: tuple[Step, ...]
    counts: WordCounts

    @property
    def judged(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Reference and delivered tokens that count: all but those that unintelligible spans excuse."""
        if UNINTELLIGIBLE not in self.reference:
            return self.reference, self.hypothesis
        reference = tuple(self.reference[step.reference] for step in self.steps if step.reference is not None)
        return reference, tuple(self.hypothesis[step.hypothesis] for step in self.steps if step.hypothesis is not None)

    @property
    def characters(self) -> WordCounts:
        """Counts on the characters of the tokens, joined by a space (character error rate)."""
        reference, hypothesis = self.judged
        return count(align(" ".join(reference), " ".join(hypothesis))) if self.counts.reference_words else WordCounts()

    @property
    def non_speech_insertions(self) -> int:
        """Words delivered where there is no reference word."""
        return 0 if self.counts.reference_words else count(self.steps).insertions

    def by_utterance(self, utterances: int) -> list[WordCounts]:
        """Counts per utterance; they sum to `counts`."""
        if not self.counts.reference_words:
            return [WordCounts()] * utterances
        return back_project(self.steps, self.utterance_of, utterances)


def accuracy_of(
    utterances: Sequence[Utterance],
    hypothesis: Hypothesis,
    normalizer: Normalizer,
    language: str,
    tail_policy: TailPolicy,
) -> Accuracy:
    """Align a session's delivered text with the reference."""
    reference = [normalizer.reference_tokens(utterance.text or "", language) for utterance in utterances]
    delivered = delivered_tokens(hypothesis, normalizer, language, tail_policy)
    reference_tokens = tuple(token for tokens in reference for token in tokens)
    hypothesis_tokens = tuple(token for tokens in delivered for token in tokens)
    steps = tuple(align_unmasked(reference_tokens, hypothesis_tokens, UNINTELLIGIBLE))
    counts = count(steps)
    return Accuracy(
        reference=reference_tokens,
        utterance_of=tuple(index for index, tokens in enumerate(reference) for _ in tokens),
        hypothesis=hypothesis_tokens,
        segment_of=tuple(index for index, tokens in enumerate(delivered) for _ in tokens),
        steps=steps,
        counts=counts if counts.reference_words else WordCounts(),
    )


def delivered_tokens(
    hypothesis: Hypothesis, normalizer: Normalizer, language: str, tail_policy: TailPolicy
) -> list[tuple[str, ...]]:
    """L2 tokens of each segment."""
    return [normalizer.tokens(delivered_text(view, tail_policy), language) for view in hypothesis.segments]


def delivered_text(view: SegmentView, tail_policy: TailPolicy) -> str:
    """What the product got of a segment; the tail left open counts or not, as the project decides."""
    return "" if tail_policy == "drop" and view.segment.closed_by == "open" else view.text

"""Word counts of texts other than the one delivered: what partials showed, and the session under the other tail policy."""

from collections.abc import Iterable, Sequence

from harness.corpus.model import Utterance
from harness.metrics.hypothesis import Hypothesis, SegmentView
from harness.metrics.normalize import UNINTELLIGIBLE, Normalizer
from harness.metrics.word_counts import WordCounts
from harness.metrics.words import align_unmasked, count


def counts_of(
    utterances: Sequence[Utterance], texts: Iterable[str], normalizer: Normalizer, language: str
) -> WordCounts:
    """Counts of one alignment of all reference tokens with those of all texts, each normalised once.

    All zero without reference words, as for the session itself.
    """
    reference = [t for u in utterances for t in normalizer.reference_tokens(u.text or "", language)]
    shown = [token for text in texts for token in normalizer.tokens(text, language)]
    counts = count(align_unmasked(reference, shown, UNINTELLIGIBLE))
    return counts if counts.reference_words else WordCounts()


def last_partials(hypothesis: Hypothesis) -> list[str]:
    """Per segment, the text of the last partial before its first final; empty if there was none, or it vanished."""
    return [_last_partial(view) for view in hypothesis.segments]


def _last_partial(view: SegmentView) -> str:
    if view.segment.closed_by == "vanished":
        return ""
    partials = [update.text for update in view.updates if update.kind == "partial"]
    return partials[-1] if partials else ""

"""Case and punctuation: what a reader sees and the word error rate forgives.

Words are aligned as plain tokens (layer L1), and what was written is compared where the words are equal. The word error
rate on raw tokens (L0) stands beside it. Punctuation after LibriSpeech-PC (Meister et al., arXiv:2310.02943); a service
that splits turns adds full stops, so it is read with endpointing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from harness.metrics.normalize import UNINTELLIGIBLE, between_marks
from harness.metrics.word_counts import WordCounts
from harness.metrics.words import align_unmasked, count
from harness.timeline.tokens import raw_tokens, written_tokens

_MARKS = frozenset(".,?!")
_cached_raw = lru_cache(maxsize=2**12)(raw_tokens)
_cached_written = lru_cache(maxsize=2**12)(written_tokens)


@dataclass(frozen=True, slots=True)
class Formatting:
    """How a session's text is written, compared with its reference.

    Attributes:
        raw: Counts on raw tokens.
        plain: Counts on plain tokens.
        casing_errors: Equal words of which a letter differs in case.
        punctuation: Of equal words, the marks `. , ? !` at their ends: the same one (hits), another one (substitutions),
            none any more (deletions), one too many (insertions).
    """

    raw: WordCounts
    plain: WordCounts
    casing_errors: int
    punctuation: WordCounts


def formatting_of(reference: Iterable[str], delivered: Iterable[str]) -> Formatting:
    """Compare texts as written.

    Args:
        reference: Texts of the utterances, in order.
        delivered: Texts of the segments, in order.
    """
    delivered = tuple(delivered)
    reference = tuple(reference)
    raw_reference = [token for text in reference for token in between_marks(text, _cached_raw, UNINTELLIGIBLE)]
    raw_delivered = [token for text in delivered for token in _cached_raw(text)]
    marker = (UNINTELLIGIBLE, "", "")
    said = [token for text in reference for token in between_marks(text, _cached_written, marker)]
    heard = [token for text in delivered for token in _cached_written(text)]
    steps = align_unmasked([plain for plain, _, _ in said], [plain for plain, _, _ in heard], UNINTELLIGIBLE)
    equal = [
        (said[step.reference], heard[step.hypothesis])
        for step in steps
        if step.op == "equal" and step.reference is not None and step.hypothesis is not None
    ]
    return Formatting(
        raw=_counts(count(align_unmasked(raw_reference, raw_delivered, UNINTELLIGIBLE))),
        plain=_counts(count(steps)),
        casing_errors=sum(a[1] != b[1] for a, b in equal),
        punctuation=_punctuation((a[2][-1], b[2][-1]) for a, b in equal),
    )


def _counts(counts: WordCounts) -> WordCounts:
    """Without reference words there is no error rate, and nothing to count for one."""
    return counts if counts.reference_words else WordCounts()


def _punctuation(ends: Iterable[tuple[str, str]]) -> WordCounts:
    hits = substitutions = deletions = insertions = 0
    for ours, theirs in ends:
        expected, found = ours in _MARKS, theirs in _MARKS
        if expected and found:
            hits += ours == theirs
            substitutions += ours != theirs
        deletions += expected and not found
        insertions += found and not expected
    return WordCounts(hits, substitutions, deletions, insertions)

"""Word errors when only words said at about the same time may be paired, as MeetEval counts them (arXiv:2307.11394).

An alignment that ignores time may pair words that are far apart. Where this count exceeds the plain one, the service's
times are off, not its words. Times within an utterance or a segment are shared out by the length of the words: a
reference word has a span, a delivered word is the middle of its own, widened by a collar on either side.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from harness.metrics.words import Step, count

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TimedWords:
    """Words and the spans of time in which each may be, in seconds."""

    words: Sequence[str]
    spans_s: Sequence[Span]


def reference_spans(groups: Iterable[tuple[Span, Sequence[str]]]) -> list[Span]:
    """Spans of the words of utterances, by their share of the characters."""
    return [span for outer, words in groups for span in _by_characters(outer, words)]


def delivered_spans(groups: Iterable[tuple[Span, Sequence[str]]], collar_s: float) -> list[Span]:
    """Spans of the words of segments: the middle of each share, and the collar around it."""
    middles = ((start + end) / 2 for outer, words in groups for start, end in _by_characters(outer, words))
    return [(middle - collar_s, middle + collar_s) for middle in middles]


def time_constrained_errors(reference: TimedWords, delivered: TimedWords, steps: Sequence[Step]) -> int:
    """Errors of a shortest alignment that pairs only words whose spans overlap; never fewer than without the constraint.

    Args:
        reference: Words said.
        delivered: Words delivered.
        steps: A shortest alignment without the constraint. If it happens to keep to it, it is the answer.
    """
    spans, others = reference.spans_s, delivered.spans_s
    paired = ((step.reference, step.hypothesis) for step in steps)
    if all(i is None or j is None or _overlap(spans[i], others[j]) for i, j in paired):
        return count(steps).errors
    codes = {word: code for code, word in enumerate(set(delivered.words))}
    heard = np.array([codes[word] for word in delivered.words], dtype=np.int64)
    starts, ends = np.array(others, dtype=np.float64).reshape(-1, 2).T
    places = np.arange(len(heard) + 1)
    row = places.copy()  # errors up to each delivered word; at first all of them are insertions
    for word, (start_s, end_s) in zip(reference.words, spans, strict=True):
        below = row + 1
        may_pair = (start_s < ends) & (end_s > starts)
        paired_errors = np.where(may_pair, row[:-1] + (heard != codes.get(word, -1)), below[1:])
        below[1:] = np.minimum(below[1:], paired_errors)
        row = np.minimum.accumulate(below - places) + places  # insertions, all at once
    return int(row[-1])


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and one[1] > other[0]


def _by_characters(outer: Span, words: Sequence[str]) -> list[Span]:
    ends = list(accumulate(len(word) for word in words))
    if not ends:
        return []
    share = (outer[1] - outer[0]) / ends[-1]
    return [
        (outer[0] + share * (end - len(word)), outer[0] + share * end) for word, end in zip(words, ends, strict=True)
    ]

"""Errors when a compound may be written apart (layer L3): `wi fi` is `wifi`, `415 555 0199` is `4155550199`.

Two to four neighbouring tokens of one side that join to one token of the other cost nothing. The number of reference
words stays that of the plain alignment.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

_LARGEST_GROUP = 4


class _Merge(NamedTuple):
    """A stretch of either side that is one compound, at no cost: from where to where."""

    reference_start: int
    hypothesis_start: int
    reference_end: int
    hypothesis_end: int


def compound_errors(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Least number of errors with compounds merged; never more than the plain number.

    The cheapest path is a chain of merges with plain alignments in between. Merges are few and plain distances fast, so
    chains are tried instead of filling a table of all pairs of tokens.
    """
    best: list[tuple[_Merge, int]] = []  # the least errors up to the end of each merge
    errors = Levenshtein.distance(reference, hypothesis)
    for merge in sorted(_merges(reference, hypothesis)):
        i, j = merge.reference_start, merge.hypothesis_start
        cost = Levenshtein.distance(reference[:i], hypothesis[:j])
        for earlier, errors_so_far in best:
            k, m = earlier.reference_end, earlier.hypothesis_end
            if k <= i and m <= j:
                cost = min(cost, errors_so_far + Levenshtein.distance(reference[k:i], hypothesis[m:j]))
        best.append((merge, cost))
        rest = (reference[merge.reference_end :], hypothesis[merge.hypothesis_end :])
        errors = min(errors, cost + Levenshtein.distance(*rest))
    return errors


def _merges(reference: Sequence[str], hypothesis: Sequence[str]) -> Iterator[_Merge]:
    for start, end, place in _joined(hypothesis, reference):
        yield _Merge(place, start, place + 1, end)
    for start, end, place in _joined(reference, hypothesis):
        yield _Merge(start, place, end, place + 1)


def _joined(tokens: Sequence[str], others: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """Where neighbouring tokens, from start to end, join to one of the others, and its place there."""
    places: dict[str, list[int]] = {}
    for place, other in enumerate(others):
        places.setdefault(other, []).append(place)
    for start in range(len(tokens) - 1):
        joined = tokens[start]
        for end in range(start + 2, min(start + _LARGEST_GROUP, len(tokens)) + 1):
            joined += tokens[end - 1]
            for place in places.get(joined, ()):
                yield start, end, place

"""How often the words of a list are said and heard: recall and precision without any annotation in the texts.

For the words of a second language in a text this ratio is the point of interest error rate (Ugan et al., ICASSP 2025).
"""

from collections import Counter
from collections.abc import Iterable, Sequence

Term = tuple[str, ...]


def count_terms(tokens: Sequence[str], terms: Iterable[Term]) -> Counter[Term]:
    """Occurrences of each term among L2 tokens: longer terms take their tokens first, and none is taken twice."""
    found: Counter[Term] = Counter()
    taken = [False] * len(tokens)
    present = set(tokens)
    for term in sorted({term for term in terms if term}, key=lambda term: (-len(term), term)):
        if not present.issuperset(term):
            continue
        start = 0
        while start + len(term) <= len(tokens):
            place = slice(start, start + len(term))
            if tuple(tokens[place]) == term and not any(taken[place]):
                taken[place] = [True] * len(term)
                found[term] += 1
                start += len(term)
            else:
                start += 1
    return found

"""Errors when a compound may be written apart (layer L3): `wi fi` is `wifi`, `415 555 0199` is `4155550199`.

Two to four neighbouring tokens of one side that join to one token of the other cost nothing. The number of reference
words stays that of the plain alignment.
"""

from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

_LARGEST_GROUP = 4


def compound_errors(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Least number of errors with compounds merged; never more than the plain number."""
    if not (_may_merge(reference, set(hypothesis)) or _may_merge(hypothesis, set(reference))):
        return Levenshtein.distance(reference, hypothesis)
    rows = [list(range(len(hypothesis) + 1))]
    for i in range(1, len(reference) + 1):
        row = [i]
        for j in range(1, len(hypothesis) + 1):
            best = min(rows[i - 1][j - 1] + (reference[i - 1] != hypothesis[j - 1]), rows[i - 1][j] + 1, row[j - 1] + 1)
            for size in range(2, min(_LARGEST_GROUP, i) + 1):
                if "".join(reference[i - size : i]) == hypothesis[j - 1]:
                    best = min(best, rows[i - size][j - 1])
            for size in range(2, min(_LARGEST_GROUP, j) + 1):
                if "".join(hypothesis[j - size : j]) == reference[i - 1]:
                    best = min(best, rows[i - 1][j - size])
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def _may_merge(tokens: Sequence[str], others: set[str]) -> bool:
    return any(
        "".join(tokens[start : start + size]) in others
        for size in range(2, _LARGEST_GROUP + 1)
        for start in range(len(tokens) - size + 1)
    )

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.compounds import compound_errors
from harness.metrics.words import align, count

TOKENS = st.lists(st.sampled_from(["a", "b", "ab", "ba", "aab"]), max_size=9)


def by_table(reference: list[str], hypothesis: list[str]) -> int:
    """The definition, cell by cell."""
    rows = [list(range(len(hypothesis) + 1))]
    for i in range(1, len(reference) + 1):
        row = [i]
        for j in range(1, len(hypothesis) + 1):
            best = min(rows[i - 1][j - 1] + (reference[i - 1] != hypothesis[j - 1]), rows[i - 1][j] + 1, row[j - 1] + 1)
            for size in range(2, 5):
                if size <= i and "".join(reference[i - size : i]) == hypothesis[j - 1]:
                    best = min(best, rows[i - size][j - 1])
                if size <= j and "".join(hypothesis[j - size : j]) == reference[i - 1]:
                    best = min(best, rows[i - 1][j - size])
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


@pytest.mark.parametrize(
    ("reference", "hypothesis", "plain", "merged"),
    [
        ("the wi fi works", "the wifi works", 2, 0),
        ("wi fi wi fi", "wifi wifi", 4, 0),  # one right behind the other
        ("call 4155550199 now", "call 415 555 0199 now", 3, 0),
        ("pay five dollars", "pay 5 dollars", 1, 1),
        ("a b c d e", "abcde", 5, 5),  # five are too many
    ],
)
def test_compounds_written_apart(reference: str, hypothesis: str, plain: int, merged: int):
    """Up to four tokens that join to one of the other side cost nothing, and the reference keeps its length (8.8)."""
    counts = count(align(reference.split(), hypothesis.split()))
    assert (plain, len(reference.split())) == (counts.errors, counts.reference_words)
    assert merged == compound_errors(reference.split(), hypothesis.split())


@given(TOKENS, TOKENS)
def test_compounds_cost_the_least_possible(reference: list[str], hypothesis: list[str]):
    """Chains of merges find what a full table finds, in either direction, and merging never costs more than not."""
    found = compound_errors(reference, hypothesis)
    assert by_table(reference, hypothesis) == found == compound_errors(hypothesis, reference)
    assert found <= count(align(reference, hypothesis)).errors

import pytest
from examples import aligned
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.accuracy import Accuracy
from harness.metrics.suspects import suspect_steps
from harness.metrics.word_counts import WordCounts
from harness.metrics.words import count

TEXTS = st.lists(st.sampled_from("abcd"), max_size=10).map(" ".join)


def without(accuracy: Accuracy, marks: frozenset[int]) -> WordCounts:
    return count(step for place, step in enumerate(accuracy.steps) if place not in marks)


def pair(reference: str, a: str, b: str) -> tuple[WordCounts, WordCounts]:
    """Counts of both sides without suspect steps."""
    sides = aligned(reference, a), aligned(reference, b)
    first, second = (without(side, marks) for side, marks in zip(sides, suspect_steps(*sides), strict=True))
    return first, second


def test_both_hear_the_same_other_word():
    """Both heard `kathy`: that word leaves errors and reference, what only one got wrong stays (8.23)."""
    a, b = pair("send it to cathy today", "send it to kathy today", "send it to kathy now")
    assert ((0, 4), (1, 4)) == ((a.errors, a.reference_words), (b.errors, b.reference_words))


@pytest.mark.parametrize(
    ("reference", "a", "b", "errors"),
    [
        ("a b c", "a c", "a c", (0, 0)),  # both heard nothing
        ("a b c", "a c", "a x c", (1, 1)),
        ("a b c", "a x c", "a y c", (1, 1)),
        ("a b", "a x b", "a x b", (0, 0)),
        ("a b", "a x b", "a b x", (1, 1)),  # behind another word
        ("a b", "a x y b", "a y x x b", (0, 1)),  # in whatever order, each as often as both
        ("b", "x b", "x b", (0, 0)),  # before the first word
    ],
)
def test_only_the_same_change_at_the_same_word_is_suspect(reference: str, a: str, b: str, errors: tuple[int, int]):
    """Replaced by the same word, deleted by both, or the same word inserted behind the same word."""
    assert errors == tuple(counts.errors for counts in pair(reference, a, b))


@given(TEXTS, TEXTS, TEXTS)
def test_suspects_are_symmetric_and_leave_equal_references(reference: str, a: str, b: str):
    """Both sides lose equally many errors and words; swapping them swaps the result; right words are never suspect."""
    first, second = pair(reference, a, b)
    full = aligned(reference, a).counts, aligned(reference, b).counts
    assert first.reference_words == second.reference_words
    assert full[0].errors - first.errors == full[1].errors - second.errors >= 0
    assert (full[0].hits, full[1].hits) == (first.hits, second.hits)
    assert (second, first) == pair(reference, b, a)

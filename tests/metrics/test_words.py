import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.word_counts import WordCounts
from harness.metrics.words import (
    align,
    back_project,
    count,
    disagreement,
    without_masked,
    word_information_lost,
)

TOKENS = st.lists(st.sampled_from("abcdef"), max_size=12)


def counts(reference: str, hypothesis: str) -> WordCounts:
    """Counts of two texts split at spaces."""
    return count(align(reference.split(), hypothesis.split()))


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected", "rate"),
    [
        ("", "", WordCounts(), None),
        ("", "a b", WordCounts(insertions=2), None),
        ("a b", "", WordCounts(deletions=2), 1.0),
    ],
)
def test_empty_sides(reference: str, hypothesis: str, expected: WordCounts, rate: float | None):
    """Without reference words there is no rate, whatever was inserted (worked example 8.4)."""
    assert counts(reference, hypothesis) == expected
    assert counts(reference, hypothesis).rate == rate


def test_rates_that_depend_on_ties_follow_rapidfuzz():
    """Of the equally short alignments the one of rapidfuzz decides (8.5)."""
    found = counts("a b c d", "a x d e f")
    assert found == WordCounts(hits=1, substitutions=3, insertions=1)
    assert (found.errors, found.rate, found.errors / found.aligned, word_information_lost(found)) == (4, 1.0, 0.8, 0.95)
    other = WordCounts(hits=2, substitutions=1, deletions=1, insertions=2)
    assert (other.errors, round(other.errors / other.aligned, 3)) == (4, 0.667)


def test_both_forms_of_a_final_in_a_row_would_be_insertions():
    """What concatenating the finals of a formatted turn would cost (8.2)."""
    said = "hi my name is sonny"
    found = counts(said, f"{said} {said}")
    assert (found, found.rate) == (WordCounts(hits=5, insertions=5), 1.0)


def test_concatenation_forgives_other_segment_ends():
    """Pairing segments with utterances invents errors that one alignment of the whole does not see (8.6)."""
    pairwise = counts("hello there my friend", "hello there") + counts("how are you", "my friend how are you")
    assert (pairwise.errors, round(100 * (pairwise.rate or 0), 1)) == (4, 57.1)
    assert counts("hello there my friend how are you", "hello there my friend how are you").errors == 0


def test_errors_go_back_to_their_utterances():
    """Substitutions and deletions go to the utterance of their word, insertions to that of the word before (8.7)."""
    first, second = ["i", "want", "to", "book", "a", "table"], ["for", "two", "people", "tonight"]
    steps = align([*first, *second], ["i", "want", "to", "book", "the", "uh", "table", "for", "too", "people"])
    utterances = back_project(steps, [0] * len(first) + [1] * len(second), 2)
    assert [(one.errors, one.reference_words) for one in utterances] == [(2, 6), (2, 4)]
    assert count(steps) == WordCounts(hits=7, substitutions=2, deletions=1, insertions=1)
    changed = [(step.op, step.reference, step.hypothesis) for step in steps if step.op != "equal"]
    assert changed == [("insert", None, 4), ("replace", 4, 5), ("replace", 7, 8), ("delete", 9, None)]
    assert count(steps).rate == 0.4


def test_disagreement_is_relative_to_the_longer_side():
    """Two transcripts disagree by errors per word of the longer one (8.24)."""
    assert disagreement(["book", "a", "table"], ["book", "table", "for", "two"]) == (3, 4)


def test_unintelligible_spans_excuse_what_was_heard_there():
    """A masked reference token and the insertions touching it leave the counts (8.24)."""
    steps = align(["we", "met", "?", "yesterday"], ["we", "met", "bob", "smith", "yesterday"])
    assert count(without_masked(steps, {2})) == WordCounts(hits=3)


@given(TOKENS, TOKENS)
def test_alignment_consumes_both_sides_in_order(reference: list[str], hypothesis: list[str]):
    """Every token of both sides stands in exactly one step, in order."""
    steps = align(reference, hypothesis)
    assert [step.reference for step in steps if step.reference is not None] == list(range(len(reference)))
    assert [step.hypothesis for step in steps if step.hypothesis is not None] == list(range(len(hypothesis)))


@given(TOKENS, TOKENS, st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_back_projected_counts_sum_to_the_whole(reference: list[str], hypothesis: list[str], groups: list[int]):
    """No error is lost or counted twice on its way back to the utterances."""
    steps = align(reference, hypothesis)
    parts = back_project(steps, sorted(groups)[: len(reference)], 4)
    assert sum(parts, WordCounts()) == count(steps)


@given(TOKENS, TOKENS)
def test_disagreement_lies_between_none_and_all(one: list[str], other: list[str]):
    """No more errors than words of the longer side, and none with oneself."""
    errors, words = disagreement(one, other)
    assert 0 <= errors <= words
    assert disagreement(one, one)[0] == 0

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.formatting import formatting_of
from harness.metrics.word_counts import WordCounts
from harness.timeline.tokens import plain_tokens, written_tokens

TEXTS = st.text(alphabet="aAßİ .,?!\u2019'\"-\u3000\uff01", max_size=14)


def test_case_and_punctuation():
    """Case differs in two of five words; of three marks one is lost, one wrong, one right (8.10)."""
    found = formatting_of(["Hi, Anna. How are you?"], ["hi Anna, how are you?"])
    assert (2, 5) == (found.casing_errors, found.plain.hits)
    assert WordCounts(hits=1, substitutions=1, deletions=1) == found.punctuation
    assert (3, 5) == (found.raw.errors, found.raw.reference_words)


@pytest.mark.parametrize(
    ("said", "heard", "expected"),
    [
        ("yes.", "no.", WordCounts()),  # not the same word
        ("yes", "yes!", WordCounts(insertions=1)),
        ("yes;", "yes:", WordCounts()),  # none of the four marks
        ('say "yes."', 'say "yes"', WordCounts()),  # the last character is a quotation mark
    ],
)
def test_only_the_mark_at_the_end_of_equal_words_counts(said: str, heard: str, expected: WordCounts):
    """Other marks, other words and other places are not compared."""
    assert expected == formatting_of([said], [heard]).punctuation


def test_segments_and_utterances_are_joined_before_they_are_compared():
    """A provider's cut costs nothing but its full stop."""
    found = formatting_of(["We met", "Bob."], ["We met Bob."])
    assert (WordCounts(hits=3), WordCounts(hits=3), WordCounts(hits=1)) == (found.raw, found.plain, found.punctuation)


def test_what_is_said_in_unintelligible_spans_is_neither_right_nor_wrong():
    """Raw and plain tokens excuse the span as the normalised ones do, and no mark stands for it."""
    found = formatting_of(["We met [inaudible] today."], ["We met Bob Smith today."])
    assert (WordCounts(hits=3), WordCounts(hits=3)) == (found.raw, found.plain)


def test_without_reference_words_there_is_nothing_to_compare():
    """Words out of nothing are counted elsewhere."""
    found = formatting_of([], ["Hi."])
    assert (WordCounts(), WordCounts(), WordCounts()) == (found.raw, found.plain, found.punctuation)


@given(TEXTS)
def test_written_tokens_are_the_plain_ones(text: str):
    """Keeping how a word is written changes neither the number of tokens nor what they are compared by."""
    assert plain_tokens(text) == tuple(plain for plain, _, _ in written_tokens(text))
    assert all(stripped in written for _, stripped, written in written_tokens(text))


@given(TEXTS, TEXTS)
def test_marks_and_case_are_counted_among_the_right_words(said: str, heard: str):
    """No more errors than words they are found on, and a text agrees with itself."""
    found, same = formatting_of([said], [heard]), formatting_of([said], [said])
    assert found.casing_errors <= found.plain.hits
    marks = found.punctuation
    assert marks.reference_words + marks.insertions <= found.plain.hits
    assert (0, 0, 0) == (same.casing_errors, same.punctuation.errors, same.raw.errors)

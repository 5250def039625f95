import pytest

from harness.calibration.vocabulary import SIZE, right_word, wrong_word
from harness.metrics.normalize import primary, secondary

WORDS = [right_word(index) for index in range(SIZE)]


def test_every_word_is_another_one():
    """Else an error could be aligned with the wrong place."""
    assert SIZE == len(set(WORDS))


def test_wrong_words_are_counted_from_the_other_end():
    """They meet the right ones only when all words are used up."""
    assert (WORDS[-1], WORDS[0]) == (wrong_word(0), wrong_word(SIZE - 1))


@pytest.mark.parametrize("normalizer", [primary(), secondary()], ids=["primary", "secondary"])
def test_no_normaliser_changes_a_word(normalizer):
    """The error rate is that of the words as they were injected."""
    assert tuple(WORDS) == sum((normalizer.tokens(" ".join(WORDS[i : i + 250]), "en") for i in range(0, SIZE, 250)), ())


def test_there_is_no_word_beyond_the_last():
    """A corpus that is too large is refused instead of repeating itself."""
    with pytest.raises(IndexError, match=f"word {SIZE} of {SIZE}"):
        right_word(SIZE)

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.corpus.redact.texts import fold, folded, forms, pattern, units_at, units_gone, without

WORDS = st.lists(st.text(st.characters(categories=("L", "N", "P", "M")), min_size=1, max_size=6), max_size=6)


@pytest.mark.parametrize(
    ("text", "words", "gone", "left"),
    [
        ("Call John Smith, please.", ["call", "john", "smith", "please"], {1, 2}, "Call please."),
        ("I'm Zoë (Zoe's mother).", ["i'm", "ZOË", "zoe's", "mother"], {1}, "I'm (Zoe's mother)."),
        ("An Inter-Asterisk link", ["an", "inter", "asterisk", "link"], {2}, "An Inter- link"),
        ("私は田中です", ["私", "は", "田中", "です"], {2}, "私はです"),
        ("नमस्ते राम", ["नमस्ते", "राम"], {1}, "नमस्ते"),
        ("  John!  ", ["john"], {0}, ""),
        ("Straße 5", ["strasse", "5"], {0}, "5"),
        ("yes — John — no", ["yes", "john", "no"], {1}, "yes — — no"),
    ],
)
def test_words_are_taken_out_of_the_text_they_spell(text: str, words: list[str], gone: set[int], left: str):
    """Whatever its punctuation, case, accents and script; a token that loses all its letters goes with its punctuation."""
    letters = units_gone(words, gone, text)
    assert letters is not None
    assert left == without(text, letters).text


def test_words_that_do_not_spell_a_text_say_nothing_about_it():
    """`5` is not `five`."""
    assert units_gone(["press", "five"], {1}, "Press 5.") is None
    assert units_at(["press", "five"], "Press 5.", 6, 7) is None


@settings(max_examples=60)
@given(WORDS, st.sets(st.integers(0, 5)))
def test_what_stays_is_spelled_by_the_words_that_stay(words: list[str], gone: set[int]):
    """And its characters know where they were."""
    text = " ".join(words)
    letters = units_gone(words, gone, text)
    assert letters is not None
    left = without(text, letters)
    assert fold(left.text) == "".join(fold(word) for index, word in enumerate(words) if index not in gone)
    assert left.text == "".join(" " if place < 0 else text[place] for place in left.places)


def test_a_mention_moves_with_its_text_and_goes_with_a_part_of_it():
    """Characters from which to before which."""
    text = "Ann, call John Smith now"
    left = without(text, units_gone(text.split(), {0}, text) or set())
    assert "call John Smith now" == left.text
    assert (5, 15) == left.span(10, 20)
    assert None is without(text, units_gone(text.split(), {3}, text) or set()).span(10, 20)
    assert None is left.span(0, 4)


def test_characters_find_their_words():
    """Those between the first and the last, too."""
    assert [1, 2] == units_at(["call", "john", "smith"], "Call John Smith.", 5, 16)


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("smith", "Mr. Smith's.", True),
        ("smith", "the Smith-Jones account", True),
        ("smith", "blacksmith", False),
        ("*smith", "Blacksmith!", True),
        ("john smith", "john w smith", False),
        ("john ?mith", "John Smith", True),
        ("o'neil", "O\u2019Neil", True),
        ("zoe", "Zoë", True),
        ("田中", "私は田中です", True),
    ],
)
def test_a_pattern_matches_whole_words(written: str, text: str, found: bool):
    """Possessives and compounds included; where scripts have no spaces, parts of a text."""
    read = pattern(written)
    assert read is not None
    assert found == read.is_in(text)


@pytest.mark.parametrize("written", ["", "  ", "...", "john -", "*"])
def test_a_pattern_needs_letters(written: str):
    """Else it would match everything, or nothing."""
    assert pattern(written) is None


def test_folded_letters_know_their_places():
    """One character may be several letters."""
    assert ("strasse", (0, 1, 2, 3, 4, 4, 5)) == (folded("Straße").letters, folded("Straße").places)
    assert {"smiths", "smith", "s"} == forms("Smith's,")

import jiwer
import pytest
from builders import clip, timeline, transcript, utterance
from examples import aligned, analysed
from hypothesis import given
from hypothesis import strategies as st

from harness.metrics.word_counts import WordCounts

WORDS = st.lists(st.sampled_from(["a", "ab", "abc", "b"]), min_size=1, max_size=8)


def heard(reference: str, delivered: str, language: str):
    """The accuracy of one utterance delivered as one final."""
    of = clip([utterance(reference, 0.5, 4.0)], language=language)
    return analysed(of, timeline([transcript(5.0, delivered, final=True)], provider="gladia")).accuracy


@pytest.mark.parametrize(
    ("language", "reference", "delivered", "errors", "words"),
    [
        ("en-GB", "It's 5 o'clock, Dr. Smith!", "it is five o'clock doctor smith", 0, 6),
        ("de", "Die Straße ist naß.", "die straße ist nass", 1, 4),
        ("es-MX", "¿Qué tal, José?", "que tal josé", 1, 3),
        ("tr", "Iğdır'a İnanıp", "ığdır'a inanıp", 0, 3),  # noqa: RUF001 - its own letters
        ("hi", "नमस्ते दुनिया।", "नमस्ते दुनिया", 0, 2),
        ("zh-CN", "你好，世界。", "你好世间", 1, 4),  # noqa: RUF001 - the comma of that script
        ("ja", "東京タワー", "東京タワ", 1, 5),
        ("th", "สวัสดี", "สวัสด", 1, 4),
        ("ar", "مرحبا بالعالم", "مرحبا العالم", 1, 2),
        ("he", "שלום, עולם!", "שלום עולם", 0, 2),
    ],
)
def test_languages(language: str, reference: str, delivered: str, errors: int, words: int):
    """English by its rules, other languages by words, scripts without spaces by grapheme; none is reordered or cut."""
    found = heard(reference, delivered, language)
    assert (errors, words) == (found.counts.errors, found.counts.reference_words)


def test_right_to_left_text_stays_in_its_order():
    """Tokens are kept in the order in which they are read, with the letters they were written with."""
    found = heard("שלום 12 עולם", "שלום 12 עולם", "he")
    assert ("שלום", "12", "עולם") == found.reference == found.hypothesis


def test_unintelligible_spans_leave_words_and_characters():
    """What is left is compared as if nobody had spoken there (8.24)."""
    found = aligned("we met ⟨unk⟩ yesterday", "we met bob smith yesterdays")
    assert (("we", "met", "yesterday"), ("we", "met", "yesterdays")) == found.judged
    assert (WordCounts(hits=2, substitutions=1), WordCounts(hits=16, insertions=1)) == (found.counts, found.characters)


@given(WORDS, st.lists(st.sampled_from(["a", "ab", "abc", "b"]), max_size=8))
def test_characters_are_counted_as_by_jiwer(reference: list[str], hypothesis: list[str]):
    """The characters of the words and the spaces between them."""
    found = aligned(" ".join(reference), " ".join(hypothesis)).characters
    theirs = jiwer.process_characters(" ".join(reference), " ".join(hypothesis))
    assert theirs.cer == found.rate
    assert (theirs.hits, theirs.substitutions, theirs.deletions) == (found.hits, found.substitutions, found.deletions)
    assert len(" ".join(reference)) == found.reference_words

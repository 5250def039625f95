import pytest
from clips import clip

from harness.corpus.model import ReferenceWord, Utterance
from harness.corpus_check.references import characters_said, reference_findings


def kinds(one) -> list[str]:
    return [finding.kind for finding in reference_findings(one, 1)]


@pytest.mark.parametrize(("texts", "expected"), [("one 2", ["contradiction"]), ("One, TWO.", [])])
def test_texts_that_contradict_each_other_are_a_warning(texts, expected):
    """Other words are; other punctuation and case are not."""
    assert expected == kinds(clip("a", (0.0, 1.0, texts), text="one two"))


def test_words_that_do_not_spell_the_text_are_a_warning():
    """Their times are not used."""
    words = (ReferenceWord("one", 0.0, 1.0),)
    one = clip(utterances=(Utterance("one two", 0.0, 1.0, words=words),), text="one two", time_source="words")
    assert ["word_times"] == kinds(one)


@pytest.mark.parametrize(
    ("start_s", "end_s", "text", "expected"),
    [
        (0.0, 2.0, "please call me back today", []),
        (0.0, 2.0, "please call me back as soon as you can today or tomorrow, please do", ["too_fast"]),
        (1.0, 1.0, "hello there", ["too_fast"]),
        (1.0, 1.0, "hi", []),
        (0.0, 9.0, "hello there you", ["too_slow"]),
        (0.0, 2.9, "hi", []),
        (0.0, 3.0, "4 8 15 16 23", []),
        (0.0, 1.0, "お電話ありがとうございます", []),
        (0.0, 1.0, "お電話ありがとうございます、田中です", ["too_fast"]),
    ],
)
def test_a_text_must_fit_its_time(start_s, end_s, text, expected):
    """Nobody says 30 characters a second, and 2 hardly fill a segment."""
    assert expected == kinds(clip("a", (start_s, end_s, text)))


def test_little_text_in_a_clip_without_times_says_nothing():
    """Most of it may be silence; too much text is too much all the same."""
    assert [] == kinds(clip(text="hi"))
    assert ["too_fast"] == kinds(clip(text="hello " * 60))


def test_digits_and_wide_characters_take_longer_to_say():
    """A digit is a word, a Chinese character a syllable; marks belong to their letter."""
    assert [5.0, 4.0, 4.0, 2.0] == [characters_said(text) for text in ("hello", "7", "中国", "é" + "e\u0301"[1:] + "n")]


def test_one_speaker_does_not_overlap_with_himself():
    """Half a second is forgiven; two people may talk at once."""
    spans = ((0.0, 2.0, "one two three"), (1.4, 4.0, "four five six"))
    assert ["overlap"] == kinds(clip("a", *spans))
    apart = tuple(Utterance(text, start, end, speaker=who) for (start, end, text), who in zip(spans, "xy", strict=True))
    assert [] == kinds(clip(utterances=apart, text="one two three four five six", time_source="segments"))

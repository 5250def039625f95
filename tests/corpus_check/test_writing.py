import pytest
from clips import clip

from harness.corpus_check.writing import script_of, writing_findings


def found(text: str, language: str | None = "en") -> list[tuple[str, str]]:
    return [(one.kind, one.found) for one in writing_findings(clip(text=text, language=language), 1)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "naïve café, it\u2019s OK"),
        ("ru", "привет, OK"),
        ("sr", "dobar dan"),
        ("ja", "東京タワーでコーヒー"),
        ("ko", "안녕하세요"),
        ("hi", "नमस्ते"),
        ("zh", "你好"),
        ("xyz", "whatever"),
        (None, "good morning"),
    ],
)
def test_texts_in_the_script_of_their_language_are_fine(language, text):
    """Loan words, accents and several scripts of one language too."""
    assert [] == found(text, language)


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("en", "привет всем", "'a' is Cyrillic for 100%, but its language is 'en'"),
        (None, "привет всем", "'a' is Cyrillic for 100%, but its language is 'en'"),
        ("ru", "hello there", "'a' is Latin for 100%, but its language is 'ru'"),
        ("ja", "konnichiwa", "'a' is Latin for 100%, but its language is 'ja'"),
    ],
)
def test_texts_in_another_script_are_a_warning(language, text, said):
    """The language or the text is another one's."""
    assert [("script", said)] == found(text, language)


def test_letters_that_only_look_alike_are_found():
    """A Cyrillic letter in an English word matches no transcript."""
    assert [("mixed_script", "'a' has 'b\u0430nk' (b is Latin, \u0430 is Cyrillic)")] == found("my b\u0430nk called")


def test_digits_stay_digits_where_no_rule_knows_the_numbers():
    """Scoring turns words into digits in English only."""
    assert [("digits", "'a' has '7,', '9' in 'es', which stay digits")] == found("pulse 7, o 9", "es-MX")
    assert [] == found("press 7, or 9")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("R&D did it", "'R&D' (scored as 'r d')"),
        ("a C++ course", "'C++' (scored as 'c')"),
        ("open 24/7", "'24/7' (scored as '24 7')"),
        ("press # now", "'#' (scored as nothing)"),
    ],
)
def test_symbols_that_are_lost_are_noted(text, said):
    """What is counted is said, before anybody wonders; a note is no doubt."""
    assert [("symbols", f"'a' has {said}")] == found(text)
    assert ["note"] == [one.severity for one in writing_findings(clip(text=text), 1)]


@pytest.mark.parametrize("text", ["it costs $5.50, 20% less", "[inaudible] 1999 <unk>", "mother-in-law", ""])
def test_what_scoring_keeps_is_no_finding(text):
    """Amounts, numbers, marks of what nobody understood."""
    assert [] == found(text)


def test_many_words_are_cut_short():
    """The first five, and how many more."""
    [(_, said)] = found(" ".join(f"a&{letter}" for letter in "bcdefgh"))
    assert said.endswith("'a&f' (scored as 'a f') and 2 more")


def test_scripts_are_told_by_letters():
    """Digits, marks, signs and modifiers have none."""
    assert ["LATIN", "CJK", "LATIN", "", "", ""] == [script_of(each) for each in "a中\uff411ʰº"]

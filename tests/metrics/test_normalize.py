import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.metrics.normalize import UNINTELLIGIBLE, _pieces, primary, primary_subtag, secondary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3:00PM", "3 0 pm"),
        ("Well ... yes", "well yes"),
        ("Oh, one more", "01 more"),
        ("415-555-0199", "415 555 199"),
        ("yeah, mhm", "yeah"),
    ],
)
def test_known_traps_of_the_primary(text: str, expected: str):
    """Whisper's normaliser has traps; they are known, and a lone full stop is no word."""
    assert primary().tokens(text, "en") == tuple(expected.split())


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Yeah, um, yep. Mhm!", "en", "yeah yep hmm"),
        ("It's $50 at 3:00PM", "en", "it is 50 dollars at 3 pm"),
        ("at seven thirty pm", "en", "at 7:30 pm"),
        ("I'm at five o'clock", "en", "i am at 5:00"),
        ("Pues, eh, claro", "es", "pues claro"),
        ("\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}zmir", "en", "izmir"),
    ],
)
def test_secondary_keeps_answers_and_drops_hesitations(text: str, language: str, expected: str):
    """The second opinion removes sounds of hesitation, never "yeah" or plain words."""
    assert secondary().tokens(text, language) == tuple(expected.split())


def test_shortcut_in_the_secondary_changes_nothing():
    """Skipping the step on spoken times where it can't apply gives the same as the preset as published."""
    from normalization import load_pipeline  # noqa: PLC0415 - slow, and only this test needs it

    pipeline = load_pipeline("gladia-3", language="en")
    texts = [
        "at two thirty p.m.",
        "see you at twenty one am",
        "I am one",
        "9:00 pm",
        "ten o'clock am",
        "a b c",
        "noon PM",
    ]
    expected = [tuple(pipeline.normalize(text).split()) for text in texts]
    assert [secondary().tokens(text, "en") for text in texts] == expected


def test_other_languages_keep_their_marks():
    """Outside English combining marks stay, and scripts without spaces are compared by grapheme."""
    assert primary().tokens("\N{DEVANAGARI LETTER KA}\N{DEVANAGARI VOWEL SIGN I}!", "hi") == (
        "\N{DEVANAGARI LETTER KA}\N{DEVANAGARI VOWEL SIGN I}",
    )
    assert primary().tokens("\u4f60\u597d", "zh") == ("\u4f60", "\u597d")


def test_secondary_says_which_languages_it_supports():
    """A language without rules of its own has no second opinion."""
    assert [secondary().supports(language) for language in ("en", "es", "ja", "default")] == [True, True, False, False]


def test_unintelligible_marks_become_one_token():
    """A span marked unintelligible is one token of the reference, and ordinary text in a hypothesis."""
    expected = ("we", "met", UNINTELLIGIBLE, "today")
    assert primary().reference_tokens("We met [inaudible] today", "en") == expected
    assert primary().reference_tokens(f"We met {UNINTELLIGIBLE} today", "en") == expected


def test_rewrites_come_first_and_are_part_of_the_id():
    """Project rewrites apply before the normaliser, and results under other rewrites carry another id."""
    rewrites = ((r"(?i)\bwi-fi\b", "wifi"),)
    assert primary(rewrites).tokens("Wi-Fi", "en") == ("wifi",)
    assert primary(rewrites).norm_id != primary().norm_id
    assert primary().norm_id.startswith("whisper-english@")


@pytest.mark.parametrize("rewrite", [("(", "x"), ("a", r"\1")])
def test_impossible_rewrite_is_a_configuration_error(rewrite: tuple[str, str]):
    """A pattern or a replacement that `re` refuses is reported before anything is scored."""
    with pytest.raises(ConfigError, match="rewrite"):
        primary((rewrite,))


@pytest.mark.parametrize(("tag", "expected"), [("en-US", "en"), ("PT_br", "pt"), (None, "en"), ("", "en")])
def test_language_of_a_tag(tag: str | None, expected: str):
    """Rules go by the primary subtag; no tag means the project's default."""
    assert primary_subtag(tag, "en") == expected


@given(st.text(max_size=40), st.sampled_from(["en", "es", "zh"]))
def test_every_token_says_something(text: str, language: str):
    """Whatever the text, each token has a letter or digit."""
    assert all(any(character.isalnum() for character in token) for token in primary().tokens(text, language))


@given(st.text("ab .!\n\u0e01", max_size=60), st.integers(1, 900), st.sampled_from(["en", "zh"]))
def test_runs_without_an_end_reach_the_rules_in_pieces(text: str, count: int, language: str):
    """Their time grows with the square of a run; nothing is lost, and what somebody says stays whole."""
    whole = text * count
    pieces = list(_pieces(whole, language))

    assert max(map(len, pieces)) <= 10_000
    assert max(len(word) for piece in pieces for word in ["", *piece.split()]) <= (2_000 if language == "zh" else 200)
    assert whole == "".join(pieces)
    if len(whole) <= 200:
        assert [whole] == pieces


@pytest.mark.parametrize("run", ["1", "½", "["])
def test_a_final_of_nothing_but_a_run_is_read(run: str):
    """A hundred thousand characters of one digit took an hour."""
    found = [normalizer.tokens(run * 1_500, "en") for normalizer in (primary(), secondary())]
    assert all(found) or run == "["

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.timeline.tokens import plain_tokens, raw_tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don\N{RIGHT SINGLE QUOTATION MARK}t \N{EM DASH} re-book $5.50 at 3:00PM!", "don't re-book 5.50 at 3:00pm"),
        ("... [uh] ok", "uh ok"),
        ("", ""),
        ("\N{FULLWIDTH LATIN CAPITAL LETTER A}BC", "abc"),
    ],
)
def test_plain_tokens_drop_case_and_outer_punctuation(text: str, expected: str):
    """Plain tokens keep inner punctuation and lose case, outer punctuation and symbols (worked example 8.3)."""
    assert tuple(expected.split()) == plain_tokens(text)


def test_raw_tokens_keep_formatting():
    """Raw tokens differ in whitespace and Unicode composition only."""
    assert raw_tokens("Cafe\N{COMBINING ACUTE ACCENT},  No!\n") == ("Caf\N{LATIN SMALL LETTER E WITH ACUTE},", "No!")


@given(st.text())
def test_plain_tokens_are_clean_and_stable(text: str):
    """No plain token is empty or holds whitespace, and joining them again gives the same tokens."""
    tokens = plain_tokens(text)
    assert all(token and not token.isspace() for token in tokens)
    assert tokens == plain_tokens(" ".join(tokens))

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.emulators.wire_json import parse, shown

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_json_is_read(value):
    """Unless it is nested without end."""
    assert value == parse(json.dumps(value))


@pytest.mark.parametrize(
    "text", ["", "{", "nothing", "9" * 5000, "[" * 100_000, "[" * 33 + "]" * 33, '{"a":' * 900 + "1" + "}" * 900]
)
def test_what_can_not_be_handled_is_a_value_error(text):
    """Whatever the parser makes of it."""
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is all that callers know
        parse(text)


@given(VALUES | st.characters(categories=["Cs"]))
def test_what_is_shown_is_short_and_printable(value):
    """In a close reason as in a log."""
    text = shown(value)
    assert text.isascii()
    assert len(text) <= 800
    assert text.isprintable()


def test_words_are_shown_as_they_are():
    """Without quotes, and containers by their kind."""
    assert [shown(value) for value in ("Hello", 7, None, [1], {})] == ["Hello", "7", "None", "a list", "a JSON object"]

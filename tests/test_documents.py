"""JSON and TOML of others."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.documents import DEEPEST, parse_json, parse_toml

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(VALUES)
def test_what_can_be_handled_is_read_as_the_library_reads_it(value):
    """Whatever its types."""
    assert json.loads(json.dumps(value)) == parse_json(json.dumps(value))


@pytest.mark.parametrize("depth", [DEEPEST + 1, 100_000])
@pytest.mark.parametrize(("read", "opening", "closing"), [(parse_json, '{"a": [', "]}"), (parse_toml, "a = [", "]")])
def test_deep_nesting_is_refused(read, opening, closing, depth):
    """Before anything that walks through it overflows the stack."""
    with pytest.raises(ValueError, match="it is nested more than 100 deep"):
        read(opening + "[" * depth + "]" * depth + closing)


@pytest.mark.parametrize("digits", [str(2**63), str(-(2**63) - 1), "1" + "0" * 400, "1" * 5000, "0x" + "f" * 5000])
def test_integers_beyond_64_bits_are_refused(digits):
    """They become no float, and the longest can't even be shown."""
    readers = [lambda: parse_toml(f"a = {digits}"), lambda: parse_json(f'{{"a": [{digits}]}}')]
    for read in readers[: 1 if digits.startswith("0x") else 2]:
        with pytest.raises(ValueError, match=r"more than 64 bits|Exceeds the limit"):
            read()


@pytest.mark.parametrize("text", [r'{"a": "\ud800"}', r'{"\uDFFF": 1}', r'["\ud83d\u0041"]'])
def test_half_a_character_is_refused(text):
    """No file could hold it; two halves are a whole."""
    with pytest.raises(ValueError, match="half a character"):
        parse_json(text)
    assert "😀" == parse_json(r'"\ud83d\ude00"')

"""What is written as TOML is what is read."""

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.toml_text import toml_table, toml_value

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
SCALARS = st.one_of(TEXT, st.booleans(), st.integers(), st.floats(allow_nan=False), st.dates(date(1, 1, 1)))
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(TEXT, VALUES, max_size=3))
def test_a_table_comes_back(table: dict):
    """Inline and under headers, whatever the keys and texts are."""
    assert {"a": table} == tomllib.loads("\n".join(toml_table("a", table)))
    assert {"a": table} == tomllib.loads(f"a = {toml_value(table)}")


def test_what_toml_cannot_hold_is_refused():
    """It has no null."""
    with pytest.raises(TypeError, match="None is nothing that TOML can hold"):
        toml_value([None])

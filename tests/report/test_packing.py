"""JSON inside HTML."""

import math

from hypothesis import given
from hypothesis import strategies as st

from harness.report.packing import batches, pack, unpack

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_packing_keeps_every_value(value):
    """What is packed comes back, whatever the text."""
    assert value == unpack(pack(value))


@given(json_values)
def test_packed_text_cannot_leave_its_element(value):
    """Packed text holds base64 only: no quote, no angle bracket."""
    assert set(pack(value)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


def test_infinities_survive_as_words():
    """JSON has no infinity: it becomes a string that the page understands; not-a-number becomes null."""
    assert unpack(pack([math.inf, -math.inf, math.nan])) == ["inf", "-inf", None]


def test_lone_surrogates_are_replaced():
    """Text that UTF-8 can't hold shows a mark instead of stopping the report."""
    assert unpack(pack("a\ud800b")) == "a?b"


@given(st.lists(st.integers()), st.integers(1, 5))
def test_batches_lose_nothing(items, size):
    """Batches are full but for the last, and together are all items in order."""
    found = list(batches(items, size))

    assert items == [item for batch in found for item in batch]
    assert all(len(batch) == size for batch in found[:-1])

"""Text within a limit."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.report.fitting import Block, fitted

blocks = st.lists(
    st.builds(
        lambda head, lengths: Block(head, tuple("r" * length for length in lengths)),
        st.sampled_from(["# answer", "| a | b |\n|---|---|"]),
        st.lists(st.integers(1, 400), max_size=12),
    ),
    max_size=5,
)


@given(blocks=blocks, limit=st.integers(1_200, 3_000))
@settings(max_examples=60)
def test_whole_rows_within_the_limit(blocks: list[Block], limit: int):
    """Never longer, never part of a row, and every row is shown or counted."""
    text = fitted(blocks, limit)

    rows = [row for block in blocks for row in block.rows]
    shown = [line for line in text.splitlines() if line.startswith("r")]
    left_out = sum(int(number) for number in re.findall(r"^and (\d+) more rows, see", text, re.MULTILINE))
    assert len(text) <= limit
    assert set(shown) <= set(rows)
    assert len(rows) == len(shown) + left_out


def test_what_fits_is_there_in_full():
    """Blocks are set apart by a blank line; at most as many rows as asked for."""
    page = [Block("# head"), Block("list\n", ("- a", "- b", "- c"), 2, "things"), Block("end")]

    assert "# head\n\nlist\n\n- a\n- b\n\nand 1 more things, see `verdict.json`\n\nend\n" == fitted(page, 1_000)

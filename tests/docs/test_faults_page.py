"""docs/faults.md has the matrix that is played, and nothing else."""

from pathlib import Path

from fault_matrix import impossible, table

PAGE = (Path(__file__).parents[2] / "docs" / "faults.md").read_text(encoding="utf-8")


def test_the_page_has_the_matrix():
    """Whoever changes the one changes the other: `table()` prints it."""
    assert table() in PAGE
    assert impossible() in PAGE

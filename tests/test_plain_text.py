"""Pages that go to no terminal."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from harness.plain_text import page_width, plain_text


@pytest.mark.parametrize(("columns", "width"), [(None, 120), ("80", 80), ("200", 200)])
def test_a_log_is_as_wide_as_somebody_says(monkeypatch: pytest.MonkeyPatch, columns: str | None, width: int):
    """Else as wide as the caller likes it, for nothing measures it."""
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    console = Console(file=io.StringIO())

    assert (width, width if columns else 160) == (page_width(console), page_width(console, 160))


def test_no_line_ends_in_blanks():
    """And there are no colours."""
    assert "a\n\nb\n" == plain_text(lambda page: page.print(Text("a   \n \nb", "red")), 80)

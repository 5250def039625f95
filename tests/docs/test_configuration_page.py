"""The configuration reference is what the types say."""

from pathlib import Path

import configuration

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_made_from_the_types():
    """Every key is on it, with what may stand there and what it does; the module's docstring says how to write it anew."""
    assert configuration.page() == PAGE.read_text(encoding="utf-8")

"""What a terminal would show, as plain text for a log: nothing measures how wide a log is, but somebody may say it."""

import io
import os
from collections.abc import Callable

from rich.console import Console

_LOG_WIDTH = 120


def page_width(console: Console, otherwise: int = _LOG_WIDTH) -> int:
    """How wide a page is that goes to no terminal: `$COLUMNS`, where somebody says it."""
    return console.width if "COLUMNS" in os.environ else otherwise


def plain_text(draw: Callable[[Console], None], width: int) -> str:
    """What `draw` prints on a page of `width` columns, without colours and without blanks at the ends of lines."""
    page = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, markup=False)
    with page.capture() as captured:
        draw(page)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())

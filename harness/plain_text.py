"""What a terminal would show, as plain text for a log: nothing measures how wide a log is."""

import io
from collections.abc import Callable

from rich.console import Console


def plain_text(draw: Callable[[Console], None], width: int) -> str:
    """What `draw` prints on a page of `width` columns, without colours and without blanks at the ends of lines."""
    page = Console(file=io.StringIO(), width=width, color_system=None, highlight=False, markup=False)
    with page.capture() as captured:
        draw(page)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())

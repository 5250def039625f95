"""How a scan is shown to people."""

import json
from io import StringIO

from found import scanned
from rich.console import Console
from rich.text import Text

from harness.code_scan.writing import print_scan

MADE = "from assemblyai.streaming.v3 import StreamingClient\nc = StreamingClient()\n"


def printed(code, name="app.py", **of_console):
    """The lines, as they are printed."""
    console = Console(file=StringIO(), width=120, **of_console)
    print_scan(scanned(code, name), console)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_terminal_shows_severities_in_colour_and_elsewhere_the_same_is_plain():
    """Not a word differs."""
    code = f"{MADE}c.force_endpoint()\n"
    shown = printed(code, force_terminal=True, color_system="standard")
    assert any("\x1b[1;31mtrap" in line for line in shown)
    assert printed(code) == [Text.from_ansi(line).plain.rstrip() for line in shown]


def test_what_a_rule_says_stands_once_a_file():
    """Its other places are told by their line and code alone."""
    lines = [line.strip() for line in printed(f"{MADE}c.force_endpoint()\nc.force_endpoint()  # again\n")]
    first, second = (lines.index(f"{line}:1  trap    assemblyai-force-endpoint") for line in (3, 4))
    assert ["4:1  trap    assemblyai-force-endpoint", "c.force_endpoint()  # again", ""] == lines[second:-1]
    assert second - first > 3


def test_a_place_in_a_notebook_is_told_by_its_cell_too():
    """Whoever has the notebook open sees no lines of the file."""
    cells = [{"cell_type": "code", "source": [*MADE.splitlines(keepends=True), "c.force_endpoint()"]}]
    lines = printed(json.dumps({"cells": cells}), "app.ipynb")
    assert any(line.endswith("(cell 1, line 3)  trap    assemblyai-force-endpoint") for line in lines)

"""Notebooks: their code cells are one program, and places are those of the file."""

import json

from found import scanned

CELLS = [
    {"cell_type": "markdown", "source": ["c.force_endpoint() of assemblyai"]},
    {
        "cell_type": "code",
        "source": [
            "%pip install assemblyai\n",
            "from assemblyai.streaming.v3 import StreamingClient\n",
            "c = StreamingClient()",
        ],
    },
    {"cell_type": "code", "source": ["broken ("]},
    {"cell_type": "code", "source": '\nc.force_endpoint()  # "é"'},
]


def test_a_place_in_a_notebook_is_told_by_file_and_by_cell():
    """The line of the file is the one that has the code in JSON."""
    text = json.dumps({"cells": CELLS}, indent=1)
    result = scanned(text, "a.ipynb")
    [forced] = [each for each in result.findings if each.rule.id == "assemblyai-force-endpoint"]
    assert ("force_endpoint" in text.split("\n")[forced.line - 1], forced.cell) == (True, (4, 2))
    made = next(each for each in result.findings if each.rule.id == "assemblyai-client")
    assert ("c = StreamingClient" in text.split("\n")[made.line - 1], made.cell) == (True, (2, 3))
    assert ["cell 3 is no Python"] == [each.reason for each in result.unread]


def test_what_is_no_notebook_is_said():
    """JSON of another kind, or none."""
    for text in ("assemblyai", '{"assemblyai": 1}', '{"cells": ["assemblyai"]}'):
        assert ["no notebook: JSON with `cells` is expected"] == [
            each.reason for each in scanned(text, "a.ipynb").unread
        ]

"""Each message on the page is one that the program can say."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
MESSAGES = [
    message
    for part in PAGE.split("\n## ")[1:-1]  # the last part is about verdicts, not messages
    for message in re.findall(r"^\| `(.+)` \| ", part, re.MULTILINE)
]


@pytest.fixture(scope="module")
def said() -> str:
    """All text constants of the program, those of one message behind each other."""
    texts = []
    for path in (ROOT / "harness").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = (str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values)
                texts.append("".join(parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return "\n".join(texts)


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_shown_can_be_said(said: str, message: str):
    """Word for word, with anything where it has an ellipsis."""
    parts = [re.escape(part) for part in message.split("…")]

    assert re.search("[^\n]*".join(parts), said)


def test_there_are_messages():
    """The table was read."""
    assert len(MESSAGES) > 20

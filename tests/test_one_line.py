"""Text of others in one line."""

import pytest

from harness.one_line import in_one_line, lines_of, one_line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("two\r\nlines\u2028", "two  lines "),
        ("\x1b[31m\x00\x9b", "\ufffd[31m\ufffd\ufffd"),
        ("\u202egpj.exe \ud800\uffff", "\ufffdgpj.exe \ufffd\ufffd"),
        ("naïve 90\u00a0% 日本 👩\u200d🚀", "naïve 90\u00a0% 日本 👩\u200d🚀"),
    ],
)
def test_one_line(text: str, expected: str):
    """What steers a terminal or is no XML is replaced; every language and every sign stays."""
    assert expected == one_line(text)


def test_whole_documents():
    """Names and values, at any depth; numbers stay numbers."""
    assert {"a b": [{"c": "d e"}, 1.5, None]} == in_one_line({"a\nb": [{"c": "d\ne"}, 1.5, None]})


def test_lines_stay_apart():
    """A message may have several."""
    assert "a\nb\ufffd" == lines_of("a\nb\x1b")

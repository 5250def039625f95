"""Changing inputs as no mutation of single bytes would: pieces doubled, exchanged, and put in that have broken readers elsewhere."""

import random
import re

NESTED, DIGITS = 3000, 5000  # beyond Python's limits: of recursion, and of digits of an integer
PIECES: tuple[bytes, ...] = (
    b"", b"\0", b"\n", b"\r\n", b"\t", b" ", b'"', b"'", b"\\", b"{", b"}", b"[", b"]", b"(", b")", b",", b":", b"=", b";", b"#", b"|", b"*", b"?",
    b"null", b"true", b"[]", b"{}", b'""', b"0", b"-1", b"-0.0", b"1e308", b"1e999", b"-Infinity", b"NaN", b"nan", b"inf", b"0x10", b"1_0", b"1,5",
    b"9007199254740993", b"18446744073709551616", b"9" * 400, b"9" * DIGITS, b"0x" + b"f" * DIGITS, b"[" * NESTED, b'{"a":' * NESTED, b"(" * 150,
    b"[" * NESTED + b"]" * NESTED, b"-" * NESTED, b"a.b.c", b"..", b"../x", b"/dev/null", b"%00", b"%ff", b"\\ud800", b"\\u0000", b"\\x80",
    "²".encode(), "٣".encode(), "½".encode(), "İ".encode(), "ß".encode(), "é".encode(), "e\u0301".encode(), "\u2028".encode(), "\x85".encode(),
    "\ufeff".encode(), "\u202e".encode(), "\U0001d7d8".encode(), "你".encode(), b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x0b", b"\x0c", b"\x1c",
    b"2026-02-30", b"0000-00-00", b"1-1-1T99:99", b"(a+)+$", b"(?P<a", b"\\1", b"a{99999999999}", b"[[:x", b"localhost", b"http://[", b"__class__",
)  # fmt: skip
VALUES: tuple[bytes, ...] = (
    b"null", b"true", b"false", b"0", b"-1", b"7", b"0.5", b"1e308", b"9007199254740993", b"[]", b"{}", b'""', b'"x"', b"[1]", b'["x"]',
    b'{"a": 1}', b"[[]]", b'[{"a": []}]', b'"2026-01-31"', b'"nan"', b'"-1"', b"16000",
)  # fmt: skip
"""Of JSON, most of TOML too: a value of another type, where the syntax stays whole."""
_TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.){0,200}"|[\w.+-]+|\s+|[^\w\s]')
_LONGEST = 1 << 16


def mutated(data: bytes, dice: random.Random, longest: int = _LONGEST) -> bytes:
    """The input with one to four changes, of tokens more often than of bytes."""
    for _ in range(dice.randint(1, 4)):
        spans = [match.span() for match in _TOKEN.finditer(data[:_LONGEST])] or [(0, 0)]
        start, end = dice.choice(spans)
        other = dice.choice(spans)
        match dice.randrange(10):
            case 0 | 1:
                data = data[:start] + dice.choice(PIECES) + data[end:]
            case 2 | 7 | 8:
                data = data[:start] + dice.choice(VALUES) + data[end:]
            case 3:
                data = data[:start] + dice.choice(PIECES) + data[start:]
            case 4:
                data = data[:start] + data[other[0] : other[1]] + data[end:]
            case 5:
                first, last = sorted((start, other[1]))
                data = data[:last] + data[first:]
            case 6:
                first, last = sorted((start, other[0]))
                data = data[:first] + data[last:]
            case _:
                at = dice.randrange(len(data) + 1)
                data = data[:at] + bytes([dice.randrange(256)]) + data[at + 1 :]
    return data[:longest]

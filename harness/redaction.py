"""Foreign text as it may be kept: keys and tokens blotted out, however somebody spelled them when quoting them."""

import base64
import html
import io
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TextIO
from urllib.parse import quote, quote_plus

BLOT = "[key]"
FEWEST_CHARACTERS = 8
"""Shorter secrets are left alone: they would be found in the midst of words."""

# In an address, in JSON too, where an ampersand may be escaped. What stands as an ellipsis was blotted out before.
_IN_URL = re.compile(
    r"((?:[?&;]|\\u0026|%3f|%26)[\w-]*(?:token|key|secret|password|signature)(?:=|%3d))[^&\s\"'`<>\\{}\[\]…%]+",
    re.IGNORECASE,
)
_CHARACTER = re.compile(r"(\\*)([^\\])", re.DOTALL)
_USER_IN_URL = re.compile(r"(//)(?!…@)[^/?#\s\"'`<>@{}\[\]\\]+@")


def without_secrets_in_urls(text: str, blot: str = BLOT) -> str:
    """The text with `blot` for the user, password and tokens of every address in it."""
    if "=" in text or "%" in text:
        text = _IN_URL.sub(rf"\g<1>{blot}", text)
    return _USER_IN_URL.sub(rf"\g<1>{blot}@", text) if "@" in text else text


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text without `secrets`, and without any that an address in it holds.

    A secret is found as it is, percent-encoded, as JSON or HTML writes it, and within base 64, whatever the case.
    """
    found = _pattern(frozenset(secrets))
    if found is not None:
        spellings, pattern = found
        folded = text.lower().replace("\\", "")
        if any(spelling in folded for spelling in spellings):  # quicker than the pattern, by far
            text = pattern.sub(BLOT, text)
    return without_secrets_in_urls(text)


class RedactedText(io.TextIOBase):
    """A stream, such as standard error, that takes foreign text: tracebacks, and what libraries log."""

    def __init__(self, stream: TextIO, secrets: Iterable[str]) -> None:
        self._stream = stream
        self._secrets = frozenset(secrets)

    def write(self, text: str, /) -> int:
        """Write without the secrets."""
        self._stream.write(redacted(text, self._secrets))
        return len(text)

    def flush(self) -> None:
        """Flush the stream."""
        self._stream.flush()


@lru_cache(maxsize=256)
def _pattern(secrets: frozenset[str]) -> tuple[tuple[str, ...], re.Pattern[str]] | None:
    long_enough = (secret for secret in secrets if len(secret) >= FEWEST_CHARACTERS)
    spellings = {spelling for secret in long_enough for spelling in _spellings(secret)}
    if not spellings:
        return None
    ordered = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    pattern = re.compile("|".join(map(_escaped_or_not, ordered)), re.IGNORECASE)
    return tuple(dict.fromkeys(spelling.lower().replace("\\", "") for spelling in ordered)), pattern


def _escaped_or_not(spelling: str) -> str:
    """A pattern for it with any number of backslashes where one may stand: JSON stands within JSON."""
    parts = _CHARACTER.findall(spelling)
    return "".join((r"\\*" if escaped or not one.isalnum() else "") + re.escape(one) for escaped, one in parts)


def _spellings(secret: str) -> Iterator[str]:
    yield from (secret, quote(secret, safe=""), quote_plus(secret), html.escape(secret), json.dumps(secret)[1:-1])
    # Bytes in front of it, such as "user:", shift the digits; those at both ends mix with neighbours.
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + secret.encode()).decode().rstrip("=")
        whole = encoded[-(-before * 8 // 6) : (before + len(secret.encode())) * 8 // 6]
        yield from (whole, whole.translate(str.maketrans("+/", "-_")), quote(whole, safe=""))

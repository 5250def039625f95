"""Tokens of the two layers that need no normaliser: raw (L0) and plain (L1).

They live here because the contract checks of a timeline compare plain tokens; metrics use the same functions.
"""

import unicodedata
from functools import lru_cache

_STRIPPED_CATEGORIES = "PS"  # punctuation and symbols


def raw_tokens(text: str) -> tuple[str, ...]:
    """L0: NFC, split on whitespace. Case and punctuation are kept: formatting is what is compared."""
    return tuple(unicodedata.normalize("NFC", text).split())


def plain_tokens(text: str) -> tuple[str, ...]:
    """L1: NFKC, typographic apostrophe to ASCII, case folded, split, punctuation stripped from each token's ends.

    Tokens of which nothing is left are dropped. One provider word stays one token, so that tokens can be traced to words.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return tuple(stripped for token in text.casefold().split() if (stripped := _strip(token)))


def written_tokens(text: str) -> tuple[tuple[str, str, str], ...]:
    """The plain tokens with how each is written: `(plain, without punctuation at its ends, as it stands)`."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    return tuple((plain, _strip(token), token) for token in text.split() if (plain := _strip(token.casefold())))


@lru_cache(maxsize=65536)
def _strip(token: str) -> str:
    start, end = 0, len(token)
    while start < end and unicodedata.category(token[start])[0] in _STRIPPED_CATEGORIES:
        start += 1
    while end > start and unicodedata.category(token[end - 1])[0] in _STRIPPED_CATEGORIES:
        end -= 1
    return token[start:end]

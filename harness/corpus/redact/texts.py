"""Texts without some of their words: what is the same word in two spellings, and what is left when some are taken out."""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

# From Thai on, the scripts that are written without spaces between words; some that have spaces are among them.
_MAYBE_UNSPACED_FROM = "\u0e00"


@dataclass(frozen=True, slots=True)
class Folded:
    """A text's letters and digits without case, accents, punctuation and spaces.

    Attributes:
        letters: One after another.
        places: Where in the text each comes from.
    """

    letters: str
    places: tuple[int, ...]


def folded(text: str) -> Folded:
    """Fold a text; one letter may become several (`ß`), and then they share their place."""
    pairs = [
        (letter, place)
        for place, character in enumerate(text)
        for letter in unicodedata.normalize("NFKD", character).casefold()
        if letter.isalnum()
    ]
    return Folded("".join(letter for letter, _ in pairs), tuple(place for _, place in pairs))


def fold(text: str) -> str:
    """The letters and digits of a text, as `folded`."""
    return folded(text).letters


def forms(token: str) -> frozenset[str]:
    """What a token is known by: all its letters, and each part between punctuation (`Smith's`: smiths, smith, s)."""
    return frozenset({fold(token), *(fold(part) for part in re.split(r"[\W_]+", token))}) - {""}


def units_gone(units: Sequence[str], gone: Collection[int], text: str) -> set[int] | None:
    """Which letters of a folded text go when some of the units that spell it do; None if they don't spell it.

    Args:
        units: Words, or the texts of segments, in order.
        gone: Indices of those that are removed.
        text: What they spell together, with any punctuation and spacing.
    """
    parts = [fold(unit) for unit in units]
    if "".join(parts) != fold(text):
        return None
    found: set[int] = set()
    at = 0
    for index, part in enumerate(parts):
        if index in gone:
            found.update(range(at, at + len(part)))
        at += len(part)
    return found


def units_at(units: Sequence[str], text: str, start: int, end: int) -> list[int] | None:
    """Which units hold the letters of characters `start` to before `end` of what they spell; None as for `units_gone`."""
    whole = folded(text)
    if "".join(map(fold, units)) != whole.letters:
        return None
    owners = [index for index, unit in enumerate(units) for _ in fold(unit)]
    return sorted({owner for owner, place in zip(owners, whole.places, strict=True) if start <= place < end})


@dataclass(frozen=True, slots=True)
class Remainder:
    """What is left of a text.

    Attributes:
        text: Of the words that stay, single-spaced; "" if no letter or digit stays.
        places: For each of its characters, where it was; -1 for spaces.
        removed: Where characters, other than spaces, are gone.
    """

    text: str
    places: tuple[int, ...]
    removed: frozenset[int]

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Where characters `start` to before `end` of the old text are now; None if any that isn't a space is gone."""
        at = {old: new for new, old in enumerate(self.places) if old >= 0}
        inside = [place for place in range(start, end) if place in at]
        if not inside or self.removed.intersection(range(start, end)):
            return None
        return at[inside[0]], at[inside[-1]] + 1


def without(text: str, gone: Collection[int]) -> Remainder:
    """Take letters out of a text, given by their indices in its folded form.

    A token that loses all its letters goes with its punctuation; one that loses some keeps what is left of it.
    """
    fold_of = folded(text)
    places = {fold_of.places[index] for index in gone}
    staying = set(fold_of.places) - places
    kept: list[int] = []
    for token in re.finditer(r"\S+", text):
        inside = range(token.start(), token.end())
        if places.intersection(inside) and not staying.intersection(inside):
            continue
        if kept:
            kept.append(-1)
        kept += [place for place in inside if place not in places and not _mark_of_gone(text, place, places)]
    if not staying:
        kept = []
    removed = {place for place, character in enumerate(text) if not character.isspace()} - set(kept)
    return Remainder("".join(" " if place < 0 else text[place] for place in kept), tuple(kept), frozenset(removed))


def _mark_of_gone(text: str, place: int, gone: Collection[int]) -> bool:
    """Whether a character is an accent or vowel sign on a letter that goes."""
    if not unicodedata.category(text[place]).startswith("M"):
        return False
    base = place
    while base > 0 and unicodedata.category(text[base]).startswith("M"):
        base -= 1
    return base in gone


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words one after another, without case and punctuation; `*` is any letters, `?` any one.

    Attributes:
        written: As the user wrote it.
        words: One expression for each.
    """

    written: str
    words: tuple[re.Pattern[str], ...]

    def found_in(self, tokens: Sequence[str]) -> Iterator[range]:
        """Where the words stand among tokens, as ranges of indices."""
        known = [forms(token) for token in tokens]
        for first in range(len(tokens) - len(self.words) + 1):
            window = known[first : first + len(self.words)]
            if all(any(map(word.fullmatch, names)) for word, names in zip(self.words, window, strict=True)):
                yield range(first, first + len(self.words))

    def is_in(self, text: str) -> bool:
        """Whether a text holds the words; where scripts have no spaces, anywhere in it."""
        if any(self.found_in(text.split())):
            return True
        letters = fold(self.written)
        return bool(letters) and max(letters) >= _MAYBE_UNSPACED_FROM and letters in fold(text)


def pattern(written: str) -> Pattern | None:
    """Read a pattern; None if no word of it has a letter or digit, or one of them is nothing but punctuation."""
    words = [_expression(word) for word in written.split()]
    found = [word for word in words if word is not None]
    return Pattern(written, tuple(found)) if fold(written) and len(found) == len(words) else None


def _expression(word: str) -> re.Pattern[str] | None:
    wild = {"*": ".*", "?": "."}
    pieces = re.split(r"([*?])", word)
    if not any(piece in wild or fold(piece) for piece in pieces):
        return None
    return re.compile("".join(wild.get(piece) or re.escape(fold(piece)) for piece in pieces))

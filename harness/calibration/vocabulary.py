"""Words that mean nothing, so that no text normaliser changes them, and that never repeat, so that errors can be counted.

With all words of a clip distinct and its errors apart from each other, the edit distance is the number of errors injected.
"""

_CONSONANTS = "bdfklmprtz"  # without n and v: "seven" is a number; without g: "gaged" is spelt anew
_VOWELS = "aeiou"
_SHAPE = (_CONSONANTS, _VOWELS, _CONSONANTS, _VOWELS, _CONSONANTS)
SIZE = len(_CONSONANTS) ** 3 * len(_VOWELS) ** 2
_STRIDE = 7919  # a prime, so that neighbours don't look alike and all words are reached


def right_word(index: int) -> str:
    """The reference word of an index, from 0 to half of `SIZE`."""
    return _word(index)


def wrong_word(index: int) -> str:
    """A word that is no reference word, counted from 0."""
    return _word(SIZE - 1 - index)


def _word(index: int) -> str:
    if not 0 <= index < SIZE:
        raise IndexError(f"word {index} of {SIZE}")
    rest = index * _STRIDE % SIZE
    letters = []
    for choices in _SHAPE:
        rest, place = divmod(rest, len(choices))
        letters.append(choices[place])
    return "".join(letters)

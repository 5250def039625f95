"""Pure functions on recognised words: their times, their plain form, and which of them can be relied on."""

import math
import unicodedata
from collections.abc import Sequence

from harness.emulators.recognition import TimedWord

_SETTLED_MS = 2500


def spread(words: Sequence[str], voiced: Sequence[int], frame_ms: int, confidence: float) -> tuple[TimedWord, ...]:
    """Give words times by spreading them, by their length, over the voiced frames.

    Args:
        words: Texts in order.
        voiced: Indices of the voiced frames, ascending, not empty if there are words.
        frame_ms: Duration of a frame.
        confidence: Confidence of every word, 0 to 1.

    Returns:
        As many words, with times in whole milliseconds that never decrease and lie inside voiced frames.
    """
    weights = [len(word) + 1 for word in words]
    scale = len(voiced) / sum(weights) if weights else 0.0
    timed: list[TimedWord] = []
    spent = 0
    for word, weight in zip(words, weights, strict=True):
        start, end = spent * scale, (spent + weight) * scale
        spent += weight
        first = min(int(start), len(voiced) - 1)
        last = max(first, min(math.ceil(end) - 1, len(voiced) - 1))
        start_ms = int((voiced[first] + start - first) * frame_ms)
        end_ms = int((voiced[last] + min(end - last, 1.0)) * frame_ms)
        timed.append(TimedWord(word, start_ms, max(start_ms, end_ms), confidence))
    return tuple(timed)


def plain(word: str) -> str:
    """The word in lower case without punctuation at its edges; empty if it was punctuation only."""
    return word.lower().strip("".join({mark for mark in word if unicodedata.category(mark)[0] == "P"}))


def plain_words(words: Sequence[TimedWord]) -> tuple[TimedWord, ...]:
    """Words as an unformatted transcript shows them: lower case, no punctuation, nothing empty."""
    stripped = ((plain(word.text), word) for word in words)
    return tuple(TimedWord(text, word.start_ms, word.end_ms, word.confidence) for text, word in stripped if text)


def agreed(previous: Sequence[TimedWord], current: Sequence[TimedWord]) -> int:
    """How many leading words of a hypothesis can be relied on; never the newest, which may still grow.

    Those that two successive hypotheses share, and those the speaker left behind some time ago: between "six" and "6" a
    recogniser may go back and forth for ever.
    """
    count = 0
    for index, now in enumerate(current[:-1]):
        is_shared = index < len(previous) and previous[index].text == now.text
        if not is_shared and now.end_ms > current[-1].end_ms - _SETTLED_MS:
            break
        count += 1
    return count


def keep_prefix(prefix: Sequence[TimedWord], words: Sequence[TimedWord]) -> tuple[TimedWord, ...]:
    """The words, with the part that corresponds to `prefix` replaced by it.

    What corresponds is the leading part of `words` with the least edit distance to `prefix`; of equals, the longest, so that
    nothing is said twice. Times stay in order.
    """
    texts = [word.text for word in words]
    if texts[: len(prefix)] == [word.text for word in prefix]:  # as a script always has it: no other part is as near
        return in_order([*prefix, *words[len(prefix) :]])
    row = list(range(len(texts) + 1))
    for number, word in enumerate(prefix, start=1):
        diagonal, row[0] = row[0], number
        for index, text in enumerate(texts, start=1):
            substituted = diagonal + (word.text != text)
            diagonal, row[index] = row[index], min(substituted, row[index] + 1, row[index - 1] + 1)
    replaced = min(range(len(row)), key=lambda index: (row[index], -index)) if prefix else 0
    return in_order([*prefix, *words[replaced:]])


def in_order(words: Sequence[TimedWord]) -> tuple[TimedWord, ...]:
    """The words with times moved later where needed, so that none starts before its predecessor."""
    ordered: list[TimedWord] = []
    floor_ms = 0
    for word in words:
        start_ms = max(floor_ms, word.start_ms)
        ordered.append(TimedWord(word.text, start_ms, max(start_ms, word.end_ms), word.confidence))
        floor_ms = start_ms
    return tuple(ordered)

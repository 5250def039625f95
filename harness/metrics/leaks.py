"""Words of one channel that a service also heard on another: crosstalk on the line, or in its own separation.

The same five plain words (L1) on two channels of a recording, in segments that start within two seconds of each other.
Starts are the service's own: they only choose which segments are compared.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from harness.metrics.normalize import plain_tokens
from harness.metrics.scores import SegmentScore, SessionScore

WORDS = 5
WITHIN_MS = 2000


def with_leaks(rows: Iterable[SegmentScore], channels: Mapping[str, tuple[str, int]]) -> tuple[SegmentScore, ...]:
    """Count the five-word sequences that a segment shares with one on another channel.

    Each is counted once for a pair of segments, in the one that starts later (of two that start together, on the higher
    channel), so that counts add up.

    Args:
        rows: Segments of any sessions.
        channels: Recording and channel of each clip that is one channel of several; other clips have no leaks.
    """
    rows = tuple(rows)
    together: dict[tuple[str, str, int], list[tuple[int, int, int]]] = defaultdict(list)
    for index, row in enumerate(rows):
        if row.start_ms is not None and row.clip_id in channels:
            recording, channel = channels[row.clip_id]
            together[recording, row.side, row.pass_number].append((row.start_ms, channel, index))
    leaked: dict[int, int] = {}
    for segments in together.values():
        segments.sort()
        grams = {index: _grams(rows[index].text) for _, _, index in segments}
        for start_ms, channel, index in segments:
            first = bisect_left(segments, (start_ms - WITHIN_MS,))
            earlier = segments[first : bisect_left(segments, (start_ms, channel))]
            count = sum(len(grams[index] & grams[other]) for _, one, other in earlier if one != channel)
            if count:
                leaked[index] = count
    return tuple(replace(row, leaks=leaked[index]) if index in leaked else row for index, row in enumerate(rows))


def with_leak_counts(rows: Iterable[SessionScore], segments: Iterable[SegmentScore]) -> Iterator[SessionScore]:
    """Sum the leaks of the segments in their sessions' rows."""
    leaks: Counter[tuple[str, str, int]] = Counter()
    for segment in segments:
        leaks[segment.clip_id, segment.side, segment.pass_number] += segment.leaks
    for row in rows:
        yield replace(row, leaks=leaks[row.clip_id, row.side, row.pass_number])


def _grams(text: str) -> frozenset[tuple[str, ...]]:
    tokens = plain_tokens(text)
    return frozenset(tokens[start : start + WORDS] for start in range(len(tokens) - WORDS + 1))

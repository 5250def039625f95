"""Latencies of the wire itself, without any word: acknowledgements of audio, and a backlog that grows.

The slope of a backlog is Theil and Sen's (Sen 1968): the median of the slopes between all pairs of words, which a few late
words don't move.
"""

from bisect import bisect_left
from collections.abc import Sequence

import numpy as np

from harness.metrics.clock import NS_PER_MS
from harness.timeline.segments import FoldedSession

SHORTEST_FOR_SLOPE_S = 30.0
FEWEST_FOR_SLOPE = 10
MOST_FOR_SLOPE = 2000
"""Pairs grow with the square of the words: of a longer session every k-th word is taken."""


def ack_lags_ms(session: FoldedSession) -> list[float]:
    """Per acknowledged chunk, from its write to the first acknowledgement that reaches its end.

    Nothing after a reconnect: chunks are sent again then, and counted anew.
    """
    if session.reconnects or not session.acks:
        return []
    audio = session.header.audio
    chunk_bytes = audio.chunk_samples * audio.bytes_per_sample * audio.channels
    reached = [0] * len(session.acks)  # bytes acknowledged so far: ascending whatever the service sends
    highest = 0
    for index, (_, end) in enumerate(session.acks):
        highest = max(highest, end)
        reached[index] = highest
    lags = []
    for index, sent_ns in enumerate(session.sent_ns):
        place = bisect_left(reached, (index + 1) * chunk_bytes)
        if place < len(reached):
            lags.append((session.acks[place][0] - sent_ns) / NS_PER_MS)
    return lags


def backlog_slope_ms_per_s(ends_s: Sequence[float], emissions_ms: Sequence[float], duration_s: float) -> float | None:
    """How much later words come out with every second of audio.

    Args:
        ends_s: End of each word, ascending.
        emissions_ms: Its `word_emission_ms`.
        duration_s: Of the clip.

    Returns:
        The slope; None for a session under 30 s or of fewer than ten words, or if all words end at once.
    """
    if duration_s < SHORTEST_FOR_SLOPE_S or len(ends_s) < FEWEST_FOR_SLOPE:
        return None
    step = -(-len(ends_s) // MOST_FOR_SLOPE)
    x, y = np.asarray(ends_s[::step]), np.asarray(emissions_ms[::step])
    one, other = np.triu_indices(len(x), k=1)
    apart = x[other] - x[one]
    slopes = (y[other] - y[one])[apart != 0] / apart[apart != 0]
    return float(np.median(slopes)) if len(slopes) else None

"""The audio clock: which chunk holds a position, and the two latencies measured from it.

`L_user` is what a user experiences, from the instant the audio happened. `L_prov` starts when the chunk holding that
audio was written to the socket, which leaves out chunking (half a chunk on average) and the harness' own lateness.
"""

import math

from harness.timeline.events import AudioFormat
from harness.timeline.segments import FoldedSession

NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


def position_ns(position_s: float) -> int:
    """An audio position as an instant on the pair's clock: ns from T0."""
    return round(position_s * NS_PER_S)


def chunk_index(position_s: float, audio: AudioFormat) -> int:
    """Index of the chunk that holds a position. Chunk i holds the half-open interval (i*c, (i+1)*c]."""
    sample = round(position_s * audio.sample_rate_hz)
    return max(0, math.ceil(sample / audio.chunk_samples) - 1)


def user_latency_ms(position_s: float, at_ns: int) -> float:
    """`L_user`: from the instant audio position `position_s` happened to `at_ns` (ns from T0), signed."""
    return (at_ns - position_ns(position_s)) / NS_PER_MS


def provider_latency_ms(session: FoldedSession, position_s: float, at_ns: int) -> float | None:
    """`L_prov`: from the write of the chunk holding `position_s`; None if it was not sent, or sent more than once."""
    index = chunk_index(position_s, session.header.audio)
    if session.reconnects or index >= len(session.sent_ns):
        return None
    return (at_ns - session.sent_ns[index]) / NS_PER_MS

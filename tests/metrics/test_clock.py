from dataclasses import replace

import pytest
from builders import ns, timeline

from harness.metrics.clock import chunk_index, provider_latency_ms, user_latency_ms
from harness.metrics.quantiles import quantile
from harness.timeline.events import AudioFormat
from harness.timeline.fold import fold
from harness.timeline.validity import lateness_ms

FIFTY_MS = AudioFormat("pcm_s16le", 16000, 50.0, 800, 100, 80000)


@pytest.mark.parametrize(("position_s", "expected"), [(1.230, 24), (1.000, 19), (0.0, 0), (0.0001, 0), (0.0501, 1)])
def test_chunk_of_a_position(position_s: float, expected: int):
    """A chunk holds its last sample and not its first boundary (worked example 8.1)."""
    assert chunk_index(position_s, FIFTY_MS) == expected


def test_two_latencies_of_one_message():
    """The user's latency starts with the audio, the provider's with the write of its chunk: 1.252 s for word end 1.230 (8.1)."""
    due_ns = tuple(ns(0.05 * (index + 1)) for index in range(100))
    session = fold(timeline([]))
    header = replace(session.header, audio=FIFTY_MS)
    session = replace(session, header=header, due_ns=due_ns, sent_ns=tuple(due + ns(0.002) for due in due_ns))
    assert (session.due_ns[24], lateness_ms(session)[24]) == (ns(1.250), 2.0)
    assert user_latency_ms(1.230, ns(1.640)) == 410.0
    assert provider_latency_ms(session, 1.230, ns(1.640)) == 388.0


@pytest.mark.parametrize(("late", "p99_ms"), [([2.0] * 98 + [30.0] * 2, 30.0), ([2.0] * 99 + [30.0], 2.28)])
def test_lateness_of_a_hundred_chunks(late: list[float], p99_ms: float):
    """Two late chunks are the p99, one only pulls at it (8.1)."""
    assert round(quantile(late, 0.99) or 0.0, 9) == p99_ms


def test_provider_latency_needs_the_chunk():
    """Audio that was never sent has no provider latency."""
    session = fold(timeline([], duration_s=2.0))
    assert provider_latency_ms(session, 2.1, ns(3)) is None

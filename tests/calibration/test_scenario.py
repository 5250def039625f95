from pathlib import Path

import numpy as np
import pytest

from harness.audio.read import read_channel
from harness.calibration.material import material_of
from harness.calibration.scenario import write_corpus, write_scenario
from harness.calibration.settings import Settings
from harness.corpus.manifest import load_corpus
from harness.corpus_check.check import check_corpus
from harness.emulators.scenario import load_scenario

SETTINGS = Settings(3, 20)


def test_the_emulators_take_the_scenario(tmp_path: Path):
    """Both services have their own script, with every delay of the plan."""
    material = material_of(SETTINGS)
    write_scenario(tmp_path / "s.json", material)
    scenario = load_scenario(tmp_path / "s.json")
    by_provider = {script.match.provider: script for script in scenario.session}
    plan = material.sides["candidate"]

    assert {"assemblyai", "gladia"} == set(by_provider)
    assert (plan.partial_delay_ms, plan.final_delay_ms) == (
        by_provider["gladia"].partial_delay_ms,
        by_provider["gladia"].final_delay_ms,
    )
    assert scenario.assemblyai.formatting_delay_s == 0.06


def test_the_service_fails_behind_the_end_of_all_other_clips(tmp_path: Path):
    """Only the longer clip has so much audio, trailing silence included."""
    write_corpus(tmp_path / "corpus", material_of(SETTINGS))
    write_scenario(tmp_path / "s.json", material_of(SETTINGS))
    durations_s = [clip.duration_s for clip in load_corpus(tmp_path / "corpus").clips]
    [fault] = [
        fault
        for script in load_scenario(tmp_path / "s.json").session
        for fault in script.fault
        if fault.kind == "close"
    ]
    one_chunk_s = 0.1

    assert durations_s[1] + 3.0 + one_chunk_s < fault.at_s < durations_s[0] + 3.0


def test_the_corpus_is_one_that_can_be_replayed(tmp_path: Path):
    """A call a clip, with every word's times."""
    material = material_of(SETTINGS)
    write_corpus(tmp_path, material)
    corpus = load_corpus(tmp_path)

    assert () == check_corpus(tmp_path).errors
    assert material.clip_ids == tuple(clip.call_id for clip in corpus.clips)
    for clip in corpus.clips:
        assert [(word.start_ms, word.end_ms) for each in material.utterances for word in each.words] == [
            (round(word.start_s * 1000), round(word.end_s * 1000)) for each in clip.utterances for word in each.words
        ]


def test_the_audio_is_quiet_and_the_same_each_time(tmp_path: Path):
    """Its content matters to nobody, its bytes to the comparison of runs."""
    for name in ("one", "other"):
        write_corpus(tmp_path / name, material_of(Settings(1, 9)))
    samples = read_channel(tmp_path / "one" / "clip.wav", 0)

    assert (tmp_path / "one" / "clip.wav").read_bytes() == (tmp_path / "other" / "clip.wav").read_bytes()
    assert len(samples) == 9 * 16_000
    assert np.abs(samples).max() == pytest.approx(12 / 32768)

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small_corpus import write_manifest

from harness.corpus.check import check_corpus

DEMO = Path(__file__).parents[2] / "corpora" / "demo"


def test_what_there_is_is_counted(tmp_path):
    """Clips, calls, speakers, time, words and where reference times come from."""
    word = {"word": "hi", "start": 0.5, "end": 1.0}
    report = check_corpus(
        write_manifest(
            tmp_path,
            {"id": "a", "text": "hi", "words": [word], "speaker": "s", "language": "en", "tags": ["x"]},
            {"id": "b", "call_id": "a", "text": "hi there"},
            {"id": "c", "text": ""},
            {"id": "d"},
        )
    )
    assert (4, 4, 3, 1, 8.0, 3, 1) == (
        report.recordings,
        report.clips,
        report.calls,
        report.speakers,
        report.audio_s,
        report.reference_words,
        report.without_text,
    )
    assert {"none": 1, "vad": 2, "words": 1} == report.time_sources
    assert ({"": 3, "en": 1}, {"x": 1}, {8000: 4}, {"PCM_16": 4}) == (
        report.languages,
        report.tags,
        report.sample_rates_hz,
        report.encodings,
    )


def test_errors_do_not_stop_the_check(tmp_path):
    """Every problem is listed, and the good lines are counted."""
    report = check_corpus(write_manifest(tmp_path, "{", {"id": "a"}, {"id": "b", "audio_filepath": "no.wav"}))
    assert [(1, ""), (3, "audio_filepath")] == [(problem.line, problem.field) for problem in report.errors]
    assert 1 == report.clips


def test_few_calls_are_a_warning(tmp_path):
    """With fewer than 20 the gate cannot decide anything."""
    report = check_corpus(write_manifest(tmp_path, *({"id": f"a{index}"} for index in range(19))))
    assert ["manifest.jsonl: call_id: 19 calls; with fewer than 20 every rule of the gate is inconclusive"] == [
        str(problem) for problem in report.warnings
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "one two", "segments": [{"start": 0, "end": 1, "text": "one 2"}]}, "segments"),
        ({"text": "one two", "words": [{"word": "one", "start": 0, "end": 1}]}, "words"),
    ],
)
def test_references_that_contradict_each_other_are_a_warning(tmp_path, fields, field):
    """Other words are; other punctuation and case are not."""
    warned = [problem.field for problem in check_corpus(write_manifest(tmp_path, {"id": "a"} | fields)).warnings]
    assert [field, "call_id"] == warned
    agreeing = {"text": "One, TWO.", "segments": [{"start": 0, "end": 1, "text": "one two"}]}
    assert 1 == len(check_corpus(write_manifest(tmp_path, {"id": "a"} | agreeing)).warnings)


def test_listening_finds_what_the_manifest_does_not_say(tmp_path):
    """Silence, clipping, speech that isn't in the reference, and references without speech."""
    soundfile.write(tmp_path / "silent.wav", np.zeros(16000), 16000)
    soundfile.write(tmp_path / "clipped.wav", np.sign(np.sin(np.arange(16000))), 16000)
    shutil.copy(DEMO / "wav" / "read" / "ps_cards_005.wav", tmp_path / "speech.wav")
    folder = write_manifest(
        tmp_path,
        {"id": "silent", "audio_filepath": "silent.wav", "text": ""},
        {"id": "clipped", "audio_filepath": "clipped.wav", "text": ""},
        {"id": "stray", "audio_filepath": "speech.wav", "segments": [{"start": 0.2, "end": 1.0, "text": "eight"}]},
        {"id": "nobody", "text": "hi", "segments": [{"start": 0.5, "end": 1.5, "text": "hi"}]},
    )
    said = [problem.message for problem in check_corpus(folder, listen=True).warnings if problem.line]
    assert [
        "'silent' is silent (peak 0.0000 of full scale)",
        "'clipped' is clipped (100.0% of its samples)",
        "2.0 s of speech are heard in 'stray' where its references have none",
        "no speech is heard in 'nobody' from 0.5 to 1.5 s",
    ] == said


def test_listening_finds_a_file_that_cannot_be_decoded(tmp_path):
    """A damaged FLAC has a perfect header."""
    soundfile.write(tmp_path / "a.flac", np.random.default_rng(0).uniform(-1, 1, 20000), 16000)
    (tmp_path / "a.flac").write_bytes((tmp_path / "a.flac").read_bytes()[:20000])
    folder = write_manifest(tmp_path, {"id": "a", "audio_filepath": "a.flac"})
    assert (0, 1) == (len(check_corpus(folder).errors), len(check_corpus(folder, listen=True).errors))


def test_a_report_is_plain_json(tmp_path):
    """`--json` prints it as it is."""
    report = check_corpus(write_manifest(tmp_path, {"id": "a"}, "{"))
    stored = json.loads(json.dumps(report.as_dict()))
    assert (1, 1, {"8000": 1}) == (len(stored["errors"]), len(stored["warnings"]), stored["sample_rates_hz"])

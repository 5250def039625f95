import json
import shutil
from pathlib import Path

import numpy as np
import soundfile
from small_corpus import write_manifest, write_wav

from harness.corpus_check.check import check_corpus
from harness.verdict.rules import GateSettings

DEMO = Path(__file__).parents[2] / "corpora" / "demo"


def test_what_there_is_is_counted(tmp_path):
    """Clips, calls, speakers, time, words and where reference times come from."""
    word = {"word": "hi", "start": 0.5, "end": 1.0}
    report = check_corpus(
        write_manifest(
            tmp_path,
            {"id": "a", "text": "hi", "words": [word], "speaker": "s", "language": "en", "tags": ["x"]},
            {"id": "b", "call_id": "a", "text": "hi there"},
            {"id": "c", "text": "", "copy_audio": False},
            {"id": "d"},
        )
    )
    assert (4, 4, 3, 1, 8.0, 3, 1, 1) == (
        report.recordings,
        report.clips,
        report.calls,
        report.speakers,
        report.audio_s,
        report.reference_words,
        report.without_text,
        report.audio_kept_out,
    )
    assert {"none": 1, "vad": 2, "words": 1} == report.time_sources
    assert ({"": 3, "en": 1}, {"x": 1}, {8000: 4}, {"PCM_16": 4}) == (
        report.languages,
        report.tags,
        report.sample_rates_hz,
        report.encodings,
    )


def test_errors_do_not_stop_the_check(tmp_path):
    """Every problem is listed, errors first, and the good lines are counted."""
    report = check_corpus(write_manifest(tmp_path, "{", {"id": "a"}, {"id": "b", "audio_filepath": "no.wav"}))
    assert [("manifest", 1, ""), ("audio", 3, "audio_filepath"), ("few_calls", 0, "call_id")] == [
        (finding.kind, finding.line, finding.field) for finding in report.findings
    ]
    assert (1, 2) == (report.clips, len(report.errors))


def test_what_the_gate_can_tell_is_what_a_plan_says(tmp_path):
    """By the same arithmetic, the gate's own settings, passes and rewrites; in an empty corpus there is nothing to tell."""
    gate = GateSettings(levels={"erasure": "off"})
    report = check_corpus(DEMO, gate=gate, passes=2)
    found = report.prospects
    of_slices = [one for one in report.slices if one.dimension in {"language", "sample rate"}]
    assert (653, 653 * 2) == (report.reference_words, sum(one.words for one in of_slices))
    assert (23, 653 * 2, 68 * 2) == (found.calls, found.trials["wer"].total, found.trials["first_partial_ms"].total)
    assert {"off"} == {rule.level for rule in found.rules if rule.rule.name == "erasure"}
    assert check_corpus(DEMO, rewrites=((".+", "one"),)).prospects.trials["wer"].total == 68
    assert check_corpus(write_manifest(tmp_path, "{")).prospects is None


def test_where_speech_was_not_looked_for_some_is_supposed(tmp_path):
    """A text without times is one utterance of one turn, as it will be in a run; --listen knows better."""
    folder = write_manifest(tmp_path, {"id": "a", "text": "hi"})
    turns = [check_corpus(folder, listen=listen).prospects.trials["final_ms"].total for listen in (False, True)]
    assert [1, 0] == turns  # noise only: nobody is heard


def test_listening_finds_what_the_manifest_does_not_say(tmp_path):
    """Silence, clipping, an offset, speech that isn't in the reference, and references without speech."""
    soundfile.write(tmp_path / "silent.wav", np.zeros(16000), 16000)
    soundfile.write(tmp_path / "clipped.wav", np.sign(np.sin(np.arange(16000))), 16000)
    soundfile.write(tmp_path / "offset.wav", np.full(16000, 0.05), 16000)
    shutil.copy(DEMO / "wav" / "read" / "ps_cards_005.wav", tmp_path / "speech.wav")
    write_wav(tmp_path / "noise.wav", seconds=2.5)
    folder = write_manifest(
        tmp_path,
        {"id": "silent", "audio_filepath": "silent.wav", "text": ""},
        {"id": "clipped", "audio_filepath": "clipped.wav", "text": ""},
        {"id": "offset", "audio_filepath": "offset.wav", "text": ""},
        {"id": "stray", "audio_filepath": "speech.wav", "segments": [{"start": 0.2, "end": 1.0, "text": "eight"}]},
        {"id": "nobody", "text": "hi", "segments": [{"start": 0.5, "end": 1.5, "text": "hi"}]},
        {"id": "noise", "audio_filepath": "noise.wav", "text": "hi"},
    )
    counted = []
    report = check_corpus(folder, listen=True, on_clip=lambda done, clips: counted.append((done, clips)))
    assert [
        "manifest.jsonl:1: audio_filepath: 'silent' is silent (peak 0.0000 of full scale)",
        "manifest.jsonl:2: audio_filepath: 'clipped' is clipped (100.0% of its samples)",
        "manifest.jsonl:3: audio_filepath: 'offset' is off centre by +5.0% of full scale",
        "manifest.jsonl:4: segments: 'stray' has 2.0 s of speech where its references have none, from 1.3 to 3.3 s",
        "manifest.jsonl:5: segments: 'nobody' has no speech from 0.5 to 1.5 s",
        "manifest.jsonl:6: text: 'noise' has a text, but in its 2.5 s no speech is heard",
    ] == [str(finding) for finding in report.warnings if finding.line]
    assert [(done, 6) for done in range(6)] == counted


def test_listening_finds_a_file_that_cannot_be_decoded(tmp_path):
    """A damaged FLAC has a perfect header."""
    soundfile.write(tmp_path / "a.flac", np.random.default_rng(0).uniform(-1, 1, 20000), 16000)
    (tmp_path / "a.flac").write_bytes((tmp_path / "a.flac").read_bytes()[:20000])
    folder = write_manifest(tmp_path, {"id": "a", "audio_filepath": "a.flac"})
    assert (0, 1) == (len(check_corpus(folder).errors), len(check_corpus(folder, listen=True).errors))


def test_a_report_is_plain_json(tmp_path):
    """`--json` prints it as it is; every finding is complete by itself."""
    report = check_corpus(write_manifest(tmp_path, {"id": "a"}, "{"))
    stored = json.loads("".join(report.as_json()))
    assert (1, 1, {"8000": 1}) == (len(stored["errors"]), len(stored["warnings"]), stored["sample_rates_hz"])
    [error] = stored["errors"]
    assert ("manifest.jsonl", 2, "manifest") == (error["file"], error["line"], error["kind"])
    assert {"field", "found", "allowed", "next_step", "message", "severity"} < set(error)
    assert (1, 1, "rules") == (stored["slices"][0]["clips"], stored["evidence"]["calls"], list(stored["evidence"])[-1])

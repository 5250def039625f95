import shutil

import numpy as np
import soundfile
from small_corpus import write_manifest, write_wav

from harness.corpus_check.check import check_corpus


def found(folder, **options) -> list[tuple[str, str]]:
    return [(one.kind, str(one)) for one in check_corpus(folder, **options).findings if one.line]


def test_the_same_audio_in_two_lines_is_found(tmp_path):
    """Under one name or two; files of the same size that differ are fine, at their ends too."""
    write_wav(tmp_path / "a.wav")
    shutil.copy(tmp_path / "a.wav", tmp_path / "copy.wav")
    (tmp_path / "other.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:-1] + b"\x7f")
    folder = write_manifest(
        tmp_path,
        {"id": "a", "text": ""},
        {"id": "other", "text": "", "audio_filepath": "other.wav"},
        {"id": "copy", "text": "", "audio_filepath": "copy.wav"},
        {"id": "again", "text": ""},
    )
    assert [
        ("duplicate", "manifest.jsonl:3: audio_filepath: 'copy' has the same bytes as 'a' (line 1)"),
        ("duplicate", "manifest.jsonl:4: audio_filepath: 'again' names the same file as 'a' (line 1)"),
    ] == found(folder)


def test_the_same_samples_in_other_files_are_found_by_listening(tmp_path):
    """Another container, and a mono recording stored as two channels; silence is like any silence."""
    noise = np.random.default_rng(0).normal(0, 0.01, 16000).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", noise, 8000, subtype="PCM_16")
    soundfile.write(tmp_path / "a.flac", soundfile.read(tmp_path / "a.wav", dtype="int16")[0], 8000)
    soundfile.write(tmp_path / "twice.wav", np.stack([noise[::-1]] * 2, axis=1), 8000, subtype="PCM_16")
    soundfile.write(tmp_path / "silence.wav", np.zeros((16000, 2)), 8000)
    silent = [{"start": 0, "end": 1, "channel": 0, "text": ""}]
    folder = write_manifest(
        tmp_path,
        {"id": "a", "text": ""},
        {"id": "b", "text": "", "audio_filepath": "a.flac"},
        {"id": "c", "text": "", "audio_filepath": "twice.wav"},
        {"id": "d", "segments": silent, "audio_filepath": "silence.wav"},
    )
    assert [] == found(folder)
    assert [
        ("same_samples", "manifest.jsonl:2: audio_filepath: 'b' holds the samples of 'a' (line 1)"),
        ("twin_channels", "manifest.jsonl:3: channel: 'c.ch1' holds the samples of 'c.ch0' (line 3)"),
    ] == [one for one in found(folder, listen=True) if one[0] in ("same_samples", "twin_channels")]

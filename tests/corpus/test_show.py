import numpy as np
from small_corpus import write_manifest

from harness.corpus.check import check_corpus
from harness.corpus.manifest import load_corpus
from harness.corpus.show import describe, describe_check, waveform


def test_a_clip_is_described(tmp_path):
    """Waveform, speech, text and word times, no line wider than asked."""
    segments = [
        {"start": 0.0, "end": 0.5, "text": "hi", "turn_id": 1, "speaker": "ann"},
        {"start": 1.0, "end": 1.5, "text": "there", "turn_id": 2},
    ]
    words = [{"word": "hi", "start": 0.0, "end": 0.5}, {"word": "there", "start": 1.0, "end": 1.5}]
    folder = write_manifest(tmp_path, {"id": "a", "segments": segments, "words": words, "tags": ["x=y"]})
    text = describe(load_corpus(folder).clips[0], folder, width=40)
    assert ["━━━━━━━━━━━         ═══════════", "0                                  2.0 s"] == text.splitlines()[5:7]
    for expected in ("tags: x=y", "0.00 -     0.50 s  turn 1  ann", "hi@0.00", "there@1.00", "times from words"):
        assert expected in text


def test_a_clip_without_speech_is_described(tmp_path):
    """A clip may be silent."""
    folder = write_manifest(tmp_path, {"id": "a", "text": "", "copy_audio": False})
    text = describe(load_corpus(folder).clips[0], folder, width=40)
    assert "no reference speech" in text
    assert "its audio may not be copied into reports" in text
    assert "kept out of reports  audio of 1 clips" in describe_check(check_corpus(folder))


def test_blocks_show_the_level():
    """Silence is blank, full scale is full; fewer samples than columns are no problem."""
    assert "    ████" == waveform(np.array([0, 0, 0, 0, 1, 1, 1, 1], np.float32), 8)
    assert 20 == len(waveform(np.ones(3, np.float32), 20))


def test_a_check_is_described(tmp_path):
    """What there is, what is wrong, and whether it can be replayed."""
    text = describe_check(check_corpus(write_manifest(tmp_path, {"id": "a", "text": "hi", "tags": ["x=y"]}, "{")))
    for expected in (
        "times from           vad (1)",
        "tags                 x=y (1)",
        "error: manifest.jsonl:2: not valid JSON",
        "1 error, 1 warning",
    ):
        assert expected in text


def test_many_problems_are_cut_short(tmp_path):
    """A terminal is no place for a thousand lines."""
    text = describe_check(check_corpus(write_manifest(tmp_path, *["{"] * 60)))
    assert "... and 10 more; --json lists all" in text
    assert "60 errors, 0 warnings" in text

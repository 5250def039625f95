import json

import numpy as np
import pytest
from small_corpus import write_manifest, write_wav

from harness.corpus.show import column_peaks, describe, find_clips, label_rows, waveform
from harness.errors import ConfigError, CorpusError


def shown(folder, clip_id: str = "a", width: int = 40) -> str:
    [found] = find_clips(folder, [clip_id])
    return describe(found, folder, width=width)


def test_a_clip_is_described(tmp_path):
    """Waveform, speech, words below their sound, texts, and every key of the manifest; no line wider than asked."""
    segments = [
        {"start": 0.0, "end": 0.5, "text": "hi", "turn_id": 1, "speaker": "ann"},
        {"start": 1.0, "end": 1.5, "text": "there", "turn_id": 2},
    ]
    words = [{"word": "hi", "start": 0.0, "end": 0.5}, {"word": "there", "start": 1.0, "end": 1.5}]
    line = {
        "id": "a",
        "segments": segments,
        "words": words,
        "tags": ["x=y"],
        "licence": "CC0",
        "consent": {"by": "ann"},
    }
    text = shown(write_manifest(tmp_path, {"id": "other"}, line))
    assert [
        "━━━━━━━━━━━         ═══════════",
        "hi                  there",
        "0                                  2.0 s",
    ] == text.split("\n\n")[1].splitlines()[-3:]
    said = (
        "tags     x=y",
        "licence  CC0",
        'consent  {"by": "ann"}',
        "line     manifest.jsonl:2",
        "0.00 -     0.50 s  turn 1  ann",
        "from words",
    )
    assert [] == [expected for expected in said if expected not in text]
    assert 40 >= max(map(len, text.splitlines()))


def test_a_clip_without_speech_is_described(tmp_path):
    """A clip may be silent."""
    text = shown(write_manifest(tmp_path, {"id": "a", "text": "", "copy_audio": False}))
    assert "no reference speech" in text
    assert "copy_audio  false" in text


def test_a_longer_clip_is_shown_in_strips(tmp_path):
    """On which a tenth of a second is a column; one of an hour would fill the screen, and is shown as a whole."""
    for name, seconds in (("long", 7.0), ("very-long", 60.0)):
        write_wav(tmp_path / f"{name}.wav", seconds=seconds)
    segments = [{"start": 1.0, "end": 6.5, "text": "a text that is longer than the room for it below the bar"}]
    lines = [{"id": name, "audio_filepath": f"{name}.wav", "segments": segments} for name in ("long", "very-long")]
    folder = write_manifest(tmp_path, *lines)
    text = shown(folder, "long", width=40)
    assert ["0                                  4.0 s", "4.0                      7.0 s"] == [
        line for line in text.splitlines() if line.endswith((" 4.0 s", " 7.0 s"))
    ]
    assert "          a text that is longer than th…" in text
    assert "0                                 60.0 s" in shown(folder, "very-long", width=40)


def test_speech_is_looked_for_where_the_manifest_has_no_times(tmp_path):
    """And that it was, is said."""
    [found] = find_clips(write_manifest(tmp_path, {"id": "a"}), ["a"])
    assert ("none", ()) == (found.clip.time_source, found.clip.utterances)


def test_a_recording_stands_for_its_channels(tmp_path):
    """Several clips may be named; each is shown once."""
    write_wav(tmp_path / "two.wav", channels=2)
    folder = write_manifest(tmp_path, {"id": "a"}, {"id": "b", "audio_filepath": "two.wav"}, "{")
    assert ["b.ch0", "b.ch1", "a", "b.ch1"] == [
        one.clip.clip_id for one in find_clips(folder, ["b", "a", "b.ch1", "a"])
    ]


def test_an_unknown_clip_is_answered_with_the_nearest(tmp_path):
    """One message for all of them, though there be thousands of others."""
    folder = write_manifest(tmp_path, {"id": "greeting"}, {"id": "farewell"})
    with pytest.raises(ConfigError) as refused:
        find_clips(folder, ["greetings", "farewell", "zzz"])
    assert (
        "there is no clip 'greetings' (did you mean 'greeting'?), and no clip 'zzz' among its 2 recordings, of which the "
        "first is 'greeting'. Correct the id; they stand in manifest.jsonl."
    ) in str(refused.value)


def test_a_clip_whose_audio_is_missing_is_named(tmp_path):
    """Not taken for unknown."""
    with pytest.raises(CorpusError, match=r"'a' can't be shown\. manifest.jsonl:1: audio_filepath: .*can't be read"):
        find_clips(write_manifest(tmp_path, {"id": "a", "audio_filepath": "no.wav"}), ["a"])
    with pytest.raises(CorpusError, match=r"'b' can't be shown\. manifest.jsonl:2: words"):
        find_clips(write_manifest(tmp_path, "[]", {"id": "b", "words": None}), ["b"])


def test_a_clip_is_plain_json(tmp_path):
    """The clip as the harness takes it, and its line as it was written."""
    [found] = find_clips(write_manifest(tmp_path, {"id": "a", "text": "", "licence": "CC0"}), ["a"])
    stored = json.loads(json.dumps(found.as_dict()))
    assert ("a", 1, "CC0") == (stored["clip_id"], stored["line"], stored["manifest"]["licence"])


@pytest.mark.parametrize(("columns", "cuts"), [(8, []), (7, [3, 3, 50, 99]), (100, [1]), (200, [10, 20])])
def test_levels_do_not_depend_on_the_blocks(columns, cuts):
    """Also where there are fewer samples than columns."""
    samples = np.random.default_rng(0).uniform(-1, 1, 100).astype(np.float32)
    found = column_peaks((block for block in np.split(samples, cuts) if len(block)), 100, columns)
    if columns <= 100:
        starts = np.arange(columns) * 100 // columns
        assert np.array_equal(np.maximum.reduceat(np.abs(samples), starts), found)
    else:
        assert (columns, np.abs(samples).max()) == (len(found), found.max())


def test_blocks_show_the_level():
    """Silence is blank, full scale is full."""
    assert " ▇█" == waveform(np.array([0, 0.5, 1], np.float32))


def test_words_that_are_close_stand_in_rows():
    """In the first that has room; at the end of a strip they begin earlier, and what finds no room is dots."""
    assert {0: ["one   four", " two", "   three"], 1: ["    five"]} == label_rows(
        [(0, "one"), (1, "two"), (3, "three"), (6, "four"), (14, "five")], 10
    )
    rows = label_rows([(index, "words") for index in range(6)], 20)[0]
    assert (4, True) == (len(rows), rows[-1].endswith(" …"))


def test_a_broken_clip_is_told_from_one_that_only_mentions_it(tmp_path):
    """Its own line is named, not that of another whose call has its name."""
    other = {"id": "b", "call_id": "a"}
    with pytest.raises(CorpusError, match=r"'a' can't be shown\. manifest.jsonl:2: duration: "):
        find_clips(write_manifest(tmp_path, other, {"id": "a", "duration": "long"}), ["a"])


def test_speech_of_which_nobody_knows_the_words_has_no_label(tmp_path):
    """The strip shows where it is, and nothing below it."""
    text = shown(write_manifest(tmp_path, {"id": "a", "segments": [{"start": 0.0, "end": 0.5}]}))
    assert ["━━━━━━━━━━━", "0                                  2.0 s"] == text.split("\n\n")[1].splitlines()[-2:]

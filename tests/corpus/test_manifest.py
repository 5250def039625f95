import hashlib
import json

import pytest
from small_corpus import write_manifest, write_wav

from harness.corpus import manifest
from harness.corpus.manifest import load_corpus, survey_corpus
from harness.errors import ConfigError, CorpusError


def test_a_corpus_is_loaded(tmp_path):
    """Name, clips in order, hashes of the manifest and of each file."""
    folder = write_manifest(tmp_path / "mine", {"id": "a", "text": ""}, {"id": "b", "text": "", "call_id": "c"})
    corpus = load_corpus(folder)
    assert ("mine", folder, 2, 4.0) == (corpus.name, corpus.path, corpus.recordings, corpus.audio_s)
    assert hashlib.sha256((folder / "manifest.jsonl").read_bytes()).hexdigest() == corpus.manifest_sha256
    assert {hashlib.sha256((folder / "a.wav").read_bytes()).hexdigest()} == {clip.audio_sha256 for clip in corpus.clips}
    assert [("a", "a", 2.0, 8000), ("b", "c", 2.0, 8000)] == [
        (clip.clip_id, clip.call_id, clip.duration_s, clip.sample_rate_hz) for clip in corpus.clips
    ]


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path):
    """Some editors write them."""
    write_manifest(tmp_path)
    line = json.dumps({"id": "a", "audio_filepath": "a.wav", "text": ""}).encode()
    (tmp_path / "manifest.jsonl").write_bytes(b"\xef\xbb\xbf" + line + b"\r\n")
    assert ["a"] == [clip.clip_id for clip in load_corpus(tmp_path).clips]


def test_a_key_that_may_be_misspelt_is_a_warning(tmp_path):
    """Once, with its first line; what is like no key that the line lacks is data of the corpus's own."""
    segment = {"start": 0, "end": 1, "text": "x"}
    lines = [
        {"id": "a", "txet": "hi", "source": "s", "licence": "MIT", "raw_text": 3, "x" * 99: 1},
        {"id": "b", "txet": "hi", "Tags": ["x"]},
        {"id": "c", "text": "x", "text_raw": "X", "segments": [segment | {"speeker": "s", "note": 1}]},
        {"id": "d", "text": "hi", "lang": "en", "sample_rate": 8000},
    ]
    problems = survey_corpus(write_manifest(tmp_path, *lines)).problems
    ignored = "is no known key and is ignored"

    assert [
        f"manifest.jsonl:1: txet: {ignored} (lines with it: 2). Did you mean text?",
        f"manifest.jsonl:1: raw_text: {ignored}. Did you mean text?",
        f"manifest.jsonl:2: Tags: {ignored}. Did you mean tags?",
        f"manifest.jsonl:3: segments.speeker: {ignored}. Did you mean speaker?",
        f"manifest.jsonl:4: lang: {ignored}. Did you mean language?",
    ] == [str(problem) for problem in problems]
    assert {"warning"} == {problem.severity for problem in problems}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"id": "a"}, {"id": "b"}, {"id": "a"}], "manifest.jsonl:3: id: is 'a', as in line 1"),
        ([{"id": "a"}, {"id": "A"}], "manifest.jsonl:2: id: is 'A', and there is 'a': some file systems take capitals"),
        ([{"id": "a"}, ""], "manifest.jsonl:2: the line is blank"),
        ([{"id": "a", "audio_filepath": "no.wav"}], "manifest.jsonl:1: audio_filepath: .*no.wav: can't be read"),
        ([{"id": "a", "duration": 9.5}], "manifest.jsonl:1: duration: is 9.5 s but the file has 2.000 s"),
        (
            [{"id": "a", "duration": 1}],
            r"has 2.000 s; .* header says 8000 Hz; at 16000 Hz it would be as long as that\. Correct",
        ),
        ([{"id": "a", "duration": 2 * 8000 / 11025}], "header says 8000 Hz; at 11025 Hz"),
        ([{"id": "a", "duration": 1.2}], "has 2.000 s; allowed is a difference of 0.5 s. The file is truncated, or"),
        ([{"id": "a", "channel": 1}], "manifest.jsonl:1: channel: is 1; allowed are 0 to 0"),
        (
            [{"id": "a", "words": [{"word": "x", "start": 1, "end": 2.06}]}],
            r"manifest.jsonl:1: words\[0\].end: is 2.06 s but the audio ends at 2.000 s",
        ),
        (
            [{"id": "a", "segments": [{"start": 0, "end": 1, "channel": 1}]}],
            r"manifest.jsonl:1: segments\[0\].channel: is 1",
        ),
        ([], "manifest.jsonl: holds no recording"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path, lines, said):
    """File, line, field, value, and the command that checks again."""
    folder = write_manifest(tmp_path, *lines)
    with pytest.raises(CorpusError, match=said) as caught:
        load_corpus(folder)
    assert f"harness corpus check {folder}" in str(caught.value)


def test_all_problems_are_counted_and_the_first_ten_shown(tmp_path):
    """A manifest of another format is recognised as such by the first lines."""
    folder = write_manifest(tmp_path, *["{}"] * 20)
    with pytest.raises(CorpusError, match="40 errors in the corpus \\(the first 10 are shown\\)") as caught:
        load_corpus(folder)
    assert 10 == str(caught.value).count("manifest.jsonl:")


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    """A folder of recordings is told from a place where nothing is; both messages say how to get a corpus."""
    with pytest.raises(CorpusError, match=r"is a folder without a `manifest\.jsonl`.*harness corpus import .* NEW"):
        load_corpus(tmp_path)
    with pytest.raises(CorpusError, match=r"manifest\.jsonl: can't be read .*write one"):
        load_corpus(tmp_path / "no")


def test_a_limit_takes_the_first_clips_and_opens_no_other_file(tmp_path):
    """What isn't selected need not be there."""
    folder = write_manifest(tmp_path, {"id": "a", "text": ""}, {"id": "b", "audio_filepath": "missing.wav"})
    assert ["a"] == [clip.clip_id for clip in load_corpus(folder, limit=1).clips]


def test_a_limit_below_one_is_refused(tmp_path):
    """Zero clips is no run."""
    with pytest.raises(ConfigError, match="--limit is 0"):
        load_corpus(write_manifest(tmp_path, {"id": "a"}), limit=0)


def test_a_line_that_is_wrong_is_reported_whatever_is_selected(tmp_path):
    """A broken manifest is broken for every selection."""
    with pytest.raises(CorpusError, match=r"manifest\.jsonl:2"):
        load_corpus(write_manifest(tmp_path, {"id": "a"}, "{"), select="id=a")


def test_a_channel_may_not_take_the_name_of_another_recording(tmp_path):
    """Clip ids name folders: `a.ch0` would be written twice."""
    write_wav(tmp_path / "two.wav", channels=2)
    folder = write_manifest(tmp_path, {"id": "a", "audio_filepath": "two.wav"}, {"id": "a.ch0"})
    with pytest.raises(CorpusError, match=r"manifest\.jsonl:2: id: is 'a\.ch0', which is also what a channel of 'a'"):
        load_corpus(folder)


def test_a_truncated_recording_stops_the_run(tmp_path):
    """A broken file is found before anything is streamed."""
    folder = write_manifest(tmp_path, {"id": "a"})
    (folder / "a.wav").write_bytes((folder / "a.wav").read_bytes()[:-100])
    with pytest.raises(CorpusError, match=r"manifest\.jsonl:1: audio_filepath: .*truncated"):
        load_corpus(folder)


def test_surveying_reads_headers_only(tmp_path):
    """Hashes and speech are left for later."""
    survey = survey_corpus(write_manifest(tmp_path, {"id": "a"}))
    assert [("", "none", ())] == [(clip.audio_sha256, clip.time_source, clip.utterances) for clip in survey.clips]


def test_a_limit_counts_clips_not_recordings(tmp_path):
    """A session is what is limited, so one of two channels may be left out."""
    write_wav(tmp_path / "two.wav", channels=2)
    folder = write_manifest(tmp_path, {"id": "a", "audio_filepath": "two.wav"})
    assert ["a.ch0"] == [clip.clip_id for clip in load_corpus(folder, limit=1).clips]


def test_speech_is_looked_for_once(tmp_path, monkeypatch):
    """A second run takes it from the cache and decodes nothing; other audio of the same name is heard."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = write_manifest(tmp_path / "corpus", {"id": "a"})
    asked = []
    monkeypatch.setattr(manifest, "speech_spans", lambda *_: asked.append(1) or ((0.5, 1.0),))
    first, second = load_corpus(folder), load_corpus(folder)
    assert (first, 1) == (second, len(asked))
    assert ("vad", 0.5) == (first.clips[0].time_source, first.clips[0].utterances[0].start_s)
    write_wav(folder / "a.wav", seconds=1.0)
    load_corpus(folder)
    assert 2 == len(asked)


def test_a_channel_that_a_recording_does_not_have_selects_nothing_of_it(tmp_path):
    """Its encoding is none of what is played, either."""
    write_wav(tmp_path / "two.wav", channels=2)
    folder = write_manifest(tmp_path, {"id": "two", "audio_filepath": "two.wav"})
    survey = survey_corpus(folder, select="id=two.ch7")
    assert ([], {}) == (survey.clips, survey.encodings)

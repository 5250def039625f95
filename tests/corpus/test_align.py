import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small_corpus import write_manifest

from harness.corpus.align import align_corpus
from harness.corpus_check.check import check_corpus
from harness.errors import CorpusError

pytest.importorskip("pocketsphinx")
RESOURCES = Path(__file__).parents[1] / "resources" / "align"
TRUTH = json.loads((RESOURCES / "synthetic.json").read_text())
TEXT = " ".join(word["word"] for word in TRUTH)
HUMAN = [{"word": "hello", "start": 0.1, "end": 0.2}]


@pytest.fixture
def folder(tmp_path):
    shutil.copy(RESOURCES / "synthetic.flac", tmp_path / "a.wav")
    return tmp_path


def lines(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def test_words_are_added_and_marked(folder):
    """With a confidence each; all else in the line stays, and the corpus is still a good one."""
    write_manifest(folder, {"id": "a", "text": TEXT, "language": "en-GB", "licence": "mine"})
    report = align_corpus(folder)
    assert (1, len(TRUTH), 0, {}) == (report.aligned, report.words, report.kept, report.skipped)
    [line] = lines(folder)
    assert line["words_source"].startswith("pocketsphinx ")
    assert {"word", "start", "end", "confidence"} == set(line["words"][0])
    assert ("mine", TEXT) == (line["licence"], " ".join(word["word"] for word in line["words"]))
    checked = check_corpus(folder)
    assert ((), {"words": 1}) == (checked.errors, checked.time_sources)


def test_what_a_human_timed_is_never_replaced(folder):
    """What an aligner made is, but only if asked."""
    made = {"words": HUMAN, "words_source": "other 1.0 forced alignment"}
    write_manifest(folder, {"id": "human", "text": TEXT, "words": HUMAN}, {"id": "made", "text": TEXT} | made)
    before = (folder / "manifest.jsonl").read_bytes()
    assert 2 == align_corpus(folder).kept
    assert before == (folder / "manifest.jsonl").read_bytes()
    assert (1, 1) == ((report := align_corpus(folder, again=True)).kept, report.aligned)
    human, replaced = lines(folder)
    assert (HUMAN, len(TRUTH)) == (human["words"], len(replaced["words"]))


def test_segments_are_aligned_one_by_one_on_their_channels(folder):
    """Times are the recording's, not the segment's."""
    speech, rate_hz = soundfile.read(folder / "a.wav", dtype="int16")
    late = np.concatenate([np.zeros(rate_hz, np.int16), speech])
    soundfile.write(folder / "b.wav", np.stack([np.zeros_like(late), late], axis=1), rate_hz)
    end_s = 1 + len(speech) / rate_hz
    segment = {"start": 1.0, "end": end_s, "text": TEXT, "channel": 1}
    write_manifest(folder, {"id": "b", "audio_filepath": "b.wav", "segments": [segment]})
    align_corpus(folder)
    words = lines(folder)[0]["words"]
    assert {1} == {word["channel"] for word in words}
    assert 0.1 > max(abs(word["start"] - 1 - exact["start"]) for word, exact in zip(words, TRUTH, strict=True))


def test_what_cannot_be_aligned_is_skipped_with_the_reason(folder):
    """Another language, no text, unknown words, a text that doesn't fit: the others are aligned all the same."""
    write_manifest(
        folder,
        {"id": "spanish", "text": "hola", "language": "es"},
        {"id": "open"},
        {"id": "silent", "text": ""},
        {"id": "unknown", "text": "press 4"},
        {"id": "long", "text": f"{TEXT} " * 40},
        {"id": "good", "text": TEXT},
    )
    report = align_corpus(folder)
    assert {
        "spanish": "its language is es; the aligner knows English",
        "open": "it has no text",
        "silent": "it has no text",
        "unknown": "no pronunciation is known of 4; add them to a file for --lexicon",
        "long": f"the text from 0 s doesn't fit the audio: {TEXT[:40]!r}",
    } == report.skipped
    assert ["good"] == [line["id"] for line in lines(folder) if "words" in line]


def test_a_wrong_corpus_is_refused_before_anything_is_written(folder):
    """By the loader's first error."""
    write_manifest(folder, {"id": "a", "text": TEXT}, {"id": "a"})
    before = (folder / "manifest.jsonl").read_bytes()
    with pytest.raises(CorpusError, match=r"manifest\.jsonl:2: id: is 'a', as in line 1"):
        align_corpus(folder)
    assert before == (folder / "manifest.jsonl").read_bytes()

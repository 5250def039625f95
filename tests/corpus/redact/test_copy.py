"""Redacted copies as files: what must not be in them, and what must be as it was."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from small_corpus import RATE_HZ, write_manifest

from harness.audio.read import read_channel
from harness.corpus.redact.copy import Wish, redact_corpus
from harness.corpus_check.check import check_corpus
from harness.errors import ConfigError, CorpusError

SECRET = slice(int(0.45 * RATE_HZ), int(0.65 * RATE_HZ))


def word(text: str, start: float, **more: int) -> dict:
    return {"word": text, "start": start, "end": round(start + 0.1, 3)} | more


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A call in which "zanzibar" is said at 0.5 s on channel 1, and that wears the word wherever it can."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    noise = np.random.default_rng(3).integers(-9000, 9000, (RATE_HZ, 2), np.int16)
    with soundfile.SoundFile(folder / "zanzibar-1.wav", "w", RATE_HZ, 2) as sound:
        sound.title = "Zanzibar calls"
        sound.write(noise)
    soundfile.write(folder / "plain.wav", noise[::-1, 0], RATE_HZ)
    (folder / "zanzibar-1.txt").write_text("agent: in Zanzibar?")
    return write_manifest(
        folder,
        {
            "id": "zanzibar-1",
            "audio_filepath": "zanzibar-1.wav",
            "call_id": "call zanzibar",
            "text": "hello in Zanzibar, yes",
            "segments": [
                {"start": 0.1, "end": 0.2, "text": "hello", "channel": 0, "speaker": "agent"},
                {
                    "start": 0.4,
                    "end": 0.7,
                    "text": "in Zanzibar, yes",
                    "channel": 1,
                    "speaker": "Zanzibar",
                    "raw": "zanzibar",
                },
            ],
            "words": [
                word("hello", 0.1, channel=0),
                word("in", 0.4, channel=1),
                word("Zanzibar,", 0.5, channel=1),
                word("yes", 0.6, channel=1),
            ],
            "entities": [{"segment": 1, "char_start": 3, "char_end": 11, "class": "place"}],
            "tags": ["place=zanzibar", "noisy"],
            "source": "zanzibar-1.txt:1",
            "transcript": {"raw": "in zanzibar yes"},
        },
        {"id": "plain", "audio_filepath": "plain.wav", "call_id": "call zanzibar", "text": "nothing here"},
    )


def tree(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    ("wish", "line"),
    [
        ({"words": ("zanzibar",)}, None),
        ({"entities": ("place",)}, None),
        ({"spans": True, "fill": "silence"}, "id,start,end,label\nzanzibar-1,0.45,0.65,place\n"),
    ],
)
def test_neither_sound_nor_word_survives_anywhere(corpus: Path, tmp_path: Path, wish: dict, line: str | None):
    """Not in texts, names, notes, metadata or files beside; the rest is bit for bit what it was, and the source untouched."""
    before = tree(corpus)
    if line is not None:
        (tmp_path / "spans.csv").write_text(line)
        wish["spans"] = tmp_path / "spans.csv"
    report = redact_corpus(corpus, tmp_path / "out", Wish(**wish))
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    old, _ = soundfile.read(corpus / "zanzibar-1.wav", dtype="int16")
    new, _ = soundfile.read(tmp_path / "out" / "audio" / "audio-1.wav", dtype="int16")
    kept = np.ones(len(old), bool)
    kept[SECRET] = False

    assert before == tree(corpus)
    assert ["audio/audio-1.wav", "manifest.jsonl", "plain.wav"] == sorted(tree(tmp_path / "out"))
    assert [] == [path for path in files if b"zanzibar" in (path.read_bytes() + str(path).encode()).lower()]
    for channel in (0, 1):
        windows = [old[at : at + 12, channel].tobytes() for at in range(SECRET.start, SECRET.stop - 12, 40)]
        assert not any(window in new[:, channel].tobytes() for window in windows)
    assert np.array_equal(old[kept], new[kept])
    assert (corpus / "plain.wav").read_bytes() == (tmp_path / "out" / "plain.wav").read_bytes()
    assert (2, 1, 1) == (report.recordings, report.redacted, report.spans)
    assert "not copied, for you to look through and copy: a.wav, zanzibar-1.txt" in report.notes
    assert not check_corpus(tmp_path / "out").errors


def test_the_references_are_what_is_left(corpus: Path, tmp_path: Path):
    """And say what was done to the audio; calls stay together under their other name."""
    redact_corpus(corpus, tmp_path / "out", Wish(words=("zanzibar",)))
    first, second = map(json.loads, (tmp_path / "out" / "manifest.jsonl").read_text().splitlines())
    assert "hello in yes" == first["text"]
    assert ["hello", "in yes"] == [segment["text"] for segment in first["segments"]]
    assert ["agent", "speaker-1"] == [segment["speaker"] for segment in first["segments"]]
    assert ["hello", "in", "yes"] == [one["word"] for one in first["words"]]
    assert "entities" not in first
    assert [{"start": 0.45, "end": 0.65, "with": "beep"}] == first["redaction"]
    assert ("recording-1", "call-1", ["noisy", "redacted"]) == (first["id"], first["call_id"], first["tags"])
    assert ("plain", "call-1") == (second["id"], second["call_id"])


def test_a_copy_under_another_name_and_a_line_of_the_same_file_lose_it_too(tmp_path: Path):
    """What one line names is removed for all that share the audio; a compressed file becomes FLAC and keeps its place."""
    noise = np.random.default_rng(4).normal(0, 0.1, RATE_HZ)
    (tmp_path / "corpus").mkdir()
    for name in ("a.ogg", "b.ogg"):
        soundfile.write(tmp_path / "corpus" / "a.ogg", noise, RATE_HZ)
        (tmp_path / "corpus" / name).write_bytes((tmp_path / "corpus" / "a.ogg").read_bytes())
    words = [word("secret", 0.2), word("plan", 0.4)]
    write_manifest(
        tmp_path / "corpus",
        *({"id": i, "audio_filepath": f, "words": words} for i, f in (("x", "a.ogg"), ("y", "b.ogg"), ("z", "b.ogg"))),
    )
    (tmp_path / "spans.jsonl").write_text('{"id": "z", "start": 0.2, "end": 0.3}\n')
    redact_corpus(tmp_path / "corpus", tmp_path / "out", Wish(spans=tmp_path / "spans.jsonl", fill="silence"))
    lines = [json.loads(line) for line in (tmp_path / "out" / "manifest.jsonl").read_text().splitlines()]
    assert ["a.flac", "b.flac", "b.flac"] == [line["audio_filepath"] for line in lines]
    assert [["plan"]] * 3 == [[one["word"] for one in line["words"]] for line in lines]
    assert not any(read_channel(tmp_path / "out" / name)[1600:2400].any() for name in ("a.flac", "b.flac"))


@pytest.mark.parametrize(
    ("wish", "error", "message"),
    [
        ({}, ConfigError, "nothing says what to redact"),
        ({"words": ("...",)}, ConfigError, "--words is '...'; allowed are words"),
        ({"words": ("yes",), "margin_s": 2.0}, ConfigError, "--margin is 2; allowed are 0 to 1 s"),
        ({"words": ("nobody",)}, CorpusError, "--words 'nobody' was found nowhere: nothing to redact"),
        (
            {"words": ("nothing",)},
            CorpusError,
            "manifest.jsonl:2: text: holds what --words 'nothing' names, but no word times",
        ),
        ({"words": ("yes", "nothing")}, CorpusError, "manifest.jsonl:2: text: holds what --words 'nothing' names"),
        (
            {"spans": "id,start,end,label\nzanzibar-1,0.45,0.65,zanzibar\n"},
            CorpusError,
            "spans.csv:2: label: holds what it",
        ),
        ({"spans": "id,start,end\nplain,0.1,0.2\n"}, CorpusError, "manifest.jsonl:2: text: is cut by a span"),
    ],
)
def test_what_cannot_be_done_leaves_nothing_behind(corpus: Path, tmp_path: Path, wish: dict, error: type, message: str):
    """One message; no folder, no half of one."""
    if "spans" in wish:
        (tmp_path / "spans.csv").write_text(wish["spans"])
        wish = wish | {"spans": tmp_path / "spans.csv"}
    with pytest.raises(error) as caught:
        redact_corpus(corpus, tmp_path / "out", Wish(**wish))
    assert message in str(caught.value)
    assert {"corpus", "spans.csv"} >= {path.name for path in tmp_path.iterdir()}


def test_a_destination_in_the_source_or_taken_is_refused(corpus: Path, tmp_path: Path):
    """The source is never changed, and nothing replaced."""
    with pytest.raises(CorpusError, match="lies in the source"):
        redact_corpus(corpus, corpus / "redacted", Wish(words=("yes",)))
    with pytest.raises(CorpusError, match="exists already"):
        redact_corpus(corpus, corpus, Wish(words=("yes",)))


def test_audio_that_turns_out_damaged_leaves_nothing_behind(tmp_path: Path):
    """A FLAC file's damage shows when it is decoded."""
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    soundfile.write(corpus / "a.flac", np.random.default_rng(0).normal(0, 0.1, 90000), RATE_HZ)
    content = bytearray((corpus / "a.flac").read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    (corpus / "a.flac").write_bytes(content)
    write_manifest(corpus, {"id": "a", "audio_filepath": "a.flac", "words": [word("hi", 0.1)]})
    with pytest.raises(CorpusError, match="damaged"):
        redact_corpus(corpus, tmp_path / "out", Wish(words=("hi",)))
    assert ["corpus"] == [path.name for path in tmp_path.iterdir()]


def lines_of(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_text().splitlines()]


def rewritten(folder: Path, *changes: dict) -> Path:
    """The manifest with keys added line by line."""
    return write_manifest(folder, *(line | more for line, more in zip(lines_of(folder), changes, strict=True)))


def test_an_old_name_is_told_by_no_note(corpus: Path, tmp_path: Path):
    """Of any line; and names of other lines that hold the word are for somebody to look at."""
    rewritten(
        corpus,
        {"licence": {"who": "john zanzibar"}, "redaction": [{"start": 0, "end": 0.1, "label": "zanzibar"}]},
        {"made_of": [{"id": "zanzibar-1"}], "note": "free", "id": "zanzibar-2"},
    )
    report = redact_corpus(corpus, tmp_path / "out", Wish(words=("zanzibar",)))
    first, second = lines_of(tmp_path / "out")
    assert [False, False] == ["licence" in first, "label" in first["redaction"][0]]
    assert ("free", False) == (second["note"], "made_of" in second)
    assert any(note.endswith("look at them: manifest.jsonl:2 id") for note in report.notes)


@pytest.mark.parametrize(
    ("degradation", "why"),
    [
        ({"of": "zanzibar-1"}, "is a copy of 'zanzibar-1', from which something is removed"),
        ({"of": "x", "steps": [{"talkers": [[{"id": "zanzibar-1"}]]}]}, "'zanzibar-1', from which something is rem"),
    ],
)
def test_what_was_made_of_a_redacted_recording_is_refused(corpus: Path, tmp_path: Path, degradation: dict, why: str):
    """A degraded copy holds what is removed, and babble the voices of its talkers."""
    rewritten(corpus, {}, {"degradation": degradation})
    with pytest.raises(CorpusError, match=why):
        redact_corpus(corpus, tmp_path / "out", Wish(words=("zanzibar",)))
    assert not (tmp_path / "out").exists()


def test_a_record_that_is_none_is_refused(corpus: Path, tmp_path: Path):
    """What earlier redactions say of themselves is a list."""
    rewritten(corpus, {"redaction": 5}, {})
    with pytest.raises(CorpusError, match="redaction: is 5; allowed is a list"):
        redact_corpus(corpus, tmp_path / "out", Wish(words=("zanzibar",)))


def test_the_same_samples_in_another_encoding_lose_it_too(corpus: Path, tmp_path: Path):
    """Bytes differ, speech does not."""
    samples, _ = soundfile.read(corpus / "zanzibar-1.wav", dtype="int16")
    soundfile.write(corpus / "copy.flac", samples, RATE_HZ, subtype="PCM_16")
    write_manifest(corpus, *lines_of(corpus), {"id": "copy", "audio_filepath": "copy.flac"})
    redact_corpus(corpus, tmp_path / "out", Wish(words=("zanzibar",), fill="silence"))
    new, _ = soundfile.read(tmp_path / "out" / "copy.flac", dtype="int16")
    assert not new[SECRET].any()


def test_a_copy_of_what_stays_whole_is_no_reason_to_refuse(corpus: Path, tmp_path: Path):
    """Degraded lines whose originals and talkers lose nothing are taken as they are."""
    steps = [{"kind": "babble", "talkers": [[{"id": "another"}], []]}]
    rewritten(corpus, {}, {"degradation": {"of": "plain", "steps": steps}})
    redact_corpus(corpus, tmp_path / "out", Wish(words=("zanzibar",)))
    assert steps == lines_of(tmp_path / "out")[1]["degradation"]["steps"]


def test_two_files_never_become_one(tmp_path: Path):
    """One is stored in a format that another has the name of: it gets a name of its own."""
    folder = write_manifest(
        tmp_path / "corpus",
        {"id": "a", "audio_filepath": "a.flac"},
        {"id": "b", "audio_filepath": "a.ogg", "words": [word("zanzibar", 0.5)]},
    )
    soundfile.write(folder / "a.flac", np.zeros(16000), 8000, format="FLAC")
    soundfile.write(folder / "a.ogg", np.zeros(16000), 8000, format="OGG", subtype="VORBIS")
    redact_corpus(folder, tmp_path / "out", Wish(words=("zanzibar",)))
    files = [line["audio_filepath"] for line in lines_of(tmp_path / "out")]
    assert 2 == len(set(files)) == len([path for path in (tmp_path / "out").iterdir() if path.suffix != ".jsonl"]), (
        files
    )

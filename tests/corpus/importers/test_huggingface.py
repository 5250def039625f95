import csv
import json

import pytest
from foreign import audio, edited, fixture, imported, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.corpus.importers import huggingface

FILES = {"a.wav": (1.0, 1), "sub/b.flac": (1.0, 1)}


@pytest.fixture
def source(tmp_path):
    return fixture("huggingface", tmp_path, **FILES)


def test_a_line_is_a_recording(source):
    """Text, speaker, language; gender, age and accent become tags, other columns are named as left out."""
    first, second = imported(source)
    assert {
        "id": "a",
        "audio_filepath": "audio/a.wav",
        "text": "Good morning, everybody.",
        "speaker": "ann",
        "language": "en-GB",
        "tags": ["gender=female"],
        "source": "metadata.csv:2",
    } == first
    assert ("b", "audio/b.flac", "Thank you.") == (second["id"], second["audio_filepath"], second["text"])
    assert ("columns left out: mood",) == huggingface.read(source).notes


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_datasets_wrote_itself_is_read(tmp_path, kind):
    """A line break inside a quoted field, escapes, numbers for names, and nothing for a missing value."""
    source = fixture(f"huggingface-datasets/{kind}", tmp_path, **{"a.wav": (1.0, 1), "sub/b.wav": (1.0, 1)})
    first, second = imported(source)
    assert 'Good morning, "everybody".\nHow are you?' == first["text"]
    assert ("3", ["gender=female"]) == (first["speaker"], first["tags"])
    assert ("Größe: ½ Äpfel", "4", None) == (second["text"], second["speaker"], second.get("tags"))


def test_jsonl_and_splits_are_read(tmp_path):
    """A table in a folder of its own is a split; an empty text in JSON says that nobody speaks."""
    for split in ("train", "test"):
        audio(tmp_path / "hf" / split / "a.wav")
        line = {"file_name": "a.wav", "text": "" if split == "test" else "hi"}
        (tmp_path / "hf" / split / "metadata.jsonl").write_text(json.dumps(line) + "\n")
    found = imported(tmp_path / "hf")
    assert [("a", "", ["split=test"]), ("a-2", "hi", ["split=train"])] == [
        (one["id"], one["text"], one["tags"]) for one in found
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"Good morning, everybody."',
            "Good morning, everybody.",
            "metadata.csv:2: the line: has 7 fields, the header 6",
        ),
        ("a.wav", "", "metadata.csv:2: file_name: is missing or blank; every line needs one."),
        ("sub/b.flac", "sub/c.flac", "metadata.csv:3: file_name: is 'sub/c.flac', but there is no file"),
        ("sub/b.flac", "/etc/b.flac", "metadata.csv:3: file_name: is '/etc/b.flac'; allowed is a path relative to"),
        ("en-GB,female", "xx,female", "metadata.csv:2: language: is 'xx'; no known language"),
    ],
)
def test_a_wrong_line_is_named(source, old, new, message):
    """File, line, field, what was found and what to do."""
    edited(source / "metadata.csv", old, new)
    assert refusal(source).startswith(message)


def test_what_is_no_utf8_is_named(source):
    """With the command that converts it."""
    (source / "metadata.csv").write_bytes(b"file_name,text\na.wav,caf\xe9\n")
    assert (
        "metadata.csv:2: the line: holds the byte 0xe9, which is no UTF-8. Convert the file: `iconv -t UTF-8`"
        == refusal(source)
    )


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8)
sentences = st.lists(words, min_size=1, max_size=4).map(" ".join)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(sentences, words), min_size=1, max_size=5))
def test_what_is_written_is_imported(tmp_path_factory, rows):
    """References and speakers come back as Python's own writer quoted them, commas and quotes included."""
    folder = tmp_path_factory.mktemp("hf") / "source"
    with_files = [(f"{number}.wav", *row) for number, row in enumerate(rows)]
    for name, *_ in with_files:
        audio(folder / name, 0.1)
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file_name", "transcription", "speaker"])
        writer.writerows(with_files)
    assert rows == [(one["text"], one["speaker"]) for one in imported(folder)]

import json
from pathlib import Path

import pytest
from foreign import audio, edited, fixture, imported, refusal
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.corpus.importers.convert import import_corpus

FILES = {"calls/call1.wav": (4.0, 1), "calls/short.wav": (2.0, 1)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return fixture("nemo", tmp_path, **FILES)


def test_parts_of_a_file_become_segments_of_it(source):
    """Recordings stay whole; lines about whole files stay utterances."""
    call = {
        "id": "call1",
        "audio_filepath": "audio/call1.wav",
        "language": "en",
        "segments": [
            {"start": 0.5, "end": 1.5, "text": "good morning", "speaker": "agent"},
            {"start": 2.0, "end": 3.5, "text": "i would like to book a room", "speaker": "caller"},
        ],
        "source": "manifest.json:1",
    }
    short = {
        "id": "short",
        "audio_filepath": "audio/short.wav",
        "text": "thank you",
        "language": "en",
        "source": "manifest.json:3",
    }
    assert [call, short] == imported(source) == imported(source / "manifest.json", format_name="nemo")


def test_a_line_for_diarisation_brings_its_turns_and_words(tmp_path):
    """`rttm_filepath` and `ctm_filepath` are read; "-" under the label "infer" is no reference."""
    audio(tmp_path / "nemo" / "a.wav", 2.0)
    line = {"audio_filepath": "a.wav", "offset": 0, "duration": None, "label": "infer", "text": "-"}
    line |= {"rttm_filepath": "a.rttm", "ctm_filepath": "a.ctm"}
    (tmp_path / "nemo" / "m.json").write_text(json.dumps(line))
    (tmp_path / "nemo" / "a.rttm").write_text("SPEAKER a 1 0.25 1.5 <NA> <NA> ann <NA> <NA>\n")
    (tmp_path / "nemo" / "a.ctm").write_text("a 1 0.5 0.25 hello 1\n")
    [found] = imported(tmp_path / "nemo", format_name="nemo")
    assert [{"start": 0.25, "end": 1.75, "speaker": "ann"}] == found["segments"]
    assert [{"word": "hello", "start": 0.5, "end": 0.75}] == found["words"]
    assert "text" not in found


def test_what_nemo_wrote_itself_is_read(tmp_path):
    """Whole utterances; and a session for diarisation, whose CTM has two columns more than NIST's."""
    first, second = imported(
        fixture("nemo-toolkit", tmp_path, **{"wavs/utt1.wav": (1.5, 1), "wavs/utt2.wav": (1.0, 1)})
    )
    assert ("guten morgen, wie geht's? größe", "de", "danke") == (first["text"], first["language"], second["text"])
    [session] = imported(fixture("nemo-diarisation", tmp_path, **{"call1.wav": (3.0, 1)}))
    assert [
        {"start": 0.5, "end": 1.5, "speaker": "ann"},
        {"start": 1.75, "end": 2.5, "speaker": "bob"},
    ] == session["segments"]
    assert {"word": "you", "start": 2.05, "end": 2.45} == session["words"][-1]


def test_parts_without_text_are_segments_without_text(tmp_path):
    """Speech that nobody transcribed."""
    audio(tmp_path / "nemo" / "a.wav", 2.0)
    line = {"audio_filepath": "a.wav", "offset": 0.5, "duration": 1}
    (tmp_path / "nemo" / "m.json").write_text(json.dumps(line))
    [found] = imported(tmp_path / "nemo")
    assert [{"start": 0.5, "end": 1.5}] == found["segments"]


def test_a_key_that_may_be_misspelt_is_noted(source):
    """Its text would be lost without a word; what NeMo has beside is left out in silence."""
    edited(source / "manifest.json", '"text": "thank you"', '"txt": "thank you", "pred_text": "", "num_speakers": 2')
    [note] = import_corpus(source, source.parent / "noted").notes
    assert "txt is no known key and was left out. Did you mean text?" == note


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('{"audio_filepath": "calls/call1.wav", "offset": 0.5', '{"audio_filepath": "calls/call1.wav", "offset": "x"',
         "manifest.json:1: offset: is 'x'; allowed is a number of seconds from 0. Correct it"),
        ('"offset": 0.5', '"offset": -1', "manifest.json:1: offset: is -1; allowed is a number of seconds from 0. Correct it"),
        ('"duration": 1.5', '"duration": 9', "manifest.json:2: end: is 11 s, but the audio ends at 4.000 s. Correct it"),
        ('"offset": 0.5, ', "", "manifest.json:1: offset: is missing or 0 in a line about call1.wav"),
        ("calls/short.wav", "calls/long.wav", "manifest.json:3: audio_filepath: is 'calls/long.wav', but there is no file"),
        ('"audio_filepath": "calls/short', '"audio_filpath": "calls/short', "manifest.json:3: audio_filepath: is missing or blank; every line needs one. Is `audio_filpath` meant? Call it"),
        ("calls/short.wav", "../short.wav", "manifest.json:3: audio_filepath: is '../short.wav', which leaves"),
        ('"text": "thank you"', '"text": ["thank"]', "manifest.json:3: text: is ['thank']; allowed is text"),
        ('"lang": "en"}\n{"audio_filepath": "calls/short', '"lang": "en"\n{"audio_filepath": "calls/short',
         "manifest.json:2: the line: is no JSON (Expecting ',' delimiter at character "),
    ],
)  # fmt: skip
def test_a_wrong_line_is_named(source, old, new, message):
    """File, line, field, what was found and what to do."""
    edited(source / "manifest.json", old, new)
    assert refusal(source, format_name="nemo").startswith(message)


def test_a_language_that_is_none_is_named_by_its_line(source):
    """What only the loader can find is told of the source's line too."""
    edited(source / "manifest.json", '"thank you", "lang": "en"', '"thank you", "lang": "klingon!"')
    assert refusal(source).startswith("manifest.json:3: language: is 'klingon!'; no known language")


texts = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 15000), st.integers(0, 5000), texts, texts), min_size=1, max_size=6))
def test_what_is_written_is_imported(tmp_path_factory, parts):
    """References, times and speakers come back as they were written."""
    folder = tmp_path_factory.mktemp("nemo") / "source"
    audio(folder / "a.wav", 20.0)
    parts.sort(key=lambda part: (part[0], part[0] + part[1]))
    lines = [
        {
            "audio_filepath": "a.wav",
            "offset": start / 1000 or 0.001,
            "duration": length / 1000,
            "text": text,
            "speaker": who,
        }
        for start, length, text, who in parts
    ]
    (folder / "m.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    [found] = imported(folder)
    expected = sorted(
        (line["offset"], round(line["offset"] + line["duration"], 6), line["text"], line["speaker"]) for line in lines
    )
    assert expected == sorted((s["start"], s["end"], s["text"], s["speaker"]) for s in found["segments"])

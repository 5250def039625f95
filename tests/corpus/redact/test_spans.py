import json
from pathlib import Path

import pytest
from small_corpus import write_manifest, write_wav

from harness.corpus.redact.lines import read_lines
from harness.corpus.redact.spans import read_spans, spans_of_entities, spans_of_words, words_by_segment
from harness.corpus.redact.texts import pattern
from harness.errors import CorpusError

WORDS = [{"word": w, "start": s / 10, "end": s / 10 + 0.1} for s, w in enumerate(["call", "john", "smith", "now"])]
CALL = {
    "id": "a",
    "text": "Call John Smith now.",
    "words": WORDS,
    "entities": [{"segment": 0, "char_start": 5, "char_end": 15, "class": "name"}],
}


def corpus(tmp_path: Path, *lines: dict) -> Path:
    write_wav(tmp_path / "corpus" / "two.wav", channels=2)
    return write_manifest(tmp_path / "corpus", *lines)


def spans_file(tmp_path: Path, text: str, name: str = "spans.csv") -> Path:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("s.csv", 'id,start,end,channel,label,text\na,"0,5",1,,name,"Call, now."\nb,0,1,1,,\n'),
        ("s.tsv", "id\tstart\tend\tchannel\tlabel\ttext\na\t0.5\t1\t\tname\tCall, now.\nb\t0\t1\t1\t\t\n"),
        (
            "s.jsonl",
            '{"id": "a", "start": 0.5, "end": 1, "label": "name", "text": "Call, now."}\n{"id": "b", "start": 0, "end": 1, "channel": 1}\n',
        ),
    ],
)
def test_spans_are_read(tmp_path: Path, name: str, text: str):
    """From each kind of file the same."""
    lines = read_lines(corpus(tmp_path, {"id": "a"}, {"id": "b", "audio_filepath": "two.wav"}))
    found = read_spans(spans_file(tmp_path, text, name), lines)
    expected = [("a.wav", 0.5, 1.0, None, "name", "Call, now."), ("two.wav", 0.0, 1.0, 1, None, None)]
    got = [(one.file, one.start_s, one.end_s, one.channel, one.label, one.text or None) for one in found]
    assert expected == got


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,start,end\na,0,x\n", "spans.csv:2: end: is 'x'; allowed is a number of seconds"),
        ("id,start,end\na,1,1\n", "spans.csv:2: end: is 1 s, not after the start at 1 s"),
        ("id,start,end\na,1,9\n", "spans.csv:2: end: is 9 s, but the audio ends at 2.000 s"),
        ("id,start,end\n\nc,0,1\n", "spans.csv:3: id: is 'c', which no recording of the corpus has"),
        ("id,start,end,channel\na,0,1,1\n", "spans.csv:2: channel: is '1'; allowed are 0 to 0"),
        ("id,start,end,chanel\na,0,1,1\n", "spans.csv:2: chanel: is not known; allowed are id, start, end, channel"),
        ("start,end\n0,1\n", "spans.csv:2: id: is missing"),
        ("id,start,end,start\na,0,1,0\n", "spans.csv:1: the header: names a column twice"),
        (f"id,start,end,channel\na,0,1,{'9' * 5000}\n", "channel: is '999"),
        ("id,start\na,1\n", "spans.csv:2: end: is missing"),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_field(tmp_path: Path, text: str, message: str):
    """With what is allowed."""
    with pytest.raises(CorpusError) as caught:
        read_spans(spans_file(tmp_path, text), read_lines(corpus(tmp_path, {"id": "a"})))
    assert message in str(caught.value)


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    """The name says which kind it is."""
    with pytest.raises(CorpusError, match=r"none of \.csv, \.tsv and \.jsonl"):
        read_spans(spans_file(tmp_path, "", "spans.txt"), [])


def test_words_and_entities_are_found_by_their_times(tmp_path: Path):
    """With the margin for the audio alone."""
    [line] = read_lines(corpus(tmp_path, CALL))
    read = pattern("JOHN *")
    assert read is not None
    by_word = [(one.start_s, round(one.end_s, 3), one.margin_s) for _, one in spans_of_words(line, [read], 0.05)]
    by_class = [(one.start_s, round(one.end_s, 3), one.label) for _, one in spans_of_entities(line, ["name"], 0.0)]
    assert [(0.1, 0.3, 0.05)] == by_word
    assert [(0.1, 0.3, "name")] == by_class
    assert [] == list(spans_of_entities(line, ["phone"], 0.0))


def test_words_belong_to_the_segments_of_their_channel(tmp_path: Path):
    """As when utterances are made."""
    segments = [{"start": 0, "end": 0.2, "text": "call", "channel": c} for c in (0, 1)]
    words = [WORDS[0] | {"channel": 1}, WORDS[1] | {"channel": 0}]
    [line] = read_lines(
        corpus(tmp_path, {"id": "a", "audio_filepath": "two.wav", "segments": segments, "words": words})
    )
    assert [[1], [0]] == words_by_segment(line)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"words": []}, r"entities\[0\]: is to go, but there are no word times"),
        ({"text": "Call Jon Smith now."}, r"entities\[0\]: is to go, but its segment's words don't spell"),
    ],
)
def test_an_entity_without_times_is_an_error(tmp_path: Path, changes: dict, message: str):
    """The line and the entity are named."""
    [line] = read_lines(corpus(tmp_path, CALL | changes))
    with pytest.raises(CorpusError, match=rf"manifest.jsonl:1: .*{message}"):
        list(spans_of_entities(line, ["name"], 0.0))


def test_files_of_the_same_content_are_one(tmp_path: Path):
    """What is removed from one must not survive in the other."""
    folder = corpus(tmp_path, {"id": "a"})
    (folder / "copy.wav").write_bytes((folder / "a.wav").read_bytes())
    write_wav(folder / "other.wav", seconds=1.0)
    lines = [
        {"id": str(n), "audio_filepath": name} for n, name in enumerate(["copy.wav", "a.wav", "./a.wav", "other.wav"])
    ]
    (folder / "manifest.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert ["copy.wav"] * 3 + ["other.wav"] == [line.file for line in read_lines(folder)]


@pytest.mark.parametrize("text", ["", "id,start,end\n", "a,0.1,0.2\n"])
def test_a_file_that_names_nothing_is_an_error(tmp_path: Path, text: str):
    """A forgotten header would make the only span one."""
    lines = read_lines(corpus(tmp_path, {"id": "a"}))
    with pytest.raises(CorpusError, match=r"spans.csv: names no span\. Its first line is the header id,start,end"):
        read_spans(spans_file(tmp_path, text), lines)

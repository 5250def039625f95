import shutil

import pytest
from foreign import FIXTURES, audio, fixture, refusal

from harness.corpus.importers.registry import FORMATS, guess, named
from harness.errors import ConfigError


@pytest.mark.parametrize(
    ("folder", "name", "why"),
    [
        ("nemo", "nemo", "manifest.json has JSON lines with audio_filepath"),
        ("huggingface", "huggingface", "metadata.csv has a file_name for each recording"),
        ("common-voice", "common-voice", "test.tsv has the columns client_id, path and sentence"),
        ("kaldi", "kaldi", "it holds a wav.scp"),
        ("librispeech", "librispeech", "61-70968.trans.txt is a transcript of a LibriSpeech chapter"),
        ("stm", "stm", "meeting.stm is an STM file"),
        ("pyannote", "stm", "train.rttm is an RTTM file"),
        ("lhotse", "lhotse", "recordings.jsonl has Lhotse's recordings"),
        ("lhotse-cuts", "lhotse", "cuts.jsonl has Lhotse's cuts"),
        ("label-studio", "label-studio", "export.json is a list of annotated tasks"),
        ("label-studio-app", "label-studio", "export.json is a list of annotated tasks"),
    ],
)
def test_the_format_is_guessed_with_a_reason(folder, name, why):
    """From what lies in the folder."""
    found = guess(FIXTURES / folder)
    assert (name, why) == (found.importer.name, found.why)


def test_words_alone_are_a_format(tmp_path):
    """A CTM file without the STM or RTTM files that mostly stand beside it."""
    (tmp_path / "all.ctm").write_text("call 1 0.0 0.5 hello\n")
    assert ("stm", "all.ctm is a CTM file") == (guess(tmp_path).importer.name, guess(tmp_path).why)


def test_general_formats_are_guessed_only_if_no_other_fits(tmp_path):
    """Audio alone, with text, with labels: the most telling one is taken."""
    audio(tmp_path / "a.wav")
    assert ("audio", "it holds audio (a.wav) and nothing that describes it") == (
        guess(tmp_path).importer.name,
        guess(tmp_path).why,
    )
    (tmp_path / "a.txt").write_text("hello\n")
    assert "text" == guess(tmp_path).importer.name
    (tmp_path / "a.txt").write_text("0.5\t1.0\thello\n")
    assert "audacity" == guess(tmp_path).importer.name
    (tmp_path / "wav.scp").write_text("a a.wav\n")
    assert "kaldi" == guess(tmp_path).importer.name


def test_what_could_be_several_formats_is_refused_with_the_candidates(tmp_path):
    """Rather than taken for one of them."""
    source = fixture("kaldi", tmp_path)
    (source / "test.stm").write_text("a 1 x 0 1 hi\n")
    assert (
        "kaldi: could be of several formats (kaldi: it holds a wav.scp; stm: test.stm is an STM file). "
        "Say which with --format NAME." == refusal(source)
    )


def test_what_is_no_corpus_is_refused(tmp_path):
    """With the formats there are."""
    (tmp_path / "source").mkdir()
    assert "source: no known format (nemo, huggingface, " in refusal(tmp_path / "source")


DAMAGED = [
    ("nemo", "manifest.json"),
    ("nemo-diarisation", "input_manifest.json"),
    ("huggingface", "metadata.csv"),
    ("huggingface-datasets/jsonl", "metadata.jsonl"),
    ("common-voice", "test.tsv"),
    ("kaldi", "wav.scp"),
    ("librispeech", "61/70968/61-70968.trans.txt"),
    ("stm", "meeting.stm"),
    ("pyannote", "train.rttm"),
    ("lhotse", "recordings.jsonl"),
    ("lhotse-cuts", "cuts.jsonl"),
    ("label-studio", "export.json"),
    ("audacity", "405_marron1_June_14_2016_69640887.txt"),
]


@pytest.mark.parametrize(("folder", "file"), DAMAGED)
def test_a_damaged_file_is_still_taken_for_what_it_is(folder, file, tmp_path):
    """Even with audio beside it, which alone would be a source too: the message tells the file, the line and the byte."""
    source = tmp_path / "source"
    shutil.copytree(FIXTURES / folder, source)
    audio(source / "405_marron1_June_14_2016_69640887.wav")
    (source / file).write_bytes((source / file).read_bytes().rstrip(b"\n").replace(b"\n", b"\xe9\n", 1) + b"\xe9")
    assert refusal(source).startswith(f"{file}:1: the line: holds the byte 0xe9, which is no UTF-8. Convert the file:")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"audio_filepath": "a.wav", "text": "hello"', "m.json:1: the line: is no JSON"),
        ('{\n  "audio_filepath": "a.wav"\n}\n', "m.json:1: the line: is no JSON"),
        (
            '[{"audio_filepath": "a.wav"}]\n',
            "m.json:1: the line: is [{'audio_filepath': 'a.wav'}]; allowed is a JSON object.",
        ),
        ('{"audio_filepath": "a.wav"}'.encode("utf-16"), "m.json:1: the line: holds the byte 0xff, which is no UTF-8."),
    ],
)
def test_what_is_obviously_meant_to_be_nemo_is_told_what_is_wrong_with_it(tmp_path, content, message):
    """Not that its format is unknown."""
    audio(tmp_path / "source" / "a.wav")
    (tmp_path / "source" / "m.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert refusal(tmp_path / "source").startswith(message)


def test_our_own_corpora_need_no_import(tmp_path):
    """The message says what to do instead."""
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "manifest.jsonl").write_text('{"id": "a", "audio_filepath": "a.wav"}\n')
    assert "source: is a corpus already" in refusal(tmp_path / "source")


def test_an_unknown_format_is_refused_with_the_nearest(tmp_path):
    """And all there are."""
    with pytest.raises(ConfigError, match=r"--format is 'lhots'; allowed are nemo, .*\. Did you mean lhotse\?"):
        named("lhots")
    assert "audio" == named("audio").name
    assert 11 == len(FORMATS)

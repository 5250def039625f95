import json
import shutil

import pytest
from foreign import audio, fixture, imported, refusal

from harness.corpus.importers import convert
from harness.corpus.importers.convert import import_corpus
from harness.corpus.manifest import load_corpus
from harness.errors import CorpusError


def test_ids_are_made_safe_and_told_apart(tmp_path):
    """What the manifest doesn't allow becomes "_", and a second one of a name, or one that differs in capitals, gets a number."""
    for name in ("a b.wav", "a?b.wav", "x/-a.wav", "y/A.wav", "é.wav", f"{'l' * 200}.wav"):
        audio(tmp_path / "source" / name)
    ids = [one["id"] for one in imported(tmp_path / "source")]
    assert {"a_b", "a_b-2", "a", "A-2", "recording", "l" * 110} == set(ids)


@pytest.mark.parametrize("link", [False, True])
def test_audio_is_copied_or_linked(tmp_path, link):
    """The bytes are the source's; only a link shares them."""
    original = audio(tmp_path / "source" / "a.wav")
    import_corpus(tmp_path / "source", tmp_path / "out", link=link)
    found = tmp_path / "out" / "audio" / "a.wav"
    assert original.read_bytes() == found.read_bytes()
    assert link == original.samefile(found)
    assert ["audio", "manifest.jsonl"] == sorted(path.name for path in (tmp_path / "out").iterdir())
    assert not found.is_symlink()
    assert "a" == load_corpus(tmp_path / "out").clips[0].clip_id


def test_across_file_systems_links_are_symbolic(tmp_path, monkeypatch):
    """Hard ones are impossible there."""

    def refuse(*_paths):
        raise OSError

    original = audio(tmp_path / "source" / "a.wav")
    monkeypatch.setattr(convert.os, "link", refuse)
    import_corpus(tmp_path / "source", tmp_path / "out", link=True)
    assert original.resolve() == (tmp_path / "out" / "audio" / "a.wav").readlink()


def test_a_folder_that_holds_something_is_not_touched(tmp_path):
    """An empty one may be used."""
    audio(tmp_path / "source" / "a.wav")
    (tmp_path / "out").mkdir()
    import_corpus(tmp_path / "source", tmp_path / "out")
    before = (tmp_path / "out" / "manifest.jsonl").read_bytes()
    with pytest.raises(CorpusError, match="exists already, and nothing is replaced"):
        import_corpus(tmp_path / "source", tmp_path / "out")
    assert before == (tmp_path / "out" / "manifest.jsonl").read_bytes()


def test_a_destination_inside_the_source_is_refused(tmp_path):
    """The next import would find its own copies there."""
    audio(tmp_path / "source" / "a.wav")
    for inside in ("out", "deep/out"):
        with pytest.raises(
            CorpusError, match=r"out: lies in the source .*, which would then hold itself\. Name a DESTINATION"
        ):
            import_corpus(tmp_path / "source", tmp_path / "source" / inside)
    assert ["a.wav"] == [path.name for path in (tmp_path / "source").iterdir()]


@pytest.mark.parametrize("inside", ["b.wav", "b.txt", "more"])
def test_links_that_lead_out_of_the_source_are_refused(tmp_path, inside):
    """Audio, text or folder: what somebody hands over may name any file of this machine. They are taken if asked."""
    audio(tmp_path / "source" / "b.wav" if inside == "b.txt" else tmp_path / "source" / "a.wav")
    outside = audio(tmp_path / "elsewhere" / "x.wav")
    (tmp_path / "elsewhere" / "x.txt").write_text("hello\n")
    targets = {"b.wav": outside, "b.txt": outside.with_suffix(".txt"), "more": outside.parent}
    (tmp_path / "source" / inside).symlink_to(targets[inside])
    message = f"{inside}: is a link to {targets[inside].resolve()}, outside of SOURCE. Put the file itself there, or take what"
    assert refusal(tmp_path / "source").startswith(message)
    assert (2 if inside == "b.wav" else 1) == len(imported(tmp_path / "source", follow_links=True))


def test_links_inside_the_source_are_followed(tmp_path):
    """They name what was handed over."""
    original = audio(tmp_path / "source" / "deep" / "a.wav")
    (tmp_path / "source" / "b.wav").symlink_to(original)
    assert ["b", "a"] == [one["id"] for one in imported(tmp_path / "source")]


def test_links_of_a_source_that_is_a_file_are_looked_at_too(tmp_path):
    """Those that its lines name."""
    audio(tmp_path / "elsewhere.wav")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "a.wav").symlink_to(tmp_path / "elsewhere.wav")
    (tmp_path / "source" / "m.json").write_text('{"audio_filepath": "a.wav", "text": "hi"}\n')
    with pytest.raises(CorpusError, match=r"a\.wav: is a link to .*elsewhere\.wav, outside of SOURCE"):
        import_corpus(tmp_path / "source" / "m.json", tmp_path / "out")


def test_nothing_is_left_of_an_import_that_fails_while_it_writes(tmp_path, monkeypatch):
    """A disk may be full."""

    def fail(*_paths):
        raise OSError("no space left")

    audio(tmp_path / "source" / "a.wav")
    monkeypatch.setattr(shutil, "copyfile", fail)
    with pytest.raises(OSError, match="no space left"):
        import_corpus(tmp_path / "source", tmp_path / "out")
    assert ["source"] == [path.name for path in tmp_path.iterdir()]


def test_a_missing_source_is_refused(tmp_path):
    """By its name."""
    assert "missing: there is no such file or folder. Correct SOURCE." == refusal(tmp_path / "missing")


def test_ends_just_behind_the_audio_are_cut_there(tmp_path):
    """Manifests round; how often that happened is said."""
    source = tmp_path / "source"
    audio(source / "a.wav", 2.0)
    (source / "a.txt").write_text("0.5\t1.0\thi\n1.5\t2.3\tho\n1.6\t2.4\tha\n")
    report = import_corpus(source, tmp_path / "out")
    assert ("2 times: end at most 0.5 s after the audio, and were cut there",) == report.notes
    line = json.loads((tmp_path / "out" / "manifest.jsonl").read_text())
    assert [1.0, 2.0, 2.0] == [segment["end"] for segment in line["segments"]]


def test_a_report_is_plain_json(tmp_path):
    """`--json` prints it."""
    report = import_corpus(
        fixture("lhotse", tmp_path, **{"audio/call1.wav": (4, 2), "audio/utt2.flac": (1.5, 1)}), tmp_path / "o"
    )
    assert {
        "path": str(tmp_path / "o"),
        "format": "lhotse",
        "why": "recordings.jsonl has Lhotse's recordings",
        "recordings": 2,
        "segments": 2,
        "words": 2,
        "audio_s": 5.5,
        "notes": [],
    } == json.loads(json.dumps(report.as_dict()))


def test_a_language_can_be_given_where_the_source_names_none(tmp_path):
    """It doesn't replace one that is named."""
    audio(tmp_path / "source" / "a.wav")
    assert "pt-BR" == imported(tmp_path / "source", language="pt-BR")[0]["language"]
    found = imported(fixture("nemo", tmp_path, **{"calls/call1.wav": (4, 1), "calls/short.wav": (2, 1)}), language="pt")
    assert ["en", "en"] == [one["language"] for one in found]


def test_a_link_to_itself_is_refused(tmp_path):
    """It leads nowhere, and is no defect of this program."""
    audio(tmp_path / "source" / "a.wav")
    (tmp_path / "source" / "loop").symlink_to("loop")
    with pytest.raises(CorpusError, match="loop: is a link to loop, outside of SOURCE"):
        import_corpus(tmp_path / "source", tmp_path / "out")

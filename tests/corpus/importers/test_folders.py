from foreign import audio, imported, refusal

from harness.corpus.importers import folders


def test_text_beside_audio_is_its_reference(tmp_path):
    """Lines are joined; an empty file says that nobody speaks; audio without text has no reference, and that is said."""
    source = tmp_path / "source"
    for name in ("a.wav", "deep/b.flac", "c.mp3"):
        audio(source / name)
    (source / "a.txt").write_text("Good morning,\n  everybody.\n")
    (source / "deep" / "b.txt").write_text("")
    assert [("a", "Good morning, everybody."), ("c", None), ("b", "")] == [
        (one["id"], one.get("text")) for one in imported(source)
    ]
    assert ("recordings without a text file beside them, and so without a reference: 1",) == folders.read_text(
        source
    ).notes


def test_recordings_of_kinds_that_are_not_read_are_told(tmp_path):
    """With how many, which, and the command that converts them: beside audio a note, alone a refusal."""
    source = tmp_path / "source"
    audio(source / "a.wav")
    (source / "b.m4a").write_bytes(b"1")
    for read in (folders.read_audio, folders.read_text):
        assert (
            "left out, of kinds that are not read: 1 (b.m4a). Convert them, for instance with "
            "`ffmpeg -i IN -c:a pcm_s16le OUT.wav`, and import again"
        ) == read(source).notes[-1]
    (source / "a.wav").unlink()
    assert "its recordings (b.m4a) are of a kind that is not read. Convert them" in refusal(source)


def test_audio_alone_has_no_references(tmp_path):
    """Every file is a recording, whatever is hidden left out."""
    source = tmp_path / "source"
    for name in ("a.wav", ".hidden/b.wav"):
        audio(source / name)
    assert [{"id": "a", "audio_filepath": "audio/a.wav", "source": "a.wav"}] == imported(source)


def test_text_that_is_no_utf8_is_named(tmp_path):
    """With its line and the command that converts it."""
    source = tmp_path / "source"
    audio(source / "a.wav")
    (source / "a.txt").write_bytes(b"hello\ncaf\xe9\n")
    assert "a.txt:2: the line: holds the byte 0xe9, which is no UTF-8. Convert the file: `iconv -t UTF-8`" == refusal(
        source
    )


def test_audio_that_cannot_be_read_is_named(tmp_path):
    """By its file; nothing is imported."""
    source = tmp_path / "source"
    audio(source / "a.wav")
    (source / "b.wav").write_bytes((source / "a.wav").read_bytes()[:1000])
    assert "b.wav: audio: b.wav: the file is truncated or damaged" in refusal(source)

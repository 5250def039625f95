from pathlib import Path

import pytest

from harness.atomic import write_atomically, write_text_atomically, write_texts_together


def test_a_failed_write_leaves_the_old_content_and_no_litter(tmp_path: Path):
    """An error in the middle of writing changes nothing in the folder."""
    path = tmp_path / "file.txt"
    write_text_atomically(path, "old")

    def fail(file):
        file.write(b"half of the new")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, fail)

    assert path.read_text() == "old"
    assert [path] == list(tmp_path.iterdir())


def test_missing_folders_are_made(tmp_path: Path):
    """The folder of a file is created with it."""
    path = tmp_path / "a" / "b" / "file.txt"

    write_text_atomically(path, "text")

    assert path.read_text() == "text"


def test_files_that_belong_together_are_replaced_together(tmp_path: Path):
    """If one of them can't be written, none is."""
    good, bad = tmp_path / "good.txt", tmp_path / "bad.txt"
    write_texts_together({good: "old", bad: "old"})

    with pytest.raises(UnicodeEncodeError):
        write_texts_together({good: "new", bad: "\ud800"})

    assert ("old", "old") == (good.read_text(), bad.read_text())
    assert {good, bad} == set(tmp_path.iterdir())

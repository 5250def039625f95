import os
import stat
from pathlib import Path

import pytest

from harness.atomic import write_atomically, write_text_atomically, write_texts_together
from harness.corpus.new_corpus import new_folder


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


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_who_may_read_a_file_is_said_by_the_umask(tmp_path: Path, umask: int):
    """A run holds what people said: whoever keeps their files to themselves does so with these too, new or replaced."""
    before = os.umask(umask)
    try:
        for _ in range(2):
            write_text_atomically(tmp_path / "runs" / "file.txt", "x")
        with new_folder(tmp_path / "corpus"):
            pass
    finally:
        os.umask(before)

    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("runs/file.txt", "runs", "corpus")]
    assert [0o666 & ~umask, 0o777 & ~umask, 0o777 & ~umask] == modes

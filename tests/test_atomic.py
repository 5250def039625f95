from pathlib import Path

import pytest

from harness.atomic import write_atomically, write_text_atomically


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

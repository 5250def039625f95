"""Files that others named are opened without waiting, and read without filling the memory."""

import gzip
import io
import os
from pathlib import Path

import pytest

from harness import regular_file
from harness.corpus.importers.reading import text_lines
from harness.corpus.manifest import survey_corpus
from harness.errors import CorpusError
from harness.regular_file import bounded_lines, open_regular


def test_only_a_file_is_opened(tmp_path: Path):
    """A folder, a pipe that nobody writes to and a device are refused with what they are."""
    (tmp_path / "file").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")

    with open_regular(tmp_path / "file") as file:
        assert b"x" == file.read()
    for path, reason in (
        (tmp_path, "Is a directory"),
        (tmp_path / "pipe", "a pipe or a device"),
        (Path("/dev/null"), "a pipe"),
    ):
        with pytest.raises(OSError, match=reason):
            open_regular(path)


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """In a manifest, and in a file of another format, where some kilobytes unpack to any size."""
    monkeypatch.setattr(regular_file, "MOST_LINE_BYTES", 100)
    (tmp_path / "manifest.jsonl").write_bytes(b"{}\n" + b" " * 101)
    (tmp_path / "lines.gz").write_bytes(gzip.compress(b"a\n" + b"b" * 101))

    assert [b"a\n", b"b" * 100] == list(bounded_lines(io.BytesIO(b"a\n" + b"b" * 100)))
    with pytest.raises(CorpusError, match=r"manifest\.jsonl: can't be read \(line 2 is longer than"):
        survey_corpus(tmp_path)
    with pytest.raises(CorpusError, match=r"lines\.gz: can't be read \(line 2 is longer than"):
        list(text_lines(tmp_path / "lines.gz"))

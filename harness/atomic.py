"""Writing files so that a kill at any byte leaves the old content or the new one, never half of it."""

import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

TEMPORARY = ".tmp"  # ends the name of what is not written to its end


def write_atomically(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write `path` through a temporary file in the same folder: write, flush, fsync, rename.

    Args:
        path: The file to create or replace; its folder is created if missing.
        write: Receives the open binary file.

    Raises:
        OSError: If the disk refuses; the temporary file is removed and `path` is as it was.
    """
    with replacing(path) as file:
        write(file)


def write_texts_together(texts: Mapping[Path, str]) -> None:
    """Write files that belong together: all are on the disk before the first takes its place.

    Args:
        texts: By path. A kill between two renames may part them; a full disk does not.

    Raises:
        OSError: If the disk refuses; every file is as it was.
    """
    written: list[tuple[Path, Path]] = []
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with _temporary(path) as (file, temporary):
                file.write(text.encode())
            written.append((temporary, path))
        for temporary, path in written:
            temporary.replace(path)
    except BaseException:
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)
        raise
    for folder in {path.parent for path in texts}:
        sync_folder(folder)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """As `write_atomically`, for what is written bit by bit: the file takes its place when the block is left without error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary(path) as (file, temporary):
        yield file
    try:
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextmanager
def _temporary(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A file beside `path` that is on the disk when the block is left, and gone if it is left by an error."""
    temporary = path.parent / f".{path.name}.{secrets.token_hex(4)}{TEMPORARY}"
    # Not `tempfile`, whose files only their owner may read: who may read this one, the user's umask says, as of any other file.
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, temporary
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_text_atomically(path: Path, text: str) -> None:
    """Write `text` as UTF-8 through `write_atomically`."""
    write_atomically(path, lambda file: _write(file, text.encode()))


def _write(file: IO[bytes], data: bytes) -> None:
    file.write(data)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Files named by others, such as in a manifest: a pipe or a device under such a name must not be waited for, or read for ever."""

import errno
import os
import stat
from collections.abc import Iterator
from io import BufferedIOBase, FileIO
from pathlib import Path


def open_regular(path: Path) -> FileIO:
    """Open a file to read its bytes, unbuffered.

    Raises:
        OSError: It can't be opened, or is no file but a folder, a pipe, a socket or a device.
        ValueError: The path holds a NUL.
    """
    file = FileIO(path, opener=_without_waiting)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is a pipe or a device", str(path))
    return file


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe's writer would be waited for


MOST_LINE_BYTES = 64 << 20
"""An hour of words with their times is a hundredth of it."""


def bounded_lines(file: BufferedIOBase) -> Iterator[bytes]:
    """The lines of an open file, or of what is unpacked from one; a line without end would fill the memory.

    Raises:
        OSError: A line is longer than `MOST_LINE_BYTES`, or the file can't be read on.
    """
    number = 0
    while line := file.readline(MOST_LINE_BYTES + 1):
        number += 1
        if len(line) > MOST_LINE_BYTES:
            raise OSError(errno.EFBIG, f"line {number} is longer than {MOST_LINE_BYTES >> 20} MiB")
        yield line

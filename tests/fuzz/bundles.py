"""Several files in one input, so that a fuzzer can change each of them: `>>> name`, then its bytes up to the next such line.

What is `audio CHANNELS SECONDS` becomes a file of quiet noise in the format of its name.
"""

import io
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 8000
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
_NAME = re.compile(rb"^>>> ([\w. -]{1,60}(?:/[\w. -]{1,60}){0,3})\r?\n", re.MULTILINE)
_AUDIO = re.compile(rb"\s*audio ([1-4]) ([1-9]|30)\s*")
_FORMATS = {".sph": "NIST", ".mp3": "MP3", ".flac": "FLAC"}


def bundle(**files: bytes | str) -> bytes:
    """Files by name as one input."""
    return b"".join(
        b">>> "
        + name.encode()
        + b"\n"
        + (content if isinstance(content, bytes) else content.encode()).rstrip(b"\n")
        + b"\n"
        for name, content in files.items()
    )


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty folder, in memory where that can be had."""
    with tempfile.TemporaryDirectory(dir=MEMORY, prefix="fuzz-") as folder:
        yield Path(folder)


@contextmanager
def unpacked(data: bytes, first: str) -> Iterator[Path]:
    """The files of an input in a folder; bytes in front of the first name are the file `first`."""
    beginning, *rest = _NAME.split(data)
    files = {first: beginning} if beginning else {}
    files |= {name.decode(): content for name, content in zip(rest[::2], rest[1::2], strict=True)}
    with scratch() as folder:
        for name, content in files.items():
            path = folder / name
            if ".." in path.parts:
                continue
            found = _AUDIO.fullmatch(content)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(noise(int(found[1]), int(found[2]), path.suffix) if found else content)
            except OSError:  # a file and a folder of one name
                continue
        yield folder


@cache
def noise(channels: int, seconds: int, suffix: str = ".wav") -> bytes:
    """Audio in which nobody speaks, as a file."""
    written = io.BytesIO()
    samples = np.random.default_rng(0).normal(0, 0.01, (seconds * RATE_HZ, min(channels, 2)))
    soundfile.write(written, samples, RATE_HZ, format=_FORMATS.get(suffix, "WAV"))
    return written.getvalue()

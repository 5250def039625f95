"""A corpus folder that is made of something else, and appears whole or not at all."""

import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harness.atomic import TEMPORARY, sync_folder
from harness.corpus.manifest import MANIFEST
from harness.errors import CorpusError


def check_destination(source: Path, destination: Path) -> None:
    """Refuse a folder that is not free to be made of a source.

    Raises:
        CorpusError: It holds something already, or lies in the source, where it would become part of it.
    """
    empty = destination.is_dir() and not any(destination.iterdir())
    if not empty and (destination.exists() or destination.is_symlink()):
        raise CorpusError(
            f"{destination}: exists already, and nothing is replaced. Name another DESTINATION or remove it."
        )
    if source.is_dir() and destination.resolve().is_relative_to(source.resolve()):
        raise CorpusError(
            f"{destination}: lies in the source {source}, which would then hold itself. Name a DESTINATION outside of it."
        )


@contextmanager
def new_folder(destination: Path) -> Iterator[Path]:
    """A folder under another name beside the destination, which gets its name when the block ends without an error.

    Raises:
        CorpusError: It can't be made there.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        stage = destination.parent / f".{destination.name}.{secrets.token_hex(4)}{TEMPORARY}"
        stage.mkdir()  # not by `tempfile`: who may read it, the user's umask says
    except OSError as error:
        raise CorpusError(
            f"{destination}: can't be made ({error.strerror}). Name a DESTINATION in a folder that you can write to."
        ) from error
    try:
        yield stage
        stage.replace(destination)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    sync_folder(destination.parent)


def write_lines(folder: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Write the manifest of a new corpus."""
    with (folder / MANIFEST).open("w", encoding="utf-8") as manifest:
        manifest.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        manifest.flush()
        os.fsync(manifest.fileno())

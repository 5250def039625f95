"""A new corpus folder that appears under its name whole, or not at all."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.atomic import TEMPORARY, sync_folder
from harness.corpus.manifest import MANIFEST
from harness.errors import CorpusError


def check_free(destination: Path) -> None:
    """Refuse a place where something is; an empty folder is nothing.

    Raises:
        CorpusError: There is.
    """
    if destination.is_dir() and not any(destination.iterdir()):
        return
    if destination.exists() or destination.is_symlink():
        raise CorpusError(
            f"{destination}: exists already, and nothing is replaced. Name another DESTINATION or remove it."
        )


@contextmanager
def new_folder(destination: Path) -> Iterator[Path]:
    """A folder beside `destination` to build a corpus in; it gets its name when the block ends without an error.

    Raises:
        CorpusError: It can't be made there.
    """
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        stage = Path(tempfile.mkdtemp(dir=destination.parent, prefix=f".{destination.name}.", suffix=TEMPORARY))
    except OSError as error:
        raise CorpusError(
            f"{destination}: can't be made ({error.strerror}). Name a DESTINATION in a folder that you can write to."
        ) from error
    try:
        yield stage
        with (stage / MANIFEST).open("rb") as manifest:
            os.fsync(manifest.fileno())
        stage.chmod(0o755)
        stage.replace(destination)
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    sync_folder(destination.parent)

"""The source files of a folder: which there are, and their text."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.code_scan.notebooks import Notebook, read_notebook

PYTHON = (".py", ".pyi", ".pyw")
TYPESCRIPT = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
NOTEBOOK = ".ipynb"
LARGEST_BYTES = 4 << 20
_SKIPPED = frozenset({"node_modules", "__pycache__", "site-packages", "bower_components"})
_MENTIONS = (b"assemblyai", b"gladia")


@dataclass(frozen=True, slots=True)
class Source:
    """One file that mentions either SDK.

    Attributes:
        path: Relative to the folder, with `/`.
        text: Its code; of a notebook, its code cells one below the other.
        suffix: Which language it is, in lower case.
        notebook: Where its lines stand, if it is one.
    """

    path: str
    text: str
    suffix: str
    notebook: Notebook | None = None


def source_files(root: Path) -> Iterator[Path]:
    """All source files below a folder, in order; a file alone stands for itself.

    Not followed are links, so that nothing outside is read and no circle entered; skipped are hidden folders, virtual environments
    and installed packages.
    """
    if not root.is_dir():
        yield root
        return
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if not _is_skipped(Path(folder, name)))
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix.lower() in (*PYTHON, *TYPESCRIPT, NOTEBOOK) and not path.is_symlink():
                yield path


def _is_skipped(folder: Path) -> bool:
    return (
        folder.name in _SKIPPED
        or (folder.name.startswith(".") and folder.name != ".")
        or folder.is_symlink()
        or (folder / "pyvenv.cfg").is_file()
    )


def read_source(path: Path, root: Path) -> Source | None:
    """The text of a file, or None if it mentions neither SDK.

    Raises:
        OSError: It can't be read.
        ValueError: It is none that can be looked into; the message says why.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("no regular file")
    if status.st_size > LARGEST_BYTES:
        raise ValueError(f"larger than {LARGEST_BYTES >> 20} MiB: generated or bundled code is not looked into")
    content = path.read_bytes()
    lower = content.lower()
    if not any(name in lower for name in _MENTIONS):
        return None
    if b"\0" in content:
        raise ValueError("binary: it has null characters")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 ({error.reason} at byte {error.start})") from None
    shown = path.relative_to(root).as_posix() if path != root else path.name
    suffix = path.suffix.lower()
    if suffix != NOTEBOOK:
        return Source(shown, text, suffix)
    notebook = read_notebook(text)
    return Source(shown, notebook.text, suffix, notebook)

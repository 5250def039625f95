"""What the scan finds in a text, as if it were a file."""

import tempfile
from pathlib import Path

from harness.code_scan.scan import scan


def found(code, name="app.py"):
    """Its findings."""
    return list(scanned(code, name).findings)


def scanned(code, name="app.py"):
    """The whole scan; `code` is text or bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(code if isinstance(code, bytes) else code.encode("utf-8", "surrogatepass"))
        return scan(path)

"""What `harness translate --code` does: scan a code base, print what it found, write SARIF."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli_shared import for_whoever_listens
from harness.errors import ConfigError

if TYPE_CHECKING:
    from harness.code_scan.findings import Scan

_TRAPS = 1


def scan_code(folder: Path, sarif: Path | None, *, strict: bool, as_json: bool, quiet: bool, no_color: bool) -> int:
    """Scan, print and write; 0 once completed, unless `strict` and there is a trap, or what may hold one was not read."""
    from rich.console import Console

    from harness.code_scan.scan import scan
    from harness.code_scan.writing import as_document, print_scan

    found = scan(folder)
    if sarif is not None:
        _write_sarif(found, sarif)
    with for_whoever_listens():
        if not quiet:
            print_scan(found, Console(stderr=as_json, no_color=no_color or None, highlight=False, markup=False))
        if as_json:
            click.echo(json.dumps(as_document(found), ensure_ascii=False))
    return _TRAPS if strict and (found.counts()["trap"] or found.unread) else 0


def _write_sarif(found: "Scan", path: Path) -> None:
    from harness.atomic import write_text_atomically
    from harness.code_scan.sarif import as_sarif

    document = as_sarif(found, version("cutover-harness"))
    try:
        write_text_atomically(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise ConfigError(f"--sarif {path}: can't be written ({error.strerror}). Name another file.") from None

"""What is known of this machine: for how many pairs it was calibrated, in a file of the user's.

`$XDG_STATE_HOME/harness/calibration.json` (`~/.local/state/…` by default) holds one entry a host. Who records more pairs at once
than the entry says is warned; who never calibrated is left alone.
"""

import json
import os
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.atomic import write_text_atomically
from harness.calibration.host import Host
from harness.documents import parse_json
from harness.errors import ConfigError

SCHEMA = "harness.calibration/1"


def store_path() -> Path:
    """Where the file lies."""
    state = os.environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "harness" / "calibration.json"


def remember(host: Host, pairs: int, conditions: dict[str, Any], path: Path | None = None) -> Path:
    """Store how many pairs a host carries, in place of what was known of it before.

    Args:
        host: The machine.
        pairs: Largest number of pairs that kept the limits.
        conditions: What they were tried with.
        path: The file; the user's own by default.

    Returns:
        The file's path.

    Raises:
        ConfigError: The file is of another kind, or can't be written.
    """
    path = path or store_path()
    entry = {
        "host": asdict(host),
        "pairs": pairs,
        **conditions,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    others = [each for each in _entries(path) if each.get("host") != entry["host"]]
    text = json.dumps({"schema": SCHEMA, "hosts": [*others, entry]}, indent=2, ensure_ascii=False)
    try:
        write_text_atomically(path, text + "\n")
    except OSError as error:
        raise ConfigError(
            f"{path}: can't be written ({error.strerror}). Set XDG_STATE_HOME to a folder that can."
        ) from None
    return path


def remembered_pairs(host: Host, path: Path | None = None) -> int | None:
    """For how many pairs a host was calibrated; None if it was not, or not with these versions.

    Raises:
        ConfigError: The file is of another kind.
    """
    found = (entry.get("pairs") for entry in _entries(path or store_path()) if entry.get("host") == asdict(host))
    return next((pairs for pairs in found if isinstance(pairs, int)), None)


def _entries(path: Path) -> list[dict[str, Any]]:
    try:
        document = parse_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: not readable as JSON ({error}). Delete it and calibrate again.") from None
    if (
        not isinstance(document, dict)
        or document.get("schema") != SCHEMA
        or not isinstance(document.get("hosts"), list)
    ):
        raise ConfigError(f"{path}: not of schema {SCHEMA!r}. Delete it and calibrate again.")
    return [entry for entry in document["hosts"] if isinstance(entry, dict)]

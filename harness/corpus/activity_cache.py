"""Speech that was found once is found: spans in the user's cache, by the hash of the audio, the channel and the settings.

`$XDG_CACHE_HOME/harness/activity` (`~/.cache/…` by default) holds one small file an entry. It may be deleted at any time. What
is damaged, or was found by other versions, is computed again.
"""

import hashlib
import json
import logging
import math
import os
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from harness.atomic import write_text_atomically
from harness.corpus.activity import ActivitySettings, Span
from harness.documents import parse_json

SCHEMA = "harness.activity/1"
_LOG = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Where the entries lie."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "harness" / "activity"


def remembered_spans(
    audio_sha256: str, channel: int, settings: ActivitySettings, find: Callable[[], tuple[Span, ...]]
) -> tuple[Span, ...]:
    """The spans of a channel: from the cache, else found and stored.

    Args:
        audio_sha256: Of the file's bytes.
        channel: From 0.
        settings: That `find` uses.
        find: Computes the spans; what it raises is passed on, and nothing is stored.

    Returns:
        Start and end of each span in seconds.
    """
    key = {"audio_sha256": audio_sha256, "channel": channel, "settings": settings.as_dict()}
    name = _digest(key)
    path = cache_folder() / name[:2] / f"{name}.json"
    stored = _read(path, key)
    if stored is not None:
        return stored
    spans = find()
    document = {"schema": SCHEMA, "key": key, "spans_s": spans, "spans_sha256": _digest(spans)}
    try:
        write_text_atomically(path, json.dumps(document) + "\n")
    except OSError as error:
        # The spans are right all the same; only the next run has to find them again.
        _LOG.warning("%s: can't be written (%s); speech is looked for again next time", path, error.strerror)
    return spans


def _read(path: Path, key: Mapping[str, Any]) -> tuple[Span, ...] | None:
    """An entry that is whole and answers the key; None otherwise."""
    try:
        document = parse_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not there, or damaged: either way it is computed
        return None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA or document.get("key") != key:
        return None
    stored = document.get("spans_s")
    return _spans(stored) if document.get("spans_sha256") == _digest(stored) else None


def _spans(stored: Any) -> tuple[Span, ...] | None:
    if not isinstance(stored, list) or not all(isinstance(span, list) and len(span) == 2 for span in stored):  # noqa: PLR2004 - start, end
        return None
    times = [time for span in stored for time in span]
    if not all(isinstance(time, float | int) and math.isfinite(time) for time in times):
        return None
    in_order = all(earlier <= later for earlier, later in pairwise(times))
    return tuple((float(start), float(end)) for start, end in stored) if in_order else None


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()

"""Names in a manifest that hold what was redacted: ids, files, calls and speakers are called something else, other notes go."""

import json
from collections.abc import Iterable
from typing import Any

from harness.corpus.redact.texts import fold, forms

_SHORTEST = 3  # shorter ones ("a", "5") are in every other name
_SHORTEST_WITHIN = 4  # of a secret that is looked for inside words
_STRUCTURE = frozenset(
    {"text", "segments", "words", "entities", "tags", "redaction", "id", "audio_filepath", "language"}
)


def holds(value: object, secrets: Iterable[str]) -> bool:
    """Whether a name, or any text within a value, holds a redacted word, or words run together, however it is written."""
    if isinstance(value, dict):
        return holds([*value, *value.values()], secrets)
    if isinstance(value, list):
        return any(holds(one, secrets) for one in value)
    if not isinstance(value, str):
        return False
    parts, letters = forms(value), fold(value)
    return any(
        secret in parts or (len(secret) >= _SHORTEST_WITHIN and secret in letters)
        for secret in secrets
        if len(secret) >= _SHORTEST
    )


class Pseudonyms:
    """Other names for those that hold something redacted: the same name gets the same one in the whole corpus."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)
        self._known: dict[tuple[str, str], str] = {}

    def add(self, kind: str, value: str) -> None:
        """Name `value` anew, as `kind-1` or the next that is free."""
        if (kind, value) in self._known:
            return
        number = 1
        while f"{kind}-{number}" in self._taken:
            number += 1
        self._taken.add(f"{kind}-{number}")
        self._known[kind, value] = f"{kind}-{number}"

    def of(self, kind: str, value: Any) -> Any:
        """The other name of a value, or itself."""
        return self._known.get((kind, str(value)), value)

    def mentioned_in(self, value: object) -> bool:
        """Whether a value says one of the old names, so that the new one would help nobody."""
        said = json.dumps(value, ensure_ascii=False).casefold()
        return any(old.casefold() in said for _, old in self._known)

    def __len__(self) -> int:
        return len(self._known)


KINDS = {"id": "recording", "call_id": "call", "speaker": "speaker", "turn_id": "turn", "audio_filepath": "audio"}


def find_names(raw: dict[str, Any], secrets: Iterable[str], pseudonyms: Pseudonyms) -> None:
    """Find the names of a redacted line that hold something redacted."""
    for part in (raw, *raw.get("segments", ())):
        for key, kind in KINDS.items():
            if key in part and holds(part[key], secrets):
                pseudonyms.add(kind, str(part[key]))


def renamed(raw: dict[str, Any], pseudonyms: Pseudonyms) -> dict[str, Any]:
    """A line, redacted or not, with the other names; its file's name is not touched."""
    found = _renamed(raw, pseudonyms)
    if "segments" in raw:
        found["segments"] = [_renamed(segment, pseudonyms) for segment in raw["segments"]]
    return found


def _renamed(part: dict[str, Any], pseudonyms: Pseudonyms) -> dict[str, Any]:
    kinds = {key: kind for key, kind in KINDS.items() if key != "audio_filepath"}
    return {key: pseudonyms.of(kinds[key], value) if key in kinds else value for key, value in part.items()}


def is_note(key: str) -> bool:
    """Whether a key of a line is neither structure nor a name."""
    return key not in _STRUCTURE and key not in KINDS


def without_notes(raw: dict[str, Any], secrets: Iterable[str]) -> tuple[dict[str, Any], list[str]]:
    """A redacted line without the notes and tags that hold something redacted, and the names of those keys."""
    secrets = tuple(secrets)
    kept = {key: value for key, value in raw.items() if not is_note(key) or not holds(value, secrets)}
    for key in ("entities", "redaction"):
        if key in kept:
            kept[key] = [
                {name: value for name, value in one.items() if not holds(value, secrets)}
                for one in kept[key]
                if not holds(one.get("class"), secrets)
            ]
    tags = [tag for tag in raw.get("tags", ()) if not holds(tag, secrets)]
    dropped = [key for key in raw if key not in kept] + (["tags"] if tags != raw.get("tags", []) else [])
    return kept | ({"tags": tags} if "tags" in raw else {}), dropped

"""Clips as JSON objects and back, without loss: the selected clips are stored in the run directory."""

from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.corpus.model import Clip
from harness.errors import RunError

_CLIP = TypeAdapter(Clip)


def clip_to_dict(clip: Clip) -> dict[str, Any]:
    """Plain values, for `json.dumps`; `clip_from_dict` gives the same clip back."""
    return asdict(clip)


def clip_from_dict(stored: dict[str, Any]) -> Clip:
    """Read what `clip_to_dict` wrote, before or after a trip through JSON.

    Raises:
        RunError: A field is missing or of another type: written by another version, or damaged.
    """
    try:
        return _CLIP.validate_python(stored)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RunError(
            f"stored clip {stored.get('clip_id')!r}: {where}: {first['msg']}. The run directory is damaged or was "
            "written by a version with other fields; record it again."
        ) from error

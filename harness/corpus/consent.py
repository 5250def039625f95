"""Consent: whether a recording's audio may be copied into reports, as its corpus says today."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from harness.corpus.manifest import MANIFEST
from harness.corpus.model import Clip
from harness.documents import parse_json


def as_allowed_now(clips: Iterable[Clip], corpus: Path) -> tuple[Clip, ...]:
    """Clips of a run, without leave to copy audio where the corpus's manifest has withdrawn it since.

    What was forbidden when the run was planned stays forbidden: its reports must not begin to play what they kept silent.

    Args:
        clips: As stored with the run.
        corpus: The folder; if it has no manifest any more, the clips are as they were.
    """
    try:
        withdrawn = frozenset(_forbidden(corpus / MANIFEST))
    except OSError:
        return tuple(clips)
    return tuple(replace(clip, copy_audio=False) if clip.recording_id in withdrawn else clip for clip in clips)


def _forbidden(manifest: Path) -> Iterator[str]:
    """Ids of lines that forbid copying; a value that isn't `true` forbids, because it wasn't meant to allow."""
    with manifest.open("rb") as lines:
        for line in lines:
            if b"copy_audio" not in line:  # most lines: not worth parsing
                continue
            try:
                found = parse_json(line.decode("utf-8-sig"))
            except ValueError:
                continue  # the corpus is being edited; `corpus check` says so
            if isinstance(found, dict) and found.get("copy_audio", True) is not True:
                yield str(found.get("id"))

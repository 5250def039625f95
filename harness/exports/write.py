"""Which files an export makes, and their writing: one session at a time, each file whole or not at all.

DIR/<side>.<pass>.ctm, .stm, .seglst.json        all clips of a side and pass; reference.* for the reference
DIR/<clip>/<side>.<pass>.srt, .vtt               a clip's subtitles; reference.* likewise
DIR/<clip>/pair.<pass>.trace.json                both sides of a clip
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.atomic import write_atomically
from harness.corpus.model import Clip
from harness.errors import ConfigError
from harness.exports.nist import ctm, stm
from harness.exports.seglst import seglst
from harness.exports.subtitles import srt, vtt
from harness.exports.trace import trace
from harness.exports.transcripts import Line, delivered_lines, reference_lines, spoken
from harness.metrics.settings import ScoreSettings
from harness.timeline.events import SIDES, Side
from harness.timeline.segments import FoldedSession

Writer = Callable[[Iterable[Line]], Iterator[str]]

TABLES: dict[str, tuple[str, Writer]] = {
    "ctm": ("ctm", ctm),
    "stm": ("stm", stm),
    "seglst": ("seglst.json", seglst),
}
"""Formats of which one file holds all clips: their suffix and what writes them."""

SUBTITLES: dict[str, Writer] = {"srt": srt, "vtt": vtt}
"""Formats of which a file is about one clip."""

FORMATS = (*TABLES, *SUBTITLES, "trace")
"""All formats, in the order in which help and documentation name them."""


@dataclass(frozen=True, slots=True)
class ExportInput:
    """What is exported.

    Attributes:
        run_id: Of the run.
        clips: Its clips.
        passes: Repetitions.
        settings: Which final is delivered, and what normalising means.
        folder: Folder name of a clip.
        recorded: Whether a session was.
        sessions: Reads and folds one.
    """

    run_id: str
    clips: tuple[Clip, ...]
    passes: int
    settings: ScoreSettings
    folder: Callable[[str], str]
    recorded: Callable[[str, Side, int], bool]
    sessions: Callable[[str, Side, int], FoldedSession | None]


def write_export(inputs: ExportInput, format_name: str, out: Path, *, normalized: bool = False) -> list[Path]:
    """Write one format into the folder `out`; returns the files.

    Args:
        inputs: What is exported.
        format_name: One of `FORMATS`.
        out: Made if missing; files of the same names are replaced.
        normalized: Words as the error rate counts them; only where a tool compares words.

    Raises:
        ConfigError: The format has no normalised form, or `out` can't be written.
    """
    if normalized and format_name not in TABLES:
        raise ConfigError(
            f"--normalized with --format {format_name}: only {', '.join(TABLES)} have words to be compared. "
            "Leave out --normalized, or export them separately."
        )
    try:
        return [_write(out / name, pieces) for name, pieces in _files(inputs, format_name, normalized=normalized)]
    except OSError as error:
        raise ConfigError(f"--out {out}: can't be written ({error}). Choose another folder.") from error


def _files(inputs: ExportInput, format_name: str, *, normalized: bool) -> Iterator[tuple[str, Iterator[str]]]:
    if format_name == "trace":
        yield from _traces(inputs)
    elif format_name in SUBTITLES:
        yield from _subtitles(inputs, format_name)
    else:
        suffix, writer = TABLES[format_name]
        if any(clip.text is not None for clip in inputs.clips):
            yield f"reference.{suffix}", writer(_all_reference(inputs, normalized=normalized))
        for side, number in _sides(inputs):
            yield f"{side}.{number}.{suffix}", writer(_all_delivered(inputs, side, number, normalized=normalized))


def _subtitles(inputs: ExportInput, format_name: str) -> Iterator[tuple[str, Iterator[str]]]:
    writer = SUBTITLES[format_name]
    for clip in inputs.clips:
        folder = inputs.folder(clip.clip_id)
        if clip.text is not None:
            lines = reference_lines(clip, inputs.settings, normalized=False)
            yield f"{folder}/reference.{format_name}", writer(spoken(lines))
        for side, number in _sides(inputs):
            session = inputs.sessions(clip.clip_id, side, number)
            if session is not None:
                lines = delivered_lines(clip, session, inputs.settings, normalized=False)
                yield f"{folder}/{side}.{number}.{format_name}", writer(spoken(lines))


def _traces(inputs: ExportInput) -> Iterator[tuple[str, Iterator[str]]]:
    for clip in inputs.clips:
        for number in range(1, inputs.passes + 1):
            sessions = {side: inputs.sessions(clip.clip_id, side, number) for side in SIDES}
            if any(sessions.values()):
                name = f"{inputs.folder(clip.clip_id)}/pair.{number}.trace.json"
                yield name, trace(clip, sessions, number, inputs.run_id)


def _all_reference(inputs: ExportInput, *, normalized: bool) -> Iterator[Line]:
    for clip in inputs.clips:
        yield from reference_lines(clip, inputs.settings, normalized=normalized)


def _all_delivered(inputs: ExportInput, side: Side, number: int, *, normalized: bool) -> Iterator[Line]:
    for clip in inputs.clips:
        session = inputs.sessions(clip.clip_id, side, number)
        if session is not None:
            yield from delivered_lines(clip, session, inputs.settings, normalized=normalized)


def _sides(inputs: ExportInput) -> Iterator[tuple[Side, int]]:
    """The sides and passes of which anything was recorded."""
    for side in SIDES:
        for number in range(1, inputs.passes + 1):
            if any(inputs.recorded(clip.clip_id, side, number) for clip in inputs.clips):
                yield side, number


def _write(path: Path, pieces: Iterator[str]) -> Path:
    def write(file: IO[bytes]) -> None:
        for piece in pieces:
            file.write(piece.encode("utf-8", "replace"))

    write_atomically(path, write)
    return path

"""One clip in a terminal (`harness corpus show`): waveform, segments and words on one axis, and what the manifest says."""

import difflib
import json
import math
import shutil
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.audio.read import Samples, read_blocks
from harness.corpus.clip_json import clip_to_dict
from harness.corpus.manifest import MANIFEST, completed, file_sha256, survey_corpus
from harness.corpus.model import Clip, Utterance
from harness.errors import ConfigError, CorpusError

_BLOCKS = " ▁▂▃▄▅▆▇█"
_FLOOR_DB = -54.0
_MIN_WIDTH = 20
_COLUMN_S = 0.1  # at which most words fit below their sound, in a few rows
_MAX_STRIPS = 12  # a longer clip is shown as a whole, without its words
_MAX_WORD_ROWS = 4
_MAX_LABEL = 18
# Of a manifest line: what is shown in other words, or drawn.
_SHOWN_OTHERWISE = frozenset(
    "id audio_filepath duration call_id speaker language channel channels sample_rate tags text segments words".split()  # noqa: SIM905 - a line of keys is easier to read
)

Levels = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shown:
    """A clip with its utterances, and its line of the manifest with all keys, whatever they are."""

    clip: Clip
    line: int
    manifest: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return clip_to_dict(self.clip) | {"line": self.line, "manifest": self.manifest}


def find_clips(folder: Path, ids: Iterable[str]) -> list[Shown]:
    """The clips of these ids, with the speech in them where the manifest gives no times.

    Args:
        folder: The corpus; its other lines may be wrong.
        ids: Of clips, or of recordings, which are all their channels.

    Raises:
        ConfigError: There is no such clip; the message names the nearest.
        CorpusError: Its line or its audio is wrong, or there is no manifest.
    """
    found: list[Shown] = []
    unknown: list[str] = []
    for wanted in dict.fromkeys(ids):
        survey = survey_corpus(folder, select=f"id={wanted}")
        for clip in survey.clips:
            line = survey.lines[clip.recording_id]
            whole = completed(folder, clip, file_sha256(folder / clip.audio_filepath))
            found.append(Shown(whole, line, _manifest_line(folder, line)))
        if not survey.clips:
            line = survey.lines.get(wanted) or _line_of(folder, wanted)
            if line and (problems := [str(problem) for problem in survey.problems if problem.line == line]):
                raise CorpusError(f"{folder}: {wanted!r} can't be shown. {problems[0]}")
            unknown.append(f"no clip {wanted!r}{_nearest(wanted, survey.lines)}")
    if unknown:
        raise ConfigError(f"{folder}: there is {', and '.join(unknown)}. Correct the id; they stand in {MANIFEST}.")
    return found


def _nearest(wanted: str, known: Iterable[str]) -> str:
    names = list(known)
    close = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    if close:
        return f" (did you mean {close[0]!r}?)"
    return f" among its {len(names)} recordings, of which the first is {names[0]!r}" if names else ""


def _line_of(folder: Path, wanted: str) -> int:
    """The number of the line with this id, though all else in it be wrong; 0 if there is none."""
    with (folder / MANIFEST).open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if wanted.encode() in line:
                with suppress(ValueError, AttributeError):  # no JSON, or no object: what it is called is unknown
                    if json.loads(line.decode("utf-8-sig")).get("id") == wanted:
                        return number
    return 0


def _manifest_line(folder: Path, number: int) -> dict[str, Any]:
    with (folder / MANIFEST).open("rb") as lines:
        line: dict[str, Any] = json.loads(next(islice(lines, number - 1, None)).decode("utf-8-sig"))
    return line


def describe(shown: Shown, folder: Path, *, width: int | None = None) -> str:
    """A clip in plain text.

    Args:
        shown: As found in `folder`.
        folder: The corpus.
        width: Columns; None takes the terminal's.

    Raises:
        CorpusError: The audio can't be read.
    """
    columns = max(_MIN_WIDTH, width or shutil.get_terminal_size().columns)
    clip = shown.clip
    lines = [clip.clip_id, *_facts(shown, columns), "", *_strips(clip, folder, columns)]
    for index, utterance in enumerate(clip.utterances, 1):
        lines += _utterance(index, utterance, columns)
    if not clip.utterances:
        lines.append("no reference speech")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _facts(shown: Shown, columns: int) -> Iterator[str]:
    clip = shown.clip
    facts: dict[str, object] = {
        "audio": f"{clip.audio_filepath}, channel {clip.channel} of {clip.channels}, {clip.duration_s:.2f} s at "
        f"{clip.sample_rate_hz} Hz",
        "who": f"call {clip.call_id}, speaker {clip.speaker or 'unknown'}, language {clip.language or 'unknown'}",
        "times": _TIMES[clip.time_source],
        "tags": ", ".join(clip.tags) or "none",
        **{key: value for key, value in shown.manifest.items() if key not in _SHOWN_OTHERWISE},
        "line": f"{MANIFEST}:{shown.line}",
    }
    width = min(_MAX_LABEL, max(map(len, facts)))
    for name, value in facts.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        label, indent = f"  {name:<{width}}  ", " " * (width + 4)
        yield from textwrap.wrap(text, columns, initial_indent=label, subsequent_indent=indent, break_on_hyphens=False)


_TIMES = {
    "words": "from words",
    "segments": "from segments",
    "vad": "from the speech that a detector found",
    "none": "none",
}


def _strips(clip: Clip, folder: Path, columns: int) -> Iterator[str]:
    """The clip on one axis: in strips on which words can be read, or as a whole if it is too long for that."""
    strip_s = columns * _COLUMN_S
    strips = int(-(-clip.duration_s // strip_s))
    zoomed = 1 < strips <= _MAX_STRIPS
    cells = strips * columns if zoomed else columns
    length_s = strips * strip_s if zoomed else clip.duration_s
    frames = round(length_s * clip.sample_rate_hz)
    blocks = read_blocks(folder / clip.audio_filepath, (clip.channel,))
    levels = waveform(column_peaks(blocks, frames, cells))
    speech = speech_bar(clip.utterances, length_s, cells)
    labels = label_rows(_labels(clip, length_s / cells, columns), columns) if strips <= _MAX_STRIPS else {}
    for first in range(0, cells, columns):
        last = min(first + columns, math.ceil(clip.duration_s / length_s * cells))
        rows = (levels[first:last], speech[first : first + columns], *labels.get(first // columns, ()))
        yield from (row for row in rows if row.strip())  # digital silence has none
        at_s = first / cells * length_s
        yield _ruler(at_s, min(at_s + length_s * columns / cells, clip.duration_s), last - first)
        yield ""


def column_peaks(blocks: Iterable[Samples], frames: int, columns: int) -> Levels:
    """The highest level in each of `columns` equal parts of `frames` samples, read block by block.

    Returns:
        Shape (columns,), full scale 1; 0 where there are no samples.
    """
    starts = np.arange(columns) * frames // columns
    peaks = np.zeros(columns, np.float32)
    at = 0
    for block in blocks:
        first = int(np.searchsorted(starts, at, "right")) - 1
        last = int(np.searchsorted(starts, at + len(block), "left"))
        offsets = np.maximum(starts[first:last] - at, 0)
        peaks[first:last] = np.maximum(peaks[first:last], np.maximum.reduceat(np.abs(block), offsets))
        at += len(block)
    return peaks


def waveform(peaks: Levels) -> str:
    """Each level as a block, from -54 dBFS (blank) to 0 (full)."""
    decibels = 20 * np.log10(np.maximum(peaks, 1e-6))
    steps = np.clip(np.rint((decibels / -_FLOOR_DB + 1) * (len(_BLOCKS) - 1)), 0, len(_BLOCKS) - 1)
    return "".join(_BLOCKS[int(step)] for step in steps)


def speech_bar(utterances: Sequence[Utterance], length_s: float, columns: int) -> str:
    """Where the references have speech; turns alternate between two marks."""
    bar = [" "] * columns
    marks: dict[object, str] = {}
    for index, utterance in enumerate(utterances):
        turn = index if utterance.turn_id is None else utterance.turn_id
        mark = marks.setdefault(turn, "━═"[len(marks) % 2])
        first = int(utterance.start_s / length_s * columns)
        last = int(utterance.end_s / length_s * columns)
        for column in range(min(first, columns - 1), min(last, columns - 1) + 1):
            bar[column] = mark
    return "".join(bar)


def _labels(clip: Clip, column_s: float, columns: int) -> Iterator[tuple[int, str]]:
    """What stands below which column: words at their onsets, else an utterance's text as far as its strip has room."""
    for utterance in clip.utterances:
        if utterance.words:
            yield from ((int(word.start_s / column_s), word.text) for word in utterance.words)
        elif utterance.text:
            first = int(utterance.start_s / column_s)
            room = min(int(utterance.end_s / column_s) + 1 - first, columns - first % columns)
            yield first, utterance.text if len(utterance.text) <= room else f"{utterance.text[: room - 1]}…"


def label_rows(labels: Iterable[tuple[int, str]], columns: int) -> dict[int, list[str]]:
    """Labels on strips of so many columns, each in the first row that has room for it; what finds none is "…".

    Args:
        labels: Column, counted through all strips, and text; in order.
        columns: Of a strip; a label that would leave it begins earlier.

    Returns:
        Rows by the index of their strip.
    """
    strips: dict[int, list[str]] = {}
    for column, text in labels:
        strip, at = divmod(column, columns)
        at = max(0, min(at, columns - len(text)))
        rows = strips.setdefault(strip, [])
        row = next((index for index, row in enumerate(rows) if not row or len(row) < at), len(rows))
        if row == _MAX_WORD_ROWS:
            rows[-1] = (rows[-1] + " …")[:columns] if not rows[-1].endswith("…") else rows[-1]
            continue
        if row == len(rows):
            rows.append("")
        rows[row] = (f"{rows[row]:<{at}}{text}")[:columns]
    return strips


def _ruler(start_s: float, end_s: float, columns: int) -> str:
    start, end = f"{start_s:.1f}" if start_s else "0", f"{end_s:.1f} s"
    return f"{start:<{max(len(start) + 1, columns - len(end))}}{end}"


def _utterance(index: int, utterance: Utterance, columns: int) -> Iterator[str]:
    turn = f"  turn {utterance.turn_id}" if utterance.turn_id is not None else ""
    speaker = f"  {utterance.speaker}" if utterance.speaker is not None else ""
    timed = len(utterance.words)
    words = f"  {timed} word{'s' * (timed != 1)} timed" if timed else ""
    head = f"{index:3}  {utterance.start_s:8.2f} - {utterance.end_s:8.2f} s{turn}{speaker}{words}"
    yield from textwrap.wrap(head, columns, subsequent_indent=" " * 5)
    text = utterance.text if utterance.text is not None else "(no text)"
    yield from textwrap.wrap(text, columns, initial_indent=" " * 5, subsequent_indent=" " * 5)

"""Corpora in a terminal: one clip (`harness corpus show`), and what a check found (`harness corpus check`)."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.read import Samples, read_channel
from harness.corpus.check import CorpusReport
from harness.corpus.model import Clip, Utterance

_BLOCKS = " ▁▂▃▄▅▆▇█"
_FLOOR_DB = -54.0
_MIN_WIDTH = 20
_PROBLEMS_SHOWN = 50


def describe(clip: Clip, folder: Path, *, width: int | None = None) -> str:
    """A clip in plain text.

    Args:
        clip: As loaded from `folder`.
        folder: The corpus.
        width: Columns; None takes the terminal's.

    Raises:
        CorpusError: The audio can't be read.
    """
    columns = max(_MIN_WIDTH, width or shutil.get_terminal_size().columns)
    samples = read_channel(folder / clip.audio_filepath, clip.channel)
    who = f"call {clip.call_id}, speaker {clip.speaker or 'unknown'}, language {clip.language or 'unknown'}"
    lines = [
        f"{clip.clip_id}  {clip.audio_filepath}, channel {clip.channel} of {clip.channels}",
        f"{clip.duration_s:.2f} s at {clip.sample_rate_hz} Hz, {who}, times from {clip.time_source}",
        f"tags: {', '.join(clip.tags) or 'none'}",
        *(["its audio may not be copied into reports"] if not clip.copy_audio else []),
        "",
        waveform(samples, columns),
        speech_bar(clip, columns),
        _ruler(clip.duration_s, columns),
        "",
        *(line for index, utterance in enumerate(clip.utterances, 1) for line in _utterance(index, utterance)),
    ]
    if not clip.utterances:
        lines.append("no reference speech")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def describe_check(report: CorpusReport) -> str:
    """What a check found, in plain text: what there is, then what is wrong."""
    facts = {
        "recordings": report.recordings,
        "clips": report.clips,
        "calls": report.calls,
        "speakers": report.speakers,
        "audio": f"{report.audio_s / 60:.1f} min",
        "utterances, turns": f"{report.utterances}, {report.turns}",
        "reference words": report.reference_words,
        "entities": report.entities,
        "clips without text": report.without_text,
        "kept out of reports": f"audio of {report.audio_kept_out} clips (copy_audio is false)"
        if report.audio_kept_out
        else "nothing",
        "sample rates": _counts(report.sample_rates_hz, " Hz"),
        "languages": _counts(report.languages),
        "times from": _counts(report.time_sources),
        "tags": _counts(report.tags),
    }
    lines = [str(report.path), *(f"  {name:<20} {value}" for name, value in facts.items()), ""]
    lines += [f"{problem.severity}: {problem}" for problem in report.problems[:_PROBLEMS_SHOWN]]
    if len(report.problems) > _PROBLEMS_SHOWN:
        lines.append(f"... and {len(report.problems) - _PROBLEMS_SHOWN} more; --json lists all")
    errors, warnings = len(report.errors), len(report.warnings)
    lines.append(
        f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"
        if errors
        else f"usable, {warnings} warning{'s' * (warnings != 1)}"
    )
    return "\n".join(lines)


def _counts(counts: Mapping[Any, int], unit: str = "") -> str:
    return ", ".join(f"{name or 'none'}{unit} ({count})" for name, count in counts.items()) or "none"


def waveform(samples: Samples, columns: int) -> str:
    """The level of each column as a block, from -54 dBFS (blank) to 0 (full)."""
    starts = np.arange(columns) * len(samples) // columns
    peaks = np.maximum.reduceat(np.abs(samples), starts)
    decibels = 20 * np.log10(np.maximum(peaks, 1e-6))
    steps = np.clip(np.rint((decibels / -_FLOOR_DB + 1) * (len(_BLOCKS) - 1)), 0, len(_BLOCKS) - 1)
    return "".join(_BLOCKS[int(step)] for step in steps)


def speech_bar(clip: Clip, columns: int) -> str:
    """Where the references have speech; turns alternate between two marks."""
    bar = [" "] * columns
    marks: dict[object, str] = {}
    for index, utterance in enumerate(clip.utterances):
        turn = index if utterance.turn_id is None else utterance.turn_id
        mark = marks.setdefault(turn, "━═"[len(marks) % 2])
        first = int(utterance.start_s / clip.duration_s * columns)
        last = int(utterance.end_s / clip.duration_s * columns)
        for column in range(min(first, columns - 1), min(last, columns - 1) + 1):
            bar[column] = mark
    return "".join(bar)


def _ruler(duration_s: float, columns: int) -> str:
    end = f"{duration_s:.1f} s"
    return f"{'0':<{columns - len(end)}}{end}"


def _utterance(index: int, utterance: Utterance) -> Iterator[str]:
    turn = f"  turn {utterance.turn_id}" if utterance.turn_id is not None else ""
    speaker = f"  {utterance.speaker}" if utterance.speaker is not None else ""
    yield f"{index:3}  {utterance.start_s:8.2f} - {utterance.end_s:8.2f} s{turn}{speaker}"
    yield f"     {utterance.text if utterance.text is not None else '(no text)'}"
    if utterance.words:
        yield "     " + "  ".join(f"{word.text}@{word.start_s:.2f}" for word in utterance.words)

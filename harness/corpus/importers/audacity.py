"""Audacity label tracks beside the audio: `call.wav` and `call.txt`, or `call.ch0.txt` and `call.ch1.txt` for its channels."""

import re
from collections.abc import Iterator
from pathlib import Path

from harness.corpus.importers.found import FoundRecording, FoundSegment, Harvest, Place
from harness.corpus.importers.reading import audio_below, first_line, seconds, span, text_lines

_LABEL = re.compile(r"\d+[.,]?\d*\t\d+[.,]?\d*(\t.*)?")
_FIELDS = 2
_CHANNEL = re.compile(r"\.ch(\d+)")


def detect(source: Path) -> str | None:
    """Why these may be label tracks."""
    for audio in audio_below(source):
        for path, _ in tracks(audio):
            if _LABEL.fullmatch(first_line(path)):
                return f"{path.name} beside {audio.name} has labels with start and end"
    return None


def tracks(audio: Path) -> list[tuple[Path, int | None]]:
    """The label files beside an audio file, with the channels they are about."""
    found: list[tuple[Path, int | None]] = []
    for path in sorted(audio.parent.glob("*.txt")):
        rest = path.name.removesuffix(".txt").removeprefix(audio.stem) if path.name.startswith(audio.stem) else "no"
        if not rest:
            found.append((path, None))
        elif match := _CHANNEL.fullmatch(rest):
            found.append((path, int(match[1])))
    return found


def read(source: Path) -> Harvest:
    """One recording for each audio file, with a segment for each label that has a length.

    Raises:
        CorpusError: A label is wrong.
    """
    notes: list[str] = []
    return Harvest(tuple(_recording(audio, notes) for audio in audio_below(source)), tuple(notes))


def _recording(audio: Path, notes: list[str]) -> FoundRecording:
    found = tracks(audio)
    segments = tuple(segment for path, channel in found for segment in _labels(path, channel, notes))
    if not found:
        notes.append(f"{audio.name}: no label track beside it, so it has no reference")
    return FoundRecording(Place(found[0][0] if found else audio), audio.stem, audio, segments=segments)


def _labels(path: Path, channel: int | None, notes: list[str]) -> Iterator[FoundSegment]:
    points = 0
    for place, line in text_lines(path):
        if line.startswith("\\"):  # the frequency range of a spectral selection
            continue
        fields = line.split("\t", _FIELDS)
        if len(fields) < _FIELDS:
            raise place.error("the line", "has no tab; a label has start, end and text between tabs. Export it again")
        start_s, end_s = span(seconds(fields[0], place, "start"), seconds(fields[1], place, "end"), place)
        if start_s == end_s:
            points += 1
        else:
            text = fields[_FIELDS].strip() if len(fields) > _FIELDS else ""
            yield FoundSegment(place, start_s, end_s, text, channel=channel)
    if points:
        notes.append(f"{path.name}: {points} labels at a point of time, without length, were left out")

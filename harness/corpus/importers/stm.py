"""STM references, with RTTM and CTM files beside them for turns and word times. Any of the three will do.

STM: `waveform channel speaker start end [<labels>] transcript`, after NIST's SCTK.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.corpus.importers import nemo, nist
from harness.corpus.importers.found import FoundRecording, FoundSegment, FoundWord, Harvest, Place
from harness.corpus.importers.reading import audio_below, by_stem, files_below, first_line, seconds, span, text_lines

_FIELDS = 5
_IGNORED = "ignore_time_segment_in_scoring"
_NOBODY = frozenset({"inter_segment_gap", "excluded_region"})
_LABELS = re.compile(r"<[^<>\s]*>\s*")
_ALTERNATIVES = re.compile(r"\{([^{}]*)\}")
_CTM_LINE = re.compile(r"\S+\s+\S+\s+\d+(\.\d*)?\s+\d+(\.\d*)?\s+\S+(\s+\S+)?\s*")


def detect(source: Path) -> str | None:
    """Why this may be STM, RTTM or CTM."""
    if found := files_below(source, ".stm"):
        return f"{found[0].name} is an STM file"
    if nemo.detect(source):
        return None  # its manifests name RTTM and CTM files that lie beside them
    if (found := files_below(source, ".rttm")) and first_line(found[0]).startswith(("SPEAKER ", ";;", "SPKR-INFO")):
        return f"{found[0].name} is an RTTM file"
    if (found := files_below(source, ".ctm")) and _CTM_LINE.fullmatch(first_line(found[0])):
        return f"{found[0].name} is a CTM file"
    return None


@dataclass(slots=True)
class _Collected:
    """What was said about one recording."""

    places: list[Place] = field(default_factory=list)
    segments: list[FoundSegment] = field(default_factory=list)
    turns: list[nist.Turn] = field(default_factory=list)
    words: list[FoundWord] = field(default_factory=list)


def read(source: Path) -> Harvest:
    """One recording for each waveform, whole, with segments.

    Raises:
        CorpusError: A line is wrong, or audio is missing.
    """
    folder = source if source.is_dir() else source.parent
    suffix = source.suffix.lower() if source.is_file() else ""
    collected: dict[str, _Collected] = defaultdict(_Collected)
    ignored = 0
    for path in files_below(source, ".stm"):
        for name, segment in _stm_segments(path):
            ignored += segment is None
            if segment is not None:
                collected[name].segments.append(segment)
                collected[name].places.append(segment.place)
    wanted = set(collected)  # RTTM and CTM files beside STM ones may be about other recordings too
    for path in files_below(source if suffix == ".rttm" else folder, ".rttm"):
        for turn in nist.read_rttm(path):
            if not wanted or turn.recording in wanted:
                collected[turn.recording].turns.append(turn)
                collected[turn.recording].places.append(turn.place)
    for path in files_below(source if suffix == ".ctm" else folder, ".ctm"):
        for timed in nist.read_ctm(path):
            if not wanted or timed.recording in wanted:
                collected[timed.recording].words.append(timed.word)
                collected[timed.recording].places.append(timed.word.place)
    audio = by_stem(audio_below(folder))
    notes = [f"{ignored} stretches that STM files mark as not to be scored have no reference here"] if ignored else []
    return Harvest(tuple(_recording(name, one, audio, folder) for name, one in collected.items()), tuple(notes))


def _recording(name: str, found: _Collected, audio: dict[str, Path], folder: Path) -> FoundRecording:
    place = found.places[0]
    if (path := audio.get(name) or audio.get(Path(name).stem)) is None:
        raise place.error("waveform", f"is {name!r}, but there is no audio of that name below {folder}. Put it there")
    segments = _with_turns(found.segments, found.turns) if found.segments else map(nist.segment, found.turns)
    return FoundRecording(place, name, path, segments=tuple(segments), words=tuple(found.words))


def _stm_segments(path: Path) -> Iterable[tuple[str, FoundSegment | None]]:
    """Waveform and segment of each line; None where nothing is to be scored."""
    for place, line in text_lines(path):
        if line.startswith((";;", "#")):
            continue
        fields = line.split(None, _FIELDS)
        if len(fields) < _FIELDS:
            message = (
                f"has {len(fields)} fields; an STM line has waveform, channel, speaker, start, end and a transcript"
            )
            raise place.error("the line", f"{message}. Correct it")
        start_s, end_s = span(seconds(fields[3], place, "start"), seconds(fields[4], place, "end"), place)
        channel = nist.channel_number(fields[1], place)
        text = spoken(fields[5] if len(fields) > _FIELDS else "", place)
        if fields[2] in _NOBODY or not text:
            continue
        segment = FoundSegment(place, start_s, end_s, text, fields[2], channel=channel)
        yield fields[0], None if text.lower() == _IGNORED else segment


def spoken(transcript: str, place: Place) -> str:
    """The words of a transcript: without labels, the first of alternatives, `(optional)` words with the others.

    Raises:
        CorpusError: A brace isn't closed.
    """
    text = _LABELS.sub("", transcript, count=1) if transcript.startswith("<") else transcript
    text = _ALTERNATIVES.sub(lambda match: match[1].split("/")[0], text)
    if "{" in text or "}" in text:
        raise place.error("transcript", "has a brace that isn't closed; alternatives are { one / other }. Correct it")
    words = (word.strip("()") for word in text.split())
    return " ".join(word for word in words if word and word != "@")


def _with_turns(segments: list[FoundSegment], turns: list[nist.Turn]) -> Iterable[FoundSegment]:
    """Each segment belongs to the turn of its speaker that it shares the most time with."""
    for segment in segments:
        best, most_s = None, 0.0
        for number, turn in enumerate(turns, 1):
            shared_s = min(turn.end_s, segment.end_s or 0.0) - max(turn.start_s, segment.start_s)
            if (turn.speaker, turn.channel) == (segment.speaker, segment.channel) and shared_s > most_s:
                best, most_s = f"turn-{number}", shared_s
        yield replace(segment, turn_id=best)

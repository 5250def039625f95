"""Lhotse manifests: recordings and supervisions, or cuts, as JSONL (`.gz` too). Parsed as JSON; Lhotse itself is not needed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from harness.corpus.importers.found import FoundRecording, FoundSegment, FoundWord, Harvest, tag
from harness.corpus.importers.reading import Row, audio_path, files_in, first_row, json_rows, seconds, shown
from harness.errors import CorpusError

_ENDINGS = (".jsonl", ".jsonl.gz")
Spoken = TypeVar("Spoken", FoundSegment, FoundWord)
_ITEM_FIELDS = 3  # symbol, start, duration; a score may follow


def detect(source: Path) -> str | None:
    """Why this may be Lhotse."""
    kinds = [(path.name, kind) for path in files_in(source, *_ENDINGS) if (kind := _kind(first_row(path)))]
    return f"{kinds[0][0]} has Lhotse's {kinds[0][1]}" if kinds else None


def _kind(values: Any) -> str | None:
    if {"id", "sources", "sampling_rate"} <= set(values):
        return "recordings"
    if {"id", "recording_id", "start", "duration"} <= set(values):
        return "supervisions"
    return "cuts" if str(values.get("type", "")).endswith("Cut") else None


@dataclass(slots=True)
class _Collected:
    """A recording and what is said in it."""

    row: Row
    segments: list[FoundSegment] = field(default_factory=list)
    words: list[FoundWord] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    genders: dict[str, str] = field(default_factory=dict)


def read(source: Path) -> Harvest:
    """One recording for each of Lhotse's, whole: supervisions become segments, cuts are put back where they were cut.

    Raises:
        CorpusError: A line is wrong, or made by a transformation that only Lhotse can repeat.
    """
    files: dict[str, list[Path]] = {kind: [] for kind in ("recordings", "supervisions", "cuts")}
    for path in files_in(source, *_ENDINGS):
        if kind := _kind(first_row(path)):
            files[kind].append(path)
    notes = []
    if files["recordings"]:
        found = _of_recordings(files["recordings"], files["supervisions"])
        if files["cuts"]:
            notes = [f"{', '.join(path.name for path in files['cuts'])}: left out, because there are recordings"]
    elif files["cuts"]:
        found = _of_cuts(files["cuts"])
    else:
        raise CorpusError(
            f"{source}: there are no Lhotse recordings or cuts. Name the folder that holds both manifests."
        )
    return Harvest(tuple(recording for one in found.values() for recording in _recordings(one)), tuple(notes))


def _of_recordings(recordings: Iterable[Path], supervisions: Iterable[Path]) -> dict[str, _Collected]:
    found: dict[str, _Collected] = {}
    for path in recordings:
        for row in json_rows(path):
            name = row.needed("id")
            if name in found:
                raise row.place.error(
                    "id", f"is {name!r}, as in {found[name].row.place}. Name one of the files as SOURCE"
                )
            found[name] = _Collected(row)
    for path in supervisions:
        for row in json_rows(path):
            name = row.needed("recording_id")
            if name not in found:
                raise row.place.error(
                    "recording_id", f"is {name!r}, which no recording has. Add it, or remove the line"
                )
            _supervise(found[name], row, 0.0)
    return found


def _of_cuts(paths: Iterable[Path]) -> dict[str, _Collected]:
    found: dict[str, _Collected] = {}
    seen: set[tuple[str, str]] = set()
    for path in paths:
        for row in json_rows(path):
            if (kind := row.text("type")) not in {"MonoCut", "MultiCut"}:
                raise row.place.error(
                    "type", f"is {kind}; allowed are MonoCut and MultiCut. Save it as audio of its own"
                )
            recording = row.row("recording")
            one = found.setdefault(recording.needed("id"), _Collected(recording))
            for supervision in row.rows("supervisions"):
                key = (recording.needed("id"), supervision.needed("id"))
                if key not in seen:  # cuts may overlap
                    seen.add(key)
                    _supervise(one, supervision, row.needed_seconds("start"))
    return found


def _supervise(one: _Collected, row: Row, cut_start_s: float) -> None:
    channel = row.values.get("channel", 0)
    channel = channel[0] if isinstance(channel, list) and len(channel) == 1 else channel
    if not isinstance(channel, int) or isinstance(channel, bool):
        raise row.place.error(
            "channel", f"is {shown(channel)}; allowed is one number: a reference belongs to one channel"
        )
    raw = row.values.get("start")  # in a cut it may be negative: the speech began before
    start_s = cut_start_s + (float(raw) if isinstance(raw, int | float) else row.needed_seconds("start"))
    end_s = start_s + row.needed_seconds("duration")
    start_s = seconds(round(start_s, 6), row.place, "start")
    speaker = row.text("speaker")
    one.segments.append(
        FoundSegment(row.place, start_s, round(end_s, 6), row.reference("text"), speaker, channel=channel)
    )
    one.words += _words(row, channel)
    one.languages += [language] if (language := row.text("language")) else []
    if speaker and (gender := row.text("gender")):
        one.genders[speaker] = gender.lower()


def _words(row: Row, channel: int) -> Iterator[FoundWord]:
    """Word alignments; their times are the recording's even inside a cut."""
    alignment = row.values.get("alignment") or {}
    items = alignment.get("word", []) if isinstance(alignment, dict) else None
    for item in items if isinstance(items, list) else [None]:
        values = list(item.values()) if isinstance(item, dict) else item
        if not isinstance(values, list) or len(values) < _ITEM_FIELDS:
            raise row.place.error(
                "alignment.word", f"holds {shown(item)}; allowed is [symbol, start, duration]. Correct it"
            )
        start_s = seconds(values[1], row.place, "alignment.word")
        end_s = round(start_s + seconds(values[2], row.place, "alignment.word"), 6)
        if str(values[0]).strip():  # aligners mark silence with an empty word
            yield FoundWord(row.place, str(values[0]).strip(), start_s, end_s, channel)


def _recordings(one: _Collected) -> Iterator[FoundRecording]:
    """One for each file of the recording: the channels may lie in files of their own."""
    row, name = one.row, one.row.needed("id")
    if row.values.get("transforms"):
        raise row.place.error(
            "transforms", f"of {name} are not repeated here. Save the recordings as Lhotse makes them"
        )
    sources = row.rows("sources")
    if not sources:
        raise row.place.error("sources", f"of {name} are missing. Add where the audio lies")
    for number, source in enumerate(sources):
        audio, channels = _file(source, name)
        segments = tuple(_in_file(segment, channels) for segment in one.segments if segment.channel in channels)
        genders = {one.genders.get(segment.speaker or "") for segment in segments}
        yield FoundRecording(
            place=row.place,
            name=name if len(sources) == 1 else f"{name}.{number}",
            audio=audio,
            call_id=name if len(sources) > 1 else None,
            language=one.languages[0] if len(set(one.languages)) == 1 else None,
            tags=tag("gender", genders.pop()) if len(genders) == 1 else (),
            segments=segments,
            words=tuple(_in_file(word, channels) for word in one.words if word.channel in channels),
        )
    known = [channel for source in sources for channel in _channels(source)]
    stray = next((segment for segment in one.segments if segment.channel not in known), None)
    if stray is not None:
        raise stray.place.error("channel", f"is {stray.channel}; {name} has {', '.join(map(str, known))}. Correct it")


def _file(source: Row, name: str) -> tuple[Path, list[int]]:
    if (kind := source.text("type")) != "file":
        message = f"of {name} has the type {kind}; allowed is file: nothing is fetched or run here. Save it as a file"
        raise source.place.error("sources", message)
    written = source.needed("source")
    return audio_path(written, source.place.path.parent, source.place, "sources", absolute=True), _channels(source)


def _channels(source: Row) -> list[int]:
    channels = source.values.get("channels")
    if not isinstance(channels, list) or not all(isinstance(channel, int) for channel in channels):
        raise source.place.error(
            "sources", f"has the channels {shown(channels)}; allowed is a list of numbers. Correct it"
        )
    return channels


def _in_file(one: Spoken, channels: list[int]) -> Spoken:
    """With the channel of the file for the recording's."""
    return replace(one, channel=channels.index(one.channel or 0))

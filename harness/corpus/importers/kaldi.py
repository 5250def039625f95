"""Kaldi data directories: `wav.scp`, and `segments`, `text`, `utt2spk`, `utt2lang`, `reco2file_and_channel` where there are any."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.audio.read import probe
from harness.corpus.importers.found import FoundRecording, FoundSegment, Harvest, Place
from harness.corpus.importers.nist import channel_number
from harness.corpus.importers.reading import audio_path, seconds, shown, span, text_lines

_SEGMENT_FIELDS = 4
_SIDE_FIELDS = 3
_TO_THE_END = "-1"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line: its key, and what follows."""

    place: Place
    value: str


Table = Mapping[str, _Entry]


def detect(source: Path) -> str | None:
    """Why this may be Kaldi."""
    return "it holds a wav.scp" if (source / "wav.scp").is_file() else None


def read(source: Path) -> Harvest:
    """One recording for each audio file, whole; utterances of `segments` become its segments.

    Raises:
        CorpusError: A line is wrong, or a file comes from a command.
    """
    tables = {name: _table(source / name) for name in ("wav.scp", "text", "utt2spk", "utt2lang")}
    if not tables["wav.scp"]:
        raise Place(source / "wav.scp").error("the file", "is missing or empty; a Kaldi directory needs one. Add it")
    audio = {name: _audio(name, entry, source) for name, entry in tables["wav.scp"].items()}
    sides = _sides(source / "reco2file_and_channel")
    if (source / "segments").is_file():
        return Harvest(tuple(_segmented(_segments(source, tables, audio, sides), audio, sides, tables)))
    return Harvest(tuple(_utterance(name, path, tables, sides) for name, path in audio.items()))


def _table(path: Path) -> dict[str, _Entry]:
    """A file of lines `key value`; empty if there is none."""
    found: dict[str, _Entry] = {}
    for place, line in text_lines(path) if path.is_file() else ():
        key, _, value = line.strip().partition(" ")
        if key in found:
            raise place.error("key", f"is {key!r}, as in line {found[key].place.line}; each may stand once. Remove one")
        found[key] = _Entry(place, value.strip())
    return found


def _audio(name: str, entry: _Entry, source: Path) -> Path:
    written, place = entry.value, entry.place
    if written.endswith("|") or written.startswith("|"):
        message = f"of {name} is made by a command ({shown(written)}), and commands are not run here"
        raise place.error("path", f"{message}. Write its output to a file and name that; SPHERE is read as it is")
    if not written:
        raise place.error("path", f"of {name} is missing. Add it behind the name and a space")
    head, colon, offset = written.rpartition(":")
    if colon and offset.isdigit():
        raise place.error("path", f"of {name} points into the archive {head}. Extract the audio: `wav-copy` does it")
    return audio_path(written, source, place, "path", absolute=True)


def _sides(path: Path) -> dict[str, tuple[str, int]]:
    """File and channel (from 0) of each recording that is one side of a call."""
    found: dict[str, tuple[str, int]] = {}
    for name, entry in _table(path).items():
        fields = entry.value.split()
        if len(fields) != _SIDE_FIELDS - 1:
            raise entry.place.error(
                "the line", f"has {len(fields) + 1} fields; it needs recording, file, channel. Correct it"
            )
        found[name] = (fields[0], channel_number(fields[1], entry.place))
    return found


def _utterance(
    name: str, path: Path, tables: Mapping[str, Table], sides: Mapping[str, tuple[str, int]]
) -> FoundRecording:
    """A recording that is an utterance: `text` and the others name it directly."""
    return FoundRecording(
        place=tables["wav.scp"][name].place,
        name=name,
        audio=path,
        text=_text(name, tables, tables["wav.scp"][name].place),
        call_id=sides[name][0] if name in sides else None,
        speaker=_value(name, tables["utt2spk"]),
        language=_value(name, tables["utt2lang"]),
    )


def _segments(
    source: Path, tables: Mapping[str, Table], audio: Mapping[str, Path], sides: Mapping[str, tuple[str, int]]
) -> dict[str, list[tuple[str, FoundSegment]]]:
    """The utterances of each recording."""
    found: dict[str, list[tuple[str, FoundSegment]]] = {name: [] for name in audio}
    for utterance, entry in _table(source / "segments").items():
        place, fields = entry.place, entry.value.split()
        if len(fields) != _SEGMENT_FIELDS - 1:
            message = f"has {len(fields) + 1} fields; it needs utterance, recording, start, end"
            raise place.error("the line", f"{message}. Correct it")
        recording = fields[0]
        if recording not in found:
            raise place.error(
                "recording", f"is {recording!r}, which is not in wav.scp. Add it there, or remove the line"
            )
        start_s, end_s = seconds(fields[1], place, "start"), None
        if fields[2] != _TO_THE_END:
            start_s, end_s = span(start_s, seconds(fields[2], place, "end"), place)
        speaker = _value(utterance, tables["utt2spk"])
        channel = sides[recording][1] if recording in sides else None
        segment = FoundSegment(place, start_s, end_s, _text(utterance, tables, place), speaker, channel=channel)
        found[recording].append((utterance, segment))
    return found


def _segmented(
    segments: Mapping[str, list[tuple[str, FoundSegment]]],
    audio: Mapping[str, Path],
    sides: Mapping[str, tuple[str, int]],
    tables: Mapping[str, Table],
) -> list[FoundRecording]:
    """Sides of a call that name one stereo file are one recording; each with its own mono file, they share the call."""
    together: dict[Path, list[str]] = {}
    for name, path in audio.items():
        together.setdefault(path, []).append(name)
    found = []
    for path, names in together.items():
        stereo = names[0] in sides and probe(path).channels > 1
        spoken = [one for name in names for one in segments[name]]
        found.append(
            FoundRecording(
                place=tables["wav.scp"][names[0]].place,
                name=sides[names[0]][0] if stereo else names[0],
                audio=path,
                call_id=sides[names[0]][0] if names[0] in sides else None,
                language=next((_value(utterance, tables["utt2lang"]) for utterance, _ in spoken), None),
                segments=tuple(segment if stereo else _mono(segment) for _, segment in spoken),
            )
        )
    return found


def _mono(segment: FoundSegment) -> FoundSegment:
    """In a file of one side, the side is no channel of the file."""
    return FoundSegment(segment.place, segment.start_s, segment.end_s, segment.text, segment.speaker)


def _text(utterance: str, tables: Mapping[str, Table], place: Place) -> str | None:
    if not tables["text"]:
        return None
    if utterance not in tables["text"]:
        message = f"{utterance!r} has no line in `text`; add one, or drop the utterance with utils/fix_data_dir.sh"
        raise place.error("utterance", message)
    return tables["text"][utterance].value


def _value(key: str, table: Table) -> str | None:
    return table[key].value if key in table else None

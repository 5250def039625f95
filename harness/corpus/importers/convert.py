"""`harness corpus import`: what an importer found, as a corpus folder that appears whole or not at all.

The new folder is built beside its place under another name: the manifest first, with links for audio, which the loader
checks as it checks any corpus; then the audio; then the folder gets its name.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from harness.atomic import TEMPORARY
from harness.audio.read import AudioInfo, probe
from harness.corpus.importers.found import FoundRecording, FoundSegment, FoundWord, Harvest, Place
from harness.corpus.importers.reading import link_outside
from harness.corpus.importers.registry import Guess, guess, named
from harness.corpus.language import language_tag
from harness.corpus.manifest import survey_corpus
from harness.corpus.new_corpus import check_destination, new_folder, write_lines
from harness.corpus.recording import MAX_ID_LENGTH
from harness.corpus.reference import DURATION_TOLERANCE_S, TOLERANCE_S
from harness.errors import CorpusError

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What was imported.

    Attributes:
        path: The new folder.
        format: Of the source.
        why: What the format was guessed from; None if it was named.
        recordings: Lines in the manifest.
        segments: In all recordings together.
        words: With times.
        audio_s: Length of all audio files together.
        notes: What was chosen, changed or left out.
    """

    path: Path
    format: str
    why: str | None
    recordings: int
    segments: int
    words: int
    audio_s: float
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"path": str(self.path), "audio_s": round(self.audio_s, 3)}


def import_corpus(
    source: Path,
    destination: Path,
    *,
    format_name: str | None = None,
    language: str | None = None,
    link: bool = False,
    follow_links: bool = False,
) -> ImportReport:
    """Make a corpus of recordings in another format.

    Args:
        source: A folder, or a file that lists the recordings.
        destination: The folder to make; it may exist if it is empty.
        format_name: One of `registry.FORMATS`; None: guessed.
        language: BCP-47 tag of recordings for which the source names none.
        link: Link audio (hard, across file systems symbolic) instead of copying it.
        follow_links: Take files that symbolic links in the source name outside of it.

    Raises:
        ConfigError: There is no such format.
        CorpusError: The source is wrong, or the destination is taken; nothing was written.
    """
    _check_places(source, destination)
    chosen = guess(source) if format_name is None else Guess(named(format_name), "")
    harvest = chosen.importer.read(source)
    if not harvest.recordings:
        raise CorpusError(
            f"{source}: holds no recording in the format {chosen.importer.name}. Name another folder or format."
        )
    if not follow_links:
        _check_links(source, harvest)
    return import_found(harvest, destination, chosen.importer.name, chosen.why or None, language=language, link=link)


def import_found(
    harvest: Harvest,
    destination: Path,
    format_name: str,
    why: str | None = None,
    *,
    language: str | None = None,
    link: bool = False,
) -> ImportReport:
    """Make a corpus of what an importer found; arguments and errors as for `import_corpus`."""
    notes = list(harvest.notes)
    infos = _probed(harvest.recordings)
    names = _safe_ids(harvest.recordings)
    files = _file_names(harvest.recordings, names)
    lines = [
        _line(recording, name, files[recording.audio], info=infos[recording.audio], language=language, notes=notes)
        for recording, name in zip(harvest.recordings, names, strict=True)
    ]
    _write(destination, lines, files, [one.place for one in harvest.recordings], link=link)
    return ImportReport(
        path=destination,
        format=format_name,
        why=why,
        recordings=len(lines),
        segments=sum(len(line.get("segments", ())) for line in lines),
        words=sum(len(line.get("words", ())) for line in lines),
        audio_s=sum(info.duration_s for info in infos.values()),
        notes=tuple(_counted(notes)),
    )


def _check_places(source: Path, destination: Path) -> None:
    if not source.exists():
        raise CorpusError(f"{source}: there is no such file or folder. Correct SOURCE.")
    if not (source.is_dir() or source.is_file()):
        raise CorpusError(f"{source}: is neither a file nor a folder. Correct SOURCE.")
    check_destination(source, destination)


def _check_links(source: Path, harvest: Harvest) -> None:
    """What somebody hands over may not fetch files from elsewhere on this machine unnoticed."""
    used = [path for one in harvest.recordings for path in (one.audio, one.place.path)]
    if (found := link_outside(source, used)) is not None:
        raise CorpusError(
            f"{found}: is a link to {found.readlink() if found.is_symlink() else found.resolve()}, outside of SOURCE. Put the file "
            "itself there, or take what links name with --follow-links."
        )


def _probed(recordings: Sequence[FoundRecording]) -> dict[Path, AudioInfo]:
    """The header of every file, once."""
    infos: dict[Path, AudioInfo] = {}
    for recording in recordings:
        if recording.audio not in infos:
            try:
                infos[recording.audio] = probe(recording.audio)
            except CorpusError as error:
                raise recording.place.error("audio", str(error)) from error
    return infos


def _safe_ids(recordings: Sequence[FoundRecording]) -> list[str]:
    """Ids that the manifest allows, each once, whatever its capitals: other characters become "_", repeated ones get a number."""
    taken: dict[str, str] = {}
    for recording in recordings:
        base = _UNSAFE.sub("_", recording.name).lstrip("._-")[: MAX_ID_LENGTH - 10] or "recording"
        name, number = base, 1
        while name.lower() in taken:
            number += 1
            name = f"{base}-{number}"
        taken[name.lower()] = name
    return list(taken.values())


def _file_names(recordings: Sequence[FoundRecording], names: Sequence[str]) -> dict[Path, str]:
    """Where each audio file will lie: under the id of the first recording that uses it."""
    found: dict[Path, str] = {}
    for recording, name in zip(recordings, names, strict=True):
        found.setdefault(recording.audio, f"{_AUDIO}/{name}{_UNSAFE.sub('', recording.audio.suffix.lower())}")
    return found


def _line(
    recording: FoundRecording, name: str, file: str, *, info: AudioInfo, language: str | None, notes: list[str]
) -> dict[str, Any]:
    """The manifest's line; keys without a value are left out."""
    segments = [_segment(one, info, notes) for one in recording.segments]
    words = [_word(one, info, notes) for one in recording.words]
    text = recording.text
    if text is None and not words and info.channels == 1 and len(segments) == 1 and _covers(segments[0], info):
        # An utterance as long as its file says nothing about when it was spoken: speech will be looked for.
        text = segments[0].get("text")
        speaker = segments[0].get("speaker", recording.speaker)
        segments = [] if text is not None else segments
    else:
        speaker = recording.speaker
    tag = recording.language or language
    line = {
        "id": name,
        "audio_filepath": file,
        "duration": round(info.duration_s, 6),
        "text": text,
        "call_id": recording.call_id,
        "speaker": speaker,
        "language": language_tag(tag) if tag else None,
        "tags": list(recording.tags) or None,
        "segments": sorted(segments, key=lambda one: (one["start"], one["end"])) or None,
        "words": sorted(words, key=lambda one: (one["start"], one["end"])) or None,
        "source": str(replace(recording.place, path=Path(recording.place.path.name))),
    }
    return {key: value for key, value in line.items() if value is not None}


def _covers(segment: dict[str, Any], info: AudioInfo) -> bool:
    return bool(segment["start"] <= TOLERANCE_S and segment["end"] >= info.duration_s - TOLERANCE_S)


def _segment(found: FoundSegment, info: AudioInfo, notes: list[str]) -> dict[str, Any]:
    end_s = info.duration_s if found.end_s is None else found.end_s
    spoken = {"text": found.text, "speaker": found.speaker, "turn_id": found.turn_id}
    span = _span(found, found.start_s, end_s, info, notes)
    return span | {key: value for key, value in spoken.items() if value is not None}


def _word(found: FoundWord, info: AudioInfo, notes: list[str]) -> dict[str, Any]:
    return {"word": found.text} | _span(found, found.start_s, found.end_s, info, notes)


def _span(
    found: FoundSegment | FoundWord, start_s: float, end_s: float, info: AudioInfo, notes: list[str]
) -> dict[str, Any]:
    """Times within the audio, and the channel if the file has several."""
    beyond_s = end_s - info.duration_s
    if beyond_s > DURATION_TOLERANCE_S or start_s > info.duration_s:
        message = f"is {end_s:g} s, but the audio ends at {info.duration_s:.3f} s. Correct it; or another file is meant"
        raise found.place.error("end", message)
    if beyond_s > TOLERANCE_S:
        notes.append(f"end at most {DURATION_TOLERANCE_S} s after the audio, and were cut there")
    span: dict[str, Any] = {"start": round(start_s, 6), "end": round(min(end_s, info.duration_s), 6)}
    if found.channel is not None and found.channel >= info.channels:
        message = (
            f"is the {found.channel + 1}., but the audio has {info.channels}. Correct it; or another file is meant"
        )
        raise found.place.error("channel", message)
    return span if found.channel is None or info.channels == 1 else span | {"channel": found.channel}


def _counted(notes: list[str]) -> list[str]:
    return [f"{count} times: {note}" if count > 1 else note for note, count in Counter(notes).items()]


def _write(
    destination: Path, lines: list[dict[str, Any]], files: dict[Path, str], places: list[Place], *, link: bool
) -> None:
    """The folder, under its name only when it is whole and the loader takes it."""
    with new_folder(destination) as stage:
        (stage / _AUDIO).mkdir()
        for path, name in files.items():
            (stage / name).symlink_to(path.resolve())
        write_lines(stage, lines)
        _check(stage, places)
        for path, name in files.items():
            _place(path, stage / name, link=link)


def _place(path: Path, target: Path, *, link: bool) -> None:
    """Replace the symbolic link by the file itself."""
    if link:
        try:
            os.link(path.resolve(), temporary := target.with_name(f"{target.name}{TEMPORARY}"))
        except OSError:  # another file system, or one without hard links: the symbolic link stays
            return
        temporary.replace(target)
        return
    target.unlink()
    shutil.copyfile(path, target)


def _check(stage: Path, places: list[Place]) -> None:
    """What the loader says, told of the source's lines."""
    errors = [problem for problem in survey_corpus(stage).problems if problem.severity == "error"]
    if not errors:
        return
    first = errors[0]
    more = f" ({len(errors) - 1} more like it)" if len(errors) > 1 else ""
    message = first.message.replace(f"{stage}/", "")
    raise places[first.line - 1].error(first.field or "the line", f"{message}{more}. Nothing was imported.")

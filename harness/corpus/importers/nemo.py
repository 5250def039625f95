"""NeMo manifests: JSONL with `audio_filepath`, `text`, `duration` and, for parts of a longer file, `offset`."""

from collections.abc import Iterable
from pathlib import Path

from harness.corpus.importers import nist
from harness.corpus.importers.found import FoundRecording, FoundSegment, FoundWord, Harvest
from harness.corpus.importers.reading import Row, audio_path, files_in, first_row, json_rows, only_one
from harness.corpus.recording import nearest_key

_READ = ("audio_filepath", "text", "duration", "offset", "speaker", "label", "rttm_filepath", "ctm_filepath")
_OTHERS = ("num_speakers", "uem_filepath", "pred_text")  # NeMo's own, of no use here
_LANGUAGE = ("lang", "language", "target_lang", "source_lang")


def detect(source: Path) -> str | None:
    """Why this may be NeMo."""
    found = _manifests(source)
    return f"{found[0].name} has JSON lines with audio_filepath" if found else None


def _manifests(source: Path) -> list[Path]:
    return [path for path in files_in(source, ".json", ".jsonl") if "audio_filepath" in first_row(path)]


def read(source: Path) -> Harvest:
    """Lines that share a file become segments of one recording.

    Raises:
        CorpusError: A line is wrong.
    """
    manifest = (
        source
        if source.is_file()
        else only_one(_manifests(source) or files_in(source, ".json", ".jsonl"), source, "NeMo manifest")
    )
    lines: dict[Path, list[Row]] = {}
    notes: list[str] = []
    for row in json_rows(manifest):
        notes += _strays(row)
        audio = audio_path(row.needed("audio_filepath"), manifest.parent, row.place, "audio_filepath", absolute=True)
        lines.setdefault(audio, []).append(row)
    recordings = (recording for audio, rows in lines.items() for recording in _recordings(audio, rows))
    return Harvest(tuple(recordings), tuple(notes))


def _strays(row: Row) -> Iterable[str]:
    """Keys that may be misspelt ones, which a line without them loses something by."""
    lacking = tuple(name for name in (*_READ, *_LANGUAGE) if name not in row.values)
    for key in row.values:
        if key not in (*_READ, *_LANGUAGE, *_OTHERS) and (meant := nearest_key(key, lacking)):
            yield f"{key} is no known key and was left out. Did you mean {meant}?"


def _recordings(audio: Path, rows: list[Row]) -> Iterable[FoundRecording]:
    """One recording with segments if the lines are parts of the file, else one for each line."""
    parts = [_part(row) for row in rows]
    whole = [row for row, part in zip(rows, parts, strict=True) if part is None]
    if len(rows) > 1 and whole:
        message = f"is missing or 0 in a line about {audio.name}, which other lines cut into parts"
        raise whole[0].place.error("duration" if whole[0].seconds("offset") else "offset", f"{message}. Add it")
    first = rows[0]
    segments = tuple(part for part in parts if part is not None)
    speakers = {row.text("speaker") for row in rows}
    yield FoundRecording(
        place=first.place,
        name=audio.stem,
        audio=audio,
        text=None if segments else _reference(first),
        speaker=speakers.pop() if len(speakers) == 1 else None,
        language=first.text(*_LANGUAGE),
        segments=segments or tuple(_turns(first, audio)),
        words=tuple(_words(first, audio)),
    )


def _for_diarisation(row: Row) -> bool:
    """Such a line is about the whole file and has no reference."""
    return row.text("text") == "-" and row.text("label") == "infer"


def _reference(row: Row) -> str | None:
    return None if _for_diarisation(row) else row.reference("text")


def _part(row: Row) -> FoundSegment | None:
    offset_s, duration_s = row.seconds("offset"), row.seconds("duration")
    if offset_s is None or (not offset_s and duration_s is None) or _for_diarisation(row):
        return None
    end_s = None if duration_s is None else offset_s + duration_s
    return FoundSegment(row.place, offset_s, end_s, _reference(row), row.text("speaker"))


def _turns(row: Row, audio: Path) -> Iterable[FoundSegment]:
    if named := row.text("rttm_filepath"):
        path = audio_path(named, row.place.path.parent, row.place, "rttm_filepath", absolute=True)
        yield from (nist.segment(turn) for turn in nist.read_rttm(path) if turn.recording == audio.stem)


def _words(row: Row, audio: Path) -> Iterable[FoundWord]:
    if named := row.text("ctm_filepath"):
        path = audio_path(named, row.place.path.parent, row.place, "ctm_filepath", absolute=True)
        yield from (timed.word for timed in nist.read_ctm(path) if timed.recording == audio.stem)

"""Hugging Face audiofolder: `metadata.csv` or `metadata.jsonl` beside the audio, with `file_name`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from harness.corpus.importers.found import FoundRecording, Harvest, tag
from harness.corpus.importers.reading import Row, audio_path, files_below, first_line, first_row, json_rows, table_rows

_FILE = ("file_name", "audio_file_name")
_TEXT = ("transcription", "text", "sentence", "transcript", "normalized_text")
_SPEAKER = ("speaker_id", "speaker", "client_id")
_LANGUAGE = ("language", "locale", "lang")
_CALL = ("call_id", "session_id", "conversation_id")
_TAGS = ("gender", "age", "accent")
_KNOWN = frozenset({*_FILE, *_TEXT, *_SPEAKER, *_LANGUAGE, *_CALL, *_TAGS, "id", "duration"})


def detect(source: Path) -> str | None:
    """Why this may be an audiofolder."""
    found = _tables(source)
    return f"{found[0].name} has a file_name for each recording" if found else None


def _tables(source: Path) -> list[Path]:
    return [path for path in files_below(source, "metadata.csv", "metadata.jsonl") if _names_files(path)]


def _names_files(path: Path) -> bool:
    columns: Iterable[str] = first_row(path) if path.suffix == ".jsonl" else first_line(path).split(",")
    return any(column.strip(' "') in _FILE for column in columns)


def read(source: Path) -> Harvest:
    """One recording a line; a table in a folder of its own below the source is a split.

    Raises:
        CorpusError: A line is wrong.
    """
    tables = [source] if source.is_file() else _tables(source) or files_below(source, "metadata.csv", "metadata.jsonl")
    recordings: list[FoundRecording] = []
    left_out: set[str] = set()
    for table in tables:
        split = () if source in {table, table.parent} else tag("split", table.parent.name)
        for row in _rows(table):
            left_out |= set(row.values) - _KNOWN
            recordings.append(_recording(row, split))
    notes = [f"columns left out: {', '.join(sorted(left_out))}"] if left_out else []
    return Harvest(tuple(recordings), tuple(notes))


def _rows(table: Path) -> Iterator[Row]:
    return json_rows(table) if table.suffix == ".jsonl" else table_rows(table, delimiter=",", quoted=True)


def _recording(row: Row, split: tuple[str, ...]) -> FoundRecording:
    audio = audio_path(row.needed(*_FILE), row.place.path.parent, row.place, "file_name")
    text = row.reference(*_TEXT)
    return FoundRecording(
        place=row.place,
        name=row.text("id") or audio.stem,
        audio=audio,
        text=text if row.place.path.suffix == ".jsonl" else text or None,  # an empty cell may be an unknown reference
        call_id=row.text(*_CALL),
        speaker=row.text(*_SPEAKER),
        language=row.text(*_LANGUAGE),
        tags=split + tuple(one for key in _TAGS for one in tag(key, row.text(key))),
    )

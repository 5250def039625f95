"""Common Voice: a TSV for each split (`test.tsv`, `validated.tsv`, ...) and the audio in `clips/`."""

from pathlib import Path

from harness.corpus.importers.found import FoundRecording, Harvest, tag
from harness.corpus.importers.reading import Row, audio_path, files_in, first_line, only_one, table_rows

_PREFERRED = ("test.tsv", "validated.tsv")
_COLUMNS = {"client_id", "path", "sentence"}


def detect(source: Path) -> str | None:
    """Why this may be Common Voice."""
    found = _tables(source)
    return f"{found[0].name} has the columns client_id, path and sentence" if found else None


def _tables(source: Path) -> list[Path]:
    return [path for path in files_in(source, ".tsv") if set(first_line(path).split("\t")) >= _COLUMNS]


def read(source: Path) -> Harvest:
    """One recording a line; `client_id` is the speaker, and no call is known.

    Raises:
        CorpusError: A line is wrong.
    """
    tables = [source] if source.is_file() else _tables(source) or files_in(source, ".tsv")
    preferred = [path for name in _PREFERRED for path in tables if path.name == name]
    table = preferred[0] if preferred else only_one(tables, source, "Common Voice table")
    notes = [f"{table.name} was taken; name another split's file as SOURCE to take that"] if len(tables) > 1 else []
    recordings = (_recording(row) for row in table_rows(table, delimiter="\t", quoted=False))
    return Harvest(tuple(recordings), tuple(notes))


def _recording(row: Row) -> FoundRecording:
    written = row.needed("path")
    name = written if Path(written).suffix else f"{written}.mp3"  # early releases leave the suffix out
    audio = audio_path(f"clips/{name}", row.place.path.parent, row.place, "path")
    tags = (
        tag("age", row.text("age")),
        tag("gender", row.text("gender")),
        tag("accent", row.text("accents", "accent")),
    )
    return FoundRecording(
        place=row.place,
        name=audio.stem,
        audio=audio,
        text=row.needed("sentence"),
        speaker=row.needed("client_id"),
        language=row.text("locale"),
        tags=tuple(one for found in tags for one in found),
    )

"""Reading the files of other formats: lines, rows and values, each knowing its place for the message if it is wrong."""

import codecs
import csv
import gzip
import json
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from harness.corpus.importers.found import Place
from harness.corpus.recording import misspelt
from harness.documents import parse_json
from harness.errors import CorpusError
from harness.regular_file import bounded_lines

AUDIO_SUFFIXES = frozenset(".wav .flac .ogg .oga .opus .mp3 .aif .aiff .aifc .au .sph .nist".split())  # noqa: SIM905
UNREAD_SUFFIXES = frozenset(".m4a .mp4 .aac .wma .webm .amr .3gp .mka .mkv .mov .caf .ac3 .gsm .vox .raw .pcm".split())  # noqa: SIM905
HOW_TO_CONVERT = "Convert them, for instance with `ffmpeg -i IN -c:a pcm_s16le OUT.wav`"
_SHOWN = 60  # characters of an offending value
_PEEKED = 1 << 16  # bytes from which a format is guessed
_JSON_PAIR = re.compile(r'"(\w+)"\s*:\s*(?:"([^"]*)")?')


@dataclass(frozen=True, slots=True)
class Row:
    """A JSON object, or a line of a table, by name of the column."""

    place: Place
    values: Mapping[str, Any]

    def text(self, *names: str) -> str | None:
        """The first of these that is there and not blank, stripped; numbers are names too.

        Raises:
            CorpusError: It is neither text nor a number.
        """
        return self.reference(*names) or None

    def reference(self, *names: str) -> str | None:
        """As `text`, but "" where a key is there and blank: a reference that says that nobody speaks."""
        found = None
        for name in names:
            value = self.values.get(name)
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise self.place.error(name, f"is {shown(value)}; allowed is text. Correct it")
            if found := str(value).strip():
                return found
        return found

    def needed(self, *names: str) -> str:
        """As `text`, and there must be one.

        Raises:
            CorpusError: There is none.
        """
        found = self.text(*names)
        if found is None:
            close = misspelt(names[0], (key for key in self.values if key not in names))
            raise self.place.error(
                names[0], f"is missing or blank; every line needs one{close or '. Add it, or remove the line'}"
            )
        return found

    def seconds(self, name: str) -> float | None:
        """A time; None if there is none.

        Raises:
            CorpusError: It isn't a number of seconds from 0.
        """
        value = self.values.get(name)
        return None if value is None or value == "" else seconds(value, self.place, name)

    def needed_seconds(self, name: str) -> float:
        """As `seconds`, and there must be one."""
        value = self.seconds(name)
        if value is None:
            raise self.place.error(name, "is missing; every line needs one, in seconds. Add it")
        return value

    def rows(self, name: str) -> tuple["Row", ...]:
        """A list of objects; empty if there is none.

        Raises:
            CorpusError: It is something else.
        """
        value = self.values.get(name)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.place.error(name, f"is {shown(value)}; allowed is a list of JSON objects. Export it again")
        return tuple(Row(self.place, item) for item in value)

    def row(self, name: str) -> "Row":
        """An object.

        Raises:
            CorpusError: It is missing, or something else.
        """
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise self.place.error(name, f"is {shown(value)}; allowed is a JSON object. Export it again")
        return Row(self.place, value)


def seconds(value: object, place: Place, field: str) -> float:
    """A time in seconds, from 0; a comma is a decimal point too.

    Raises:
        CorpusError: It is something else.
    """
    try:
        number = float(str(value).replace(",", ".")) if not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise place.error(field, f"is {shown(value)}; allowed is a number of seconds from 0. Correct it")
    return number


def span(start_s: float, end_s: float, place: Place, field: str = "end") -> tuple[float, float]:
    """The two, if they are in order.

    Raises:
        CorpusError: They aren't.
    """
    if end_s < start_s:
        raise place.error(field, f"is {end_s:g} s, before the start at {start_s:g} s. Correct one of them")
    return start_s, end_s


def shown(value: object) -> str:
    """A value in a message, not too long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def text_lines(path: Path) -> Iterator[tuple[Place, str]]:
    """Lines that aren't blank, without their ends, with their places; `.gz` is unpacked.

    Raises:
        CorpusError: The file can't be read, or is no UTF-8.
    """
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(bounded_lines(file), 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
                if text.strip():
                    yield Place(path, number), text
    except UnicodeDecodeError as error:
        found = f"holds the byte 0x{error.object[error.start]:02x}, which is no UTF-8"
        raise Place(path, number).error("the line", f"{found}. Convert the file: `iconv -t UTF-8`") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(f"{path}: can't be read ({reason}). Correct the path or make it readable.") from error


def json_rows(path: Path) -> Iterator[Row]:
    """The objects of a JSONL file.

    Raises:
        CorpusError: A line is something else.
    """
    for place, line in text_lines(path):
        try:
            value = parse_json(line)
        except ValueError as error:
            at = f"{error.msg} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else error
            raise place.error("the line", f"is no JSON ({at}); it reads {shown(line)}. Correct it") from error
        if not isinstance(value, dict):
            raise place.error("the line", f"is {shown(value)}; allowed is a JSON object. Correct it")
        yield Row(place, value)


def table_rows(path: Path, *, delimiter: str, quoted: bool) -> Iterator[Row]:
    """The lines of a table with a header.

    Raises:
        CorpusError: A line has another number of fields than the header.
    """
    numbers: list[Place] = []

    def plain() -> Iterator[str]:
        for place, line in text_lines(path):
            numbers.append(place)
            yield line + "\n"

    reader = csv.reader(plain(), delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)
    header: list[str] | None = None
    first = 0
    try:
        for fields in reader:
            place, first = numbers[first], len(numbers)
            if header is None:
                header = [name.strip() for name in fields]
                if len(set(header)) < len(header):
                    raise place.error("the header", f"names a column twice ({', '.join(header)}). Remove one")
                continue
            if len(fields) != len(header):
                message = f"has {len(fields)} fields, the header {len(header)} ({', '.join(header)})"
                raise place.error("the line", f"{message}. Correct it; a field that holds the separator needs quotes")
            yield Row(place, dict(zip(header, fields, strict=True)))
    except csv.Error as error:
        raise numbers[-1].error("the line", f"is no line of a table ({error}). Correct it") from error


def first_row(path: Path) -> Mapping[str, Any]:
    """The first object of what may be a JSONL file, as far as it can be read; empty if it isn't one. For guessing.

    A file that is of a format but damaged, or a list where lines are meant, should be read as that format, which says what is wrong.
    """
    text = _peeked(path).lstrip()
    if not text.startswith(("{", "[")):
        return {}
    line = text.splitlines()[0]
    try:
        value = parse_json(line)
    except ValueError:
        laid_out = len(line.strip()) <= len("[{")  # one object over several lines
        return {match[1]: match[2] for match in _JSON_PAIR.finditer(text if laid_out else line)}
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, dict) else {}


def first_line(path: Path) -> str:
    """The first line of what may be a text file, whatever its encoding; "" if it can't be read. For guessing."""
    return next((line for line in _peeked(path).splitlines() if line.strip()), "")


def _peeked(path: Path) -> str:
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            beginning = file.read(_PEEKED)
    except (OSError, EOFError, zlib.error):
        return ""
    utf_16 = beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return beginning.decode("utf-16" if utf_16 else "utf-8-sig", errors="replace")


def files_in(source: Path, *suffixes: str) -> list[Path]:
    """The source itself, or the files right in it, whose names end so; sorted."""
    found = [source] if source.is_file() else sorted(source.iterdir())
    return [path for path in found if path.is_file() and path.name.lower().endswith(suffixes)]


def files_below(source: Path, *suffixes: str) -> list[Path]:
    """The source itself, or the files anywhere below it, whose names end so; sorted, nothing hidden."""
    found = [source] if source.is_file() else sorted(source.rglob("*"))
    hidden = len(source.parts)
    return [
        path
        for path in found
        if path.name.lower().endswith(suffixes)
        and not any(part.startswith(".") for part in path.parts[hidden:])
        and path.is_file()
    ]


def audio_below(source: Path) -> list[Path]:
    """All audio files, by their suffixes."""
    return files_below(source, *AUDIO_SUFFIXES)


def unread_below(source: Path) -> list[Path]:
    """All files that look like recordings, and are of no kind that is read."""
    return files_below(source, *UNREAD_SUFFIXES)


def audio_path(written: str, folder: Path, place: Place, field: str, *, absolute: bool = False) -> Path:
    """The audio file that a line names.

    Args:
        written: As it stands there.
        folder: What it is relative to, and may not leave.
        place: The line.
        field: The name of the field.
        absolute: Whether the format uses absolute paths.

    Raises:
        CorpusError: It leads out of the folder, or there is no such file.
    """
    path = PurePosixPath(written)
    if path.is_absolute() and not absolute:
        raise place.error(field, f"is {shown(written)}; allowed is a path relative to {folder}. Make it one")
    if not path.is_absolute() and ".." in path.parts:
        raise place.error(field, f"is {shown(written)}, which leaves {folder}. Put the audio below that folder")
    found = folder / path
    if not _is_file(found):
        raise place.error(
            field, f"is {shown(written)}, but there is no file {found}. Put it there, or correct the path"
        )
    return found


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for one
        return False


def link_outside(source: Path, used: Iterable[Path]) -> Path | None:
    """A link in the source that leads out of it; None if there is none.

    Args:
        source: A folder, all of which is looked at, or a file.
        used: The files that were read; those beside and below a source that is a file are looked at.
    """
    folder = source if source.is_dir() else source.parent
    top = folder.resolve()
    candidates = (
        sorted(source.rglob("*")) if source.is_dir() else [path for path in used if path.is_relative_to(folder)]
    )
    linked = (path for path in candidates if source.is_file() or path.is_symlink())
    return next((path for path in linked if _leads_out(path, top)), None)


def _leads_out(path: Path, top: Path) -> bool:
    try:
        end = path.resolve()
    except (OSError, RuntimeError):  # a link to itself leads nowhere
        return True
    return end.is_symlink() or not end.is_relative_to(top)  # from Python 3.13 on, a link to itself ends there


def by_stem(audio: Iterable[Path]) -> dict[str, Path]:
    """Audio files by their names without suffix; of several of one name, the first."""
    found: dict[str, Path] = {}
    for path in audio:
        found.setdefault(path.stem, path)
    return found


def only_one(paths: list[Path], source: Path, what: str) -> Path:
    """The one file of its kind.

    Raises:
        CorpusError: There is none, or there are several.
    """
    if not paths:
        raise CorpusError(f"{source}: there is no {what} in it. Name the file or folder that holds one.")
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        raise CorpusError(f"{source}: there are several {what}s: {names}. Name the one you mean as SOURCE.")
    return paths[0]

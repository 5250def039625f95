"""Timelines on disk: gzipped JSON lines, one file a session, written whole or not at all.

The first line is the header; every further line is an event with `t_ns` and `kind`. Unknown kinds and keys are skipped on
reading, so that a file of a later minor version still loads; another major schema is refused.
"""

import gzip
import itertools
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import IO, Any, Protocol, get_type_hints

from pydantic import TypeAdapter, ValidationError

from harness.atomic import write_atomically
from harness.errors import RunError
from harness.one_line import shown
from harness.timeline.events import (
    SCHEMA,
    Audio,
    Closed,
    Connected,
    ConnectStarted,
    ErrorRaised,
    Event,
    FinishSent,
    Frame,
    Header,
    Timeline,
)

SUFFIX = ".jsonl.gz"

_KINDS: dict[str, type[Event]] = {
    "connect_started": ConnectStarted,
    "connected": Connected,
    "audio": Audio,
    "frame": Frame,
    "finish_sent": FinishSent,
    "error": ErrorRaised,
    "closed": Closed,
}
_NAMES = {event_type: kind for kind, event_type in _KINDS.items()}
_VALUES = {kind: tuple(field.name for field in fields(kind) if field.name != "t_ns") for kind in _NAMES}
_ALLOWED: dict[Any, tuple[type, ...]] = {
    int: (int,),
    str: (str,),
    int | None: (int, type(None)),
    str | None: (str, type(None)),
    float | None: (int, float, type(None)),
}
_FIELDS = {
    kind: {name: _ALLOWED[hint] for name, hint in get_type_hints(event_type).items()}
    for kind, event_type in _KINDS.items()
}
"""By kind, the types that the values of an event's fields may have."""

_HEADER = TypeAdapter(Header)
_MOST = 2**62  # of nanoseconds, 146 years: what is beyond is damage, and would overflow
_LINES_AT_ONCE = 256
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Recorded(Protocol):
    """What can be written: a `Timeline`, or a session whose events come from a spool."""

    @property
    def header(self) -> Header:
        """First line."""

    @property
    def events(self) -> Iterable[Event]:
        """In the order of their instants."""


def write_timeline(path: Path, timeline: Recorded) -> None:
    """Write `timeline` to `path`, through a temporary file that is flushed, synced and renamed."""

    def write(file: IO[bytes]) -> None:
        # No name and no time in the gzip header: the same timeline gives the same bytes.
        with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=6) as packed:
            lines = _lines(timeline)
            while batch := b"".join(itertools.islice(lines, _LINES_AT_ONCE)):
                packed.write(batch)

    write_atomically(path, write)


def read_timeline(path: Path) -> Timeline:
    """Read a timeline written by `write_timeline`.

    Raises:
        RunError: If the file is missing, damaged, or of another schema.
    """
    header: Header | None = None
    events: list[Event] = []
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                record = _parse(path, number, line)
                if header is None:
                    header = _header(path, record)
                elif (event := _event(path, number, record)) is not None:
                    events.append(event)
    except FileNotFoundError:
        raise RunError(f"{path}: this session was not recorded. Run `harness record --resume` to record it.") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise RunError(
            f"{path}: the timeline is damaged ({error}). Delete the file and run `harness record --resume` to record "
            "the session again."
        ) from None
    if header is None:
        raise RunError(f"{path}: the timeline is empty. Delete the file and run `harness record --resume`.")
    return Timeline(header, tuple(events))


def _lines(timeline: Recorded) -> Iterator[bytes]:
    header = asdict(timeline.header)
    header["pass"] = header.pop("pass_number")
    yield _dump({"kind": "header", "schema": SCHEMA, "t_ns": 0, **header})
    for event in timeline.events:
        yield _dump({"t_ns": event.t_ns, "kind": _NAMES[type(event)], **_present(event)})


def _present(event: Event) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in _VALUES[type(event)]}
    if isinstance(event, Audio) and event.sha256 is None:
        del values["sha256"]  # stands on the last chunk only
    return values


def _dump(record: dict[str, Any]) -> bytes:
    return _encode(record).encode("utf-8", "replace") + b"\n"


def _parse(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RunError(
            f"{path}:{number}: not a JSON object ({error}). The timeline is damaged: record it again."
        ) from None
    if not isinstance(record, dict):
        raise RunError(f"{path}:{number}: not a JSON object. The timeline is damaged: record it again.")
    return record


def _header(path: Path, record: dict[str, Any]) -> Header:
    schema = record.get("schema")
    if schema != SCHEMA:
        raise RunError(
            f"{path}:1: schema is {shown(schema)}, this version reads {SCHEMA!r}. Use the version of harness that wrote the run."
        )
    try:
        values = {field.name: record[field.name] for field in fields(Header) if field.name in record}
        values["pass_number"] = record.get("pass")
        header = _HEADER.validate_python(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        what = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
        raise RunError(f"{path}:1: the header lacks or misnames a field ({what}). Record the session again.") from None
    audio = header.audio
    sizes = (
        audio.sample_rate_hz,
        audio.chunk_ms,
        audio.chunk_samples,
        audio.channels,
        audio.chunks + 1,
        audio.clip_samples + 1,
    )
    if not all(0 < size < _MOST for size in sizes) or not 0 < header.pass_number < _MOST:
        raise RunError(f"{path}:1: the header's audio or pass has an impossible number. Record the session again.")
    return header


def _event(path: Path, number: int, record: dict[str, Any]) -> Event | None:
    kind = record.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        return None
    values = {name: record[name] for name in _FIELDS[kind] if name in record}
    for name, allowed in _FIELDS[kind].items():
        if name in values and not (isinstance(values[name], allowed) and _is_bearable(values[name])):
            raise RunError(
                f"{path}:{number}: {name} is {shown(values[name])}. The timeline is damaged: record it again."
            )
    try:
        return _KINDS[kind](**values)
    except TypeError as error:
        raise RunError(f"{path}:{number}: the event lacks a field ({error}). Record the session again.") from None


def _is_bearable(value: Any) -> bool:
    """Whether a number is one of a clock or of a count."""
    return not isinstance(value, int | float) or -_MOST < value < _MOST

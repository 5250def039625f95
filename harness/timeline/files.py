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
from typing import IO, Any, Protocol

from harness.atomic import write_atomically
from harness.errors import RunError
from harness.timeline.events import (
    SCHEMA,
    Audio,
    AudioFormat,
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
_FIELDS = {kind: tuple(field.name for field in fields(event_type)) for kind, event_type in _KINDS.items()}
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
    except ValueError as error:
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
            f"{path}:1: schema is {schema!r}, this version reads {SCHEMA!r}. Use the version of harness that wrote the run."
        )
    try:
        values = {field.name: record[field.name] for field in fields(Header) if field.name in record}
        values["pass_number"] = record["pass"]
        values["audio"] = AudioFormat(**record["audio"])
        return Header(**values)
    except (KeyError, TypeError) as error:
        raise RunError(f"{path}:1: the header lacks or misnames a field ({error}). Record the session again.") from None


def _event(path: Path, number: int, record: dict[str, Any]) -> Event | None:
    event_type = _KINDS.get(record.get("kind", ""))
    if event_type is None:
        return None
    try:
        return event_type(**{name: record[name] for name in _FIELDS[record["kind"]] if name in record})
    except TypeError as error:
        raise RunError(f"{path}:{number}: the event lacks a field ({error}). Record the session again.") from None

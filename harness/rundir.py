"""The run directory: where everything of one run lies, and how it is read back.

reports/<run-id>/
  run.json         what was run, with what, and how far it got
  clips.jsonl      the clips that were played, with the references they are scored against
  sessions/<clip-id>/<side>.<pass>.jsonl.gz
  scores/*.csv  summary.json  verdict.json  junit.xml  summary.md  report.html  audio/
"""

import difflib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Self
from urllib.parse import quote

from harness.atomic import TEMPORARY, write_atomically, write_text_atomically
from harness.corpus.clip_json import clip_from_dict, clip_to_dict
from harness.corpus.model import Clip
from harness.documents import parse_json
from harness.errors import RunError
from harness.timeline.events import SIDES, Side, Timeline
from harness.timeline.files import SUFFIX, Recorded, read_timeline, write_timeline

SCHEMA = "harness.run/1"

_RESTORE = "The file is damaged: restore it, or write it again with the stage that it comes from."
_CONDUCT: Mapping[str, type] = {"": dict, ".shown": list, ".shown.*": dict, ".shown.*.count": int, ".shown.*.way": str}
_TYPES: Mapping[str, Mapping[str, type]] = {
    "run.json": {
        "run_id": str,
        "endpoint": str,
        "config": dict,
        "sessions": dict,
        "sessions.planned": dict,
        "sessions.planned.*": int,
        "sessions.recorded": dict,
        "sessions.recorded.*": int,
        "emulators": list,
        "emulators.*": dict,
        "emulators.*.decode_queue_ms": dict,
        "emulators.*.loop_lag_ms": dict,
        "provenance": dict,
    },
    "summary.json": {
        "normalizer": str,
        "sessions": dict,
        "metrics": dict,
        "metrics.*": dict,
        "slices.*": dict,
        "slices.*.rules": dict,
        "slices.*.rules.*": dict,
        "hold_sweep.*.points": list,
        "hold_sweep.*.points.*": dict,
        "contract_diff.rows": list,
        "contract_diff.rows.*": dict,
        "contract_diff.counts.*": int,
        **{f"contract_diff.rows.*.{side}{what}": kind for side in SIDES for what, kind in _CONDUCT.items()},
    },
    "verdict.json": {"verdict": str, "rules": list, "rules.*": dict, "skipped": list, "skipped.*": dict},
}
"""Of which kind the things are that readers look for, `*` for all of them; the first must be there where a schema is asked for."""


class MissingKeyError(RunError, KeyError):
    """A document of a run lacks what it has to hold."""

    __str__ = Exception.__str__  # not that of KeyError, which quotes


class Stored(dict[str, Any]):
    """An object of a document: what it lacks is told as damage of the file, not of the program."""

    def __init__(self, path: Path, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._path = path

    def __missing__(self, key: str) -> Any:
        raise MissingKeyError(f"{self._path}: {key} is missing. {_RESTORE}")


def json_text(document: Mapping[str, Any]) -> str:
    """A document as its file has it. NaN and infinities are refused: they are no JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


@dataclass(frozen=True, slots=True)
class RunDir:
    """A run directory; every method reads or writes one thing in it."""

    path: Path

    @property
    def exists(self) -> bool:
        """Whether a run was begun here."""
        return self._run_file.is_file()

    @property
    def _run_file(self) -> Path:
        return self.path / "run.json"

    def read_run(self) -> dict[str, Any]:
        """`run.json`.

        Raises:
            RunError: It is missing, damaged or of another schema.
        """
        document = self.read_json("run.json")
        if document.get("schema") != SCHEMA:
            raise RunError(
                f"{self._run_file}: schema is {document.get('schema')!r}, this version reads {SCHEMA!r}. Use the version "
                "of harness that wrote the run."
            )
        return document

    def _nearest(self) -> str:
        """The runs beside a place where none is, whose name may be misspelt; empty if there are none."""
        if self._run_file.exists():
            return ""
        beside = [run.path.name for run in runs_in(self.path.parent)]
        named = difflib.get_close_matches(self.path.name, beside, n=2) or beside[-2:]  # names begin with the time
        more = ", ..." if len(named) < len(beside) else ""
        return f"Runs in {self.path.parent}: {', '.join(named)}{more}. " if named else ""

    def write_run(self, document: Mapping[str, Any]) -> None:
        """Replace `run.json`."""
        self.write_json("run.json", document)

    def read_json(self, name: str, schema: str | None = None) -> dict[str, Any]:
        """One of the run's JSON documents.

        Raises:
            RunError: It is missing or damaged, or of another schema than the one asked for.
        """
        path = self.path / name
        try:
            document = parse_json(path.read_text(encoding="utf-8"), object_hook=partial(Stored, path))
        except FileNotFoundError:
            raise RunError(
                f"{path}: there is no such file. {self._nearest()}Name a run directory that holds one; `harness compare` "
                "makes one, and record, score, gate and report each need what the one before wrote."
            ) from None
        except (OSError, ValueError) as error:
            raise RunError(f"{path}: not readable as JSON ({error}). Run the stage that writes it again.") from None
        if not isinstance(document, dict):
            raise RunError(f"{path}: not a JSON object. Run the stage that writes it again.")
        if schema is not None and document.get("schema") != schema:
            raise RunError(
                f"{path}: schema is {document.get('schema')!r}, this version reads {schema!r}. "
                f"Write it again with `harness score` and `harness gate`."
            )
        for key, kind in _TYPES.get(name, {}).items():
            if schema is not None and "." not in key:
                _ = document[key]
            for where, value in _at(document, key.split(".")):
                if not isinstance(value, kind):
                    raise RunError(f"{path}: {where} is a {type(value).__name__}, not a {kind.__name__}. {_RESTORE}")
        return document

    def write_json(self, name: str, document: Mapping[str, Any]) -> None:
        """Replace one of the run's JSON documents. NaN and infinities are refused: they are no JSON."""
        write_text_atomically(self.path / name, json_text(document))

    def write_clips(self, clips: Iterable[Clip]) -> None:
        """Replace `clips.jsonl`."""
        lines = (json.dumps(clip_to_dict(clip), ensure_ascii=False, allow_nan=False) for clip in clips)
        write_text_atomically(self.path / "clips.jsonl", "".join(f"{line}\n" for line in lines))

    def read_clips(self) -> tuple[Clip, ...]:
        """The clips of the run.

        Raises:
            RunError: `clips.jsonl` is missing or damaged.
        """
        path = self.path / "clips.jsonl"
        try:
            with path.open(encoding="utf-8") as file:
                clips = tuple(_clip(path, number, line) for number, line in enumerate(file, start=1))
        except FileNotFoundError:
            raise RunError(f"{path}: there is no such file. The run was not begun properly: record it again.") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path}: damaged ({error}). Record the run again.") from None
        if not clips:
            raise RunError(f"{path}: damaged (it has no clip). Record the run again.")
        return clips

    def session_path(self, clip_id: str, side: Side, pass_number: int, *, rejected: bool = False) -> Path:
        """Where a session's timeline lies; a first attempt that the harness spoiled lies beside it."""
        name = f"{side}.{pass_number}{'.rejected' if rejected else ''}{SUFFIX}"
        folder = quote(clip_id, safe="")
        if not folder.strip("."):
            folder = folder.replace(".", "%2E")  # "." and ".." are no names of their own
        return self.path / "sessions" / folder / name

    def set_aside(self, clip_id: str, side: Side, pass_number: int) -> None:
        """Lay a session beside the others, as one that counts no more: it is missing then. Earlier ones are kept."""
        path = self.session_path(clip_id, side, pass_number)
        aside = self.session_path(clip_id, side, pass_number, rejected=True)
        number = 2
        while aside.exists():
            aside = path.with_name(f"{side}.{pass_number}.{number}.rejected{SUFFIX}")
            number += 1
        if path.is_file():
            path.rename(aside)

    def has_session(self, clip_id: str, side: Side, pass_number: int) -> bool:
        """Whether the session was recorded to its end."""
        return self.session_path(clip_id, side, pass_number).is_file()

    def read_session(self, clip_id: str, side: Side, pass_number: int) -> Timeline | None:
        """A session's timeline; None if it was not recorded."""
        if not self.has_session(clip_id, side, pass_number):
            return None
        return read_timeline(self.session_path(clip_id, side, pass_number))

    def tally(self) -> dict[str, int]:
        """Counts of what is recorded: sessions a side, and pairs that were run again because the harness spoiled them."""
        names = [path.name for path in (self.path / "sessions").glob(f"*/*{SUFFIX}")]
        rejected = (self.path / "sessions").glob(f"*/*.rejected{SUFFIX}")
        again = {(path.parent, path.name.split(".")[1]) for path in rejected}  # clip and pass
        finished = [name for name in names if ".rejected." not in name]
        return {
            "baseline": sum(name.startswith("baseline.") for name in finished),
            "candidate": sum(name.startswith("candidate.") for name in finished),
            "reruns": len(again),
        }

    def sweep(self) -> None:
        """Remove what a kill in the midst of writing left behind. Call it under the run's lock."""
        for path in self.path.rglob(f".*{TEMPORARY}"):
            path.unlink()

    def write_session(self, timeline: Recorded, *, rejected: bool = False) -> None:
        """Store a session."""
        header = timeline.header
        path = self.session_path(header.clip_id, header.side, header.pass_number, rejected=rejected)
        write_timeline(path, timeline)

    def write_file(self, name: str, data: bytes) -> None:
        """Store a file that is complete already, such as a timeline that another machine wrote."""

        def write(file: IO[bytes]) -> None:
            file.write(data)

        write_atomically(self.path / name, write)


def _at(value: Any, keys: list[str], where: str = "") -> Iterator[tuple[str, Any]]:
    """What there is of a document at a path, and where exactly; nothing where something on the way is missing."""
    if not keys:
        yield where.removeprefix("."), value
        return
    inside = value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}
    for key in inside if keys[0] == "*" else [keys[0]] if keys[0] in inside else ():
        yield from _at(inside[key], keys[1:], f"{where}.{key}")


def _clip(path: Path, number: int, line: str) -> Clip:
    stored = parse_json(line)
    if not isinstance(stored, dict):
        raise RunError(f"{path}:{number}: not a JSON object. Record the run again.")
    try:
        return clip_from_dict(stored)
    except RunError as error:
        raise RunError(f"{path}:{number}: {error}") from None


class RunLock:
    """Keeps two processes from writing into one run directory; let go of by the kernel if the holder dies."""

    _file: int  # while it is held

    def __init__(self, run: RunDir) -> None:
        self._path = run.path / ".lock"

    def __enter__(self) -> Self:
        import fcntl  # noqa: PLC0415 - POSIX only, and only needed when recording

        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o644)
        except (OSError, ValueError) as error:
            raise RunError(
                f"{self._path.parent}: can't be written ({error}). Choose another --out or --run-id."
            ) from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._file)
            raise RunError(
                f"{self._path.parent}: another harness process is writing this run. Wait for it, or choose another "
                "--run-id."
            ) from None
        return self

    def __exit__(self, *exc: object) -> None:
        os.close(self._file)  # the empty file stays: removing it would let two processes lock two different ones


def runs_in(folder: Path) -> Iterator[RunDir]:
    """All run directories in a reports folder, oldest name first."""
    if folder.is_dir():
        for path in sorted(folder.iterdir()):
            run = RunDir(path)
            if run.exists:
                yield run

"""Label Studio: the JSON export of a project in which audio was segmented and transcribed."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from harness.audio.read import probe
from harness.corpus.importers.found import FoundRecording, FoundSegment, Harvest, Place
from harness.corpus.importers.reading import AUDIO_SUFFIXES, Row, audio_below, files_in, only_one, shown, span
from harness.documents import parse_json
from harness.errors import CorpusError

_UPLOAD_PREFIX = 8  # hexadecimal digits and a dash in front of the name of an uploaded file
_PEEKED = 4096
_DROPPED = re.compile(r"[^-\w.]")  # from the name of an uploaded file
_NOBODY = frozenset({"Speech", "Noise"})  # labels of Label Studio's template: what is heard, not who speaks


def detect(source: Path) -> str | None:
    """Why this may be a Label Studio export."""
    found = _exports(source)
    return f"{found[0].name} is a list of annotated tasks" if found else None


def _exports(source: Path) -> list[Path]:
    return [path for path in files_in(source, ".json") if _looks_right(path)]


def _looks_right(path: Path) -> bool:
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(_PEEKED)
    return head.lstrip().startswith("[") and '"annotations"' in head


def read(source: Path) -> Harvest:
    """One recording a task, with the regions of its annotation as segments, labels as speakers.

    Raises:
        CorpusError: The export is wrong, or audio is missing.
    """
    export = (
        source
        if source.is_file()
        else only_one(_exports(source) or files_in(source, ".json"), source, "Label Studio export")
    )
    audio = audio_below(export.parent)
    names = _Names(_grouped(audio, lambda name: name), _grouped(audio, _as_stored))
    notes: list[str] = []
    recordings = tuple(_recording(task, names, notes) for task in _tasks(export))
    _check_channels(recordings)
    return Harvest(recordings, tuple(notes))


def _check_channels(recordings: Sequence[FoundRecording]) -> None:
    """Where nothing but 0 is said of a file of several channels, nobody knows who speaks on which."""
    told = any(segment.channel for one in recordings for segment in one.segments)
    for one in recordings:
        if not one.segments or (told and all(segment.channel is not None for segment in one.segments)):
            continue
        if (channels := probe(one.audio).channels) > 1:
            message = (
                f"tells nothing: {one.audio.name} has {channels} channels, but Label Studio draws a region over all of them and "
                'writes 0, even with splitchannels="true". Annotate each channel as a mono file (`sox in.wav left.wav remix 1`), '
                'or write who speaks where into "channel" in the export; if only one side or the mix is meant, make the file '
                "mono (`sox in.wav -c 1 out.wav`)"
            )
            raise one.place.error("channel", message)


def _tasks(export: Path) -> Iterator[Row]:
    try:
        content = export.read_bytes()
        tasks = parse_json(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise Place(export, error.lineno).error("the file", f"is no JSON ({error.msg}). Export it again") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = (
            f"holds the byte 0x{error.object[error.start]:02x}, which is no UTF-8. Convert the file: `iconv -t UTF-8`"
        )
        raise Place(export, line).error("the line", message) from error
    except (OSError, ValueError) as error:
        raise CorpusError(f"{export}: can't be read ({error}). Correct the path or export it again.") from error
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        message = "is no list of tasks; export the project as JSON (not JSON-MIN, CSV or ASR manifest)"
        raise Place(export).error("the file", message)
    for task in tasks:
        yield Row(Place(export, part=f"task {task.get('id', '?')}"), task)


def _recording(task: Row, names: "_Names", notes: list[str]) -> FoundRecording:
    if "annotations" not in task.values:
        message = "are missing; export the project as JSON (not JSON-MIN, CSV or ASR manifest)"
        raise task.place.error("annotations", message)
    path = _audio(task, names)
    segments, whole = _segments(_annotation(task, notes), notes)
    return FoundRecording(task.place, path.stem, path, text=whole if not segments else None, segments=segments)


@dataclass(frozen=True, slots=True)
class _Names:
    """The audio there is by its name, and by the name that Label Studio gives to an upload of it."""

    own: Mapping[str, Sequence[Path]]
    stored: Mapping[str, Sequence[Path]]

    def find(self, written: PurePosixPath) -> Sequence[Path]:
        """The files that may be meant; of several of one name, those in the folder that is written, if any."""
        name = written.name
        found = self.own.get(name, ())
        if not found and name[_UPLOAD_PREFIX : _UPLOAD_PREFIX + 1] == "-":
            found = self.stored.get(name[_UPLOAD_PREFIX + 1 :], ())
        tail = tuple(part for part in written.parts if part != "/")
        return [path for path in found if path.parts[-len(tail) :] == tail] or found


def _grouped(audio: Sequence[Path], key: Callable[[str], str]) -> Mapping[str, Sequence[Path]]:
    found: dict[str, list[Path]] = {}
    for path in audio:
        found.setdefault(key(path.name), []).append(path)
    return found


def _as_stored(name: str) -> str:
    """`call_2.wav` for `call (2).wav`, as Label Studio's web framework cleans the names of uploads."""
    return _DROPPED.sub("", name.strip().replace(" ", "_"))


def _audio(task: Row, names: _Names) -> Path:
    written = next((value for value in task.row("data").values.values() if _names_audio(value)), None)
    if written is None:
        raise task.place.error("data", "names no audio file. Remove the task")
    path, folder = _path(written), task.place.path.parent
    found = names.find(path)
    if len(found) > 1:
        which = ", ".join(str(one.relative_to(folder)) for one in found)
        raise task.place.error("data", f"is {shown(written)}, which may be any of {which}. Keep the one that is meant")
    if not found:
        message = f"is {shown(written)}, but there is no {path.name} below {folder}"
        raise task.place.error("data", f"{message}. Put the audio there: nothing is fetched")
    return found[0]


def _names_audio(value: Any) -> bool:
    return isinstance(value, str) and _path(value).suffix.lower() in AUDIO_SUFFIXES


def _path(written: str) -> PurePosixPath:
    """The path of a path or URL; of local storage, the one in `?d=`."""
    try:
        parts = urlsplit(written)
    except ValueError:  # "http://[" is no address
        return PurePosixPath(written)
    return PurePosixPath(unquote(parse_qs(parts.query).get("d", [parts.path])[0]))


def _annotation(task: Row, notes: list[str]) -> tuple[Row, ...]:
    """The results of the annotation to use: the ground truth, else the last; none if the task has no finished one."""
    annotations = [one for one in task.rows("annotations") if not one.values.get("was_cancelled")]
    if not annotations:
        notes.append(f"{task.place.part}: not annotated, so it has no reference")
        return ()
    chosen = next((one for one in annotations if one.values.get("ground_truth")), annotations[-1])
    if len(annotations) > 1:
        which = "the ground truth" if chosen.values.get("ground_truth") else "the last"
        notes.append(f"{task.place.part}: of {len(annotations)} annotations {which} was taken")
    return chosen.rows("result")


def _segments(results: Sequence[Row], notes: list[str]) -> tuple[tuple[FoundSegment, ...], str | None]:
    """Regions as segments; text that belongs to none is the whole recording's."""
    regions, whole = _regions(results)
    told = any(region.get("channel") for region in regions)
    # The editor writes channel 0, whatever side the region was drawn on.
    regions = [region if told or not region["drawn"] else region | {"channel": None} for region in regions]
    rows = [Row(results[0].place, region) for region in regions]
    transcribed = [row for row in rows if row.reference("text") is not None]
    if transcribed and len(transcribed) < len(rows):
        notes.append(
            f"{results[0].place.part}: {len(rows) - len(transcribed)} regions without a transcript were left out"
        )
    return tuple(_segment(row) for row in transcribed or rows), whole


def _regions(results: Sequence[Row]) -> tuple[list[dict[str, Any]], str | None]:
    """Results that share an id describe one region."""
    regions: dict[str, dict[str, Any]] = {}
    whole = None
    for result in results:
        value = result.row("value").values
        text, labels = value.get("text"), value.get("labels") or []
        text = " ".join(map(str, text)) if isinstance(text, list) else text
        if not isinstance(labels, list):
            raise result.place.error("labels", f"is {shown(labels)}; allowed is a list. Export it again")
        if "start" in value and "end" in value:
            region = regions.setdefault(result.needed("id"), {"drawn": result.values.get("origin") == "manual"})
            region |= {key: value[key] for key in ("start", "end", "channel") if key in value and key not in region}
            region |= {"text": text} if text is not None else {}
            region |= {"speaker": labels[0]} if labels else {}
        elif result.text("type") == "textarea":
            whole = text
    return list(regions.values()), whole


def _segment(row: Row) -> FoundSegment:
    start_s, end_s = span(row.needed_seconds("start"), row.needed_seconds("end"), row.place)
    channel = row.values.get("channel")
    speaker, text = row.text("speaker"), row.reference("text")
    return FoundSegment(
        row.place,
        start_s,
        end_s,
        text,
        None if speaker in _NOBODY else speaker,
        channel=channel if isinstance(channel, int) else None,
    )

"""What is to be removed: stretches that a file names, words that patterns name, entities that the manifest names."""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.corpus.importers.reading import Row, json_rows, shown, table_rows
from harness.corpus.recording import ManifestEntity, ManifestWord
from harness.corpus.redact.lines import Line
from harness.corpus.redact.texts import Pattern, units_at
from harness.corpus.reference import DURATION_TOLERANCE_S, by_segment
from harness.errors import CorpusError

COLUMNS = ("id", "start", "end", "channel", "label", "text")
_NEXT = "Run `harness corpus align` for word times, or name the stretch in a file for --spans"


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch to be removed.

    Attributes:
        place: Who named it, for messages.
        file: The audio, as `Line.file`.
        start_s: From where words are removed.
        end_s: To where.
        channel: Of the file; None: all of them.
        label: What kind of thing was said; goes into the manifest.
        text: What is left of a text that is cut and has no word times.
        margin_s: How much further the audio is removed on both sides.
    """

    place: str
    file: str
    start_s: float
    end_s: float
    channel: int | None = None
    label: str | None = None
    text: str | None = None
    margin_s: float = 0.0

    def touches(self, channel: int, start_s: float, end_s: float) -> bool:
        """Whether any of a stretch of a channel is inside."""
        meets = start_s < self.end_s and end_s > self.start_s
        return self.channel in {None, channel} and (meets or self.covers(channel, start_s, end_s))

    def covers(self, channel: int, start_s: float, end_s: float) -> bool:
        """Whether all of a stretch of a channel is inside."""
        return self.channel in {None, channel} and self.start_s <= start_s and end_s <= self.end_s


def read_spans(path: Path, lines: Iterable[Line]) -> list[Span]:
    """Read a CSV, TSV or JSONL file of stretches.

    Raises:
        CorpusError: A line is wrong; the message says which, and what of it.
    """
    by_id = {line.recording.id: line for line in lines}
    match path.suffix.lower():
        case ".jsonl":
            rows = json_rows(path)
        case ".csv":
            rows = table_rows(path, delimiter=",", quoted=True)
        case ".tsv":
            rows = table_rows(path, delimiter="\t", quoted=False)
        case _:
            raise CorpusError(f"{path}: is none of .csv, .tsv and .jsonl. Give --spans one of them.")
    spans = [_span(row, by_id) for row in rows]
    if not spans:
        raise CorpusError(
            f"{path}: names no span. Its first line is the header {','.join(COLUMNS)}; give it lines below."
        )
    return spans


def _span(row: Row, lines: dict[str, Line]) -> Span:
    for name in row.values:
        if name not in COLUMNS:
            raise row.place.error(str(name), f"is not known; allowed are {', '.join(COLUMNS)}. Rename or remove it")
    name = row.needed("id")
    if name not in lines:
        close = difflib.get_close_matches(name, lines, n=1)
        meant = f"; is {close[0]!r} meant?" if close else ""
        raise row.place.error("id", f"is {shown(name)}, which no recording of the corpus has{meant} Correct it")
    line = lines[name]
    start_s, end_s = row.needed_seconds("start"), row.needed_seconds("end")
    if end_s <= start_s:
        raise row.place.error("end", f"is {end_s:g} s, not after the start at {start_s:g} s. Correct one of them")
    if end_s > line.info.duration_s + DURATION_TOLERANCE_S or start_s >= line.info.duration_s:
        message = f"is {end_s:g} s, but the audio ends at {line.info.duration_s:.3f} s. Correct it, or the id"
        raise row.place.error("end", message)
    channel = _channel(row, line)
    return Span(str(row.place), line.file, start_s, end_s, channel, row.text("label"), row.reference("text"))


def _channel(row: Row, line: Line) -> int | None:
    written = row.text("channel")
    if written is None:
        return None
    if not written.isdecimal() or len(written) > len(str(line.info.channels)) or int(written) >= line.info.channels:
        allowed = f"0 to {line.info.channels - 1}, the channels of the file, or none for all of them"
        raise row.place.error("channel", f"is {shown(written)}; allowed are {allowed}. Correct it")
    return int(written)


def spans_of_words(line: Line, patterns: Iterable[Pattern], margin_s: float) -> Iterator[tuple[Pattern, Span]]:
    """Where words that have times match, on any channel of a line; what matches in texts alone, see `unreached`."""
    for channel in line.channels:
        words = [word for word in line.recording.words if line.channel_of(word) == channel]
        tokens = [word.word for word in words]
        for pattern in patterns:
            for found in pattern.found_in(tokens):
                yield pattern, _over([words[index] for index in found], line, line.place, None, margin_s)


def _over(words: Sequence[ManifestWord], line: Line, place: str, label: str | None, margin_s: float) -> Span:
    start_s, end_s = words[0].start, max(word.end for word in words)
    return Span(place, line.file, start_s, end_s, label=label, margin_s=margin_s)


def segment_of(line: Line, entity: ManifestEntity) -> int | None:
    """The segment whose text an entity is in; None: it is in the recording's own."""
    return entity.segment if line.recording.segments else None


def text_of(line: Line, entity: ManifestEntity) -> str:
    """The text an entity is in."""
    segment = segment_of(line, entity)
    return (line.recording.text if segment is None else line.recording.segments[segment].text) or ""


def spans_of_entities(line: Line, classes: Sequence[str], margin_s: float) -> Iterator[tuple[str, Span]]:
    """The stretches of entities of some classes.

    Raises:
        CorpusError: There are no word times to tell when one was said.
    """
    for index, entity in enumerate(line.recording.entities):
        if entity.entity_class not in classes:
            continue
        words = words_of(line, entity.segment or 0)
        found = units_at([word.word for word in words], text_of(line, entity), entity.char_start, entity.char_end)
        if not found:
            why = "its segment's words don't spell its text" if words else "there are no word times"
            raise line.error(f"entities[{index}]", f"is to go, but {why}, so it is unknown when it is said. {_NEXT}")
        chosen = words[found[0] : found[-1] + 1]
        yield entity.entity_class, _over(chosen, line, line.place, entity.entity_class, margin_s)


def words_of(line: Line, segment: int) -> list[ManifestWord]:
    """The words of a segment; of a recording without segments, all."""
    return [line.recording.words[index] for index in words_by_segment(line)[segment]]


def words_by_segment(line: Line) -> list[list[int]]:
    """For each segment the indices of its words; without segments one list of all."""
    recording = line.recording
    if not recording.segments:
        return [list(range(len(recording.words)))]
    found: list[list[int]] = [[] for _ in recording.segments]
    for channel in line.channels:
        segments = [i for i, one in enumerate(recording.segments) if line.channel_of(one) == channel]
        words = [i for i, one in enumerate(recording.words) if line.channel_of(one) == channel]
        if segments:
            spans = [(recording.words[index].start, recording.words[index].end) for index in words]
            for segment, own in zip(
                segments, by_segment([recording.segments[i] for i in segments], spans), strict=True
            ):
                found[segment] = [words[index] for index in own]
    return found


def unreached(place: str, field: str, pattern: Pattern) -> CorpusError:
    """A text still holds what a pattern names."""
    return CorpusError(
        f"{place}: {field}: holds what --words {pattern.written!r} names, but no word times say when. {_NEXT}, with the "
        "text that stays. Nothing was written."
    )

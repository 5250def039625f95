"""`harness corpus redact`: a copy of a corpus without some of what was said in it, neither audible nor written.

The source is only read. Of its files the copy has those that the manifest names and nothing else: transcripts, notes and tables that
lie beside them may say what was redacted.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from harness.audio.redact import Fill, redact_audio, redacted_suffix
from harness.corpus.manifest import MANIFEST, survey_corpus
from harness.corpus.new_corpus import check_destination, new_folder, write_lines
from harness.corpus.redact.lines import Line, read_lines
from harness.corpus.redact.names import Pseudonyms, find_names, holds, is_note, renamed, without_notes
from harness.corpus.redact.reference import Redacted, redacted_line
from harness.corpus.redact.spans import Span, read_spans, spans_of_entities, spans_of_words, unreached
from harness.corpus.redact.texts import Pattern, pattern
from harness.errors import ConfigError, CorpusError

MARGIN_S = 0.05
_FILES_NAMED = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be removed, and how.

    Attributes:
        spans: A file that names stretches; see `read_spans`.
        words: Patterns; see `Pattern`.
        entities: Classes of entities.
        fill: What stands where audio was.
        margin_s: How much further than the times of words and entities the audio is removed, on both sides.
    """

    spans: Path | None = None
    words: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    fill: Fill = "beep"
    margin_s: float = MARGIN_S


@dataclass(frozen=True, slots=True)
class RedactReport:
    """What was done.

    Attributes:
        path: The new folder.
        recordings: Lines in its manifest.
        redacted: Of these, those that lost something.
        spans: Stretches that were removed.
        words: That the references lost.
        notes: What was renamed, left out or not found.
    """

    path: Path
    recordings: int
    redacted: int
    spans: int
    words: int
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"path": str(self.path)}


def redact_corpus(source: Path, destination: Path, wish: Wish) -> RedactReport:
    """Make a redacted copy of a corpus.

    Raises:
        ConfigError: Nothing is wished for, or a pattern or margin is no such thing.
        CorpusError: The corpus or the file of spans is wrong, or it is unknown what of a text to remove; nothing was written.
    """
    patterns = _patterns(wish)
    check_destination(source, destination)
    lines = read_lines(source)
    notes: list[str] = []
    spans = _spans(lines, wish, patterns, notes)
    if not spans:
        raise CorpusError(
            f"{source}: {'; '.join(notes) or 'no span is named'}: nothing to redact, nothing was written."
        )
    by_file: dict[str, list[Span]] = {line.file: [] for line in lines}
    for span in spans:
        by_file[span.file].append(span)
    redacted = [redacted_line(line, by_file[line.file], wish.fill) for line in lines]
    _check_copies(lines, redacted)
    raws = _named_anew(lines, redacted, by_file, notes)
    _check_patterns(lines, raws, patterns)
    files = _files(source, lines, raws, by_file)
    for raw, line in zip(raws, lines, strict=True):
        raw["audio_filepath"] = files[line.recording.audio_filepath]
    with new_folder(destination) as stage:
        _write_audio(source, stage, lines, files, by_file=by_file, fill=wish.fill)
        write_lines(stage, raws)
        errors = [problem for problem in survey_corpus(stage).problems if problem.severity == "error"]
        if errors:
            raise CorpusError(f"{source}: would be no corpus any more: {errors[0]}. Nothing was written.")
    notes += _left_behind(source, lines)
    lost = [one for one in redacted if one is not None]
    return RedactReport(destination, len(lines), len(lost), len(spans), sum(one.words for one in lost), tuple(notes))


def _patterns(wish: Wish) -> list[Pattern]:
    if wish.spans is None and not wish.words and not wish.entities:
        raise ConfigError("nothing says what to redact. Give --spans FILE, --words PATTERN or --entities CLASS.")
    if not 0 <= wish.margin_s <= 1:
        raise ConfigError(f"--margin is {wish.margin_s:g}; allowed are 0 to 1 s. Correct it.")
    found = [(written, pattern(written)) for written in wish.words]
    for written, read in found:
        if read is None:
            raise ConfigError(
                f"--words is {written!r}; allowed are words of letters and digits, with * for any letters and ? for one. "
                "Correct it."
            )
    return [read for _, read in found if read is not None]


def _spans(lines: Sequence[Line], wish: Wish, patterns: Sequence[Pattern], notes: list[str]) -> list[Span]:
    spans = read_spans(wish.spans, lines) if wish.spans is not None else []
    counts: Counter[str] = Counter()
    for line in lines:
        for found, span in spans_of_words(line, patterns, wish.margin_s):
            counts[f"--words {found.written!r}"] += 1
            spans.append(span)
        if wish.entities:
            for kind, span in spans_of_entities(line, wish.entities, wish.margin_s):
                counts[f"--entities {kind!r}"] += 1
                spans.append(span)
    wished = [f"--words {one.written!r}" for one in patterns] + [f"--entities {kind!r}" for kind in wish.entities]
    texts_only = [line for line in lines if any(one.is_in(text) for one in patterns for _, text in _texts(line.raw))]
    if not spans and texts_only:
        _check_patterns(texts_only, [line.raw for line in texts_only], patterns)
    notes += [f"{name} was found nowhere" for name in wished if not counts[name]]
    return spans


def _texts(raw: dict[str, Any]) -> list[tuple[str, str]]:
    """Every text of a line by its field; words that match are gone from the words themselves."""
    found = [("text", raw.get("text"))]
    found += [(f"segments[{index}].text", one.get("text")) for index, one in enumerate(raw.get("segments", ()))]
    return [(field, text) for field, text in found if text]


def _check_patterns(lines: Iterable[Line], raws: Iterable[dict[str, Any]], patterns: Iterable[Pattern]) -> None:
    """No text of the copy may still hold what was to be removed."""
    patterns = list(patterns)
    for line, raw in zip(lines, raws, strict=True):
        for field, text in _texts(raw):
            for one in patterns:
                if one.is_in(text):
                    raise unreached(line.place, field, one)


def _named_anew(
    lines: Sequence[Line],
    redacted: Sequence[Redacted | None],
    by_file: Mapping[str, list[Span]],
    notes: list[str],
) -> list[dict[str, Any]]:
    """The new lines, with other names for those that hold what was redacted, and without notes that do."""
    pseudonyms = Pseudonyms(line.recording.id for line in lines)
    dropped: Counter[str] = Counter()
    found: list[dict[str, Any]] = []
    for line, one in zip(lines, redacted, strict=True):
        if one is None:
            found.append(dict(line.raw))
            continue
        for span in by_file[line.file]:
            if holds(span.label, one.secrets):
                raise CorpusError(
                    f"{span.place}: label: holds what it redacts. Name the kind of thing instead, as `name`."
                )
        raw, left_out = without_notes(one.raw, one.secrets)
        dropped.update([*one.left_out, *left_out])
        find_names(raw, one.secrets, pseudonyms)
        found.append(raw)
    for raw in found:
        for key in [key for key in raw if is_note(key) and pseudonyms.mentioned_in(raw[key])]:
            del raw[key]
            dropped[key] += 1
    if dropped:
        listed = ", ".join(f"{key} ({count})" for key, count in sorted(dropped.items()))
        notes.append(f"left out, because it could repeat what was said: {listed}")
    if len(pseudonyms):
        notes.append(
            f"{len(pseudonyms)} names of recordings, files, calls, speakers or turns held redacted words and are others now"
        )
    raws = [renamed(raw, pseudonyms) for raw in found]
    for raw in raws:
        raw["audio_filepath"] = pseudonyms.of("audio", raw["audio_filepath"])
    notes += _still_said(lines, raws, redacted)
    return raws


def _check_copies(lines: Sequence[Line], redacted: Sequence[Redacted | None]) -> None:
    """A degraded copy keeps what is removed from its original, and babble what its talkers said."""
    touched = {line.recording.id for line, one in zip(lines, redacted, strict=True) if one is not None}
    for line, one in zip(lines, redacted, strict=True):
        made = line.raw.get("degradation")
        if not isinstance(made, dict):
            continue
        origin = made.get("of")
        heard = sorted(touched.intersection(_ids_in(made.get("steps"))))
        if one is None and origin in touched:
            why = f"says that this is a copy of {origin!r}, from which something is removed"
        elif heard:
            why = f"says that {heard[0]!r}, from which something is removed, talks in the background"
        else:
            continue
        raise line.error("degradation", f"{why}. Redact the corpus that was degraded, and degrade the redacted one")


def _ids_in(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _ids_in(one)
    elif isinstance(value, dict):
        if isinstance(value.get("id"), str):
            yield value["id"]
        for one in value.values():
            yield from _ids_in(one)


def _still_said(
    lines: Sequence[Line], raws: Sequence[dict[str, Any]], redacted: Sequence[Redacted | None]
) -> Iterator[str]:
    """Names and notes of other lines that hold a removed word: they may mean somebody else, and somebody has to look."""
    secrets = frozenset().union(*(one.secrets for one in redacted if one is not None))
    found = [
        f"{line.place} {key}"
        for line, raw, one in zip(lines, raws, redacted, strict=True)
        if one is None
        for key, value in raw.items()
        if key not in {"text", "segments", "words", "entities"} and holds(value, secrets)
    ]
    if found:
        more = f" and {len(found) - _FILES_NAMED} more" if len(found) > _FILES_NAMED else ""
        yield f"names and notes of other lines hold a removed word, look at them: {', '.join(found[:_FILES_NAMED])}{more}"


def _files(
    source: Path,
    lines: Sequence[Line],
    raws: Sequence[dict[str, Any]],
    by_file: Mapping[str, list[Span]],
) -> dict[str, str]:
    """Where each audio file of the source lies in the copy: under its name, if that is no secret and its format stays."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for line, raw in zip(lines, raws, strict=True):
        old, new = line.recording.audio_filepath, PurePosixPath(raw["audio_filepath"])
        if old in names:
            continue
        suffix = redacted_suffix(source / old, line.info) if by_file[line.file] else PurePosixPath(old).suffix
        stem = f"audio/{new}" if str(new) != old else str(PurePosixPath(old).with_suffix(""))
        name, number = f"{stem}{suffix}", 1
        while name in taken:
            number += 1
            name = f"{stem}-{number}{suffix}"
        taken.add(name)
        names[old] = name
    return names


def _write_audio(
    source: Path,
    stage: Path,
    lines: Sequence[Line],
    files: Mapping[str, str],
    *,
    by_file: Mapping[str, list[Span]],
    fill: Fill,
) -> None:
    for line in lines:
        old = line.recording.audio_filepath
        target = stage / files[old]
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        spans = by_file[line.file]
        if not spans:
            shutil.copyfile(source / old, target)
            continue
        stretches = {
            channel: [
                (span.start_s - span.margin_s, span.end_s + span.margin_s)
                for span in spans
                if span.channel in {None, channel}
            ]
            for channel in range(line.info.channels)
        }
        redact_audio(source / old, target, stretches, fill)


def _left_behind(source: Path, lines: Sequence[Line]) -> list[str]:
    """What lies in the source and is not named by its manifest."""
    named = {source / MANIFEST, *(source / line.recording.audio_filepath for line in lines)}
    others = sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_file() and path not in named)
    if not others:
        return []
    more = f" and {len(others) - _FILES_NAMED} more" if len(others) > _FILES_NAMED else ""
    return [f"not copied, for you to look through and copy: {', '.join(others[:_FILES_NAMED])}{more}"]

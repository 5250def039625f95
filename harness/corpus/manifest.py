"""Loading a corpus: a folder with `manifest.jsonl`, one recording a line, beside its audio.

One pass over the lines parses each and reads the header of the selected files only. Then each selected file is
streamed once through SHA-256, and decoded only if its speech must be looked for and is not in the cache. All problems are collected, so that a
manifest is corrected in one go.
"""

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from harness.audio.read import AudioInfo, probe, read_blocks
from harness.corpus.activity import SETTINGS, speech_spans
from harness.corpus.activity_cache import remembered_spans
from harness.corpus.model import Clip, Corpus
from harness.corpus.recording import Problem, Recording, parse_line, stray_keys
from harness.corpus.reference import clips_of, mismatches, needs_activity, with_activity
from harness.corpus.selection import Selection, parse_selection
from harness.documents import parse_json
from harness.errors import ConfigError, CorpusError
from harness.regular_file import bounded_lines, open_regular

MANIFEST = "manifest.jsonl"
T = TypeVar("T")
_PROBLEMS_SHOWN = 10
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Survey:
    """What one pass over a manifest found: clips by headers alone, and problems.

    Attributes:
        clips: Selected, without hashes, and without utterances where speech must be looked for.
        problems: Errors and warnings, in order of lines.
        recordings: Lines that parsed.
        lines_read: All lines of the manifest.
        lines: The line of each recording's id.
        manifest_sha256: Of the manifest's bytes.
        encodings: Files of each sample encoding among the selected clips.
        tag_keys: The `key` of every `key=value` tag.
    """

    clips: list[Clip] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    recordings: int = 0
    lines_read: int = 0
    lines: dict[str, int] = field(default_factory=dict)
    manifest_sha256: str = ""
    encodings: dict[str, int] = field(default_factory=dict)
    tag_keys: set[str] = field(default_factory=set)


def load_corpus(folder: Path, *, select: str | None = None, limit: int | None = None) -> Corpus:
    """Load the clips of a corpus.

    Args:
        folder: Holds `manifest.jsonl` and, below it, the audio.
        select: As for `--select`: conditions joined by commas, such as `tag=noisy,lang=es`.
        limit: At most this many clips, the first ones.

    Raises:
        CorpusError: The manifest or an audio file is wrong (all problems of the lines, the first ten in full), or
            nothing is selected.
        ConfigError: `select` is wrong.
    """
    survey = survey_corpus(folder, select=select, limit=limit)
    errors = [problem for problem in survey.problems if problem.severity == "error"]
    if errors:
        raise CorpusError(_summary(folder, errors))
    if not survey.clips:
        raise CorpusError(
            f"{folder / MANIFEST}: none of its {survey.recordings} recordings matches --select {select!r}. "
            f"See what there is with `harness corpus check {folder}`."
        )
    hashes = _remembered(lambda path: file_sha256(folder / path))
    clips = tuple(completed(folder, clip, hashes(clip.audio_filepath)) for clip in survey.clips)
    return Corpus(folder, folder.resolve().name, clips, survey.manifest_sha256, survey.recordings)


def survey_corpus(folder: Path, *, select: str | None = None, limit: int | None = None) -> Survey:
    """Parse every line of a manifest and read the headers of the selected files.

    Raises:
        CorpusError: There is no manifest, or it can't be read.
        ConfigError: `select` or `limit` is wrong.
    """
    selection = parse_selection(select)
    if limit is not None and limit < 1:
        raise ConfigError(f"--limit is {limit}; it must be 1 or more. Leave it out to take every clip.")
    survey = Survey()
    info = _remembered(lambda path: probe(folder / path))
    strays: dict[tuple[str, str], list[int]] = {}
    for number, recording in _recordings(folder, survey):
        for stray in stray_keys(recording):
            strays.setdefault(stray, []).append(number)
        if recording.id in survey.lines:
            message = f"is {recording.id!r}, as in line {survey.lines[recording.id]}; every recording needs its own"
            survey.problems.append(Problem("error", number, "id", message))
            continue
        survey.lines[recording.id] = number
        survey.tag_keys.update(tag.partition("=")[0] for tag in recording.tags if "=" in tag)
        full = limit is not None and len(survey.clips) >= limit
        if not full and selection.may_match(recording):
            _add_clips(survey, number, recording, selection, info)
    selection.check_tag_keys(survey.tag_keys)
    if limit is not None:
        del survey.clips[limit:]
    survey.problems += _clashes(survey.clips, survey.lines)
    survey.problems += _strays(strays)
    if not survey.lines and not survey.problems:
        survey.problems.append(Problem("error", 0, "", "holds no recording; add one JSON object a line"))
    return survey


def _recordings(folder: Path, survey: Survey) -> Iterator[tuple[int, Recording]]:
    """The lines that parse, numbered; problems, the count and the manifest's hash go into the survey."""
    digest = hashlib.sha256()
    try:
        with io.BufferedReader(open_regular(folder / MANIFEST)) as file:
            for number, line in enumerate(bounded_lines(file), 1):
                digest.update(line)
                survey.lines_read = number
                parsed = parse_line(line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line, number)
                if isinstance(parsed, Recording):
                    survey.recordings += 1
                    yield number, parsed
                else:
                    survey.problems += parsed
    except OSError as error:
        if isinstance(error, FileNotFoundError) and folder.is_dir():
            raise CorpusError(
                f"{folder}: is a folder without a `{MANIFEST}`, so no corpus yet. Make one of the recordings in it: "
                f"`harness corpus import {folder} NEW`, and name that."
            ) from error
        raise CorpusError(
            f"{folder / MANIFEST}: can't be read ({error.strerror}). A corpus is a folder with a `{MANIFEST}` beside "
            "its audio; name yours (--corpus), import one (harness corpus import), or write one: a line of JSON with `id` and `audio_filepath` for each recording."
        ) from error
    survey.manifest_sha256 = digest.hexdigest()


def _add_clips(
    survey: Survey, number: int, recording: Recording, selection: Selection, info: Callable[[str], AudioInfo]
) -> None:
    try:
        header = info(recording.audio_filepath)
    except CorpusError as error:
        survey.problems.append(Problem("error", number, "audio_filepath", str(error), "audio"))
        return
    found = mismatches(recording, header)
    survey.problems += [Problem("error", number, where, message) for where, message in found]
    if not found:
        clips = [clip for clip in clips_of(recording, header) if selection.matches(clip)]
        survey.clips += clips
        if clips:
            survey.encodings[header.subtype] = survey.encodings.get(header.subtype, 0) + 1


def _clashes(clips: list[Clip], lines: dict[str, int]) -> Iterator[Problem]:
    """A channel's clip may have the id of another recording (`a` with two channels beside `a.ch0`); and ids name folders."""
    folded: dict[str, str] = {}
    for clip in clips:
        other = folded.setdefault(clip.clip_id.lower(), clip.clip_id)
        if other != clip.clip_id:
            message = f"is {clip.clip_id!r}, and there is {other!r}: some file systems take capitals for small letters; rename one"
            yield Problem("error", lines[clip.recording_id], "id", message)
        if clip.clip_id != clip.recording_id and clip.clip_id in lines:
            message = f"is {clip.clip_id!r}, which is also what a channel of {clip.recording_id!r} is called; rename it"
            yield Problem("error", lines[clip.clip_id], "id", message)


def written_lines(folder: Path) -> list[dict[str, Any]]:
    """The lines of a manifest without errors as they were written, with the keys that are not ours, to be written again.

    Raises:
        CorpusError: A key that is not ours holds what can't be.
    """
    lines: list[dict[str, Any]] = []
    # JSON may hold other ends of lines within its texts.
    for number, line in enumerate(
        (folder / MANIFEST).read_bytes().decode("utf-8-sig").removesuffix("\n").split("\n"), 1
    ):
        try:
            lines.append(parse_json(line))
        except ValueError as error:
            raise CorpusError(f"{folder / MANIFEST}:{number}: {error}. Correct the line.") from None
    return lines


def _strays(strays: dict[tuple[str, str], list[int]]) -> Iterator[Problem]:
    """Once for each key, at its first line."""
    for (key, meant), lines in strays.items():
        times = f" (lines with it: {len(set(lines)):,})" if len(set(lines)) > 1 else ""
        yield Problem(
            "warning", lines[0], key, f"is no known key and is ignored{times}. Did you mean {meant}?", "stray_key"
        )


def completed(folder: Path, clip: Clip, audio_sha256: str) -> Clip:
    """Add what takes reading the audio: its hash, and the speech in it if the manifest gives no times.

    Raises:
        CorpusError: The audio can't be decoded.
    """
    if needs_activity(clip):
        blocks = read_blocks(folder / clip.audio_filepath, (clip.channel,))
        spans = remembered_spans(
            audio_sha256, clip.channel, SETTINGS, lambda: speech_spans(blocks, clip.sample_rate_hz, SETTINGS)
        )
        clip = with_activity(clip, spans)
    return replace(clip, audio_sha256=audio_sha256)


def file_sha256(path: Path) -> str:
    """Hash of a file's bytes, read in pieces; raises CorpusError if it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CorpusError(f"{path}: can't be read ({error.strerror}). Make it readable and start again.") from error


def _remembered(read: Callable[[str], T]) -> Callable[[str], T]:
    """`read`, once for each path: lines may share a file."""
    known: dict[str, T] = {}

    def look_up(path: str) -> T:
        if path not in known:
            known[path] = read(path)
        return known[path]

    return look_up


def _summary(folder: Path, errors: list[Problem]) -> str:
    shown = errors[:_PROBLEMS_SHOWN]
    rest = f" (the first {len(shown)} are shown)" if len(errors) > len(shown) else ""
    count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
    lines = "\n".join(f"  {problem}" for problem in shown)
    return (
        f"{folder}: {count} in the corpus{rest}; nothing was streamed.\n{lines}\n"
        f"Correct them and run `harness corpus check {folder}`."
    )

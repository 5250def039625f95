"""`harness corpus align`: word times for a corpus that has texts, by forced alignment; what a human timed is never replaced.

A recording is aligned as a whole or not at all. Its words get a `confidence` each, and `words_source` names the aligner, so that a
reader of the manifest can tell them from a human's.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.atomic import write_text_atomically
from harness.audio.convert import Pcm16, resample, to_pcm16
from harness.audio.read import probe, read_channel
from harness.corpus.aligner import ALIGNER_HZ, AlignedWord, Aligner
from harness.corpus.language import language_matches
from harness.corpus.manifest import MANIFEST, survey_corpus, written_lines
from harness.corpus.recording import Recording
from harness.errors import CorpusError

SOURCE = "words_source"
MARK = "forced alignment"
_MARGIN_S = 0.2  # segment edges are rough
_UNKNOWN_SHOWN = 8


@dataclass(frozen=True, slots=True)
class AlignReport:
    """What was done.

    Attributes:
        path: The corpus.
        aligned: Recordings that have new word times.
        words: In these.
        kept: Recordings with word times already, left as they were.
        skipped: Why others have none, by id.
    """

    path: Path
    aligned: int
    words: int
    kept: int
    skipped: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return asdict(self) | {"path": str(self.path)}


class _SkippedError(Exception):
    """Why a recording can't be aligned."""


def align_corpus(folder: Path, *, lexicon: Path | None = None, again: bool = False) -> AlignReport:
    """Add word times to the manifest, in place.

    Args:
        folder: The corpus.
        lexicon: Pronunciations of words that the aligner doesn't know; see `Aligner`.
        again: Also replace word times that an aligner made; never those of a human.

    Raises:
        ConfigError: The aligner isn't installed.
        CorpusError: The corpus or the lexicon is wrong; nothing was written.
    """
    errors = [problem for problem in survey_corpus(folder).problems if problem.severity == "error"]
    if errors:
        raise CorpusError(f"{folder}: {errors[0]}. Correct it: `harness corpus check {folder}` lists all.")
    aligner = Aligner(lexicon)
    lines: list[dict[str, Any]] = []
    aligned = words = kept = 0
    skipped: dict[str, str] = {}
    for line in written_lines(folder):
        lines.append(line)
        if line.get("words") and not (again and MARK in str(line.get(SOURCE, ""))):
            kept += 1
            continue
        try:
            found = list(_aligned(folder, Recording.model_validate_json(json.dumps(line)), aligner))
        except _SkippedError as reason:
            skipped[line["id"]] = str(reason)
            continue
        line |= {"words": found, SOURCE: aligner.name}
        aligned, words = aligned + 1, words + len(found)
    if aligned:
        write_text_atomically(folder / MANIFEST, "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    return AlignReport(folder, aligned, words, kept, skipped)


def _aligned(folder: Path, recording: Recording, aligner: Aligner) -> Iterator[dict[str, Any]]:
    """The manifest's words of one recording, in time order."""
    if recording.language is not None and not language_matches(recording.language, "en"):
        raise _SkippedError(f"its language is {recording.language}; the aligner knows English")
    stretches = list(_stretches(recording))
    if not stretches:
        raise _SkippedError("it has no text")
    unknown = {word for _, _, text, _ in stretches for word in aligner.unknown(text)}
    if unknown:
        names = ", ".join(sorted(unknown)[:_UNKNOWN_SHOWN])
        raise _SkippedError(f"no pronunciation is known of {names}; add them to a file for --lexicon")
    audio: dict[int, Pcm16] = {}
    found: list[tuple[int | None, AlignedWord, float]] = []
    for start_s, end_s, text, channel in stretches:
        number = channel if channel is not None else recording.channel or 0
        if number not in audio:
            audio[number] = _pcm(folder / recording.audio_filepath, number)
        first = round(start_s * ALIGNER_HZ)
        piece = audio[number][first : None if end_s is None else round(end_s * ALIGNER_HZ)]
        words = aligner.align(piece, text)
        if words is None:
            raise _SkippedError(f"the text from {start_s:g} s doesn't fit the audio: {text[:40]!r}")
        found += [(channel, word, start_s) for word in words]
    length_s = {number: len(pcm) / ALIGNER_HZ for number, pcm in audio.items()}
    for channel, word, offset_s in sorted(found, key=lambda one: one[2] + one[1].start_s):
        end_s = min(offset_s + word.end_s, length_s[channel if channel is not None else recording.channel or 0])
        line = {"word": word.text, "start": round(offset_s + word.start_s, 3), "end": round(end_s, 3)}
        line |= {"confidence": word.confidence}
        yield line if channel is None else line | {"channel": channel}


def _stretches(recording: Recording) -> Iterator[tuple[float, float | None, str, int | None]]:
    """Start, end, text and channel of what is aligned at once: segments with a margin up to their neighbours, or everything."""
    spoken = [segment for segment in recording.segments if segment.text and segment.text.strip()]
    if not spoken and recording.text and recording.text.strip():
        yield 0.0, None, recording.text, None
    for segment in spoken:
        others = [other for other in recording.segments if other.channel == segment.channel and other is not segment]
        before = max((other.end for other in others if other.end <= segment.start), default=0.0)
        after = min((other.start for other in others if other.start >= segment.end), default=segment.end + _MARGIN_S)
        start_s, end_s = max(before, segment.start - _MARGIN_S), min(after, segment.end + _MARGIN_S)
        yield max(0.0, start_s), end_s, segment.text or "", segment.channel


def _pcm(path: Path, channel: int) -> Pcm16:
    return to_pcm16(resample(read_channel(path, channel), probe(path).sample_rate_hz, ALIGNER_HZ))

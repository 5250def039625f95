"""`harness corpus check`: everything that is wrong or doubtful in a corpus, and what there is in it."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from harness.audio.read import Samples, read_channel
from harness.corpus.activity import ActivitySettings, speech_spans
from harness.corpus.manifest import Survey, survey_corpus
from harness.corpus.model import Clip, ReferenceWord
from harness.corpus.recording import Problem
from harness.corpus.reference import needs_activity
from harness.errors import CorpusError

T = TypeVar("T", int, str)

MIN_CALLS = 20  # below it every rule of the gate is inconclusive
FULL_SCALE = 0.999
MAX_CLIPPED_SHARE = 0.001
MIN_PEAK = 0.003  # -50 dBFS
MAX_STRAY_SPEECH_S = 1.0  # of speech where the references have none
_MARGIN_S = 0.3  # by which detected speech may stick out of an utterance
_CHECK_ACTIVITY = ActivitySettings(min_silence_ms=300)


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """What a check found.

    Attributes:
        path: The folder.
        manifest_sha256: Of the manifest's bytes.
        problems: In order of lines, those that concern the whole corpus last.
        recordings: Lines that parsed.
        clips: Selected streams: channels of the selected recordings.
        calls: Statistical clusters among them.
        speakers: Named speakers among them.
        audio_s: Length of the clips together.
        utterances: Reference spans with times.
        turns: Reference turns with times.
        reference_words: Tokens of all texts, split at spaces.
        entities: Annotated entities in these texts.
        without_text: Clips without a reference text.
        audio_kept_out: Clips whose audio may not be copied into reports.
        sample_rates_hz: Clips by rate.
        encodings: Recordings by sample encoding.
        languages: Clips by language; "" where none is given.
        tags: Clips by tag.
        time_sources: Clips by the origin of their reference times ("vad": speech will be looked for).
    """

    path: Path
    manifest_sha256: str
    problems: tuple[Problem, ...]
    recordings: int
    clips: int
    calls: int
    speakers: int
    audio_s: float
    utterances: int
    turns: int
    reference_words: int
    entities: int
    without_text: int
    audio_kept_out: int
    sample_rates_hz: dict[int, int]
    encodings: dict[str, int]
    languages: dict[str, int]
    tags: dict[str, int]
    time_sources: dict[str, int]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What stops a run."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What doesn't, but should be known."""
        return tuple(problem for problem in self.problems if problem.severity == "warning")

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        plain = asdict(self) | {
            "path": str(self.path),
            "errors": [asdict(problem) for problem in self.errors],
            "warnings": [asdict(problem) for problem in self.warnings],
            "sample_rates_hz": {str(rate): count for rate, count in self.sample_rates_hz.items()},
        }
        del plain["problems"]
        return plain


def check_corpus(
    folder: Path, *, select: str | None = None, limit: int | None = None, listen: bool = False
) -> CorpusReport:
    """Check a corpus without stopping at the first problem.

    Args:
        folder: Holds `manifest.jsonl` and, below it, the audio.
        select: As for `--select`; every line is parsed, only selected files are opened.
        limit: At most this many clips.
        listen: Decode every selected clip, and compare it with its references: some 6 s of computing a minute.

    Raises:
        CorpusError: There is no manifest, or it can't be read.
        ConfigError: `select` or `limit` is wrong.
    """
    survey = survey_corpus(folder, select=select, limit=limit)
    doubts = [doubt for clip in survey.clips for doubt in _doubts(clip, survey)]
    if listen:
        doubts += [doubt for clip in survey.clips for doubt in _heard(folder, clip, survey)]
    problems = sorted([*survey.problems, *doubts, *_few_calls(survey)], key=lambda problem: problem.line or 1 << 62)
    return _report(folder, survey, problems)


def _report(folder: Path, survey: Survey, problems: Iterable[Problem]) -> CorpusReport:
    clips = survey.clips
    return CorpusReport(
        path=folder,
        manifest_sha256=survey.manifest_sha256,
        problems=tuple(problems),
        recordings=survey.recordings,
        clips=len(clips),
        calls=len({clip.call_id for clip in clips}),
        speakers=len({clip.speaker for clip in clips} - {None}),
        audio_s=sum(clip.duration_s for clip in clips),
        utterances=sum(len(clip.utterances) for clip in clips),
        turns=sum(_turns(clip) for clip in clips),
        reference_words=sum(len((clip.text or "").split()) for clip in clips),
        entities=sum(len(clip.entities) for clip in clips),
        without_text=sum(clip.text is None for clip in clips),
        audio_kept_out=sum(not clip.copy_audio for clip in clips),
        sample_rates_hz=_counted(clip.sample_rate_hz for clip in clips),
        encodings=dict(sorted(survey.encodings.items())),
        languages=_counted(clip.language or "" for clip in clips),
        tags=_counted(tag for clip in clips for tag in clip.tags),
        time_sources=_counted("vad" if needs_activity(clip) else clip.time_source for clip in clips),
    )


def _counted(values: Iterable[T]) -> dict[T, int]:
    return dict(sorted(Counter(values).items()))


def _turns(clip: Clip) -> int:
    alone = sum(utterance.turn_id is None for utterance in clip.utterances)
    return alone + len({utterance.turn_id for utterance in clip.utterances} - {None})


def _few_calls(survey: Survey) -> Iterator[Problem]:
    calls = len({clip.call_id for clip in survey.clips})
    if 0 < calls < MIN_CALLS:
        message = f"{calls} calls; with fewer than {MIN_CALLS} every rule of the gate is inconclusive"
        yield Problem("warning", 0, "call_id", message)


def _doubts(clip: Clip, survey: Survey) -> Iterator[Problem]:
    """References that contradict each other: by their words, not their punctuation or case."""
    line = survey.lines[clip.recording_id]
    texts = [utterance.text for utterance in clip.utterances if utterance.text is not None]
    if clip.text is not None and texts and _tokens(clip.text) != _tokens(" ".join(texts)):
        message = f"of {clip.clip_id!r} have other words than its text, or another order; the segments' are scored"
        yield Problem("warning", line, "segments", message)
    for utterance in clip.utterances:
        if utterance.words and _tokens(utterance.text or "") != _tokens(_spelled(utterance.words)):
            message = (
                f"of {clip.clip_id!r} from {utterance.start_s} s don't spell the text {(utterance.text or '')[:40]!r}; "
                "word times are used where the two agree"
            )
            yield Problem("warning", line, "words", message)


def _spelled(words: Iterable[ReferenceWord]) -> str:
    return " ".join(word.text for word in words)


def _tokens(text: str) -> list[str]:
    """Words without case and the punctuation around them."""
    folded = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()  # noqa: RUF001 - the typographic one
    return [bare for token in folded.split() if (bare := _bare(token))]


@lru_cache(1 << 16)  # a language has few words, a corpus many
def _bare(token: str) -> str:
    edges = [index for index, character in enumerate(token) if unicodedata.category(character)[0] not in "PS"]
    return token[edges[0] : edges[-1] + 1] if edges else ""


def _heard(folder: Path, clip: Clip, survey: Survey) -> Iterator[Problem]:
    """What listening with numbers says about one clip."""
    line = survey.lines[clip.recording_id]
    try:
        samples = read_channel(folder / clip.audio_filepath, clip.channel)
    except CorpusError as error:
        yield Problem("error", line, "audio_filepath", str(error))
        return
    peak, clipped = float(np.abs(samples).max()), float((np.abs(samples) >= FULL_SCALE).mean())
    if peak < MIN_PEAK:
        yield Problem("warning", line, "audio_filepath", f"{clip.clip_id!r} is silent (peak {peak:.4f} of full scale)")
    if clipped > MAX_CLIPPED_SHARE:
        yield Problem("warning", line, "audio_filepath", f"{clip.clip_id!r} is clipped ({clipped:.1%} of its samples)")
    yield from _disagreements(clip, samples, line)


def _disagreements(clip: Clip, samples: Samples, line: int) -> Iterator[Problem]:
    if needs_activity(clip):
        return
    spans = speech_spans(samples, clip.sample_rate_hz, _CHECK_ACTIVITY)
    for utterance in clip.utterances:
        if not any(start < utterance.end_s and end > utterance.start_s for start, end in spans):
            message = f"no speech is heard in {clip.clip_id!r} from {utterance.start_s} to {utterance.end_s} s"
            yield Problem("warning", line, "segments", message)
    stray_s = _outside_s(spans, [(one.start_s - _MARGIN_S, one.end_s + _MARGIN_S) for one in clip.utterances])
    if stray_s > MAX_STRAY_SPEECH_S:
        message = f"{stray_s:.1f} s of speech are heard in {clip.clip_id!r} where its references have none"
        yield Problem("warning", line, "segments", message)


def _outside_s(spans: Iterable[tuple[float, float]], covers: list[tuple[float, float]]) -> float:
    """How much of the spans lies in none of the covers (in time order), in seconds."""
    outside_s = 0.0
    for start, end in spans:
        at = start
        for cover_start, cover_end in covers:
            outside_s += max(0.0, min(cover_start, end) - at)
            at = max(at, min(cover_end, end))
        outside_s += max(0.0, end - at)
    return outside_s

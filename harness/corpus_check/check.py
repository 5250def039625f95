"""`harness corpus check`: everything that is wrong or doubtful in a corpus, what there is in it, and what it can prove."""

import gc
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from harness.corpus.manifest import Survey, file_sha256, survey_corpus
from harness.corpus.model import Clip
from harness.corpus.reference import needs_activity, with_activity
from harness.corpus_check import listening
from harness.corpus_check.balance import (
    Balance,
    CountWords,
    Slice,
    balance_findings,
    balance_of,
    language_findings,
    slices_of,
    words_in,
)
from harness.corpus_check.duplicates import repeated_files, repeated_samples
from harness.corpus_check.findings import SEVERITIES, Finding, Severity, of_clip, of_problems
from harness.corpus_check.references import reference_findings
from harness.corpus_check.writing import writing_findings
from harness.errors import CorpusError
from harness.forecast.evidence import Prospects, Rewrites, prospects, reference_words
from harness.forecast.forecast import evidence_json
from harness.verdict.rules import GateSettings

T = TypeVar("T", int, str)

_COUNTED_EXACTLY = 50_000  # reference words that the scorer's normaliser counts within about a second

OnClip = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """What a check found.

    Attributes:
        path: The folder.
        manifest_sha256: Of the manifest's bytes.
        findings: Errors first, then warnings, then notes; each in order of lines, those about the whole corpus last.
        listened: Whether the clips were decoded.
        manifest_lines: All lines of the manifest.
        recordings: Those that could be read.
        clips: Selected streams: channels of the selected recordings.
        calls: Statistical clusters among them.
        speakers: Named speakers among them.
        audio_s: Length of the clips together.
        utterances: Reference spans with times.
        turns: Reference turns with times.
        reference_words: Of all texts, as scoring counts them; of more than 50,000, as they are written.
        entities: Annotated entities in these texts.
        without_text: Clips without a reference text.
        audio_kept_out: Clips whose audio may not be copied into reports.
        sample_rates_hz: Clips by rate.
        encodings: Recordings by sample encoding.
        languages: Clips by language; "" where none is given.
        tags: Clips by tag.
        time_sources: Clips by the origin of their reference times ("vad": speech is, or will be, looked for).
        balance: How independent the calls are.
        slices: The parts of the corpus and their sizes.
        prospects: What each rule of the gate can tell; None in an empty corpus.
    """

    path: Path
    manifest_sha256: str
    findings: tuple[Finding, ...]
    listened: bool
    manifest_lines: int
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
    balance: Balance
    slices: tuple[Slice, ...]
    prospects: Prospects | None

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What stops a run."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What doesn't, but puts its result in doubt."""
        return self._of("warning")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """How something will be counted."""
        return self._of("note")

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)

    def as_json(self) -> Iterator[str]:
        """For `--json`: pieces of one object, because a large corpus may have a finding for every line."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in ("findings", "prospects")}
        plain |= {
            "path": str(self.path),
            "balance": asdict(self.balance),
            "slices": [one.as_dict() for one in self.slices],
            "evidence": None if self.prospects is None else evidence_json(self.prospects),
        }
        yield json.dumps(plain, ensure_ascii=False, allow_nan=False)[:-1]
        for name, findings in (("errors", self.errors), ("warnings", self.warnings), ("notes", self.notes)):
            yield f', "{name}": ['
            for index, finding in enumerate(findings):
                yield (", " if index else "") + json.dumps(finding.as_dict(), ensure_ascii=False)
            yield "]"
        yield "}\n"


def check_corpus(
    folder: Path,
    *,
    select: str | None = None,
    limit: int | None = None,
    listen: bool = False,
    gate: GateSettings | None = None,
    passes: int = 1,
    rewrites: Rewrites = (),
    on_clip: OnClip | None = None,
) -> CorpusReport:
    """Check a corpus without stopping at the first problem. Reaches no network.

    Args:
        folder: Holds `manifest.jsonl` and, below it, the audio.
        select: As for `--select`; every line is parsed, only selected files are opened.
        limit: At most this many clips.
        listen: Decode every selected clip, and compare it with its references: some 0.3 s of computing a minute.
        gate: The settings that the rules would be decided with; the defaults if None.
        passes: Repeats that are planned.
        rewrites: Of the project, with which reference words would be counted.
        on_clip: Called with the number of clips listened to and that of all, as they go by.

    Raises:
        CorpusError: There is no manifest, or it can't be read.
        ConfigError: `select` or `limit` is wrong.
    """
    with _objects_kept():
        survey = survey_corpus(folder, select=select, limit=limit)
    clips: Sequence[Clip] = survey.clips
    findings = of_problems(survey.problems)
    findings += repeated_files(folder, clips, survey.lines)
    if listen:
        clips, heard = _listened(folder, survey, on_clip or (lambda _done, _all: None))
        findings += heard
    with _objects_kept():
        for clip in clips:
            line = survey.lines[clip.recording_id]
            findings += reference_findings(clip, line)
            findings += writing_findings(clip, line)
        supposed = clips if listen else [_with_some_speech(clip) for clip in clips]
        count_words = _word_counter(supposed, rewrites)
        balance = balance_of(clips, count_words)
        findings += language_findings(clips)
        findings += balance_findings(balance)
        findings.sort(key=lambda finding: (SEVERITIES.index(finding.severity), finding.line or 1 << 62))
        found = prospects(supposed, passes, gate or GateSettings(), count_words=count_words) if clips else None
        return _report(
            folder, survey, clips, findings, listened=listen, balance=balance, found=found, count_words=count_words
        )


@contextmanager
def _objects_kept() -> Iterator[None]:
    """Without the search for cycles: it would look at all clips again and again, and find none."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()


def _listened(folder: Path, survey: Survey, on_clip: OnClip) -> tuple[list[Clip], list[Finding]]:
    """The clips with the speech that was heard where the manifest gives no times, and what is wrong with their sound."""
    clips: list[Clip] = []
    findings: list[Finding] = []
    samples: dict[str, str] = {}
    hashes: dict[str, str] = {}
    for done, clip in enumerate(survey.clips):
        on_clip(done, len(survey.clips))
        line, path = survey.lines[clip.recording_id], clip.audio_filepath
        try:
            if path not in hashes:
                hashes[path] = file_sha256(folder / path)
            heard = listening.listen(folder, clip, hashes[path])
        except CorpusError as error:
            findings.append(of_clip(clip, line, "audio", "audio_filepath", f"can't be used: {error}", severity="error"))
            clips.append(clip)
            continue
        findings += listening.heard_findings(clip, heard, line)
        clips.append(with_activity(clip, heard.spans) if needs_activity(clip) else clip)
        if heard.samples_id is not None:
            samples[clip.clip_id] = heard.samples_id
    findings += repeated_samples(clips, samples, survey.lines)
    return clips, findings


def _with_some_speech(clip: Clip) -> Clip:
    """Where speech was not looked for yet, it is supposed that there is some."""
    return with_activity(clip, [(0.0, clip.duration_s)]) if needs_activity(clip) else clip


def _word_counter(clips: Sequence[Clip], rewrites: Rewrites) -> CountWords:
    """Counts the reference words of these clips as scoring will, in a large corpus as they are written."""
    if sum(map(words_in, clips)) > _COUNTED_EXACTLY:
        return words_in
    counts = {clip.clip_id: reference_words(clip, rewrites) for clip in clips if clip.text is not None}
    return lambda clip: counts.get(clip.clip_id, 0)


def _report(
    folder: Path,
    survey: Survey,
    clips: Sequence[Clip],
    findings: Iterable[Finding],
    *,
    listened: bool,
    balance: Balance,
    found: Prospects | None,
    count_words: CountWords,
) -> CorpusReport:
    return CorpusReport(
        path=folder,
        manifest_sha256=survey.manifest_sha256,
        findings=tuple(findings),
        listened=listened,
        manifest_lines=survey.lines_read,
        recordings=survey.recordings,
        clips=len(clips),
        calls=balance.calls,
        speakers=balance.speakers,
        audio_s=sum(clip.duration_s for clip in clips),
        utterances=sum(len(clip.utterances) for clip in clips),
        turns=sum(_turns(clip) for clip in clips),
        reference_words=sum(map(count_words, clips)),
        entities=sum(len(clip.entities) for clip in clips),
        without_text=sum(clip.text is None for clip in clips),
        audio_kept_out=sum(not clip.copy_audio for clip in clips),
        sample_rates_hz=_counted(clip.sample_rate_hz for clip in clips),
        encodings=dict(sorted(survey.encodings.items())),
        languages=_counted(clip.language or "" for clip in clips),
        tags=_counted(tag for clip in clips for tag in clip.tags),
        time_sources=_counted("vad" if needs_activity(clip) and not listened else clip.time_source for clip in clips),
        balance=balance,
        slices=slices_of(clips, count_words),
        prospects=found,
    )


def _counted(values: Iterable[T]) -> dict[T, int]:
    return dict(sorted(Counter(values).items()))


def _turns(clip: Clip) -> int:
    alone = sum(utterance.turn_id is None for utterance in clip.utterances)
    return alone + len({utterance.turn_id for utterance in clip.utterances} - {None})

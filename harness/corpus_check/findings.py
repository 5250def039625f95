"""What a check finds: where, what, what is allowed instead, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from harness.corpus.manifest import MANIFEST
from harness.corpus.model import Clip
from harness.corpus.recording import Problem

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""An error stops a run; a warning puts its result in doubt; a note says how something will be counted."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What findings of one kind have in common.

    Attributes:
        title: Of the group.
        allowed: What would be no finding.
        next_step: What to do.
    """

    title: str
    allowed: str
    next_step: str


KINDS: Mapping[str, Kind] = {
    "manifest": Kind(
        "lines of the manifest that can't be used",
        "lines as corpora/README.md describes them",
        "Correct the lines, or remove them.",
    ),
    "stray_key": Kind(
        "keys that may be misspelt",
        "the keys of corpora/README.md; any other is ignored",
        "Correct the key. If it is data of your own, leave it.",
    ),
    "audio": Kind(
        "audio that can't be read",
        "a whole file of a format in docs/corpora.md",
        "Restore or convert the file, or remove its line.",
    ),
    "duplicate": Kind(
        "the same audio more than once",
        "every recording once: a repeat is no independent call, but is counted as one",
        "Remove the repeats; to measure repeatability use `replay.passes`.",
    ),
    "same_samples": Kind(
        "the same samples in different files",
        "every recording once, however it is encoded",
        "Remove the repeats, or give them one `call_id` if both encodings are meant to be compared.",
    ),
    "twin_channels": Kind(
        "channels that hold the same samples",
        "one speaker a channel",
        "Give the line a `channel`: this is a mono recording stored twice, and every word of it would be sent twice.",
    ),
    "silent": Kind(
        "silence",
        "a peak above -50 dBFS",
        "Look for the right file or channel; if nobody speaks on purpose, the `text` should be empty.",
    ),
    "clipped": Kind(
        "clipping",
        "at most 0.1 % of the samples at full scale",
        "Take the recording before it was amplified. If your calls are like that, give these clips a tag.",
    ),
    "dc_offset": Kind(
        "a DC offset",
        "a mean within 1 % of full scale",
        "Remove it with a high-pass filter at 20 Hz, if your production audio has none.",
    ),
    "contradiction": Kind(
        "texts that contradict each other",
        "the same words in the same order in `text`, `segments` and `words`",
        "Correct the one that is wrong; the segments' texts are scored.",
    ),
    "word_times": Kind(
        "word times of other words than the text's",
        "`words` that spell the text",
        "Align them again (`harness corpus align --again`); where the two disagree no word time is used.",
    ),
    "too_fast": Kind(
        "more text than anybody says in the time",
        "up to 30 characters a second; a wide one counts as two, a digit as four",
        "Look for a text or times that belong to another recording.",
    ),
    "too_slow": Kind(
        "hardly any text for the time it covers",
        "at least 2 characters a second in a segment of 3 s or more",
        "Look for missing text, or draw the segment around its speech.",
    ),
    "script": Kind(
        "texts in an unexpected script",
        "the script of the recording's `language`",
        "Correct `language` or the text.",
    ),
    "mixed_script": Kind(
        "words that mix scripts",
        "letters of one script in a word",
        "Replace the letters that only look alike; no transcript will match the word.",
    ),
    "digits": Kind(
        "digits that no rule turns into words",
        "numbers as they are said, in languages other than English",
        "Write them out: a service that writes the word is charged an error.",
    ),
    "symbols": Kind(
        "digits and symbols that are scored differently from how they are written",
        "anything; both sides are read by the same rules",
        "None, if that is how they should be counted; else write what is said.",
    ),
    "no_language": Kind(
        "recordings without a language",
        "a `language`, as en or pt-BR",
        "Add it: they are scored as English.",
    ),
    "overlap": Kind(
        "segments of one speaker that overlap",
        "up to 0.5 s in common on one channel",
        "Correct their times, or name the speakers: turns that overlap have no clear end.",
    ),
    "no_speech": Kind(
        "references without speech",
        "speech somewhere inside each segment",
        "Correct the times or the text, or remove the segment.",
    ),
    "stray_speech": Kind(
        "speech outside every segment",
        "up to 1 s of it in a clip",
        "Transcribe it: whatever a service writes there counts as inserted words.",
    ),
    "few_calls": Kind(
        "too few calls",
        "20 independent calls, at the least",
        "Add recordings; `call_id` must differ from call to call.",
    ),
    "one_call": Kind(
        "one call outweighs the others",
        "no call with more than a fifth of the reference (or of the audio, where there is none)",
        "Add calls, or cut this one: its own difficulties decide the result.",
    ),
    "one_speaker": Kind(
        "one speaker is in many calls",
        "no speaker in more than a third of the calls",
        "Add speakers: results hold for this voice more than for others, and intervals are too narrow for anybody else.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a check found.

    Attributes:
        kind: A key of `KINDS`.
        severity: How bad.
        line: Of the manifest, from 1; 0 concerns the whole corpus.
        field: The manifest's key.
        found: What was found there.
        clip_id: Whose, if it concerns one clip.
        audio_filepath: Its audio.
        badness: The worst of a kind are shown first; the scale is the kind's own.
    """

    kind: str
    severity: Severity
    line: int
    field: str
    found: str
    clip_id: str | None = None
    audio_filepath: str | None = None
    badness: float = 0.0

    @property
    def place(self) -> str:
        """`manifest.jsonl:12`."""
        return f"{MANIFEST}:{self.line}" if self.line else MANIFEST

    def __str__(self) -> str:
        """`manifest.jsonl:12: segments: ...`."""
        return ": ".join(part for part in (self.place, self.field, self.found) if part)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: complete by itself."""
        kind = KINDS[self.kind]
        return {
            "kind": self.kind,
            "severity": self.severity,
            "file": MANIFEST,
            "line": self.line,
            "field": self.field,
            "clip": self.clip_id,
            "audio_filepath": self.audio_filepath,
            "found": self.found,
            "allowed": kind.allowed,
            "next_step": kind.next_step,
            "message": str(self),
        }


def of_clip(
    clip: Clip, line: int, kind: str, field: str, found: str, *, severity: Severity = "warning", badness: float = 0.0
) -> Finding:
    """A finding about one clip, which it names."""
    return Finding(kind, severity, line, field, f"{clip.clip_id!r} {found}", clip.clip_id, clip.audio_filepath, badness)


def of_problems(problems: Iterable[Problem]) -> list[Finding]:
    """What reading the manifest and the headers found."""
    return [
        Finding(
            problem.kind,
            problem.severity,
            problem.line,
            problem.field,
            problem.message,
        )
        for problem in problems
    ]

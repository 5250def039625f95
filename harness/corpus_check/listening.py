"""Listening with numbers: one pass over a clip's samples, in flat memory, for its level, its identity and its speech."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from harness.audio.read import Samples, read_blocks
from harness.corpus.activity import SETTINGS, ActivitySettings, Span, speech_spans
from harness.corpus.activity_cache import remembered_spans
from harness.corpus.model import Clip
from harness.corpus.reference import needs_activity
from harness.corpus_check.findings import Finding, of_clip

FULL_SCALE = 0.999
MAX_CLIPPED_SHARE = 0.001
MIN_PEAK = 0.003  # -50 dBFS
MAX_OFFSET = 0.01  # of full scale
MAX_STRAY_SPEECH_S = 1.0  # of speech where the references have none
_MARGIN_S = 0.3  # by which detected speech may stick out of an utterance
_CHECK_ACTIVITY = ActivitySettings(min_silence_ms=300)


@dataclass(slots=True)
class Levels:
    """What the samples of one clip are like, as far as they were seen."""

    frames: int = 0
    peak: float = 0.0
    clipped: int = 0
    total: float = 0.0
    digest: Any = field(default_factory=hashlib.sha256)

    def watched(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The same blocks, each counted on its way."""
        for block in blocks:
            if len(block):
                level = np.abs(block)
                self.frames += len(block)
                self.peak = max(self.peak, float(level.max()))
                self.clipped += int(np.count_nonzero(level >= FULL_SCALE))
                self.total += float(block.sum(dtype=np.float64))
                self.digest.update(block.tobytes())
            yield block

    @property
    def clipped_share(self) -> float:
        """Samples at full scale among all."""
        return self.clipped / max(1, self.frames)

    @property
    def offset(self) -> float:
        """Mean sample: what a microphone has at rest should be 0."""
        return self.total / max(1, self.frames)


@dataclass(frozen=True, slots=True)
class Heard:
    """A clip that was listened to.

    Attributes:
        levels: Of all its samples.
        spans: Where speech is, in seconds.
    """

    levels: Levels
    spans: tuple[Span, ...]

    @property
    def samples_id(self) -> str | None:
        """The same for the same samples; None for digital silence, which is no recording of anything."""
        return str(self.levels.digest.hexdigest()) if self.levels.peak else None


def listen(folder: Path, clip: Clip, audio_sha256: str) -> Heard:
    """Decode a clip once; speech that was found before comes from the cache.

    Raises:
        CorpusError: The audio can't be decoded to its end.
    """
    levels = Levels()
    blocks = levels.watched(read_blocks(folder / clip.audio_filepath, (clip.channel,)))
    settings = SETTINGS if needs_activity(clip) else _CHECK_ACTIVITY
    spans = remembered_spans(
        audio_sha256, clip.channel, settings, lambda: speech_spans(blocks, clip.sample_rate_hz, settings)
    )
    for _ in blocks:  # what the cache has spared the detector
        pass
    return Heard(levels, spans)


def heard_findings(clip: Clip, heard: Heard, line: int) -> Iterator[Finding]:
    """What is wrong with a clip's sound, and where it contradicts the references."""
    levels = heard.levels
    if levels.peak < MIN_PEAK:
        found = f"is silent (peak {levels.peak:.4f} of full scale)"
        yield of_clip(clip, line, "silent", "audio_filepath", found, badness=clip.duration_s)
    if levels.clipped_share > MAX_CLIPPED_SHARE:
        found = f"is clipped ({levels.clipped_share:.1%} of its samples)"
        yield of_clip(clip, line, "clipped", "audio_filepath", found, badness=levels.clipped_share)
    if abs(levels.offset) > MAX_OFFSET:
        found = f"is off centre by {levels.offset:+.1%} of full scale"
        yield of_clip(clip, line, "dc_offset", "audio_filepath", found, badness=abs(levels.offset))
    if needs_activity(clip):
        if clip.text and not heard.spans:
            found = f"has a text, but in its {clip.duration_s:.1f} s no speech is heard"
            yield of_clip(clip, line, "no_speech", "text", found, badness=clip.duration_s)
    else:
        yield from _disagreements(clip, heard.spans, line)


def _disagreements(clip: Clip, spans: tuple[Span, ...], line: int) -> Iterator[Finding]:
    for utterance in clip.utterances:
        if not any(start < utterance.end_s and end > utterance.start_s for start, end in spans):
            found = f"has no speech from {utterance.start_s:g} to {utterance.end_s:g} s"
            yield of_clip(clip, line, "no_speech", "segments", found, badness=utterance.end_s - utterance.start_s)
    covers = [(one.start_s - _MARGIN_S, one.end_s + _MARGIN_S) for one in clip.utterances]
    stray = list(outside(spans, covers))
    stray_s = sum(end - start for start, end in stray)
    if stray_s > MAX_STRAY_SPEECH_S:
        start, end = max(stray, key=lambda span: span[1] - span[0])
        where = f"most from {start:.1f} to {end:.1f} s" if len(stray) > 1 else f"from {start:.1f} to {end:.1f} s"
        found = f"has {stray_s:.1f} s of speech where its references have none, {where}"
        yield of_clip(clip, line, "stray_speech", "segments", found, badness=stray_s)


def outside(spans: Iterable[Span], covers: Iterable[Span]) -> Iterator[Span]:
    """The parts of the spans that lie in none of the covers (by their starts in order), in seconds."""
    covers = list(covers)
    for start, end in spans:
        at = start
        for cover_start, cover_end in covers:
            if at < (until := min(cover_start, end)):
                yield at, until
            at = max(at, min(cover_end, end))
        if at < end:
            yield at, end

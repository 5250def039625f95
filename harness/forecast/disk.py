"""How much a run writes, and whether there is room for it.

The figures come from `benchmarks/run_size.py`, on a run of the demo corpus with the emulators' messages. The real
services may send more or fewer; a pair that is run again leaves one timeline more.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from harness.planning import RunPlan


@dataclass(frozen=True, slots=True)
class TimelineSize:
    """Bytes of a compressed timeline: of itself, for each chunk sent, for each second of the clip."""

    session: int
    chunk: int
    clip_s: int


TIMELINES = {"assemblyai": TimelineSize(1200, 17, 90), "gladia": TimelineSize(1600, 54, 150)}
REPORT_BYTES = 225_000
"""The page and the summaries of an empty run."""

SCORES_BYTES_PER_MINUTE = 75_000
"""Scores, and what of them goes into the page, for a minute of clips in each pass."""

FLAC_BYTES_PER_SAMPLE = 1.1
"""FLAC makes half of 16 bits of speech; noise leaves it more."""

_SPARE = 1.2


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes that a run writes, by what they are for, and those that are free where it goes."""

    timelines: int
    audio: int
    report: int
    free: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.timelines + self.audio + self.report

    @property
    def is_short(self) -> bool:
        """Whether the run might not fit, with a fifth to spare."""
        return self.total * _SPARE > self.free


def disk_use(plan: RunPlan, reports: Path, candidates: int = 1) -> DiskUse:
    """What a plan's run directory in `reports`, which need not exist yet, will hold; or those of a sweep over several candidates."""
    passes = plan.config.replay.passes
    names = [plan.sides["baseline"].provider.name, *[plan.sides["candidate"].provider.name] * candidates]
    spoken_s = sum(clip.duration_s for clip in plan.clips)
    copied_s = sum(clip.duration_s for clip in plan.clips if clip.copy_audio)
    return DiskUse(
        timelines=passes * sum(_timelines(plan, names)),
        audio=candidates * round(copied_s * plan.config.audio.sample_rate * FLAC_BYTES_PER_SAMPLE),
        report=candidates * (REPORT_BYTES + round(passes * spoken_s / 60 * SCORES_BYTES_PER_MINUTE)),
        free=shutil.disk_usage(_existing(reports)).free,
    )


def _timelines(plan: RunPlan, names: Iterable[str]) -> Iterable[int]:
    largest = max(TIMELINES.values(), key=lambda size: size.chunk)
    for name in names:
        size = TIMELINES.get(name, largest)
        for clip in plan.clips:
            yield size.session + size.chunk * plan.chunks[clip.clip_id].chunks + round(size.clip_s * clip.duration_s)


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    path = folder.absolute()
    while not path.is_dir():
        path = path.parent
    return path

"""The same recording twice: by the bytes of the files and, where they were decoded, by the samples.

Only files of equal size can be equal, and most that are not differ early: few are read to their end.
"""

import hashlib
import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from harness.corpus.manifest import file_sha256
from harness.corpus.model import Clip
from harness.corpus_check.findings import Finding, of_clip

_SAMPLE_BYTES = 1 << 12


def repeated_files(folder: Path, clips: Iterable[Clip], lines: Mapping[str, int]) -> Iterator[Finding]:
    """Clips whose channel of their file was there before, under the same name or another.

    Args:
        folder: The corpus.
        clips: In the manifest's order; their files are read if others have the same size.
        lines: The line of each recording's id.
    """
    clips = tuple(clips)
    content = _equal_files(folder, dict.fromkeys(clip.audio_filepath for clip in clips))
    first: dict[tuple[str, int], Clip] = {}
    for clip in clips:
        before = first.setdefault((content.get(clip.audio_filepath, clip.audio_filepath), clip.channel), clip)
        if before is not clip:
            same = "names the same file as" if before.audio_filepath == clip.audio_filepath else "has the same bytes as"
            found = f"{same} {before.clip_id!r} (line {lines[before.recording_id]})"
            yield of_clip(clip, lines[clip.recording_id], "duplicate", "audio_filepath", found)


def repeated_samples(clips: Iterable[Clip], samples: Mapping[str, str], lines: Mapping[str, int]) -> Iterator[Finding]:
    """Clips that sound like an earlier one to the last bit, though their files differ.

    Args:
        clips: In the manifest's order.
        samples: A hash of the samples by the clip's id; what is silent has none.
        lines: The line of each recording's id.
    """
    first: dict[str, Clip] = {}
    for clip in clips:
        before = first.setdefault(samples.get(clip.clip_id, clip.clip_id), clip)
        if before is clip or (before.audio_filepath, before.channel) == (clip.audio_filepath, clip.channel):
            continue
        twins = before.audio_filepath == clip.audio_filepath
        found = f"holds the samples of {before.clip_id!r} (line {lines[before.recording_id]})"
        kind, field = ("twin_channels", "channel") if twins else ("same_samples", "audio_filepath")
        yield of_clip(clip, lines[clip.recording_id], kind, field, found)


def _equal_files(folder: Path, paths: Iterable[str]) -> dict[str, str]:
    """One path that stands for all files of the same bytes; files that are alone of their kind have none."""
    alike = [list(paths)]
    for trait in (_size, _middle, _whole):
        alike = [group for many in alike for group in _grouped(os.fspath(folder), many, trait)]
    return {path: group[0] for group in alike for path in group}


def _grouped(folder: str, paths: Iterable[str], trait: Callable[[str], object]) -> Iterator[list[str]]:
    """Paths with the same trait, in groups of two and more."""
    groups: defaultdict[object, list[str]] = defaultdict(list)
    for path in paths:
        groups[trait(f"{folder}/{path}")].append(path)
    return (group for group in groups.values() if len(group) > 1)


def _size(path: str) -> int:
    return os.stat(path).st_size  # noqa: PTH116 - a hundred thousand times; a Path takes as long as asking the kernel


def _middle(path: str) -> bytes:
    """A hash of a piece from the middle, where recordings differ that begin with the same silence."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        start = max(0, os.fstat(descriptor).st_size - _SAMPLE_BYTES) // 2
        return hashlib.blake2b(os.pread(descriptor, _SAMPLE_BYTES, start), digest_size=16).digest()
    finally:
        os.close(descriptor)


def _whole(path: str) -> str:
    return file_sha256(Path(path))

"""How large is a run, and what makes it so? The figures that `harness plan` estimates disk use with.

    python benchmarks/run_size.py reports/RUN

Timelines are written a second time without what every chunk leaves in them (its own event and Gladia's acknowledgement);
the difference goes with the number of chunks, the rest with the length of the clip. Both lines are least squares.
"""

import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np

from harness.rundir import RunDir
from harness.timeline.events import SIDES, Audio, Event, Frame
from harness.timeline.files import write_timeline


def is_of_a_chunk(event: Event) -> bool:
    """Whether every chunk has one such event."""
    return isinstance(event, Audio) or (isinstance(event, Frame) and '"audio_chunk"' in event.raw)


def main() -> None:
    """Print bytes by provider, and those of everything else by the minute of clip."""
    run = RunDir(Path(sys.argv[1]))
    clips = run.read_clips()
    rows: dict[str, list[tuple[float, float, int, int]]] = defaultdict(list)
    for clip in clips:
        for side in SIDES:
            timeline = run.read_session(clip.clip_id, side, 1)
            if timeline is None:
                continue
            with tempfile.TemporaryDirectory() as folder:
                bare = Path(folder) / "bare.jsonl.gz"
                write_timeline(
                    bare, replace(timeline, events=tuple(e for e in timeline.events if not is_of_a_chunk(e)))
                )
                sizes = run.session_path(clip.clip_id, side, 1).stat().st_size, bare.stat().st_size
            rows[timeline.header.provider].append((timeline.header.audio.chunks, clip.duration_s, *sizes))
    for provider, sessions in rows.items():
        chunks, clip_s, full, bare_bytes = np.array(sessions, dtype=float).T
        per_chunk = np.linalg.lstsq(np.c_[np.ones_like(chunks), chunks], full - bare_bytes)[0]
        rest = np.linalg.lstsq(np.c_[np.ones_like(clip_s), clip_s], bare_bytes)[0]
        print(
            f"{provider}: {len(sessions)} timelines, {full.sum():,.0f} bytes; {per_chunk[0] + rest[0]:,.0f} a session, "
            f"{per_chunk[1]:.1f} a chunk, {rest[1]:.1f} a second of clip"
        )
    minutes = sum(clip.duration_s for clip in clips) / 60
    audio = sum(path.stat().st_size for path in (run.path / "audio").glob("*.flac"))
    sample_rate_hz = run.read_run()["config"]["audio"]["sample_rate"]
    print(f"audio: {audio:,} bytes, {audio / (minutes * 60 * sample_rate_hz):.2f} a sample")
    files = [path for path in run.path.rglob("*") if path.is_file()]
    other = sum(
        path.stat().st_size for path in files if path.relative_to(run.path).parts[0] not in {"sessions", "audio"}
    )
    print(f"the rest: {other:,} bytes in {minutes:.2f} minutes of clips")


if __name__ == "__main__":
    main()

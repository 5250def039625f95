"""Taking one side of a run from an earlier one: after checking that its sessions are what would be recorded now."""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from harness.atomic import TEMPORARY
from harness.errors import RunError
from harness.planning import RunPlan
from harness.rundir import RunDir
from harness.timeline.events import Side

REUSED: Side = "baseline"


def check_reusable(plan: RunPlan, earlier: RunDir, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse an earlier run whose baseline can't stand beside a candidate recorded now.

    Args:
        plan: The run that begins.
        earlier: The run whose baseline is to be used.
        wanted: `identity` of the run that begins.

    Returns:
        The earlier run's `run.json`.

    Raises:
        RunError: Recordings, audio format, the baseline's parameters or its endpoint differ, or sessions are missing or damaged.
    """
    document = earlier.read_run()
    differing = list(_differences(plan, document.get("identity", {}), wanted))
    if differing:
        raise RunError(
            f"{earlier.path}: its baseline can't be used here, because it differs in: {', '.join(differing)}. Use the corpus and the "
            "configuration that it was recorded with, or record both sides."
        )
    missing = [
        f"{clip.clip_id} (pass {number})"
        for clip in plan.clips
        for number in range(1, plan.config.replay.passes + 1)
        if not earlier.has_session(clip.clip_id, REUSED, number)
    ]
    if missing:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""  # noqa: PLR2004 - enough to see what is meant
        raise RunError(
            f"{earlier.path}: it has no baseline session of {', '.join(missing[:3])}{more}. Complete it with --resume, or select "
            "fewer clips or passes here."
        )
    for clip in plan.clips:  # a damaged one would be found by `score`, after the candidate was paid for
        for number in range(1, plan.config.replay.passes + 1):
            earlier.read_session(clip.clip_id, REUSED, number)
    return document


def copy_sessions(plan: RunPlan, earlier: RunDir, to: RunDir) -> None:
    """Put the earlier run's baseline sessions into this run; as links to the same files where the disk allows."""
    for clip in plan.clips:
        for number in range(1, plan.config.replay.passes + 1):
            source = earlier.session_path(clip.clip_id, REUSED, number)
            target = to.session_path(clip.clip_id, REUSED, number)
            if target.is_file():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):  # another disk, or one without links
                os.link(source, target)
                continue
            part = target.with_name(f".{target.name}{TEMPORARY}")
            shutil.copyfile(source, part)
            part.replace(target)


def _differences(plan: RunPlan, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    recordings = before.get("recordings", {})
    changed = [clip.clip_id for clip in plan.clips if recordings.get(clip.clip_id) != clip.audio_sha256]
    if changed:
        yield f"recordings ({', '.join(changed[:3])}{', …' if len(changed) > 3 else ''})"  # noqa: PLR2004 - as above
    for key in ("audio", REUSED):
        if before.get(key) != wanted[key]:
            yield key
